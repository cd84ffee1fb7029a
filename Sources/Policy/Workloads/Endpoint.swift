import Addresses
import Kubernetes

/// One pod, or what stands for the pods of a controller where no pod is known.
public struct Endpoint: Hashable, Sendable {
    /// The pod; the controller, where it stands for its pods.
    public var name: NamespacedName
    /// What runs: the pod's controller, or the pod itself.
    public var workload: WorkloadName
    /// Labels of the pod, or of the template.
    public var labels: [String: String]
    /// Annotations of the pod, or of the template.
    public var annotations: [String: String]
    /// Name of its service account.
    public var serviceAccount: String
    /// Name of its node; nil: not known.
    public var node: String?
    /// Its addresses; empty: not known.
    public var addresses: [Address]
    /// Ports that have a name.
    public var ports: [NamedPort]
    /// True: it is on the network of its node, and counts as that.
    public var usesHostNetwork: Bool
    /// True: it stands for pods that are not known.
    public var isTemplate: Bool
    /// Where it may be, if its address is not known: an address of each run in which it may be and that policies tell
    /// apart (`GuestList.placed`). It then is a peer of its own in each of them. Empty: that is not looked into.
    public internal(set) var places: [Address] = []

    /// That endpoint.
    public init(
        name: NamespacedName, workload: WorkloadName, labels: [String: String] = [:],
        annotations: [String: String] = [:], serviceAccount: String = "default", node: String? = nil,
        addresses: [Address] = [], ports: [NamedPort] = [], usesHostNetwork: Bool = false, isTemplate: Bool = false
    ) {
        self.name = name
        self.workload = workload
        self.labels = labels
        self.annotations = annotations
        self.serviceAccount = serviceAccount
        self.node = node
        self.addresses = addresses
        self.ports = ports
        self.usesHostNetwork = usesHostNetwork
        self.isTemplate = isTemplate
    }

    /// Its namespace.
    public var namespace: String { name.namespace }
}

/// A container port that has a name.
public struct NamedPort: Hashable, Sendable {
    /// The name.
    public var name: String
    /// TCP, UDP or SCTP.
    public var proto: IPProtocol
    /// The number.
    public var port: UInt16

    /// That port.
    public init(name: String, proto: IPProtocol, port: UInt16) {
        self.name = name
        self.proto = proto
        self.port = port
    }
}

/// A node, as far as rules and exemptions name it.
public struct ClusterNode: Hashable, Sendable {
    /// Name.
    public var name: String
    /// Labels.
    public var labels: [String: String]
    /// All of its addresses.
    public var addresses: [Address]

    /// That node.
    public init(name: String, labels: [String: String], addresses: [Address]) {
        self.name = name
        self.labels = labels
        self.addresses = addresses
    }
}
