import Addresses
import Kubernetes
import Policy

/// A cluster in which nothing is open any more: every pod is there, has a node and addresses, and Services have theirs.
///
/// The same objects always give the same cluster, so that whoever else reads them (an agent on a node, a question to
/// the policies) can know it without being told.
public struct LabCluster: Sendable {
    /// The objects, with pods, nodes and Services as they are in the lab.
    public let objects: Objects
    /// Who there is.
    public let inventory: Inventory
    /// The families of addresses: true is IPv4.
    public let families: [Bool]
    /// What is not as the objects say, one sentence each.
    public let notes: [String]

    /// - Throws: `LabError` when there are too many pods, or no addresses are left.
    public init(_ objects: Objects, _ options: LabOptions = LabOptions()) throws(LabError) {
        var settling = Settling(objects, options)
        settling.addNodes()
        settling.addPods()
        try settling.checkSize()
        settling.placePods()
        try settling.giveNodesAddresses()
        try settling.givePodsAddresses()
        try settling.giveServicesAddresses()
        self.objects = settling.objects
        families = settling.families
        notes = settling.notes
        inventory = Inventory(settling.objects)
    }

    /// The guest list of the lab: with these policies, or those of its own objects.
    public func guestList(_ policies: [WorkloadPolicy]? = nil) -> GuestList {
        GuestList(inventory: inventory, policies: policies ?? WorkloadPolicy.all(in: objects))
    }
}

/// A cluster on the way to being settled, step by step.
struct Settling {
    private(set) var objects: Objects
    private(set) var notes: [String] = []
    let families: [Bool]
    let options: LabOptions
    private var pool: AddressPool

    /// Nodes by name.
    private var nodeNames: [String] { objects.nodes.keys.map(\.name).sorted() }

    init(_ objects: Objects, _ options: LabOptions) {
        self.objects = objects
        self.options = options
        let pods = objects.pods.values.filter(\.isLive)
        let services = objects.services.values.flatMap { service in
            service.clusterIPs.compactMap { Address($0) } + service.externalIPs + service.loadBalancerAddresses
        }
        let known =
            pods.flatMap { $0.addresses + $0.hostAddresses } + objects.nodes.values.flatMap(\.addresses) + services
        let present = Set((known + objects.nodes.values.flatMap { $0.podBlocks.map(\.address) }).map(\.isIPv4))
        families = present.isEmpty ? [true, false] : [true, false].filter(present.contains)
        pool = AddressPool(used: Set(known))
    }

    // MARK: Nodes and pods

    /// Nodes that pods say they run on are there too; where there are none at all, there is one called `lab`.
    mutating func addNodes() {
        var names = Set(objects.pods.values.filter(\.isLive).compactMap(\.nodeName))
        names.subtract(nodeNames)
        if names.isEmpty && objects.nodes.isEmpty { names = ["lab"] }
        for name in names { objects.nodes[NamespacedName("", name)] = Node(named: name) }
        // What is known of the addresses of a node may be known from its pods alone.
        for pod in objects.pods.values where pod.isLive {
            guard let name = pod.nodeName else { continue }
            let key = NamespacedName("", name)
            for address in pod.hostAddresses where objects.nodes[key]?.addresses.contains(address) == false {
                objects.nodes[key]?.addresses.append(address)
            }
        }
    }

    /// Pods that have ended are gone; controllers without pods get theirs.
    mutating func addPods() {
        objects.pods = objects.pods.filter { $0.value.isLive }
        let represented = Set(objects.pods.values.map { objects.workload(of: $0) })
        for maker in Inventory.podMakers(objects) where !represented.contains(maker.workload) {
            let isOnEachNode = maker.workload.kind == DaemonSet.kind
            let wanted = isOnEachNode ? objects.nodes.count : maker.replicas ?? 1
            let count = isOnEachNode ? wanted : min(wanted, options.maximumReplicas)
            if count < wanted { notes.append("\(maker.workload): \(count) of its \(wanted) pods are in the lab") }
            add(count, of: maker, places: isOnEachNode ? nodeNames : nil)
        }
    }

    private mutating func add(_ count: Int, of maker: PodMaker, places: [String]?) {
        let owner = OwnerRef(kind: maker.workload.kind, name: maker.workload.name)
        var (made, number) = (0, 0)
        while made < count {
            defer { number += 1 }
            let name = NamespacedName(maker.workload.namespace, "\(maker.workload.name)-\(number)")
            guard objects.pods[name] == nil else { continue }
            var pod = Pod(of: maker.template, named: name, controller: owner)
            if let places { pod.nodeName = places[made] }
            objects.pods[name] = pod
            made += 1
        }
    }

    /// - Throws: `LabError` when this machine would be asked for more than was meant.
    func checkSize() throws(LabError) {
        if objects.pods.isEmpty {
            throw LabError(.badInput, "the objects have no pods", advice: "a lab needs at least one pod or controller")
        }
        if let most = options.maximumPods, objects.pods.count > most {
            throw LabError(
                .badInput, "the objects have \(objects.pods.count) pods, and a lab has at most \(most)",
                advice: "each is a network namespace; --yes-many makes them nevertheless")
        }
    }

    /// A pod without a node goes where its address is from, else to the nodes in turn.
    mutating func placePods() {
        let names = nodeNames
        let blocks = names.flatMap { name in
            (objects.nodes[NamespacedName("", name)]?.podBlocks ?? []).map { (name, $0) }
        }
        var turn = 0
        for key in objects.pods.keys.sorted() where objects.pods[key]?.nodeName == nil {
            let addresses = objects.pods[key]?.addresses ?? []
            let home = blocks.first { block in addresses.contains { block.1.contains($0) } }?.0
            objects.pods[key]?.nodeName = home ?? names[turn % names.count]
            if home == nil { turn += 1 }
        }
    }

    // MARK: Addresses

    /// Every node has an address of each family, and a block for pods.
    mutating func giveNodesAddresses() throws(LabError) {
        for (index, name) in nodeNames.enumerated() {
            let key = NamespacedName("", name)
            guard var node = objects.nodes[key] else { continue }
            for isIPv4 in families {
                if !node.addresses.contains(where: { $0.isIPv4 == isIPv4 && LabAddresses.isUsable($0) }) {
                    node.addresses.append(try free(LabAddresses.nodes, isIPv4, for: "node \(name)"))
                }
                if !node.podBlocks.contains(where: { $0.address.isIPv4 == isIPv4 }),
                    let block = LabAddresses.podBlock(node: index, isIPv4: isIPv4)
                {
                    node.podBlocks.append(block)
                }
            }
            objects.nodes[key] = node
        }
    }

    /// A pod that has no address gets one of each family, from the block of its node. On the network of its node it has
    /// those of the node.
    mutating func givePodsAddresses() throws(LabError) {
        for key in objects.pods.keys.sorted() {
            guard var pod = objects.pods[key], let node = objects.nodes[NamespacedName("", pod.nodeName ?? "")] else {
                continue
            }
            pod.hostAddresses = node.addresses
            if pod.usesHostNetwork {
                pod.addresses = []
            } else if pod.addresses.isEmpty {
                for isIPv4 in families { pod.addresses.append(try podAddress(key, node, isIPv4)) }
            }
            objects.pods[key] = pod
        }
    }

    /// An address of the blocks of a node. Where those are full a cluster would leave the pod without a place; what is
    /// tried here are its policies.
    private mutating func podAddress(
        _ pod: NamespacedName, _ node: Node, _ isIPv4: Bool
    ) throws(LabError) -> Address {
        for block in node.podBlocks where block.address.isIPv4 == isIPv4 {
            if let address = pool.take(from: block) { return address }
        }
        let index = nodeNames.firstIndex(of: node.metadata.name) ?? 0
        let spare = LabAddresses.podBlock(node: index, isIPv4: isIPv4).map { [$0] } ?? []
        let address = try free(spare, isIPv4, for: "pod \(pod)")
        notes.append("pod \(pod): the podCIDRs of node \(node.metadata.name) are full, it has \(address)")
        return address
    }

    /// A Service that is to have an address and has none gets one of each family; the same with ports of nodes.
    mutating func giveServicesAddresses() throws(LabError) {
        var port = 30000
        var ports = Set(objects.services.values.flatMap { $0.ports.compactMap(\.nodePort) })
        for key in objects.services.keys.sorted() {
            guard var service = objects.services[key], service.type != "ExternalName" else { continue }
            if service.clusterIPs.isEmpty {
                for isIPv4 in families {
                    let address = try free(LabAddresses.services, isIPv4, for: "Service \(key)")
                    service.clusterIPs.append(address.description)
                }
            }
            if service.type != "ClusterIP" {
                for index in service.ports.indices where service.ports[index].nodePort == nil {
                    while !ports.insert(port).inserted { port += 1 }
                    service.ports[index].nodePort = port
                }
            }
            objects.services[key] = service
        }
    }

    private mutating func free(_ blocks: [Prefix], _ isIPv4: Bool, for who: String) throws(LabError) -> Address {
        for block in blocks where block.address.isIPv4 == isIPv4 {
            if let address = pool.take(from: block) { return address }
        }
        let places = blocks.map(\.description).joined(separator: ", ")
        throw LabError(.badInput, "\(who) needs an \(isIPv4 ? "IPv4" : "IPv6") address, and none is left of \(places)")
    }
}
