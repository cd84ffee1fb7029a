import Addresses
import Kubernetes

/// A NetworkSet or GlobalNetworkSet: blocks that selectors find as if they were an endpoint.
struct CalicoSet {
    let reference: ObjectReference
    let nets: [Prefix]
    let domains: [String]
    /// Its own labels, and those that it has from its namespace.
    private let labels: [String: String]
    /// Of those, the ones of its namespace.
    private let namespaceLabels: [String: String]
    /// Of those, the ones of its service account: it has none but by its own labels.
    private let accountLabels: [String: String]
    private let isInNamespace: Bool

    init(_ set: CalicoGlobalNetworkSet) {
        self.init(set.reference, set.nets, set.domains, labels: set.metadata.labels)
    }

    init(_ set: CalicoNetworkSet, _ namespace: Namespace?) {
        let name = set.metadata.namespace
        var labels = set.metadata.labels
        labels["projectcalico.org/namespace"] = name
        var inherited = namespace?.metadata.labels ?? [:]
        inherited[LabelExpression.nameKey] = name
        inherited["projectcalico.org/name"] = name
        for (key, value) in inherited where labels["pcns." + key] == nil { labels["pcns." + key] = value }
        self.init(set.reference, set.nets, set.domains, labels: labels)
    }

    private init(_ reference: ObjectReference, _ nets: [Prefix], _ domains: [String], labels: [String: String]) {
        func part(_ prefix: String) -> [String: String] {
            let own = labels.filter { $0.key.hasPrefix(prefix) }.map {
                (String($0.key.dropFirst(prefix.count)), $0.value)
            }
            return Dictionary(own, uniquingKeysWith: { first, _ in first })
        }
        self.reference = reference
        self.nets = nets
        self.domains = domains
        self.labels = labels
        namespaceLabels = part("pcns.")
        accountLabels = part("pcsa.")
        isInNamespace = !reference.namespace.isEmpty
    }

    /// Whether a selector of endpoints finds it.
    func matches(_ selector: CalicoSelector) -> Bool { selector.holds(labels, all: true, global: true) }

    /// Whether the side of a rule finds it, in a policy of a namespace or of none.
    func isFound(by entity: CalicoEntity, in namespace: String?) -> Bool {
        if let selector = entity.namespaceSelector {
            guard selector.holds(namespaceLabels, all: isInNamespace, global: !isInNamespace) else { return false }
        } else if let namespace, !isInNamespace || reference.namespace != namespace {
            return false
        }
        guard entity.serviceAccountNames.isEmpty else { return false }
        let accounts = entity.serviceAccountSelector.map { $0.holds(accountLabels, all: true, global: true) }
        return accounts != false && entity.selector.map(matches) != false
    }
}

extension CalicoSelector {
    /// Whether it holds for labels, with what `all()` and `global()` stand for.
    fileprivate func holds(_ labels: [String: String], all: Bool, global: Bool) -> Bool {
        switch self {
        case .all: all
        case .global: global
        case .label(let key, let test): labels[key].map { LabelExpression.Test(test).holds($0) } ?? false
        case .not(let part): !part.holds(labels, all: all, global: global)
        case .and(let parts): parts.allSatisfy { $0.holds(labels, all: all, global: global) }
        case .or(let parts): parts.contains { $0.holds(labels, all: all, global: global) }
        }
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
