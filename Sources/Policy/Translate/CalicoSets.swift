import Addresses
import Kubernetes

/// A NetworkSet or GlobalNetworkSet: blocks that selectors find as if they were an endpoint.
struct CalicoSet {
    let reference: ObjectReference
    let nets: [Prefix]
    let domains: [String]
    /// Its own labels, and those that it has from its namespace.
    private let labels: [String: String]
    private let isInNamespace: Bool

    init(_ set: CalicoGlobalNetworkSet) {
        reference = set.reference
        nets = set.nets
        domains = set.domains
        labels = set.metadata.labels
        isInNamespace = false
    }

    init(_ set: CalicoNetworkSet, _ namespace: Namespace?) {
        let name = set.metadata.namespace
        var labels = set.metadata.labels
        labels["projectcalico.org/namespace"] = name
        var inherited = namespace?.metadata.labels ?? [:]
        inherited[LabelExpression.nameKey] = name
        inherited["projectcalico.org/name"] = name
        for (key, value) in inherited where labels["pcns." + key] == nil { labels["pcns." + key] = value }
        reference = set.reference
        nets = set.nets
        domains = set.domains
        self.labels = labels
        isInNamespace = true
    }

    /// Whether a selector of endpoints finds it.
    func matches(_ selector: CalicoSelector) -> Bool { matches(selector, prefix: "", all: true, global: true) }

    /// Whether the side of a rule finds it, in a policy of a namespace or of none.
    func isFound(by entity: CalicoEntity, in namespace: String?) -> Bool {
        if let selector = entity.namespaceSelector {
            guard matches(selector, prefix: "pcns.", all: isInNamespace, global: !isInNamespace) else { return false }
        } else if let namespace, !isInNamespace || reference.namespace != namespace {
            return false
        }
        // A set has no service account.
        guard entity.serviceAccountNames.isEmpty else { return false }
        let accounts = entity.serviceAccountSelector.map { matches($0, prefix: "pcsa.", all: true, global: true) }
        return accounts != false && entity.selector.map(matches) != false
    }

    private func matches(_ selector: CalicoSelector, prefix: String, all: Bool, global: Bool) -> Bool {
        LabelExpression(selector, all: all ? .everything : .nothing, global: global ? .everything : .nothing) {
            .label(.workload, prefix + $0, $1)
        }
        .holds { _, key in labels[key] }
    }
}

extension CalicoEntity {
    /// True when it picks endpoints, beside those that it excludes: in the policy of a namespace that is so as soon as
    /// it asks for anything that endpoints are.
    func picksEndpoints(in namespace: String?) -> Bool {
        selector != nil || namespaceSelector != nil || asksForServiceAccounts
            || (namespace != nil && notSelector != nil)
    }

    /// The workloads that it picks.
    func workloads(in namespace: String?) -> WorkloadSelector? {
        let scope: WorkloadSelector.NamespaceScope
        if let namespaceSelector {
            let labels = LabelExpression(namespaces: namespaceSelector)
            if labels == .nothing { return nil }
            scope = labels == .everything ? .every : .matching(labels)
        } else {
            scope = namespace.map { .named($0) } ?? .every
        }
        let labels = LabelExpression.every([
            selector.map(LabelExpression.init(endpoints:)) ?? .everything,
            serviceAccountSelector.map(LabelExpression.init(serviceAccounts:)) ?? .everything,
        ])
        if labels == .nothing { return nil }
        return WorkloadSelector(
            namespaces: scope, labels: labels,
            serviceAccounts: serviceAccountNames.isEmpty ? nil : Set(serviceAccountNames))
    }
}

extension Prefix {
    /// The addresses that are in one block of each; two blocks are inside each other or have nothing in common.
    static func intersection(_ one: [Prefix], _ other: [Prefix]) -> [Prefix] {
        var found: [Prefix] = []
        for a in one {
            for b in other {
                if a.contains(b) { found.append(b) } else if b.contains(a) { found.append(a) }
            }
        }
        return found
    }
}
