import Addresses
import Kubernetes
import Policy

/// A lab as it is to be: namespaces, who has which address, and who listens where.
///
/// It is made from objects alone. `Wiring` says how it is put together, and `Lab` does that.
public struct LabPlan: Hashable, Sendable, Codable {
    /// Name of the lab.
    public let name: String
    /// How pods are linked to their node.
    public let wiring: LabWiring
    /// How Services lead to pods.
    public let services: LabServices
    /// The families of addresses: true is IPv4.
    public let families: [Bool]
    /// By name.
    public let nodes: [Node]
    /// By namespace and name.
    public let pods: [Pod]
    /// The world outside.
    public let outside: Outside
    /// The namespace that links nodes.
    public let fabric: String

    /// A node.
    public struct Node: Hashable, Sendable, Codable {
        /// Name.
        public let name: String
        /// Its network namespace.
        public let namespace: String
        /// Its link in the fabric.
        public let link: String
        /// Its addresses.
        public let addresses: [Address]
        /// Where the addresses of its pods are from.
        public let podBlocks: [Prefix]
    }

    /// A pod.
    public struct Pod: Hashable, Sendable, Codable {
        /// Namespace and name.
        public let name: NamespacedName
        /// Index of its node.
        public let node: Int
        /// Its network namespace: its node's, when it is on the network of that.
        public let namespace: String
        /// The node's end of its link; empty when it has none.
        public let link: String
        /// Its addresses.
        public let addresses: [Address]
        /// Where it listens.
        public let ports: [Traffic]
        /// Ports of its node that lead to it.
        public let hostPorts: [HostPort]
        /// True: it is on the network of its node.
        public let usesHostNetwork: Bool
        /// What runs in it; empty: somebody listens on its ports.
        public let commands: [[String]]
    }

    /// A port of a node that leads to a pod.
    public struct HostPort: Hashable, Sendable, Codable {
        /// Protocol and port of the node.
        public let outer: Traffic
        /// Port of the pod.
        public let inner: UInt16
    }

    /// The world outside.
    public struct Outside: Hashable, Sendable, Codable {
        /// Its network namespace.
        public let namespace: String
        /// Its link in the fabric.
        public let link: String
        /// What nodes send to that is not theirs: one address of each family.
        public let gateways: [Address]
        /// One address of each part of the blocks that policies name, and those of the gateways.
        public let addresses: [Address]
        /// Where each of them listens.
        public let ports: [Traffic]
    }

    /// The plan of a cluster.
    ///
    /// - Parameter canRun: whether this machine has a program, where commands are to run.
    /// - Throws: `LabError` when there is nobody left to be in it.
    public init(
        _ cluster: LabCluster, policies: [WorkloadPolicy], name: LabName = .standard, _ options: LabOptions = .init(),
        canRun: (String) -> Bool = { _ in false }
    ) throws(LabError) {
        self.name = name.text
        wiring = options.wiring
        services = options.services
        families = cluster.families
        fabric = name.fabric
        let nodes = Self.nodes(cluster, name)
        self.nodes = nodes
        pods = Self.pods(cluster, nodes, name, options.runsCommands ? canRun : { _ in false })
        let choice = OutsideAddresses(policies, cluster, nodes, pods)
        outside = Outside(
            namespace: name.outside, link: "outside", gateways: choice.gateways,
            addresses: choice.gateways + choice.choose(at: options.maximumOutside),
            ports: [Traffic(.tcp, port: 80), Traffic(.tcp, port: 443), Traffic(.udp, port: 53)])
        if pods.isEmpty { throw LabError(.badInput, "no pod of the objects can be in a lab") }
    }

    /// Every namespace.
    public var namespaces: [String] {
        [fabric, outside.namespace] + nodes.map(\.namespace)
            + pods.lazy.filter { !$0.usesHostNetwork }.map(\.namespace)
    }

    /// The plan of the objects, with the policies that are among them.
    public static func make(
        _ objects: Objects, name: LabName = .standard, _ options: LabOptions = .init(),
        canRun: (String) -> Bool = { _ in false }
    ) throws(LabError) -> (cluster: LabCluster, plan: LabPlan) {
        let cluster = try LabCluster(objects, options)
        let policies = WorkloadPolicy.all(in: objects)
        return (cluster, try LabPlan(cluster, policies: policies, name: name, options, canRun: canRun))
    }

    // MARK: Parts

    /// An address that two nodes claim is the first's.
    private static func nodes(_ cluster: LabCluster, _ name: LabName) -> [Node] {
        var taken: Set<Address> = []
        return cluster.inventory.nodes.enumerated().map { index, node in
            let object = cluster.objects.nodes[NamespacedName("", node.name)]
            return Node(
                name: node.name, namespace: name.node(node.name), link: "node\(index)",
                addresses: node.addresses.filter { LabAddresses.isUsable($0) && taken.insert($0).inserted },
                podBlocks: object?.podBlocks ?? [])
        }
    }

    /// Pods whose addresses are all another's are not there.
    private static func pods(
        _ cluster: LabCluster, _ nodes: [Node], _ name: LabName, _ canRun: (String) -> Bool
    ) -> [Pod] {
        let list = cluster.guestList([])
        let places = Dictionary(uniqueKeysWithValues: nodes.enumerated().map { ($0.element.name, $0.offset) })
        let ofNodes = Set(nodes.flatMap(\.addresses))
        return cluster.inventory.endpoints.enumerated().compactMap { index, endpoint in
            guard let node = endpoint.node.flatMap({ places[$0] }) else { return nil }
            let object = cluster.objects.pods[endpoint.name]
            let ports = object.map(listeners) ?? []
            let commands = (object?.commands ?? []).filter { $0.first.map(canRun) ?? false }
            if endpoint.usesHostNetwork {
                return Pod(
                    name: endpoint.name, node: node, namespace: nodes[node].namespace, link: "",
                    addresses: nodes[node].addresses, ports: ports, hostPorts: [], usesHostNetwork: true,
                    commands: commands)
            }
            let own = endpoint.addresses.filter {
                LabAddresses.isUsable($0) && !ofNodes.contains($0) && list.party($0).endpoint == Int32(index)
            }
            guard !own.isEmpty else { return nil }
            let namespace = name.pod(endpoint.name)
            return Pod(
                name: endpoint.name, node: node, namespace: namespace, link: name.link(namespace), addresses: own,
                ports: ports, hostPorts: object.map(hostPorts) ?? [], usesHostNetwork: false, commands: commands)
        }.sorted { $0.name < $1.name }
    }

    /// Where a pod listens: its container ports, or port 80 where it names none.
    private static func listeners(_ pod: Kubernetes.Pod) -> [Traffic] {
        var seen: Set<Traffic> = []
        let ports = pod.ports.compactMap { port in
            UInt16(exactly: port.number).map { Traffic(port.proto, port: $0) }
        }.filter { seen.insert($0).inserted }
        return ports.isEmpty ? [Traffic(.tcp, port: 80)] : ports
    }

    private static func hostPorts(_ pod: Kubernetes.Pod) -> [HostPort] {
        pod.ports.compactMap { port in
            guard let outer = port.hostPort.flatMap({ UInt16(exactly: $0) }), let inner = UInt16(exactly: port.number)
            else { return nil }
            return HostPort(outer: Traffic(port.proto, port: outer), inner: inner)
        }
    }
}
