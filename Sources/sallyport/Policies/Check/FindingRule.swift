/// What findings are about: stable identifiers, with what each means.
struct FindingRule {
    let identifier: String
    let level: Finding.Level
    /// One sentence.
    let meaning: String

    /// Every rule; new ones are added at the end.
    static let all = [
        FindingRule(
            identifier: "mistake", level: .error,
            meaning: "The object is not what the API says that it must be."),
        FindingRule(
            identifier: "guarantee-refuted", level: .error,
            meaning: "A connection is allowed, or denied, that a Guarantee says must not be."),
        FindingRule(
            identifier: "guarantee-refuted-when-staged", level: .warning,
            meaning: "The Guarantee holds, and would not if the staged policies were in force."),
        FindingRule(
            identifier: "guarantee-vacuous", level: .warning,
            meaning: "A side of a rule of a Guarantee means nobody, so that the rule says nothing."),
        FindingRule(
            identifier: "not-expressed", level: .warning,
            meaning: "A field of a policy cannot be followed; it was taken to deny."),
        FindingRule(
            identifier: "unread-policies", level: .warning,
            meaning: "There are policies of a kind that is not read; answers do not take them into account."),
    ]
}
