import Addresses
import Kubernetes
import Policy

/// Services on the nodes of a lab: rules for `nft` that lead from a Service's address to one of its endpoints, at the
/// places in the kernel where kube-proxy has them.
struct KubeProxy {
    /// The name of its tables.
    static let table = "kube-proxy-lab"

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

    /// What `nft -f` is given on a node.
    func rules(node index: Int) -> String {
        plan.families.map { family($0, node: index) }.joined(separator: "\n")
    }

    /// One way in: where callers go, and who answers.
    private struct Entry {
        /// Left side of an element of a map; empty address: a port of every node.
        let address: Address?
        let traffic: Traffic
        /// Name of the chain.
        let chain: String
        /// Addresses and ports; empty: nobody answers.
        let backends: [(Address, UInt16)]
        /// True: callers may seem to come from the node.
        let isExternal: Bool
    }

    // MARK: Text

    private func family(_ isIPv4: Bool, node index: Int) -> String {
        let entries = self.entries(isIPv4) + hostPorts(isIPv4, node: index)
        let (ip, type) = isIPv4 ? ("ip", "ipv4_addr") : ("ip6", "ipv6_addr")
        let served = entries.filter { !$0.backends.isEmpty }
        let addresses = Set(services.flatMap(\.addresses).filter { $0.isIPv4 == isIPv4 }).sorted()
        return """
            table \(ip) \(Self.table) {
            \(chains(served, ip))
            \(set("cluster-ips", type, addresses.map(\.description)))
            \(map("service-ips", "\(type) . inet_proto . inet_service", served.compactMap(element)))
            \(map("service-nodeports", "inet_proto . inet_service", served.compactMap(nodePort)))
            chain services {
                \(ip) daddr . meta l4proto . th dport vmap @service-ips
                fib daddr type local meta l4proto . th dport vmap @service-nodeports
            }
            chain mark-for-masquerade {
                meta mark set meta mark or 0x4000
            }
            chain nat-prerouting {
                type nat hook prerouting priority -100
                jump services
            }
            chain nat-output {
                type nat hook output priority -100
                jump services
            }
            chain nat-postrouting {
                type nat hook postrouting priority 100
                meta mark and 0x4000 != 0 meta mark set meta mark xor 0x4000 masquerade fully-random
            }
            chain nobody-answers {
                \(ip) daddr @cluster-ips reject
            }
            chain filter-forward {
                type filter hook forward priority -110
                ct state new jump nobody-answers
            }
            chain filter-output {
                type filter hook output priority -90
                ct state new jump nobody-answers
            }
            }

            """
    }

    private func chains(_ entries: [Entry], _ ip: String) -> String {
        var lines: [String] = []
        for entry in entries {
            let ends = entry.backends.indices.map { "\(entry.chain)/\($0)" }
            for (end, backend) in zip(ends, entry.backends) {
                let target = entry.traffic.proto.description.lowercased()
                let place = backend.0.isIPv4 ? "\(backend.0)" : "[\(backend.0)]"
                lines += [
                    "chain \(end) {", "    \(ip) saddr \(backend.0) jump mark-for-masquerade",
                    "    meta l4proto \(target) dnat to \(place):\(backend.1)", "}",
                ]
            }
            let choice = ends.enumerated().map { "\($0.offset) : goto \($0.element)" }.joined(separator: ", ")
            lines.append("chain \(entry.chain) {")
            if entry.isExternal { lines.append("    jump mark-for-masquerade") }
            lines += ["    numgen random mod \(ends.count) vmap { \(choice) }", "}"]
        }
        // A chain is named before it is gone to.
        return lines.joined(separator: "\n")
    }

    private func element(_ entry: Entry) -> String? {
        entry.address.map { "\($0) . \(Self.place(entry.traffic)) : goto \(entry.chain)" }
    }

    private func nodePort(_ entry: Entry) -> String? {
        entry.address == nil ? "\(Self.place(entry.traffic)) : goto \(entry.chain)" : nil
    }

    private static func place(_ traffic: Traffic) -> String {
        "\(traffic.proto.description.lowercased()) . \(traffic.port)"
    }

    private func set(_ name: String, _ type: String, _ elements: [String]) -> String {
        "set \(name) {\n    type \(type)\n\(Self.list(elements))}"
    }

    private func map(_ name: String, _ type: String, _ elements: [String]) -> String {
        "map \(name) {\n    type \(type) : verdict\n\(Self.list(elements))}"
    }

    private static func list(_ elements: [String]) -> String {
        elements.isEmpty ? "" : "    elements = { \(elements.joined(separator: ",\n        ")) }\n"
    }

    // MARK: Ways in

    private func entries(_ isIPv4: Bool) -> [Entry] {
        var taken: Set<String> = []
        return services.filter { !$0.isHeadless }.flatMap { service in
            service.ports.flatMap { port -> [Entry] in
                let backends = port.backends.flatMap { ends($0, isIPv4) }
                let name = "service-\(service.name)/\(Self.place(port.traffic))".replacing(" . ", with: "/")
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
