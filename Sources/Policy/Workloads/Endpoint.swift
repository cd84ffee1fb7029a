import Addresses
import Kubernetes

/// One pod, or what stands for the pods of a controller where no pod is known.
///
/// It never changes, so that inventories share those that are the same in them.
public final class Endpoint: Hashable, Sendable {
    /// The pod; the controller, where it stands for its pods.
    public let name: NamespacedName
    /// What runs: the pod's controller, or the pod itself.
    public let workload: WorkloadName
    /// Labels of the pod, or of the template.
    public let labels: [String: String]
    /// Annotations of the pod, or of the template.
    public let annotations: [String: String]
    /// Name of its service account.
    public let serviceAccount: String
    /// Name of its node; nil: not known.
    public let node: String?
    /// Its addresses; empty: not known.
    public let addresses: [Address]
    /// Ports that have a name.
    public let ports: [NamedPort]
    /// True: it is on the network of its node, and counts as that.
    public let usesHostNetwork: Bool
    /// True: it stands for pods that are not known.
    public let isTemplate: Bool
    /// Where it may be, if its address is not known: an address of each run in which it may be and that policies tell
    /// apart (`GuestList.placed`). It then is a peer of its own in each of them. Empty: that is not looked into.
    public let places: [Address]

    /// That endpoint.
    public convenience init(
        name: NamespacedName, workload: WorkloadName, labels: [String: String] = [:],
        annotations: [String: String] = [:], serviceAccount: String = "default", node: String? = nil,
        addresses: [Address] = [], ports: [NamedPort] = [], usesHostNetwork: Bool = false, isTemplate: Bool = false
    ) {
        self.init(
            name, workload, labels, annotations, serviceAccount, node, addresses, ports,
            usesHostNetwork: usesHostNetwork, isTemplate: isTemplate, places: [])
    }

    private init(
        _ name: NamespacedName, _ workload: WorkloadName, _ labels: [String: String], _ annotations: [String: String],
        _ serviceAccount: String, _ node: String?, _ addresses: [Address], _ ports: [NamedPort],
        usesHostNetwork: Bool, isTemplate: Bool, places: [Address]
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
        self.places = places
    }

    /// The same but for what is given.
    ///
    /// - Parameter node: nil: as it is; a nil within: not known.
    public func like(
        name: NamespacedName? = nil, node: String?? = nil, addresses: [Address]? = nil, usesHostNetwork: Bool? = nil,
        isTemplate: Bool? = nil
    ) -> Endpoint {
        Endpoint(
            name ?? self.name, workload, labels, annotations, serviceAccount, node ?? self.node,
            addresses ?? self.addresses, ports, usesHostNetwork: usesHostNetwork ?? self.usesHostNetwork,
            isTemplate: isTemplate ?? self.isTemplate, places: [])
    }

    /// The same, which may be in these places.
    func with(places: [Address]) -> Endpoint {
        Endpoint(
            name, workload, labels, annotations, serviceAccount, node, addresses, ports,
            usesHostNetwork: usesHostNetwork, isTemplate: isTemplate, places: places)
    }

    /// Its namespace.
    public var namespace: String { name.namespace }

    /// Addresses that it has for itself: none on the network of its node.
    var ownAddresses: [Address] { usesHostNetwork ? [] : addresses }

    /// True when both say the same.
    public static func == (a: Endpoint, b: Endpoint) -> Bool {
        a === b
            || (a.isAsked(like: b) && a.workload == b.workload && a.annotations == b.annotations
                && a.node == b.node && a.isTemplate == b.isTemplate)
    }

    /// True when both are the same to every policy.
    func isAsked(like other: Endpoint) -> Bool {
        self === other
            || (name == other.name && labels == other.labels && addresses == other.addresses
                && ports == other.ports && serviceAccount == other.serviceAccount
                && usesHostNetwork == other.usesHostNetwork && places == other.places)
    }

    /// By name.
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
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
