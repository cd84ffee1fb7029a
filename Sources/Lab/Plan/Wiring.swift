import Addresses

/// How a plan is put together: lines for `ip -batch`, and settings of the kernel.
struct Wiring {
    let plan: LabPlan

    /// Lines that run in one namespace.
    struct Script: Hashable, Sendable {
        /// The network namespace.
        let namespace: String
        /// Settings of the kernel that are made before.
        var settings: [Setting] = []
        /// Lines for `ip -batch`.
        var lines: [String] = []
    }

    /// A file below `/proc/sys/net`, and what is written there.
    struct Setting: Hashable, Sendable {
        let path: String
        let value: String
        /// True: where the kernel does not have it, nothing is lost.
        let isOptional: Bool

        init(_ path: String, _ value: String, isOptional: Bool = false) {
            self.path = path
            self.value = value
            self.isOptional = isOptional
        }

        var isIPv6: Bool { path.hasPrefix("ipv6/") }
        var optional: Setting { Setting(path, value, isOptional: true) }
    }

    /// Makes the namespaces; runs on the machine.
    var namespaces: [String] { plan.namespaces.map { "netns add \($0)" } }

    /// Makes the links, each right between two namespaces: the machine's own sees none of them.
    var links: [String] {
        var lines = ["link add fabric netns \(plan.fabric) type bridge mcast_snooping 0"]
        for (link, namespace) in plan.nodes.map({ ($0.link, $0.namespace) })
            + [(plan.outside.link, plan.outside.namespace)]
        {
            lines.append("link add eth0 netns \(namespace) type veth peer name \(link) netns \(plan.fabric)")
        }
        for pod in plan.pods where !pod.usesHostNetwork {
            let node = plan.nodes[pod.node].namespace
            lines.append(
                "link add eth0 address \(Self.hardware(pod)) netns \(pod.namespace) type veth peer name \(pod.link) netns \(node)"
            )
        }
        return lines
    }

    /// Settings that links inherit when they are made; before `links`.
    var defaults: [Script] {
        let routers = Set(plan.nodes.map(\.namespace))
        let hasIPv6 = plan.families.contains(false)
        return plan.namespaces.map { namespace in
            let all = Self.everywhere + (routers.contains(namespace) ? Self.router : Self.host)
            // A kernel without IPv6 is good enough for a lab without it.
            return Script(namespace: namespace, settings: all.map { hasIPv6 || !$0.isIPv6 ? $0 : $0.optional })
        }
    }

    /// Addresses and routes; after `links`.
    var scripts: [Script] {
        [fabric, outside] + plan.nodes.indices.map(node) + plan.pods.filter { !$0.usesHostNetwork }.map(pod)
    }

    /// The kernel has one table of neighbours for all namespaces, of about a thousand: in a large lab nobody asks for
    /// neighbours, and what is known for good does not count.
    private var isLarge: Bool { plan.pods.count > 150 }

    /// The link address of a pod.
    private static func hardware(_ pod: LabPlan.Pod) -> String {
        let hash = StableHash.number(pod.namespace)
        let bytes = (0..<5).map { UInt8(truncatingIfNeeded: hash >> UInt64(8 * $0)) }
        // The second bit of the first byte: nobody's but ours.
        return ([UInt8(2)] + bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
    }

    // MARK: Settings

    private static let everywhere: [Setting] = [
        // Addresses are there at once, and nobody announces any.
        Setting("ipv6/conf/default/accept_dad", "0"), Setting("ipv6/conf/default/dad_transmits", "0"),
        Setting("ipv6/conf/all/accept_ra", "0"), Setting("ipv6/conf/default/accept_ra", "0"),
        Setting("ipv6/conf/default/router_solicitations", "0"),
        Setting("ipv6/conf/default/accept_redirects", "0"), Setting("ipv4/conf/all/accept_redirects", "0"),
        Setting("ipv4/conf/default/accept_redirects", "0"),
        // Everybody may ping without being root.
        Setting("ipv4/ping_group_range", "0 2147483647"),
        // A refusal is told each time: probes tell it from silence.
        Setting("ipv4/icmp_ratemask", "0"), Setting("ipv6/icmp/ratemask", "", isOptional: true),
        Setting("ipv6/icmp/ratelimit", "0"),
        Setting("ipv6/conf/all/disable_ipv6", "0"), Setting("ipv6/conf/default/disable_ipv6", "0"),
    ]

    private static let router: [Setting] = [
        Setting("ipv4/ip_forward", "1"), Setting("ipv6/conf/all/forwarding", "1"),
        Setting("ipv6/conf/default/forwarding", "1"),
        Setting("ipv4/conf/all/send_redirects", "0"), Setting("ipv4/conf/default/send_redirects", "0"),
        // What comes over a link must be from whom the route on that link leads to.
        Setting("ipv4/conf/all/rp_filter", "0"), Setting("ipv4/conf/default/rp_filter", "1"),
        Setting("bridge/bridge-nf-call-iptables", "1", isOptional: true),
        Setting("bridge/bridge-nf-call-ip6tables", "1", isOptional: true),
    ]

    private static let host: [Setting] = [
        Setting("ipv4/conf/all/rp_filter", "0"), Setting("ipv4/conf/default/rp_filter", "0"),
    ]

    // MARK: Places

    private var fabric: Script {
        var lines = ["link set lo up", "link set fabric up"]
        for link in plan.nodes.map(\.link) + [plan.outside.link] {
            lines.append("link set \(link) master fabric up")
        }
        return Script(namespace: plan.fabric, lines: lines)
    }

    private var outside: Script {
        var lines = Self.start + plan.outside.addresses.map(Self.own) + ["link set eth0 up"]
        // Of several addresses the kernel would take the one that is most like the destination.
        let own = plan.outside.addresses
        for node in plan.nodes {
            lines += node.addresses.map { "route add \(Prefix($0)) dev eth0\(Self.source($0, own))" }
        }
        for pod in plan.pods where !pod.usesHostNetwork { lines += routes(to: pod, from: own) }
        return Script(namespace: plan.outside.namespace, lines: lines)
    }

    private func node(_ index: Int) -> Script {
        let node = plan.nodes[index]
        var lines = Self.start + node.addresses.map(Self.own) + ["link set eth0 up"]
        for other in plan.nodes where other != node {
            lines += other.addresses.map { "route add \(Prefix($0)) dev eth0\(Self.source($0, node.addresses))" }
        }
        for gateway in plan.outside.gateways {
            let source = Self.source(gateway, node.addresses)
            lines.append("route add \(Prefix(gateway)) dev eth0\(source)")
            lines.append("route add \(Self.everywhere(gateway)) via \(gateway) dev eth0\(source)")
        }
        let own = plan.pods.filter { $0.node == index && !$0.usesHostNetwork }
        if plan.wiring == .bridge { lines += Self.bridge }
        for pod in own {
            if plan.wiring == .bridge {
                lines.append("link set \(pod.link) master cni0 up")
                // A pod that calls its own Service is answered over the port that it called on.
                lines.append("link set \(pod.link) type bridge_slave hairpin on")
            } else {
                lines.append("link set \(pod.link) address \(LabAddresses.podGatewayMAC) up")
            }
            let device = plan.wiring == .bridge ? "cni0" : pod.link
            lines += pod.addresses.map { "route add \(Prefix($0)) dev \(device)\(Self.source($0, node.addresses))" }
            if isLarge {
                lines += pod.addresses.map {
                    "neighbour add \($0) lladdr \(Self.hardware(pod)) dev \(device) nud permanent"
                }
            }
        }
        for pod in plan.pods where pod.node != index && !pod.usesHostNetwork {
            lines += routes(to: pod, from: node.addresses)
        }
        return Script(
            namespace: node.namespace, settings: plan.wiring == .routed ? own.map(\.link).flatMap(Self.proxy) : [],
            lines: lines)
    }

    private func pod(_ pod: LabPlan.Pod) -> Script {
        var lines = Self.start + pod.addresses.map(Self.own) + ["link set eth0 up"]
        if pod.addresses.contains(where: \.isIPv4) {
            lines.append("route add \(LabAddresses.podGateway)/32 dev eth0 scope link")
            lines.append("route add default via \(LabAddresses.podGateway) dev eth0")
        }
        if pod.addresses.contains(where: { !$0.isIPv4 }) {
            lines.append("route add ::/0 via \(LabAddresses.podGateway6) dev eth0")
        }
        if isLarge {
            lines += [LabAddresses.podGateway, LabAddresses.podGateway6].map {
                "neighbour add \($0) lladdr \(LabAddresses.podGatewayMAC) dev eth0 nud permanent"
            }
        }
        if plan.wiring == .bridge {
            let neighbours = plan.pods.filter { $0.node == pod.node && !$0.usesHostNetwork && $0.name != pod.name }
            for address in neighbours.flatMap(\.addresses)
            where pod.addresses.contains(where: { $0.isIPv4 == address.isIPv4 }) {
                lines.append("route add \(Prefix(address)) dev eth0")
            }
        }
        return Script(namespace: pod.namespace, lines: lines)
    }

    // MARK: Lines

    private static let start = ["link set lo up"]

    private static func own(_ address: Address) -> String {
        "address add \(Prefix(address)) dev eth0\(address.isIPv4 ? "" : " nodad")"
    }

    /// The bridge of a node has the pods' gateway.
    private static let bridge = [
        "link add cni0 address \(LabAddresses.podGatewayMAC) type bridge mcast_snooping 0", "link set cni0 up",
        "address add \(LabAddresses.podGateway)/32 dev cni0",
    ]

    /// A node answers for the pods' gateway on their links, at once.
    private static func proxy(_ link: String) -> [Setting] {
        [Setting("ipv4/conf/\(link)/proxy_arp", "1"), Setting("ipv4/neigh/\(link)/proxy_delay", "0")]
    }

    /// A pod of another node is reached through that node.
    private func routes(to pod: LabPlan.Pod, from own: [Address]) -> [String] {
        pod.addresses.compactMap { address in
            guard let via = plan.nodes[pod.node].addresses.first(where: { $0.isIPv4 == address.isIPv4 }) else {
                return nil
            }
            return "route add \(Prefix(address)) via \(via) dev eth0 onlink\(Self.source(address, own))"
        }
    }

    /// The address of a node's own packets.
    private static func source(_ destination: Address, _ own: [Address]) -> String {
        own.first { $0.isIPv4 == destination.isIPv4 }.map { " src \($0)" } ?? ""
    }

    /// All of a family.
    private static func everywhere(_ address: Address) -> String { address.isIPv4 ? "default" : "::/0" }
}
