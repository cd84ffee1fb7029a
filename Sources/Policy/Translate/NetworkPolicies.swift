import Addresses
import Kubernetes

extension WorkloadPolicy {
    /// The place of NetworkPolicy v1 in its tier: Calico's order for it.
    static let networkPolicyPriority = 1_000.0

    /// A NetworkPolicy: its rules accept, and what it selects is isolated in the directions that it is about.
    public init(_ policy: NetworkPolicy) {
        let namespace = policy.metadata.namespace
        self.init(
            source: policy.reference,
            position: policy.metadata.position,
            tier: .networkPolicy,
            priority: Self.networkPolicyPriority,
            isStaged: policy.isStaged,
            subject: WorkloadSelector(namespaces: .named(namespace), labels: LabelExpression(policy.podSelector)),
            ingress: nil, egress: nil)
        let types = policy.effectiveTypes
        ingress = rules(policy.ingress, "spec.ingress", namespace, types.contains(.ingress))
        egress = rules(policy.egress, "spec.egress", namespace, types.contains(.egress))
        rulePlaces = RulePlaces(ingress: policy.ingress.map(\.position), egress: policy.egress.map(\.position))
    }

    /// nil: the policy says nothing of that direction, even where it has rules for it.
    private mutating func rules(
        _ rules: [NetworkPolicy.Rule], _ path: String, _ namespace: String, _ isMeant: Bool
    ) -> [WorkloadRule]? {
        guard isMeant else {
            let message = "does nothing: spec.policyTypes does not have this direction"
            if !rules.isEmpty { remarks.append(Remark(path: path, message: message)) }
            return nil
        }
        return rules.enumerated().map { WorkloadRule($0.element, path: "\(path)[\($0.offset)]", namespace) }
    }
}

extension WorkloadRule {
    fileprivate init(_ rule: NetworkPolicy.Rule, path: String, _ namespace: String) {
        self.init(
            path: path,
            action: .accept,
            peers: rule.peers.isEmpty ? nil : rule.peers.map { Peer($0, namespace: namespace) },
            traffic: rule.ports.isEmpty ? nil : rule.ports.map { TrafficTerm($0) })
    }
}

extension Peer {
    fileprivate init(_ peer: NetworkPolicy.Peer, namespace: String) {
        switch peer {
        case .ipBlock(let cidr, let except): self.init(blocks: [cidr], exceptBlocks: except)
        case .selectors(let namespaces, let pods):
            let scope = namespaces.map { WorkloadSelector.NamespaceScope($0) } ?? .named(namespace)
            self.init(
                workloads: WorkloadSelector(namespaces: scope, labels: LabelExpression(pods ?? .everything)))
        }
    }
}

extension TrafficTerm {
    fileprivate init(_ port: NetworkPolicy.Port) {
        switch port.port {
        case .range(let range)?: self.init(proto: port.proto, port: .range(range))
        case .named(let name)?: self.init(proto: port.proto, port: .named(name))
        case nil: self.init(proto: port.proto)
        }
    }
}
