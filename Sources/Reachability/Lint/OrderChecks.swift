import Kubernetes
import Policy

/// Rules that others make useless, and policies that contradict each other.
enum OrderChecks {
    static func equalPriorities(_ context: LintContext, _ found: inout FindingList) {
        var seen: Set<[Int32]> = []
        for conflict in context.contributions.conflicts where seen.insert([conflict.first, conflict.second]).inserted {
            let (first, second) = (context.policies[Int(conflict.first)], context.policies[Int(conflict.second)])
            let way = conflict.direction == .ingress ? "to \(conflict.subject) from" : "from \(conflict.subject) to"
            let example = "\(conflict.traffic.proto) \(conflict.traffic.port) \(way) \(conflict.peer)"
            found.add(
                context, second, "spec.priority",
                "has the priority of \(first.source), which says otherwise of \(example): which of them decides is "
                    + "not defined",
                "give them different priorities")
        }
    }

    /// A rule is shadowed, and an earlier one of the same policy decides everything.
    private static func isAfterAll(_ policy: WorkloadPolicy, _ key: RuleKey) -> Bool {
        guard policy.rule(key)?.action == .deny else { return false }
        return (policy.rules(key.direction) ?? []).prefix(Int(key.rule)).contains { rule in
            rule.action == .accept && rule.traffic == nil && rule.own == nil && rule.exceptTraffic.isEmpty
                && (rule.peers ?? [Peer()]).contains(where: \.isEveryone)
        }
    }

    private static func shadowed(_ context: LintContext) -> [(policy: WorkloadPolicy, key: RuleKey)] {
        let contributions = context.contributions
        return contributions.shadowed.sorted().filter { !contributions.redundantPolicies.contains($0.policy) }
            .map { (context.policies[Int($0.policy)], $0) }
    }

    static func denyAfterAcceptAll(_ context: LintContext, _ found: inout FindingList) {
        for (policy, key) in shadowed(context) where isAfterAll(policy, key) {
            found.add(
                context, policy, policy.rule(key)?.path ?? "",
                "denies nothing: a rule before it accepts all of it",
                "put it before that rule; the first rule that matches decides")
        }
    }

    static func shadowed(_ context: LintContext, _ found: inout FindingList) {
        for (policy, key) in shadowed(context) where !isAfterAll(policy, key) {
            found.add(
                context, policy, policy.rule(key)?.path ?? "",
                "decides nothing: rules that are asked before it decide everything that it matches",
                "put it before them, or remove it")
        }
    }

    static func redundant(_ context: LintContext, _ found: inout FindingList) {
        let contributions = context.contributions
        for key in contributions.redundant.sorted() where !contributions.underOpeners.contains(key) {
            if contributions.redundantPolicies.contains(key.policy) { continue }
            let policy = context.policies[Int(key.policy)]
            found.add(
                context, policy, policy.rule(key)?.path ?? "",
                "adds nothing: other rules about the same workloads allow everything that it allows", "remove it")
        }
    }

    static func redundantPolicy(_ context: LintContext, _ found: inout FindingList) {
        let contributions = context.contributions
        for index in contributions.redundantPolicies.sorted() {
            let policy = context.policies[Int(index)]
            found.add(
                context, policy, "",
                "changes nothing: other policies say all that it says of the workloads that it selects", "remove it")
        }
    }

    static func openedToEveryone(_ context: LintContext, _ found: inout FindingList) {
        for (key, count) in context.contributions.openers.sorted(by: { $0.key < $1.key }) {
            let policy = context.policies[Int(key.policy)]
            let others = count == 1 ? "another rule" : "\(count) other rules"
            found.add(
                context, policy, policy.rule(key)?.path ?? "",
                "allows everything with everyone, so \(others) about the same workloads \(count == 1 ? "does" : "do") "
                    + "nothing",
                "remove it if those were meant to be all that is allowed")
        }
    }
}

extension Peer {
    /// True when it is every workload, at least.
    fileprivate var isEveryone: Bool {
        let isPlain = notWorkloads == nil && blocks == nil && exceptBlocks.isEmpty && nodes == nil && names == nil
        return isPlain && (workloads == nil || workloads == .everything)
    }
}
