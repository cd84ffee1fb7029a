import Addresses

// Kinds of the core group and of discovery.k8s.io, as far as the front door needs them.

/// `Namespace` v1; `kubernetes.io/metadata.name` is added to its labels by decoding.
public struct Namespace: KubernetesObject, Hashable {
    public static let group = ""
    public static let versions = ["v1"]
    public static let kind = "Namespace"
    public static let isNamespaced = false
    public var metadata: ObjectMeta
}

/// `Service` v1.
public struct Service: KubernetesObject, Hashable {
    public static let group = ""
    public static let versions = ["v1"]
    public static let kind = "Service"
    public var metadata: ObjectMeta
    /// `ClusterIP` (default), `NodePort`, `LoadBalancer`, `ExternalName`.
    public var type: String
    public var externalName: String?
    public var clusterIPs: [String]
    public var selector: [String: String]
    public var ports: [Port]
    /// Addresses of nodes, or routed to them, at which it answers too.
    public var externalIPs: [Address] = []
    /// `status.loadBalancer.ingress[].ip`.
    public var loadBalancerAddresses: [Address] = []
    /// `Cluster` (default): callers from outside may seem to come from a node; `Local`: they keep their addresses.
    public var externalTrafficPolicy = "Cluster"

    /// A port of a Service and the port of the pods behind it.
    public struct Port: Hashable, Sendable {
        /// Empty when there is one port without a name.
        public var name: String
        public var port: Int
        /// Absent in the object: the same as `port`.
        public var targetPort: IntOrString
        /// `TCP`, `UDP`, `SCTP`.
        public var protocolName: String
        /// `kubernetes.io/h2c`, `kubernetes.io/ws`, `kubernetes.io/wss`, `https`, ...
        public var appProtocol: String?
        /// The port of every node that leads here; nil: none, or not yet known.
        public var nodePort: Int?
    }
}

/// A number or a name, as ports are written.
public enum IntOrString: Hashable, Sendable {
    case int(Int)
    case string(String)
}

/// `EndpointSlice` discovery.k8s.io/v1 (v1beta1 is read too).
public struct EndpointSlice: KubernetesObject, Hashable {
    public static let group = "discovery.k8s.io"
    public static let versions = ["v1", "v1beta1"]
    public static let kind = "EndpointSlice"
    public var metadata: ObjectMeta
    /// Label `kubernetes.io/service-name`.
    public var serviceName: String?
    /// `IPv4`, `IPv6`, `FQDN`.
    public var addressType: String
    public var endpoints: [Endpoint]
    public var ports: [Port]

    /// One backend of a slice, usually a pod.
    public struct Endpoint: Hashable, Sendable {
        public var addresses: [String]
        /// Absent counts as true.
        public var ready: Bool
        public var serving: Bool
        public var terminating: Bool
        public var nodeName: String?
        public var zone: String?
        /// `hints`: who is to use this one before others; empty: nothing is said.
        public var hints = Hints()
    }

    /// Who is to use an endpoint before others.
    public struct Hints: Hashable, Sendable {
        /// Zones from which it is to be used.
        public var zones: [String] = []
        /// Nodes from which it is to be used.
        public var nodes: [String] = []
    }

    /// A port that all endpoints of a slice have.
    public struct Port: Hashable, Sendable {
        public var name: String
        /// nil: every port.
        public var port: Int?
        public var protocolName: String
        public var appProtocol: String?
    }
}

/// `Secret` v1, with `stringData` merged over `data`.
public struct Secret: KubernetesObject, Hashable {
    public static let group = ""
    public static let versions = ["v1"]
    public static let kind = "Secret"
    public var metadata: ObjectMeta
    /// `kubernetes.io/tls`, `Opaque`, ...
    public var type: String
    public var data: [String: SecretBytes]

    /// A TLS secret that was made here and never written down.
    public static func tls(_ key: NamespacedName, certificateChain: SecretBytes, privateKey: SecretBytes) -> Secret {
        Secret(
            metadata: ObjectMeta(
                name: key.name, namespace: key.namespace, labels: [:], annotations: [:], generation: 1,
                creationTimestamp: nil, position: nil),
            type: "kubernetes.io/tls", data: ["tls.crt": certificateChain, "tls.key": privateKey])
    }
}

/// `ConfigMap` v1.
public struct ConfigMap: KubernetesObject, Hashable {
    public static let group = ""
    public static let versions = ["v1"]
    public static let kind = "ConfigMap"
    public var metadata: ObjectMeta
    public var data: [String: String]

    /// The label of a ConfigMap whose keys are names of ranges, and whose values are their blocks.
    public static let namesRanges = "sallyport.dev/named-ranges"

    static func words(_ text: String) -> [Substring] {
        text.split { $0.isWhitespace || $0 == "," }
    }
}

extension Objects {
    /// Names of ranges that records use.
    public var namedRanges: NamedRanges {
        let maps = configMaps.values.filter { $0.metadata.labels[ConfigMap.namesRanges] != nil }
        // In the order of their names, so that two of one block are decided the same way everywhere.
        let entries = maps.sorted {
            ($0.metadata.namespace, $0.metadata.name) < ($1.metadata.namespace, $1.metadata.name)
        }
        .flatMap { map in map.data.sorted { $0.key < $1.key } }
        return NamedRanges(
            entries.flatMap { name, text in
                ConfigMap.words(text).compactMap { Prefix(String($0)) }.map { (name: name, block: $0) }
            })
    }
}

/// Bytes that must not be seen: nothing prints them, and only `reveal` gives them out.
public struct SecretBytes: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    private let bytes: [UInt8]
    /// Takes the bytes in.
    public init(_ bytes: [UInt8]) { self.bytes = bytes }
    /// The bytes, for the one place that needs them; search for this name to find who reads secrets.
    public func reveal<R>(_ body: ([UInt8]) throws -> R) rethrows -> R { try body(bytes) }
    /// Never the bytes.
    public var description: String { "[secret]" }
    /// Never the bytes.
    public var debugDescription: String { "[secret]" }
    /// Never the bytes.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
