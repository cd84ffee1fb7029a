import Kubernetes

/// A kind as an API server serves it: what paths are made of.
public struct APIResource: Hashable, Sendable, CustomStringConvertible {
    /// API group; empty for the core group.
    public let group: String
    /// Version.
    public let version: String
    /// Name in paths: lower-case plural.
    public let plural: String
    /// Kind.
    public let kind: String
    /// False for kinds without a namespace.
    public let isNamespaced: Bool

    /// A resource whose place is known without asking.
    public init(group: String, version: String, plural: String, kind: String, isNamespaced: Bool = true) {
        self.group = group
        self.version = version
        self.plural = plural
        self.kind = kind
        self.isNamespaced = isNamespaced
    }

    /// Group and version as objects name them.
    public var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

    /// `pods.v1`, `gateways.v1.gateway.networking.k8s.io`.
    public var description: String { "\(plural).\(version)\(group.isEmpty ? "" : ".\(group)")" }

    /// The path of its objects, in one namespace or in all.
    func path(namespace: String?) -> [String] {
        let root = group.isEmpty ? ["api", version] : ["apis", group, version]
        guard isNamespaced, let namespace else { return root + [plural] }
        return root + ["namespaces", namespace, plural]
    }

    /// The path of one object, or of a part of it.
    func path(_ name: NamespacedName, _ subresource: String?) -> [String] {
        path(namespace: isNamespaced ? name.namespace : nil) + [name.name] + (subresource.map { [$0] } ?? [])
    }
}

/// Which objects of a resource.
public struct APISelection: Hashable, Sendable {
    /// Namespace; nil: all of them.
    public var namespace: String?
    /// Label selector, in its text form.
    public var labels: String?
    /// Field selector, in its text form.
    public var fields: String?

    /// All objects, or those that fit all that is given.
    public init(namespace: String? = nil, labels: String? = nil, fields: String? = nil) {
        self.namespace = namespace
        self.labels = labels
        self.fields = fields
    }

    var query: [(String, String)] {
        [("labelSelector", labels), ("fieldSelector", fields)].compactMap { name, value in value.map { (name, $0) } }
    }
}
