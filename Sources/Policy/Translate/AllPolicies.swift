import Kubernetes

extension WorkloadPolicy {
    /// Every policy between workloads among the objects, in the order in which they are asked; those with mistakes deny
    /// what they were about.
    public static func all(in objects: Objects) -> [WorkloadPolicy] {
        inOrder(objects.networkPolicies.values.map { WorkloadPolicy($0) } + besidesNetworkPolicies(in: objects))
    }

    /// Every policy of another kind than NetworkPolicy; equal objects give equal ones, in one order.
    static func besidesNetworkPolicies(in objects: Objects) -> [WorkloadPolicy] {
        var policies = objects.clusterNetworkPolicies.values.map { WorkloadPolicy($0) }
        policies += objects.adminNetworkPolicies.values.map { WorkloadPolicy($0) }
        policies += objects.baselineAdminNetworkPolicies.values.map { WorkloadPolicy($0) }
        policies += objects.invalid.compactMap { WorkloadPolicy(invalid: $0) }
        policies += calico(in: objects)
        return inOrder(policies)
    }
}

extension WorkloadSelector.NamespaceScope {
    /// Namespaces by their labels.
    init(_ selector: LabelSelector) {
        self = selector.requirements.isEmpty ? .every : .matching(LabelExpression(selector, of: .namespace))
    }
}

extension WorkloadSelector {
    /// Pods by labels of their namespaces and their own.
    init(namespaceSelector: LabelSelector, podSelector: LabelSelector) {
        self.init(namespaces: NamespaceScope(namespaceSelector), labels: LabelExpression(podSelector))
    }
}
