import Kubernetes
import ModelTraffic

/// A kind as an API server serves it: what its addresses are made of.
public struct ResourceKind: Hashable, Sendable {
    /// API group; empty for core.
    public var group: String
    /// The version that is spoken.
    public var version: String
    /// The name in addresses, `deployments`.
    public var plural: String
    /// The name in objects, `Deployment`.
    public var kind: String
    /// False for kinds without a namespace.
    public var isNamespaced: Bool

    /// That kind.
    public init(_ group: String, _ version: String, _ plural: String, _ kind: String, isNamespaced: Bool = true) {
        self.group = group
        self.version = version
        self.plural = plural
        self.kind = kind
        self.isNamespaced = isNamespaced
    }

    /// `apps/v1`.
    var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }
}

/// An object as it is to be: what is applied.
struct DesiredObject: Hashable, Sendable {
    var resource: ResourceKind
    var namespace: String
    var name: String
    /// Everything below `apiVersion`, `kind` and `metadata`'s name and namespace.
    var labels: [String: String]
    var annotations: [String: String]
    /// Members beside `metadata`: `spec`, `automountServiceAccountToken`, `data`, ...
    var members: [String: JSONLiteral]

    /// The annotation that says which wish an object fulfils: it changes whenever the wish does, also when something is
    /// wished for no more.
    static let wishAnnotation = "sallyport.dev/wish"

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
public struct ObjectPlace: Hashable, Sendable, CustomStringConvertible {
    /// Its kind.
    public var resource: ResourceKind
    /// Empty for kinds without one.
    public var namespace: String
    /// Its name.
    public var name: String

    /// That place.
    public init(resource: ResourceKind, namespace: String, name: String) {
        self.resource = resource
        self.namespace = namespace
        self.name = name
    }

    /// `Deployment sallyport-gateways/gw-ai-front`.
    public var description: String {
        namespace.isEmpty ? "\(resource.kind) \(name)" : "\(resource.kind) \(namespace)/\(name)"
    }
}

/// What an API server says of an object, as far as the controller looks at it.
struct LiveObject: Sendable {
    var place: ObjectPlace
    var value: Value

    init(_ resource: ResourceKind, _ value: Value) {
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
