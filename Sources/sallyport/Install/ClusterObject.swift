import ClusterSource
import Kubernetes

/// An object that is applied, read or deleted by its name.
struct ObjectName: Hashable, Comparable, CustomStringConvertible {
    var apiVersion: String
    var kind: String
    /// Empty: it has none.
    var namespace: String
    var name: String

    /// The name of an object; nil: it has none.
    init?(_ object: YAMLTree) {
        guard let apiVersion = object["apiVersion"]?.string, let kind = object["kind"]?.string,
            let name = object.at("metadata", "name")?.string
        else { return nil }
        self.init(apiVersion, kind, namespace: object.at("metadata", "namespace")?.string ?? "", name)
    }

    init(_ apiVersion: String, _ kind: String, namespace: String = "", _ name: String) {
        self.apiVersion = apiVersion
        self.kind = kind
        self.namespace = namespace
        self.name = name
    }

    var description: String { "\(kind) \(namespace.isEmpty ? "" : "\(namespace)/")\(name)" }

    static func < (a: Self, b: Self) -> Bool {
        (a.kind, a.namespace, a.name, a.apiVersion) < (b.kind, b.namespace, b.name, b.apiVersion)
    }

    /// What paths are made of; nil: a kind that an installation does not have.
    var resource: APIResource? { Self.resource(apiVersion, kind) }

    /// The same for a kind.
    static func resource(_ apiVersion: String, _ kind: String) -> APIResource? {
        guard let (plural, isNamespaced) = kinds[kind] else { return nil }
        let parts = apiVersion.split(separator: "/")
        return APIResource(
            group: parts.count == 2 ? String(parts[0]) : "", version: String(parts.last ?? ""), plural: plural,
            kind: kind,
            isNamespaced: isNamespaced)
    }

    /// Every kind that an installation has, with its name in paths.
    private static let kinds: [String: (plural: String, isNamespaced: Bool)] = [
        "ClusterRole": ("clusterroles", false), "ClusterRoleBinding": ("clusterrolebindings", false),
        "CustomResourceDefinition": ("customresourcedefinitions", false), "DaemonSet": ("daemonsets", true),
        "Deployment": ("deployments", true), "Event": ("events", true), "Gateway": ("gateways", true),
        "GatewayClass": ("gatewayclasses", false), "Namespace": ("namespaces", false),
        "NetworkPolicy": ("networkpolicies", true), "Node": ("nodes", false),
        "PersistentVolumeClaim": ("persistentvolumeclaims", true), "Pod": ("pods", true),
        "PodDisruptionBudget": ("poddisruptionbudgets", true), "ResourceQuota": ("resourcequotas", true),
        "Role": ("roles", true), "RoleBinding": ("rolebindings", true), "Service": ("services", true),
        "ServiceAccount": ("serviceaccounts", true), "StatefulSet": ("statefulsets", true),
        "StorageClass": ("storageclasses", false),
        "ValidatingWebhookConfiguration": ("validatingwebhookconfigurations", false),
    ]
}

extension YAMLTree {
    var kind: String { self["kind"]?.string ?? "" }
    var objectName: String { at("metadata", "name")?.string ?? "" }
    var objectNamespace: String { at("metadata", "namespace")?.string ?? "" }

    /// The part of Sallyport that an object is of.
    var component: String { at("metadata", "labels")?[Installation.Labels.component]?.string ?? "" }
}
