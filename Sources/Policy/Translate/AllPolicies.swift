import Kubernetes

extension WorkloadPolicy {
    /// Every policy between workloads among the objects, in the order in which they are asked; those with mistakes deny
    /// what they were about.
    public static func all(in objects: Objects) -> [WorkloadPolicy] {
        var policies = objects.networkPolicies.values.map { WorkloadPolicy($0) }
        policies += objects.clusterNetworkPolicies.values.map { WorkloadPolicy($0) }
        policies += objects.adminNetworkPolicies.values.map { WorkloadPolicy($0) }
        policies += objects.baselineAdminNetworkPolicies.values.map { WorkloadPolicy($0) }
        policies += objects.invalid.compactMap { WorkloadPolicy(invalid: $0) }
        // Kinds of other makers are added here.
        return policies.sorted { $0.isBefore($1) }
    }

    /// By tier and priority, then by name and kind; what is left is the order of the text.
    private func isBefore(_ other: WorkloadPolicy) -> Bool {
        if tier != other.tier { return tier < other.tier }
        if priority != other.priority { return priority < other.priority }
        let own = [source.namespace, source.name, source.kind, source.group]
        let others = [other.source.namespace, other.source.name, other.source.kind, other.source.group]
        if own != others { return own.lexicographicallyPrecedes(others) }
        guard let position, let place = other.position else { return position == nil && other.position != nil }
        return (position.file, position.line, position.column) < (place.file, place.line, place.column)
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
