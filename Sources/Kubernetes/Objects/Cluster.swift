import Addresses

// What pods run on, who they are, and how traffic comes in.

/// `Node` v1.
public struct Node: KubernetesObject, Hashable {
    public static let group = ""
    public static let versions = ["v1"]
    public static let kind = "Node"
    public static let isNamespaced = false
    public var metadata: ObjectMeta
    /// `status.addresses[]` that are IP addresses, whatever their type.
    public var addresses: [Address]
    /// `spec.podCIDRs`, or `spec.podCIDR` where those are absent: where the addresses of its pods are from.
    public var podBlocks: [Prefix]
}

/// `ServiceAccount` v1.
public struct ServiceAccount: KubernetesObject, Hashable {
    public static let group = ""
    public static let versions = ["v1"]
    public static let kind = "ServiceAccount"
    public var metadata: ObjectMeta
}

/// `Ingress` networking.k8s.io/v1: the Services that it opens.
public struct Ingress: KubernetesObject, Hashable {
    public static let group = "networking.k8s.io"
    public static let versions = ["v1"]
    public static let kind = "Ingress"
    public var metadata: ObjectMeta
    /// `spec.ingressClassName`, or annotation `kubernetes.io/ingress.class`.
    public var className: String?
    /// For what no rule is for; nil: none, or no Service.
    public var defaultBackend: Backend?
    /// Every path of every rule whose backend is a Service.
    public var paths: [Path]

    /// `spec.rules[].http.paths[]`.
    public struct Path: Hashable, Sendable {
        /// Empty: every host.
        public var host: String
        /// Empty: every path.
        public var path: String
        public var backend: Backend
    }

    /// A Service of its namespace.
    public struct Backend: Hashable, Sendable {
        public var service: String
        /// Number or name of a port of the Service.
        public var port: IntOrString
        public var position: Position?
    }

    /// All that it opens.
    public var backends: [Backend] { (defaultBackend.map { [$0] } ?? []) + paths.map(\.backend) }
}
