/// What one policy said about one request, in as few bytes as it takes: text is made of it only when a record is
/// written.
struct Evaluation: Hashable, Sendable {
    /// Rules whose outcomes are kept; those after them are counted.
    static let kept = 32
    private static let bitsEach = UInt128(4)

    /// Index of the policy; -1: none.
    private(set) var policy: Int32 = -1
    /// The rule that allowed or, of those that did not, came nearest; -1: none.
    private(set) var rule: Int32 = -1
    /// How many rules were looked at.
    private(set) var looked: Int32 = 0
    /// True when that rule knew the caller by his key, not by the network alone.
    private(set) var byKey = false
    /// Why not; nil when the policy allows.
    private(set) var reason: Reason?
    private var outcomes: UInt128 = 0

    /// No policy.
    static var none: Evaluation { Evaluation(policy: -1, reason: .noPolicy) }

    init(policy: Int32, reason: Reason?) {
        self.policy = policy
        self.reason = reason
    }

    /// Asks the rules in order until one allows. `refusal`: why nobody could be authenticated, which no rule overrides.
    init(_ policies: borrowing [CompiledPolicy], _ index: Int32, _ question: borrowing Question, refusal: Reason?) {
        guard index >= 0 else {
            self = .none
            return
        }
        policy = index
        guard !policies[Int(index)].isInvalid else {
            reason = .invalidPolicy
            return
        }
        guard refusal == nil else {
            reason = refusal
            return
        }
        evaluate(policies[Int(index)], question)
    }

    private mutating func evaluate(_ policy: borrowing CompiledPolicy, _ question: borrowing Question) {
        var nearest = Outcome.networkNotListed.rawValue + 1
        for index in policy.rules.indices {
            let (outcome, byKey) = policy.rules[index].evaluate(question)
            note(outcome)
            if outcome.rawValue < nearest {
                nearest = outcome.rawValue
                self.byKey = byKey
                rule = Int32(truncatingIfNeeded: index)
            }
            if outcome == .matched { return }
        }
        reason = refusal(nearest: Outcome(rawValue: nearest), policy, question.caller)
    }

    /// A caller who could pass if it said who it is is told so; one who was let in is told what it may not do.
    private func refusal(
        nearest: Outcome?, _ policy: borrowing CompiledPolicy, _ caller: borrowing Caller
    ) -> Reason {
        guard let nearest else { return .noRuleMatches }
        let isMissing =
            caller.isAnonymous || caller.hasOnlyCertificate && nearest.rawValue >= Outcome.keyNotListed.rawValue
        return policy.asksForKeys && isMissing ? .missingKey : nearest.reason
    }

    private mutating func note(_ outcome: Outcome) {
        if looked < Self.kept { outcomes |= UInt128(outcome.rawValue) << (UInt128(looked) * Self.bitsEach) }
        looked += 1
    }

    /// What the rule of that number said; nil when it was not looked at, or not kept.
    func outcome(_ rule: Int) -> Outcome? {
        guard rule < min(Int(looked), Self.kept) else { return nil }
        return Outcome(rawValue: UInt8(truncatingIfNeeded: outcomes >> (UInt128(rule) * Self.bitsEach)) & 15)
    }
}

/// What a decision rests on: who called, what the policy in force said, and what a staged one would have said.
public struct Basis: Sendable {
    /// Who called.
    public let caller: Caller
    let enforced: Evaluation
    /// `policy` is -1 when none is staged here.
    let staged: Evaluation

    /// Why the policy in force lets nothing pass; nil: it allows.
    public var denial: Denial? { enforced.reason.map(Denial.init(of:)) }
}

/// What a staged policy would have decided.
public struct StagedVerdict: Hashable, Sendable {
    /// `namespace/name` of the policy.
    public let policy: String
    /// The rule that would have allowed; when denied, the one that came nearest; empty: none.
    public let rule: String
    /// nil: it would have allowed.
    public let reason: Reason?
}

/// One line of a trace: what a rule said.
public struct TraceStep: Hashable, Sendable {
    /// `namespace/name` of the policy.
    public let policy: String
    /// Name of the rule.
    public let rule: String
    /// True when the policy is only watched.
    public let isStaged: Bool
    /// What the rule said.
    public let outcome: Outcome
}
