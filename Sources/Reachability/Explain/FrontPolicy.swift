import Kubernetes
import Policy

/// A new policy about one connection and no other, that is asked before the one that decides.
struct FrontPolicy {
    private let list: GuestList
    private let text: PolicyText

    init(_ list: GuestList, _ text: PolicyText) {
        self.list = list
        self.text = text
    }

    /// - Parameters:
    ///   - policy: the one that decides; nothing that is asked before it says anything of the connection.
    ///   - action: accept or deny.
    func edit(_ direction: Direction, before policy: WorkloadPolicy, _ action: RuleAction) -> PolicyEdit? {
        let own = text.own(direction)
        guard own.endpoint >= 0, text.hasName(own) else { return nil }
        return policy.source.group == CalicoTier.group
            ? calico(direction, policy, action) : cluster(direction, policy, action)
    }

    private func words(_ direction: Direction, _ action: RuleAction, _ place: String) -> String {
        let traffic = Words(list, text.connection).traffic
        let way = direction == .egress ? "to" : "from"
        let verb = action == .accept ? "accepts" : "denies"
        let isExact = text.connection.traffic.proto.hasPorts
        let what = isExact ? "\(traffic) only" : "everything, because it cannot name \(traffic) alone,"
        let other = Words(list, text.connection).name(text.other(direction))
        return "a policy \(place) that \(verb) \(what) \(way) \(other)"
    }

    // MARK: ClusterNetworkPolicy

    private func cluster(_ direction: Direction, _ policy: WorkloadPolicy, _ action: RuleAction) -> PolicyEdit? {
        guard let place = place(before: policy), let selector = text.pods(text.own(direction)),
            let rule = text.rule(direction, action, as: text.clusterPolicy)
        else { return nil }
        let name = text.freeName(text.ruleName(direction), in: "")
        let tier = place.tier.name
        let lines =
            [
                "apiVersion: policy.networking.k8s.io/v1alpha2", "kind: ClusterNetworkPolicy",
                "metadata: {name: \(PolicyText.quoted(name))}", "spec:", "  tier: \(tier)",
                "  priority: \(place.priority)", "  subject: {pods: \(selector)}",
                "  \(PolicyText.rulesField(direction)):",
            ] + rule.map { "  \($0)" }
        let before = policy.tier == place.tier ? "before \(policy.source)" : "of tier \(tier)"
        return .adding(words(direction, action, before), lines.joined(separator: "\n"))
    }

    /// The nearest place before a policy that no other policy has.
    private func place(before policy: WorkloadPolicy) -> (tier: Tier, priority: Int)? {
        let isOfCluster = policy.tier == .admin || policy.tier == .baseline
        if isOfCluster, let limit = Int(exactly: policy.priority), let priority = free(policy.tier, below: limit) {
            return (policy.tier, priority)
        }
        guard policy.tier != .admin else { return nil }
        return free(.admin, below: 1_001).map { (.admin, $0) }
    }

    private func free(_ tier: Tier, below limit: Int) -> Int? {
        let used = Set(list.policies.lazy.filter { $0.tier == tier }.compactMap { Int(exactly: $0.priority) })
        return (0..<limit).last { !used.contains($0) }
    }

    // MARK: Calico

    private func calico(_ direction: Direction, _ policy: WorkloadPolicy, _ action: RuleAction) -> PolicyEdit? {
        let own = text.own(direction)
        guard let tier = calicoTier(policy.tier), let order = order(before: policy), let selector = text.selector(own),
            let rule = text.rule(direction, action, as: policy.source)
        else { return nil }
        let namespace = list.inventory.endpoints[Int(own.endpoint)].namespace
        let name = text.freeName((tier == "default" ? "" : "\(tier).") + text.ruleName(direction), in: namespace)
        let lines =
            [
                "apiVersion: projectcalico.org/v3", "kind: NetworkPolicy",
                "metadata: {name: \(PolicyText.quoted(name)), namespace: \(PolicyText.quoted(namespace))}", "spec:",
                "  tier: \(PolicyText.quoted(tier))", "  order: \(order)", "  selector: \(selector)",
                "  types: [\(direction.rawValue)]", "  \(PolicyText.rulesField(direction)):",
            ] + rule.map { "  \($0)" }
        return .adding(
            words(direction, action, "before \(policy.source)"), lines.joined(separator: "\n"),
            context: tierText(policy.tier, named: tier))
    }

    private func calicoTier(_ tier: Tier) -> String? {
        switch tier {
        case .networkPolicy: "default"
        case .admin: "kube-admin"
        case .baseline: "kube-baseline"
        // Of one that has mistakes, or is not there, nothing is known but that it denies.
        default: tier.order == -.infinity ? nil : tier.name
        }
    }

    /// The tier, where the text of the policy needs it to be read.
    private func tierText(_ tier: Tier, named name: String) -> String {
        guard tier.name == name else { return "" }
        let order = tier.order.isFinite ? "order: \(tier.order), " : ""
        return """
            apiVersion: projectcalico.org/v3
            kind: Tier
            metadata: {name: \(PolicyText.quoted(name))}
            spec: {\(order)defaultAction: \(tier.isolates ? "Deny" : "Pass")}
            ---

            """
    }

    /// An order before that of a policy, and nearest to it.
    private func order(before policy: WorkloadPolicy) -> String? {
        guard policy.priority != -.infinity else { return nil }
        let earlier = list.policies.lazy.filter { $0.tier == policy.tier && $0.priority < policy.priority }
            .map(\.priority).filter(\.isFinite).max()
        let order: Double =
            switch (earlier, policy.priority.isFinite) {
            case (let earlier?, true): (earlier + policy.priority) / 2
            case (let earlier?, false): earlier + 1
            case (nil, true): policy.priority - 1
            case (nil, false): 0
            }
        return order == order.rounded() && order.magnitude < 1e9 ? "\(Int(order))" : "\(order)"
    }
}
