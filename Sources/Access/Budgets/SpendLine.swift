/// What is counted.
public enum SpendUnit: UInt8, Hashable, Sendable, CaseIterable {
    /// Tokens, of input and output.
    case tokens = 0
    /// Dollars, as a count of picodollars.
    case picodollars = 1
}

/// Whose spending an account adds up. The texts exist already: nothing is composed.
public struct SpendSubject: Hashable, Sendable {
    /// What it is: `All`, `Namespace`, `AccessKey`, or the kind of another principal.
    public var kind: String
    /// Namespace; empty when it has none.
    public var namespace: String
    /// Name; empty for all together.
    public var name: String

    /// A subject.
    public init(kind: String, namespace: String, name: String) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
    }
}

/// One demand of a request on one account: a budget, or a limit of a rule.
public struct SpendLine: Hashable, Sendable {
    /// The account: stands for the budget and its subject, whatever else changes in the configuration.
    public var account: UInt128
    /// What is counted.
    public var unit: SpendUnit
    /// The most that may be spent in the window. A limit that is not positive lets nothing pass.
    public var limit: Int64
    /// Over which time.
    public var window: SpendWindow
    /// The most that the request could cost. At least `least`.
    public var wanted: Int64
    /// What the request must be able to spend to begin at all. The same as `wanted` where it cannot be cut short.
    public var least: Int64
    /// How much more is asked for at once when what was granted is used up. At least 1.
    public var step: Int64
    /// `namespace/name` of the budget, or of the policy and its rule: for records.
    public var budget: String
    /// Whose spending it is: for reports.
    public var subject: SpendSubject
    /// Why a request is denied for which nothing is left.
    public var reason: Reason
    /// True for a budget that is only watched: it is counted, and denies and cuts nothing.
    public var isStaged: Bool

    /// A demand. Amounts that make no sense are made such that too much is reserved, never too little.
    public init(
        account: UInt128, unit: SpendUnit, limit: Int64, window: SpendWindow, wanted: Int64, least: Int64,
        step: Int64? = nil, budget: String, subject: SpendSubject, reason: Reason = .budgetExhausted,
        isStaged: Bool = false
    ) {
        self.account = account
        self.unit = unit
        self.limit = max(0, limit)
        self.window = window
        self.least = least < 0 ? .max : least
        self.wanted = wanted < 0 ? .max : max(wanted, self.least)
        self.step = max(1, step ?? (self.wanted - self.least) / 16)
        self.budget = budget
        self.subject = subject
        self.reason = reason
        self.isStaged = isStaged
    }
}

/// What a request could cost, in every unit that is counted.
public struct SpendEstimate: Hashable, Sendable {
    /// The most it could cost: tokens of the input and the most of the output.
    public var tokens: Int64
    /// What it needs at least: tokens of the input, and one. The same as `tokens` when the answer cannot be cut short.
    public var leastTokens: Int64
    /// The same in picodollars; nil when no price is known.
    public var picodollars: Int64?
    /// The least in picodollars; nil when no price is known.
    public var leastPicodollars: Int64?

    /// An estimate.
    public init(tokens: Int64, leastTokens: Int64, picodollars: Int64? = nil, leastPicodollars: Int64? = nil) {
        self.tokens = tokens
        self.leastTokens = leastTokens
        self.picodollars = picodollars
        self.leastPicodollars = leastPicodollars
    }
}

/// What a request has cost so far, or in the end.
public struct SpendAmount: Hashable, Sendable {
    /// Tokens of input and output.
    public var tokens: Int64
    /// Picodollars; 0 where no dollars are counted.
    public var picodollars: Int64

    /// An amount.
    public init(tokens: Int64, picodollars: Int64 = 0) {
        self.tokens = tokens
        self.picodollars = picodollars
    }

    /// The amount in a unit. Negative ones, which nothing real is, count as the most there can be.
    func of(_ unit: SpendUnit) -> Int64 {
        let amount = unit == .tokens ? tokens : picodollars
        return amount < 0 ? .max : amount
    }
}

/// Why a reservation was not made.
public struct SpendDenial: Hashable, Sendable {
    /// What was missing.
    public enum Cause: UInt8, Sendable, CaseIterable {
        /// Less is left than the request needs at least.
        case exhausted
        /// No memory is left for another account: refused rather than let through uncounted.
        case noRoom
        /// The shared counters cannot be reached.
        case unavailable
    }

    /// What was missing.
    public var cause: Cause
    /// Index of the line that could not be met.
    public var line: Int
    /// Milliseconds after which enough may be there; nil when never (the request needs more than the limit).
    public var retryAfter: Int64?

    /// A denial.
    public init(_ cause: Cause, line: Int, retryAfter: Int64?) {
        self.cause = cause
        self.line = line
        self.retryAfter = retryAfter
    }

    /// What the caller is told, with whole seconds to wait.
    public func denial(_ lines: [SpendLine]) -> Denial {
        let seconds = retryAfter.map { Int(clamping: max(1, ($0 - 1) / 1_000 + 1)) }
        switch cause {
        case .exhausted:
            return Denial(line < lines.count ? lines[line].reason : .budgetExhausted, retryAfterSeconds: seconds)
        case .noRoom: return Denial(.limiterFull, retryAfterSeconds: 1)
        case .unavailable: return Denial(.countersUnavailable, retryAfterSeconds: 1)
        }
    }
}

/// What metering says.
public enum MeterResult: Hashable, Sendable {
    /// The stream may go on.
    case ok
    /// Nothing is left of the account of that line: the stream is to be cut.
    case exhausted(line: Int)
}
