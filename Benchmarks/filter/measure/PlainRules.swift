#if os(Linux)
    import Addresses
    import Policy

    /// The NetworkPolicies about the pods of a node as `nft` text, as other layouts write them: for comparison. Peers are
    /// in sets, as others have them too; IPv4 only.
    ///
    /// - One chain: every rule of every policy, one after the other, with the pods that it is about in a set.
    /// - Rules per policy: a chain for each pod, which calls a chain for each policy about it.
    struct PlainRules {
        private let list: GuestList
        private let node: String
        private let isLinear: Bool

        init(_ directory: String, _ node: String, isLinear: Bool) throws {
            list = GuestList(try Cluster(directory).snapshot.objects)
            self.node = node
            self.isLinear = isLinear
        }

        /// Prints them. What leaves a pod is judged in the chain `egress`, then what comes to one in `ingress`.
        func print() throws {
            var writer = PlainWriter(list)
            let egress = chains(.egress, &writer)
            let ingress = chains(.ingress, &writer)
            Swift.print("table ip plain {")
            Swift.print(writer.sets.joined(separator: "\n"))
            Swift.print(ingress)
            Swift.print(egress)
            Swift.print("chain forward { type filter hook forward priority -10; policy accept;")
            Swift.print("  ct state established,related accept\n  goto egress\n}\n}")
        }

        private func chains(_ direction: Direction, _ writer: inout PlainWriter) -> String {
            isLinear ? linear(direction, &writer) : perPolicy(direction, &writer)
        }

        // MARK: One chain

        private func linear(_ direction: Direction, _ writer: inout PlainWriter) -> String {
            var subjects: [Part: [Address]] = [:]
            for (address, parts) in pods(direction) {
                for part in parts { subjects[part, default: []].append(address) }
            }
            var rules: [String] = []
            for (part, addresses) in subjects.sorted(by: { $0.key.policy < $1.key.policy }) {
                let subject = writer.set(addresses.map { $0.bits...$0.bits })
                rules += writer.rules(part, direction).map {
                    "  ip \(own(direction)) @\(subject) \($0) \(next(direction)) comment \"\(name(part))\""
                }
            }
            let isolated = writer.set(pods(direction).map { $0.address.bits...$0.address.bits })
            rules += ["  ip \(own(direction)) @\(isolated) drop", "  \(next(direction))"]
            return "chain \(direction == .egress ? "egress" : "ingress") {\n\(rules.joined(separator: "\n"))\n}"
        }

        // MARK: Rules per policy

        private func perPolicy(_ direction: Direction, _ writer: inout PlainWriter) -> String {
            let prefix = direction == .egress ? "e" : "i"
            var names: [Part: String] = [:]
            var text: [String] = []
            var elements: [String] = []
            for (number, (address, parts)) in pods(direction).enumerated() {
                for part in parts where names[part] == nil {
                    let name = "\(prefix)-policy-\(names.count)"
                    names[part] = name
                    let rules = writer.rules(part, direction).map { "  \($0) \(next(direction))" }
                    text.append(
                        "chain \(name) { comment \"\(self.name(part))\"\n\(rules.joined(separator: "\n"))\n}")
                }
                let calls = parts.compactMap { names[$0] }.map { "  jump \($0)" }
                text.append("chain \(prefix)-pod-\(number) {\n\(calls.joined(separator: "\n"))\n  drop\n}")
                elements.append("\(address) : goto \(prefix)-pod-\(number)")
            }
            let map =
                "map \(prefix)-pods { type ipv4_addr : verdict; elements = { \(elements.joined(separator: ", ")) } }"
            let first = direction == .egress ? "egress" : "ingress"
            text.append(
                "\(map)\nchain \(first) {\n  ip \(own(direction)) vmap @\(prefix)-pods\n  \(next(direction))\n}")
            return text.joined(separator: "\n")
        }

        // MARK: What is said

        private func own(_ direction: Direction) -> String { direction == .egress ? "saddr" : "daddr" }
        private func next(_ direction: Direction) -> String { direction == .egress ? "goto ingress" : "accept" }

        private func name(_ part: Part) -> String {
            let source = list.policies[Int(part.policy)].source
            return "\(source.namespace)/\(source.name)"
        }

        /// Addresses of the node's pods that NetworkPolicies are about, with these.
        private func pods(_ direction: Direction) -> [(address: Address, parts: [Part])] {
            list.grouping.interfaces.enumerated().compactMap { index, interface in
                guard let address = interface.address, address.isIPv4,
                    list.inventory.endpoints[Int(interface.endpoint)].node == node
                else { return nil }
                let program = list.program(Int32(list.grouping.groupOf[index]), direction, staged: false)
                let parts = program.tiers.filter { $0.tier == .networkPolicy }.flatMap { $0.turns.joined() }
                    .map { Part(policy: $0.policy, rules: $0.rules) }
                return parts.isEmpty ? nil : (address, parts)
            }
        }

        /// A policy as it is for some pods.
        struct Part: Hashable {
            let policy: Int32
            let rules: [CompiledRule]
        }
    }

    /// Writes sets and conditions.
    private struct PlainWriter {
        private(set) var sets: [String] = []
        private var known: [IntervalSet<UInt128>: String] = [:]
        private let list: GuestList

        init(_ list: GuestList) { self.list = list }

        /// The name of a set of addresses.
        mutating func set(_ ranges: [ClosedRange<UInt128>]) -> String {
            let addresses = IntervalSet(ranges)
            if let name = known[addresses] { return name }
            let name = "set-\(known.count)"
            known[addresses] = name
            let isExact = addresses.ranges.allSatisfy { $0.lowerBound == $0.upperBound }
            let elements = addresses.ranges.map {
                let (first, last) = (Address(bits: $0.lowerBound), Address(bits: $0.upperBound))
                return first == last ? "\(first)" : "\(first)-\(last)"
            }
            let content = elements.isEmpty ? "" : "elements = { \(elements.joined(separator: ", ")) }"
            sets.append("set \(name) { type ipv4_addr; \(isExact ? "" : "flags interval;") \(content) }")
            return name
        }

        /// What each rule asks for.
        mutating func rules(_ part: PlainRules.Part, _ direction: Direction) -> [String] {
            let peer = direction == .egress ? "daddr" : "saddr"
            var found: [String] = []
            for cell in part.rules.lazy.flatMap(\.cells) where cell.names == nil {
                let ports = Self.ports(cell.traffic)
                if cell.groups.isAll, cell.outside.isAll {
                    found += ports
                    continue
                }
                let name = set(addresses(cell))
                found += ports.map { "ip \(peer) @\(name) \($0)" }
            }
            return found
        }

        private func addresses(_ cell: Cell) -> [ClosedRange<UInt128>] {
            var ranges = cell.outside.intersection(.ipv4).ranges
            let count = UInt32(list.grouping.groups.count)
            for range in cell.groups.ranges where range.lowerBound < count {
                for group in range.lowerBound...min(range.upperBound, count - 1) {
                    ranges += list.grouping.groups[Int(group)].members
                        .compactMap { list.grouping.interfaces[Int($0)].address }
                        .filter(\.isIPv4).map { $0.bits...$0.bits }
                }
            }
            return ranges
        }

        private static func ports(_ traffic: TrafficSet) -> [String] {
            traffic.keys.ranges.map { range in
                let (proto, last) = (range.lowerBound >> 16, range.upperBound >> 16)
                guard proto == last else { return "meta l4proto \(proto)-\(last)" }
                let (first, end) = (range.lowerBound & 0xffff, range.upperBound & 0xffff)
                let name = proto == 6 ? "tcp" : proto == 17 ? "udp" : "meta l4proto \(proto) th"
                return first == 0 && end == 0xffff
                    ? "meta l4proto \(proto)" : "\(name) dport \(first == end ? "\(first)" : "\(first)-\(end)")"
            }
        }
    }
#endif
