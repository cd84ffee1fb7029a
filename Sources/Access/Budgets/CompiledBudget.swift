import Kubernetes

/// A `Budget`, or what is left of one that has mistakes.
struct CompiledBudget: Sendable {
    /// What a budget says to a request.
    enum Answer {
        case line(SpendLine)
        /// It does not count such requests.
        case notCounted
        /// It counts dollars, and nobody knows how many these are.
        case unpriced
    }

    /// `namespace/name`, for records.
    let name: String
    /// True when the object has mistakes: it denies all.
    let isInvalid: Bool
    private let per: Budget.Per
    private let unit: SpendUnit
    private let limit: Int64
    private let window: SpendWindow
    private let isStaged: Bool
    private let id: UInt128

    init(_ budget: Budget, isStaged: Bool, isInvalid: Bool) {
        name = budget.key.description
        self.isInvalid = isInvalid
        self.isStaged = isStaged
        per = budget.per
        window = SpendWindow(budget.window)
        switch budget.limit {
        case .tokens(let count): (unit, limit) = (.tokens, count)
        case .dollars(let dollars): (unit, limit) = (.picodollars, dollars.picodollars)
        }
        // Limit and window may change and what was spent still counts; what is counted, and for whom, may not. Whether
        // it is staged may not either: what was let through while it was only watched is nobody's debt.
        id = identity(
            Budget.kind, budget.metadata.namespace, budget.metadata.name, budget.per.rawValue,
            unit == .tokens ? "tokens" : "dollars", isStaged ? "staged" : "enforced")
    }

    init(invalid name: NamespacedName) {
        self.name = name.description
        isInvalid = true
        (per, unit, limit, window) = (.all, .tokens, 0, .calendar(.month))
        isStaged = false
        id = 0
    }

    func ask(_ spender: Spender, _ estimate: SpendEstimate) -> Answer {
        let wanted: Int64?
        let least: Int64?
        switch unit {
        case .tokens: (wanted, least) = (estimate.tokens, estimate.leastTokens)
        case .picodollars: (wanted, least) = (estimate.picodollars, estimate.leastPicodollars)
        }
        guard per != .accessKey || spender.isAccessKey else { return .notCounted }
        guard let wanted else { return isStaged ? .notCounted : .unpriced }
        let (subjectID, subject) = subject(spender)
        return .line(
            SpendLine(
                account: id ^ subjectID, unit: unit, limit: limit, window: window, wanted: wanted,
                least: least ?? wanted, budget: name, subject: subject, isStaged: isStaged))
    }

    private func subject(_ spender: Spender) -> (UInt128, SpendSubject) {
        switch per {
        case .all: (0, Self.everybody)
        case .namespace:
            (spender.namespaceID, SpendSubject(kind: "Namespace", namespace: spender.subject.namespace, name: ""))
        case .principal, .accessKey: (spender.id, spender.subject)
        }
    }

    private static let everybody = SpendSubject(kind: "All", namespace: "", name: "")
}
