import Addresses
import Policy

extension KubeProxy {
    /// Tables for `iptables-restore`, as kube-proxy's mode `iptables` has them.
    func iptables(_ ways: Ways) -> String {
        let chains = Dictionary(ways.served.map { ($0.chain, $0) }) { first, _ in first }.values.sorted {
            $0.chain < $1.chain
        }
        let names = chains.flatMap { chain in
            [Self.service(chain)] + chain.backends.indices.map { Self.end(chain, $0) }
        }
        let own = ["KUBE-SERVICES", "KUBE-NODEPORTS", "KUBE-MARK-MASQ", "KUBE-POSTROUTING"]
        let nat =
            ["*nat"] + (own + names).map { ":\($0) - [0:0]" } + Self.hooks + chains.flatMap { Self.rules($0) }
            + ways.served.filter { $0.address != nil }.map { Self.entrance("KUBE-SERVICES", $0) }
            // Last, as a port of the node is what is left when an address is no Service's.
            + ["-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS"]
            + ways.served.filter { $0.address == nil }.map { Self.entrance("KUBE-NODEPORTS", $0) } + ["COMMIT"]
        let filter =
            ["*filter"]
            + ways.addresses.flatMap { address in
                ["FORWARD", "OUTPUT"].map { "-A \($0) -d \(address) -m conntrack --ctstate NEW -j REJECT" }
            } + ["COMMIT"]
        return (nat + filter).map { $0 + "\n" }.joined()
    }

    private static let hooks = [
        "-A PREROUTING -j KUBE-SERVICES", "-A OUTPUT -j KUBE-SERVICES", "-A POSTROUTING -j KUBE-POSTROUTING",
        "-A KUBE-MARK-MASQ -j MARK --or-mark 0x4000",
        "-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN",
        "-A KUBE-POSTROUTING -j MARK --xor-mark 0x4000", "-A KUBE-POSTROUTING -j MASQUERADE --random-fully",
    ]

    /// Each end is as likely as any other, which takes a chance that grows from rule to rule.
    private static func rules(_ entry: Entry) -> [String] {
        var lines = entry.isExternal ? ["-A \(service(entry)) -j KUBE-MARK-MASQ"] : []
        for (index, backend) in entry.backends.enumerated() {
            let left = entry.backends.count - index
            let chance = left == 1 ? "" : " -m statistic --mode random --probability \(1 / Double(left))"
            let place = backend.0.isIPv4 ? "\(backend.0)" : "[\(backend.0)]"
            lines += [
                "-A \(service(entry))\(chance) -j \(end(entry, index))",
                "-A \(end(entry, index)) -s \(backend.0) -j KUBE-MARK-MASQ",
                "-A \(end(entry, index)) -p \(proto(entry)) -j DNAT --to-destination \(place):\(backend.1)",
            ]
        }
        return lines
    }

    private static func entrance(_ chain: String, _ entry: Entry) -> String {
        let place = entry.address.map { " -d \($0)" } ?? ""
        return "-A \(chain)\(place) -p \(proto(entry)) --dport \(entry.traffic.port) -j \(service(entry))"
    }

    private static func proto(_ entry: Entry) -> String { entry.traffic.proto.description.lowercased() }

    // Names of chains have at most 28 letters.

    private static func service(_ entry: Entry) -> String { "KUBE-SVC-\(StableHash.text(entry.chain, count: 16))" }

    private static func end(_ entry: Entry, _ index: Int) -> String {
        "KUBE-SEP-\(StableHash.text("\(entry.chain)/\(index)", count: 16))"
    }
}
