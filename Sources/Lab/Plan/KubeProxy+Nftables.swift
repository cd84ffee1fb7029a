import Addresses
import Policy

extension KubeProxy {
    /// The name of its tables.
    private static let table = "kube-proxy-lab"

    /// A table for `nft`, as kube-proxy's mode `nftables` has it.
    func nftables(_ ways: Ways) -> String {
        let (ip, type) = ways.isIPv4 ? ("ip", "ipv4_addr") : ("ip6", "ipv6_addr")
        let served = ways.served
        return """
            table \(ip) \(Self.table) {
            \(chains(served, ip))
            \(set("cluster-ips", type, ways.addresses.map(\.description)))
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
}
