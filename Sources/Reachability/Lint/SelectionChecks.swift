import Kubernetes
import Policy

/// Selectors that are nobody.
enum SelectionChecks {
    static func selectsNothing(_ context: LintContext, _ found: inout FindingList) {
        for policy in context.policies where context.isNobody(policy.subject) {
            if context.hostNetworkPods.contains(where: { context.holds(policy.subject, $0) }) {
                continue
            }
            found.add(
                context, policy, policy.subjectPath, "selects no workload, so it does nothing",
                "compare its selector with the labels of pods, or remove it")
        }
    }

    static func hostNetworkOnly(_ context: LintContext, _ found: inout FindingList) {
        guard !context.hostNetworkPods.isEmpty else { return }
        for policy in context.policies where context.resolver.groups(policy.subject).isEmpty {
            guard let pod = context.hostNetworkPods.first(where: { context.holds(policy.subject, $0) }) else {
                continue
            }
            found.add(
                context, policy, policy.subjectPath,
                "selects pods on the network of their node only, such as \(pod.name), and policies are never about those",
                "guard them by a firewall of the node, or give the pods a network of their own")
        }
    }

    static func ruleMatchesNobody(_ context: LintContext, _ found: inout FindingList) {
        for policy in context.policies {
            for (direction, rule) in context.rules(policy) {
                guard let peers = rule.peers, !peers.isEmpty, peers.allSatisfy(context.isNobody) else { continue }
                let verb = direction == .ingress ? "comes from" : "goes to"
                found.add(
                    context, policy, rule.path,
                    "matches nothing that \(verb) a workload that there is\(context.hostNetworkHint(peers))",
                    "compare its selectors with the labels of pods and namespaces")
            }
        }
    }

    static func peerMatchesNobody(_ context: LintContext, _ found: inout FindingList) {
        for policy in context.policies where !policy.hasOneSide {
            for (direction, rule) in context.rules(policy) {
                guard let peers = rule.peers, peers.contains(where: { !context.isNobody($0) }) else { continue }
                for (index, peer) in peers.enumerated() where context.isNobody(peer) {
                    found.add(
                        context, policy, policy.path(rule, direction, peer: index),
                        "is no workload that there is\(context.hostNetworkHint([peer]))",
                        "compare its selectors with the labels of pods and namespaces")
                }
            }
        }
    }
}

extension WorkloadPolicy {
    /// True for what stands for an object with mistakes: those are reported already.
    var isLeftOver: Bool { remarks.contains { $0.path.isEmpty } }

    /// Where it says whom it is about.
    var subjectPath: String {
        if isNetworkPolicy { return "spec.podSelector" }
        switch source.group {
        case ClusterNetworkPolicy.group: return "spec.subject"
        default: return "spec.selector"
        }
    }

    /// True for rules of Calico: they have one side, whose selector finds workloads and network sets alike. It is somebody
    /// where it finds either.
    fileprivate var hasOneSide: Bool { source.group == CalicoTier.group && !isNetworkPolicy }

    /// True for policies that are written as NetworkPolicy is, Calico's staged ones too.
    var isNetworkPolicy: Bool {
        source.group == NetworkPolicy.group
            ? source.kind == NetworkPolicy.kind
            : source.group == CalicoTier.group && source.kind == CalicoStagedKubernetesNetworkPolicy.kind
    }

    /// The path of a side of a rule: `spec.ingress[0].from[1]`; of kinds that write sides otherwise, the rule's.
    func path(_ rule: WorkloadRule, _ direction: Direction, peer index: Int) -> String {
        guard isNetworkPolicy || source.group == ClusterNetworkPolicy.group else { return rule.path }
        return "\(rule.path).\(direction == .ingress ? "from" : "to")[\(index)]"
    }
}

extension LintContext {
    /// True when a side of a rule is known to be nobody: a selector that fits no workload.
    func isNobody(_ peer: Peer) -> Bool {
        guard let selector = peer.workloads, peer.blocks == nil else { return false }
        return isNobody(selector)
    }

    /// True when a selector would fit, were the endpoint no pod on the network of its node.
    func holds(_ selector: WorkloadSelector, _ endpoint: Endpoint) -> Bool {
        let inventory = list.inventory
        if let accounts = selector.serviceAccounts, !accounts.contains(endpoint.serviceAccount) { return false }
        let value = { (owner: LabelExpression.Owner, key: String) -> String? in
            switch owner {
            case .workload: endpoint.labels[key]
            case .namespace: inventory.namespaces[endpoint.namespace]?[key]
            case .serviceAccount:
                inventory.serviceAccounts[NamespacedName(endpoint.namespace, endpoint.serviceAccount)]?[key]
            }
        }
        switch selector.namespaces {
        case .every: break
        case .named(let name): guard endpoint.namespace == name else { return false }
        case .matching(let expression): guard expression.holds(value) else { return false }
        }
        return selector.labels.holds(value)
    }

    /// What may explain that selectors fit nobody.
    fileprivate func hostNetworkHint(_ peers: [Peer]) -> String {
        let pod = hostNetworkPods.first { pod in peers.compactMap(\.workloads).contains { holds($0, pod) } }
        return pod.map { " (\($0.name) would fit, but is on the network of its node)" } ?? ""
    }
}
