import Reachability

/// What findings are about: stable identifiers, with what each means.
struct CheckRule {
    let identifier: String
    let level: CheckFinding.Level
    /// One sentence.
    let meaning: String
    /// Why that matters, and what to do.
    let help: String

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
            return CheckRule(identifier: rule.id, level: level, meaning: rule.summary, help: rule.help)
        }

    /// What is found here.
    private static let own = [
        CheckRule(
            identifier: "mistake", level: .error,
            meaning: "The object is not what the API says that it must be.",
            help:
                "Nothing is said of a directory with mistakes, and a policy with mistakes denies what it was about. Correct it at the place that is named."
        ),
        CheckRule(
            identifier: "guarantee-refuted", level: .error,
            meaning: "A connection is allowed, or denied, that a Guarantee says must not be.",
            help:
                "The message names a connection that shows it, and the rule that decides. Change that rule, or the promise."
        ),
        CheckRule(
            identifier: "guarantee-refuted-when-staged", level: .warning,
            meaning: "The Guarantee holds, and would not if the staged policies were in force.",
            help: "Putting the staged policies into force would break a promise. Change them before."),
        CheckRule(
            identifier: "guarantee-vacuous", level: .warning,
            meaning: "A side of a rule of a Guarantee means nobody, so that the rule says nothing.",
            help:
                "A promise about nobody always holds. Compare the selectors of that side with the labels of workloads."),
        CheckRule(
            identifier: "unread-policies", level: .warning,
            meaning: "There are policies of a kind that is not read; answers do not take them into account.",
            help:
                "A connection that is called allowed may be denied by those policies, or the other way round. Write them as a kind that is read."
        ),
        CheckRule(
            identifier: "guarantee-uncertain", level: .warning,
            meaning: "A rule of a Guarantee holds, and something could not be taken into account.",
            help: "The message says what could not. Until that is known the promise is not proved for it."),
    ]
}
