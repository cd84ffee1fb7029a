import Addresses
import Kubernetes

/// A Service with what stands behind it.
public struct ClusterService: Sendable {
    /// The object.
    public let name: NamespacedName
    /// Where it was written.
    public let position: Position?
    /// `ClusterIP`, `NodePort`, `LoadBalancer`, `ExternalName`.
    public let type: String
    /// True: it has no address of its own (`clusterIP: None`); its name leads to its pods, and ports are theirs.
    public let isHeadless: Bool
    /// The name that it stands for; nil unless it is of type `ExternalName`.
    public let externalName: String?
    /// Addresses at which it answers and that are no pod's: of the cluster, of load balancers, and `externalIPs`.
    public let addresses: [Address]
    /// Of these, those that somebody outside may call.
    public let externalAddresses: [Address]
    /// Its ports, in the order of the object.
    public let ports: [Port]
    /// Every endpoint that it selects, or that slices name: behind a headless Service each answers on any port.
    public let members: [Member]

    /// A port of a Service.
    public struct Port: Hashable, Sendable {
        /// Empty when there is one port without a name.
        public let name: String
        /// What callers use: protocol and port of the Service.
        public let traffic: Traffic
        /// As written: a number, or the name of a container port.
        public let target: IntOrString
        /// The port of every node that leads here; nil: none, or not yet known.
        public let nodePort: UInt16?
        /// What answers, each on its own port. Endpoints that have no port of the target's name are not there.
        public let backends: [Backend]
    }

    /// One endpoint of a Service.
    public struct Member: Hashable, Sendable {
        /// Index into `Inventory.endpoints`; -1: an address that is no workload's.
        public let endpoint: Int32
        /// Its address, where a slice says it; nil: all of the endpoint's.
        public let address: Address?

        package init(endpoint: Int32, address: Address?) {
            self.endpoint = endpoint
            self.address = address
        }
    }

    /// One endpoint, and what it is sent.
    public struct Backend: Hashable, Sendable {
        /// Who.
        public let member: Member
        /// Protocol and port of the endpoint, not of the Service.
        public let traffic: Traffic

        package init(member: Member, traffic: Traffic) {
            self.member = member
            self.traffic = traffic
        }
    }

    /// True when somebody outside the cluster may call it: it has a port on every node, a load balancer, or addresses
    /// that are routed to nodes.
    public var isOpenedToOutside: Bool {
        type == "NodePort" || type == "LoadBalancer" || (type == "ClusterIP" && !externalAddresses.isEmpty)
    }

    /// What answers a caller of its name or of one of its addresses; empty: nothing.
    public func backends(for traffic: Traffic) -> [Backend] {
        guard isHeadless else {
            return ports.first { $0.traffic == traffic }?.backends ?? []
        }
        return members.map { Backend(member: $0, traffic: traffic) }
    }

    /// The port of a number or name, as Ingresses and routes refer to it; nil: there is none.
    public func port(_ reference: IntOrString) -> Port? {
        switch reference {
        case .int(let number): ports.first { Int($0.traffic.port) == number }
        case .string(let name): ports.first { $0.name == name }
        }
    }
}
