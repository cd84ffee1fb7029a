import Addresses
import Kubernetes
import Policy

/// Pods that are not there, and might be: what policies would say of them is part of what they say.
///
/// Their names have a sign in them that no name of Kubernetes has, so that they are never taken for others.
struct Strangers {
    /// The inventory with them in it.
    let inventory: Inventory
    /// Those that a selector of a rule asks for, by the names of their endpoints.
    private(set) var fitting: [NamespacedName: HypotheticalPod] = [:]

    /// A namespace that is not there, without labels of its own.
    static let namespace = "?"
    /// The name of a pod without labels.
    static let newcomer = "?"

    /// - Parameters:
    ///   - many: true: of selectors that name several values of a label two that fit, not one.
    ///   - wanted: true: there shall be one that fits the selector.
    init(_ list: GuestList, many: Bool = false, where wanted: (WorkloadSelector) -> Bool) {
        let old = list.inventory
        var namespaces = old.namespaces
        namespaces[Self.namespace] = ["kubernetes.io/metadata.name": Self.namespace]
        var strangers = namespaces.keys.sorted().map { Self.endpoint(NamespacedName($0, Self.newcomer), [:], nil) }
        var seen: Set<HypotheticalPod> = []
        let selectors = Self.selectors(list.policies).filter(wanted)
        let pods = selectors.flatMap { selector in
            (many ? [false, true] : [false]).compactMap { HypotheticalPod(selector, old, takesLast: $0) }
        }
        for pod in pods where seen.insert(pod).inserted {
            // A pod without labels is in every namespace already.
            if pod.labels.isEmpty, pod.serviceAccount == nil,
                pod.namespace.map({ namespaces[$0] != nil }) ?? pod.namespaceLabels.isEmpty
            {
                continue
            }
            let namespace = pod.namespace ?? (pod.namespaceLabels.isEmpty ? Self.namespace : "?\(strangers.count)")
            let name = NamespacedName(namespace, "?\(strangers.count)")
            if namespaces[namespace] == nil {
                namespaces[namespace] = pod.namespaceLabels.merging(["kubernetes.io/metadata.name": namespace]) {
                    own, _ in own
                }
            }
            fitting[name] = pod
            strangers.append(Self.endpoint(name, pod.labels, pod.serviceAccount))
        }
        inventory = Inventory(
            endpoints: old.endpoints + strangers, namespaces: namespaces, serviceAccounts: old.serviceAccounts,
            nodes: old.nodes, podRanges: old.podRanges)
    }

    /// True for endpoints that are not there.
    static func isStranger(_ endpoint: Endpoint) -> Bool { endpoint.name.name.utf8.first == UInt8(ascii: "?") }

    private static func endpoint(_ name: NamespacedName, _ labels: [String: String], _ account: String?) -> Endpoint {
        Endpoint(
            name: name, workload: WorkloadName(kind: Pod.kind, namespace: name.namespace, name: name.name),
            labels: labels, serviceAccount: account ?? "default", isTemplate: true)
    }

    /// Every selector of the other side, once, in the order of the policies.
    private static func selectors(_ policies: [WorkloadPolicy]) -> [WorkloadSelector] {
        var seen: Set<WorkloadSelector> = []
        var found: [WorkloadSelector] = []
        for rule in policies.lazy.flatMap({ ($0.ingress ?? []) + ($0.egress ?? []) }) {
            for selector in (rule.peers ?? []).compactMap(\.workloads) where seen.insert(selector).inserted {
                found.append(selector)
            }
        }
        return found
    }
}

/// A pod that a selector of a rule asks for.
public struct HypotheticalPod: Hashable, Sendable {
    /// The namespace that it must be in; nil: any with the labels.
    public let namespace: String?
    /// Labels that its namespace must have, as far as one example of them goes; empty: it may be in any. The value `?`
    /// stands for any.
    public let namespaceLabels: [String: String]
    /// Labels that it must have, as far as one example of them goes; empty: any pod. The value `?` stands for any.
    public let labels: [String: String]
    /// The name of its service account; nil: any.
    public let serviceAccount: String?

    /// An example for a selector; nil when none is found.
    init?(_ selector: WorkloadSelector, _ inventory: Inventory, takesLast: Bool) {
        guard let own = LabelExample(selector.labels, takesLast: takesLast) else { return nil }
        labels = own[.workload]
        serviceAccount = takesLast ? selector.serviceAccounts?.max() : selector.serviceAccounts?.min()
        switch selector.namespaces {
        case .every: (namespace, namespaceLabels) = (nil, [:])
        case .named(let name): (namespace, namespaceLabels) = (name, inventory.namespaces[name] ?? [:])
        case .matching(let expression):
            guard let example = LabelExample(expression, takesLast: takesLast) else { return nil }
            let known = inventory.namespaces.filter { _, labels in
                expression.holds { owner, key in owner == .namespace ? labels[key] : nil }
            }
            let name = example[.namespace]["kubernetes.io/metadata.name"] ?? known.keys.min()
            namespace = name
            namespaceLabels = name.flatMap { known[$0] } ?? example[.namespace]
        }
    }
}
