import Access
import Records

/// Names of access keys, policies and rules as records have them: made once for each configuration.
final class AccessParts: Sendable {
    /// A rule of a policy.
    final class Rule: Sendable {
        /// `policy` and `rule`, where it is the one that decided.
        let inForce: RecordPart
        /// Its step in the trace, where its policy is in force.
        let step: RecordPart
        /// The same where it is only watched.
        let stagedStep: RecordPart

        init(policy: String, rule: String) {
            inForce = .policy(policy, rule: rule)
            step = .step(policy: policy, rule: rule, isStaged: false)
            stagedStep = .step(policy: policy, rule: rule, isStaged: true)
        }
    }

    /// `principal` of each key, by `AccessTable.keyNumber`.
    let keys: RecordParts
    private let rules: [[Rule]]

    init(_ access: AccessTable) {
        keys = RecordParts(
            access.keyPrincipals.lazy.map {
                .principal(kind: $0.kind, name: $0.name, namespace: $0.namespace, owner: $0.owner)
            })
        rules = access.policyTexts.map { policy in policy.rules.map { Rule(policy: policy.name, rule: $0) } }
    }

    /// The rule with that number.
    subscript(number: RuleNumber) -> Rule { rules[number.policy][number.rule] }
}
