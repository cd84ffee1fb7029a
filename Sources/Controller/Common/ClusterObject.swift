import ClusterSource
import Kubernetes
import ModelTraffic

/// An object as it is to be: what is applied.
struct DesiredObject: Hashable, Sendable {
    var resource: APIResource
    var namespace: String
    var name: String
    /// Everything below `apiVersion`, `kind` and `metadata`'s name and namespace.
    var labels: [String: String]
    var annotations: [String: String]
    /// Members beside `metadata`: `spec`, `automountServiceAccountToken`, `data`, ...
    var members: [String: JSONLiteral]

    /// The annotation that says which wish an object fulfils: it changes whenever the wish does, also when something is
    /// wished for no more.
    static let wishAnnotation = Installation.Annotations.wish

    /// What is sent.
    var body: JSONLiteral {
        var all: [(String, JSONLiteral)] = [
            ("apiVersion", .string(resource.apiVersion)), ("kind", .string(resource.kind)),
            (
                "metadata",
                .object([
                    "name": .string(name), "namespace": namespace.isEmpty ? nil : .string(namespace),
                    "labels": labels.isEmpty ? nil : .map(labels),
                    "annotations": annotations.isEmpty ? nil : .map(annotations),
                ])
            ),
        ]
        all += members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        return .object(all)
    }

    /// Where it is.
    var place: ObjectPlace { ObjectPlace(resource: resource, namespace: namespace, name: name) }
}

/// Where an object is.
struct ObjectPlace: Hashable, Sendable, CustomStringConvertible {
    var resource: APIResource
    /// Empty for kinds without one.
    var namespace: String
    var name: String

    /// Namespace and name.
    var key: NamespacedName { NamespacedName(namespace, name) }

    /// `Deployment sallyport-gateways/gw-ai-front`.
    var description: String {
        namespace.isEmpty ? "\(resource.kind) \(name)" : "\(resource.kind) \(namespace)/\(name)"
    }
}

/// What an API server says of an object, as far as the controller looks at it.
struct LiveObject: Sendable {
    var place: ObjectPlace
    var value: Value

    init(_ resource: APIResource, _ value: Value) {
        place = ObjectPlace(
            resource: resource, namespace: value.at("metadata", "namespace")?.text ?? "",
            name: value.at("metadata", "name")?.text ?? "")
        self.value = value
    }

    var annotations: [String: String] { value.at("metadata", "annotations")?.texts ?? [:] }
    var labels: [String: String] { value.at("metadata", "labels")?.texts ?? [:] }
    var resourceVersion: String? { value.at("metadata", "resourceVersion")?.text }
    var isTerminating: Bool { value.at("metadata", "deletionTimestamp")?.text != nil }
}
