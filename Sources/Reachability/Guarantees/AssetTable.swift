import Kubernetes
import Policy

/// What is worth protecting, by endpoint: said by a label or annotation of the pod, its namespace, or a Service in
/// front of it.
public struct AssetTable: Sendable {
    /// Of each endpoint of the inventory.
    public let assets: [Set<Asset>]

    /// What the objects say.
    public init(_ objects: Objects, _ inventory: Inventory) {
        var ofNamespace: [String: Set<Asset>] = [:]
        for namespace in objects.namespaces.values {
            let metadata = namespace.metadata
            ofNamespace[metadata.name] = Asset.named(labels: metadata.labels, annotations: metadata.annotations)
        }
        let services = Dictionary(
            grouping: objects.services.values.lazy.filter { !$0.selector.isEmpty }
                .map {
                    (service: $0, assets: Asset.named(labels: $0.metadata.labels, annotations: $0.metadata.annotations))
                }
                .filter { !$0.assets.isEmpty },
            by: { $0.service.metadata.namespace })
        assets = inventory.endpoints.map { endpoint in
            var found = Asset.named(labels: endpoint.labels, annotations: endpoint.annotations)
            found.formUnion(ofNamespace[endpoint.namespace] ?? [])
            for (service, assets) in services[endpoint.namespace] ?? []
            where LabelSelector(matchLabels: service.selector).matches(endpoint.labels) {
                found.formUnion(assets)
            }
            return found
        }
    }
}
