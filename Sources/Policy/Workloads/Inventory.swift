import Addresses
import Kubernetes

/// Who there is: workloads, namespaces, service accounts, nodes, and whose each address is.
public struct Inventory: Sendable {
    /// By namespace, workload and name. Pods on the network of their node are among them.
    public internal(set) var endpoints: [Endpoint]
    /// Labels of namespaces, by name. Namespaces that are only mentioned are there, with the label of their name.
    public let namespaces: [String: [String: String]]
    /// Labels of service accounts.
    public internal(set) var serviceAccounts: [NamespacedName: [String: String]]
    /// Nodes, by name.
    public let nodes: [ClusterNode]
    /// Where the address of a workload may be, when it is not known.
    public let podRanges: [Prefix]

    /// Whose each address is.
    var addresses: AddressTable
    let nodeByAddress: [Address: Int32]
    let nodeByName: [String: Int32]
    /// Addresses of nodes, and of pods on their network.
    let addressesOfHosts: Set<Address>
    /// Addresses of pods that are also of nodes, or of pods on their network: nobody knows which; hardly ever any.
    let doubtful: Set<Address>
    /// By workload, what stands for its pods while it has none; only of an inventory that was made from objects.
    var templates: [WorkloadName: Endpoint] = [:]

    /// Private address space, in which pods of clusters are that say no more.
    public static let privateRanges = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"]
        .compactMap { Prefix($0) }

    /// An inventory of these.
    ///
    /// - Parameters:
    ///   - endpoints: in any order; of several with one address the first is found by it; the others have it too
    ///     where they are asked for by name, and in all that is said of everyone.
    ///   - podRanges: where pods are that have no address; empty: private address space.
    public init(
        endpoints: [Endpoint], namespaces: [String: [String: String]],
        serviceAccounts: [NamespacedName: [String: String]] = [:], nodes: [ClusterNode] = [], podRanges: [Prefix] = []
    ) {
        let order = endpoints.indices.sorted { Self.stands(endpoints[$0], before: endpoints[$1]) }
        let sorted = order.map { endpoints[$0] }
        var places = Array(repeating: Int32(0), count: order.count)
        for (place, index) in order.enumerated() { places[index] = Int32(place) }
        let claims = zip(endpoints, places).flatMap { endpoint, place in
            endpoint.ownAddresses.map { (address: $0, owner: place) }
        }
        let addresses = AddressTable(claims)
        var labels = namespaces
        for endpoint in sorted where labels[endpoint.namespace] == nil {
            labels[endpoint.namespace] = ["kubernetes.io/metadata.name": endpoint.namespace]
        }
        self.endpoints = sorted
        self.namespaces = labels
        self.serviceAccounts = serviceAccounts
        self.nodes = nodes.sorted { $0.name < $1.name }
        self.podRanges = podRanges.isEmpty ? Self.privateRanges : podRanges
        self.addresses = addresses
        let nodeByName = Dictionary(
            self.nodes.enumerated().map { ($0.element.name, Int32($0.offset)) }, uniquingKeysWith: { first, _ in first }
        )
        self.nodeByName = nodeByName
        var nodeByAddress: [Address: Int32] = [:]
        for (index, node) in self.nodes.enumerated() {
            for address in node.addresses where nodeByAddress[address] == nil { nodeByAddress[address] = Int32(index) }
        }
        // A pod on the network of its node tells the addresses of a node that is not there to be asked.
        for endpoint in sorted where endpoint.usesHostNetwork {
            guard let node = endpoint.node.flatMap({ name in nodeByName[name] }) else { continue }
            for address in endpoint.addresses where nodeByAddress[address] == nil { nodeByAddress[address] = node }
        }
        self.nodeByAddress = nodeByAddress
        let ofHosts = self.nodes.lazy.flatMap(\.addresses) + sorted.lazy.filter(\.usesHostNetwork).flatMap(\.addresses)
        addressesOfHosts = Set(ofHosts)
        doubtful = addressesOfHosts.filter { addresses[$0] != nil }
    }

    /// By namespace, workload and name.
    static func stands(_ a: Endpoint, before b: Endpoint) -> Bool {
        if a.name.namespace != b.name.namespace { return a.name.namespace < b.name.namespace }
        if a.workload.kind != b.workload.kind { return a.workload.kind < b.workload.kind }
        if a.workload.name != b.workload.name { return a.workload.name < b.workload.name }
        return a.name.name < b.name.name
    }

    /// The endpoint that is found by an address; nil: no pod has it for itself.
    func endpoint(at address: Address) -> Int32? { addresses[address] }

    /// The addresses of an endpoint on the network of its node: its own, and those of the node.
    package func hostAddresses(_ endpoint: Endpoint) -> [Address] {
        let node = endpoint.node.flatMap { nodeByName[$0] }.map { nodes[Int($0)].addresses } ?? []
        return endpoint.addresses + node.filter { !endpoint.addresses.contains($0) }
    }

    /// True when groups of endpoints are the same in both. Costs nothing where one is a copy of the other.
    func hasSameEndpoints(as other: Inventory) -> Bool {
        endpoints == other.endpoints && namespaces == other.namespaces && podRanges == other.podRanges
            && addresses == other.addresses
    }

    /// The value of a label of an endpoint, its namespace or its service account.
    func label(_ owner: LabelExpression.Owner, _ key: String, of endpoint: Endpoint) -> String? {
        switch owner {
        case .workload: endpoint.labels[key]
        case .namespace: namespaces[endpoint.namespace]?[key]
        case .serviceAccount where key == LabelExpression.nameKey: endpoint.serviceAccount
        case .serviceAccount:
            serviceAccounts[NamespacedName(endpoint.namespace, endpoint.serviceAccount)]?[key]
        }
    }
}
