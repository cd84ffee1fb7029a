import Addresses
import Kubernetes
import Policy

/// Services on the nodes of a lab: rules that lead from a Service's address to one of its endpoints, at the places in the
/// kernel where kube-proxy has them, in the way of either of its modes.
struct KubeProxy {
    private let services: [ClusterService]
    private let inventory: Inventory
    private let plan: LabPlan

    init(_ cluster: LabCluster, _ plan: LabPlan) {
        services = ServiceTable(cluster.objects, cluster.inventory).services
        inventory = cluster.inventory
        self.plan = plan
    }

    /// True when there is a Service, or a port of a node that leads to a pod.
    var isNeeded: Bool { !services.isEmpty || plan.pods.contains { !$0.hostPorts.isEmpty } }

    /// A program and what it is given on a node.
    struct Script: Equatable {
        /// Name of the program, and its arguments.
        let command: [String]
        /// What it reads.
        let input: String
    }

    /// What is run on a node, in order.
    func scripts(node index: Int, _ mode: LabServices) -> [Script] {
        switch mode {
        case .nftables:
            let tables = plan.families.map { nftables(ways(isIPv4: $0, node: index)) }
            return [Script(command: ["nft", "-f", "-"], input: tables.joined(separator: "\n"))]
        case .iptables:
            return plan.families.map {
                Script(
                    command: [$0 ? "iptables-restore" : "ip6tables-restore", "-n"],
                    input: iptables(ways(isIPv4: $0, node: index)))
            }
        }
    }

    /// The ways in of a node, in one family.
    struct Ways {
        let isIPv4: Bool
        /// Ways on which somebody answers.
        let served: [Entry]
        /// Every address of a Service.
        let addresses: [Address]
    }

    private func ways(isIPv4: Bool, node index: Int) -> Ways {
        let entries = self.entries(isIPv4) + hostPorts(isIPv4, node: index)
        return Ways(
            isIPv4: isIPv4, served: entries.filter { !$0.backends.isEmpty },
            addresses: Set(services.flatMap(\.addresses).filter { $0.isIPv4 == isIPv4 }).sorted())
    }

    /// One way in: where callers go, and who answers.
    struct Entry {
        /// Where callers go; nil: a port of every node.
        let address: Address?
        let traffic: Traffic
        /// Name of the chain.
        let chain: String
        /// Addresses and ports; empty: nobody answers.
        let backends: [(Address, UInt16)]
        /// True: callers may seem to come from the node.
        let isExternal: Bool
    }

    // MARK: Ways in

    private func entries(_ isIPv4: Bool) -> [Entry] {
        var taken: Set<String> = []
        return services.filter { !$0.isHeadless }.flatMap { service in
            service.ports.flatMap { port -> [Entry] in
                let backends = port.backends.flatMap { ends($0, isIPv4) }
                let name = "service-\(service.name)/\(port.traffic.proto.description.lowercased())/\(port.traffic.port)"
                let external = Set(service.externalAddresses)
                var entries = service.addresses.filter { $0.isIPv4 == isIPv4 }.map { address in
                    Entry(
                        address: address, traffic: port.traffic,
                        chain: external.contains(address) ? "\(name)/\(StableHash.text("\(address)", count: 4))" : name,
                        backends: backends, isExternal: external.contains(address))
                }
                if let number = port.nodePort {
                    let traffic = Traffic(port.traffic.proto, port: number)
                    entries.append(
                        Entry(
                            address: nil, traffic: traffic, chain: "\(name)/node", backends: backends, isExternal: true)
                    )
                }
                return entries
            }
        }.filter { taken.insert("\($0.address?.description ?? "") \($0.traffic.key)").inserted }
    }

    /// Who answers behind a Service, by the addresses of a family that are in the lab.
    private func ends(_ backend: ClusterService.Backend, _ isIPv4: Bool) -> [(Address, UInt16)] {
        let member = backend.member
        if let address = member.address {
            return address.isIPv4 == isIPv4 ? [(address, backend.traffic.port)] : []
        }
        guard member.endpoint >= 0, let pod = plan.pod(inventory.endpoints[Int(member.endpoint)].name),
            let address = pod.addresses.first(where: { $0.isIPv4 == isIPv4 })
        else { return [] }
        return [(address, backend.traffic.port)]
    }

    private func hostPorts(_ isIPv4: Bool, node index: Int) -> [Entry] {
        let node = plan.nodes[index]
        return plan.pods.filter { $0.node == index }.flatMap { pod -> [Entry] in
            guard let own = pod.addresses.first(where: { $0.isIPv4 == isIPv4 }) else { return [] }
            return pod.hostPorts.flatMap { host in
                node.addresses.filter { $0.isIPv4 == isIPv4 }.map { address in
                    Entry(
                        address: address, traffic: host.outer,
                        chain: "hostport-\(pod.name)/\(StableHash.text("\(address) \(host.outer.key)", count: 8))",
                        backends: [(own, host.inner)], isExternal: false)
                }
            }
        }
    }
}
