import Policy

/// Labels with which an expression holds.
struct LabelExample {
    private(set) var labels: [LabelExpression.Owner: [String: String]] = [:]
    private let takesLast: Bool

    /// Stands for any value of a label; no value of Kubernetes has this sign.
    static let anyValue = "?"

    /// Labels for an expression, as few as it needs; nil when none are found. What is found does hold.
    ///
    /// - Parameter takesLast: of several values that are right, the last is taken, not the first.
    init?(_ expression: LabelExpression, takesLast: Bool = false) {
        self.takesLast = takesLast
        guard add(expression) else { return nil }
        let found = labels
        guard expression.holds({ found[$0]?[$1] }) else { return nil }
    }

    subscript(owner: LabelExpression.Owner) -> [String: String] { labels[owner] ?? [:] }

    private mutating func add(_ expression: LabelExpression) -> Bool {
        switch expression {
        case .everything: return true
        case .nothing: return false
        case .label(let owner, let key, let test): return add(owner, key, test)
        // What must not hold does not hold where its labels are absent, or it is found out at the end.
        case .not: return true
        case .and(let parts): return parts.allSatisfy { add($0) }
        case .or(let parts):
            for part in parts {
                var attempt = self
                if attempt.add(part) {
                    self = attempt
                    return true
                }
            }
            return false
        }
    }

    private mutating func add(_ owner: LabelExpression.Owner, _ key: String, _ test: LabelExpression.Test) -> Bool {
        if let known = labels[owner]?[key] { return test.holds(known) }
        let value: String?
        switch test {
        case .isIn(let values): value = takesLast ? values.max() : values.min()
        case .exists: value = Self.anyValue
        case .contains(let text), .hasPrefix(let text), .hasSuffix(let text): value = text
        }
        guard let value else { return false }
        labels[owner, default: [:]][key] = value
        return true
    }
}
