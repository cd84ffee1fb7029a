import Reachability

/// What findings are about: stable identifiers, with what each means.
struct CheckRule {
    let identifier: String
    let level: CheckFinding.Level
    /// One sentence.
    let meaning: String

    /// Every rule; new ones are added at the end of `own`.
    static let all =
        own
        + LintRule.all.map { rule in
            let level: CheckFinding.Level =
                switch rule.severity {
                case .error: .error
                case .warning: .warning
                case .note: .note
                }
            return CheckRule(identifier: rule.id, level: level, meaning: rule.summary)
        }

    /// What is found here.
    private static let own = [
        CheckRule(
            identifier: "mistake", level: .error,
            meaning: "The object is not what the API says that it must be."),
        CheckRule(
            identifier: "guarantee-refuted", level: .error,
            meaning: "A connection is allowed, or denied, that a Guarantee says must not be."),
        CheckRule(
            identifier: "guarantee-refuted-when-staged", level: .warning,
            meaning: "The Guarantee holds, and would not if the staged policies were in force."),
        CheckRule(
            identifier: "guarantee-vacuous", level: .warning,
            meaning: "A side of a rule of a Guarantee means nobody, so that the rule says nothing."),
        CheckRule(
            identifier: "unread-policies", level: .warning,
            meaning: "There are policies of a kind that is not read; answers do not take them into account."),
        CheckRule(
            identifier: "guarantee-uncertain", level: .warning,
            meaning: "A rule of a Guarantee holds, and something could not be taken into account."),
    ]
}
