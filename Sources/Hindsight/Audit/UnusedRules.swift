import Kubernetes
import Policy

/// A rule that decided nothing.
public struct UnusedRule: Hashable, Sendable {
    /// Policy and rule, as records name them.
    public var key: RuleUsage.Key
    /// Where it was written.
    public var position: Position?
    /// True: all of its policy decided nothing.
    public var isWholePolicy: Bool
}

extension RuleUsage {
    /// Rules of policies in force that decided nothing, in the order of the policies.
    ///
    /// A rule of an `AccessPolicy` behind another that allows the same decides nothing; so does a rule of a policy between
    /// workloads behind one that is asked before it. It may be left out, or the other made narrower.
    public func unusedRules(of objects: Objects) -> [UnusedRule] {
        WorkloadPolicy.all(in: objects).filter { !$0.isStaged }.flatMap(unused)
            + objects.accessPolicies.values.filter { !$0.isMarkedStaged }.sorted { $0.key < $1.key }.flatMap(unused)
    }

    private func unused(_ policy: WorkloadPolicy) -> [UnusedRule] {
        let rules = Direction.allCases.flatMap { direction in
            (policy.rules(direction) ?? []).indices.map {
                (policy.ruleName($0, direction), policy.position(ofRule: $0, direction))
            }
        }
        return unused(policy.nameInRecords, rules)
    }

    private func unused(_ policy: AccessPolicy) -> [UnusedRule] {
        unused(policy.key.description, policy.rules.map { ($0.name, $0.position ?? policy.metadata.position) })
    }

    private func unused(_ policy: String, _ rules: [(name: String, position: Position?)]) -> [UnusedRule] {
        let isUsed = rules.map { self[policy, $0.name] != nil }
        let isWhole = !isUsed.contains(true)
        return zip(rules, isUsed).filter { !$0.1 }.map { rule, _ in
            UnusedRule(
                key: Key(policy: policy, rule: rule.name), position: rule.position, isWholePolicy: isWhole)
        }
    }
}
