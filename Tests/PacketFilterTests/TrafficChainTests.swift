import Addresses
import Policy
import PolicyWorlds
import Testing

@testable import PacketFilter

/// Chains that ask for traffic are shared by all who allow the same, and found by name: one name must mean one thing.
@Suite("A name of a chain means one traffic") struct TrafficChainTests {
    private static let web = TrafficSet(.tcp, PortRange(80))
    /// Reads like `web`: of a protocol without ports, what is not its port 0 can never come, and has no words.
    private static let alike = web.union(TrafficSet(keys: IntervalSet(0x2f_0005...0x2f_0007)))
    /// More ranges of ports than are asked for one by one.
    private static let many = TrafficSet(
        keys: IntervalSet((0..<9).map { Traffic(.tcp, port: 100 + 2 * $0).key }.map { $0...$0 }))
    private static let manyAlike = many.union(TrafficSet(keys: IntervalSet(0x2f_0005...0x2f_0007)))

    private static func add(_ all: [TrafficSet], to parts: inout TableParts) -> [String] {
        all.flatMap { traffic in
            [Direction.egress, .ingress].map { TrafficChain(traffic, $0).add(to: &parts) }
        }
    }

    @Test("what reads alike and is another traffic has another name, the same in both directions")
    func names() {
        var parts = TableParts(.ip)
        let names = Self.add([Self.web, Self.alike], to: &parts)
        #expect(names == ["out-tcp-80", "in-tcp-80", "out-tcp-80_2", "in-tcp-80_2"])
        #expect(parts.chains.map(\.name) == names)
        // Asked again, they are there.
        #expect(Self.add([Self.alike, Self.web], to: &parts) == Array(names[2...] + names[..<2]))
        #expect(parts.chains.map(\.name) == names)
    }

    @Test("a set of ports is there once for both directions, and once for each traffic")
    func ports() throws {
        var parts = TableParts(.ip)
        _ = Self.add([Self.many, Self.manyAlike], to: &parts)
        let labels = parts.chains.map { String($0.name.drop { $0 != "-" }.dropFirst()) }
        #expect(Set(labels).count == 2 && labels[0] == labels[1] && labels[2] == labels[3], "\(labels)")
        #expect(parts.sets.map(\.name) == ["ports-\(labels[0])", "ports-\(labels[2])"])
        for (chain, label) in zip(parts.chains, labels) {
            #expect(
                chain.rules.first?.statements.first == .isIn(set: "ports-\(label)", [.transport, .destinationPort]))
        }
    }

    @Test("what was made before is kept only while the chains that it leads to have their names")
    func kept() throws {
        let objects = AgreementTests.objects(
            """
            {apiVersion: v1, kind: Pod, metadata: {name: web, namespace: default},
              spec: {nodeName: n1}, status: {phase: Running, podIP: 10.0.0.1}}
            ---
            {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: web, namespace: default},
              spec: {podSelector: {}, ingress: [{ports: [{port: 80}]}]}}
            """)
        let tables = NodeFilter(GuestList(objects), FilteredNode("n1")).sayings.tables
        let number = try #require(tables.pool.sets.firstIndex(of: Self.web))
        let groups = try #require(tables.tables.first).prefix(tables.space.groups)
        var made = ProgramParts(groups, .ingress, "", counts: TrafficCounts(), outside: [:])
        made.traffic = [(Int32(number), "in-tcp-80")]
        var parts = TableParts(.ip)
        #expect(made.addTraffic(tables, .ingress, &parts))
        // Now another that reads alike was there before.
        var others = TableParts(.ip)
        _ = Self.add([Self.alike], to: &others)
        #expect(!made.addTraffic(tables, .ingress, &others))
    }

    @Test("where the other that read alike is gone, what is left has the plain name, and asks by it")
    func former() {
        var before = TableParts(.ip)
        _ = Self.add([Self.many, Self.manyAlike], to: &before)
        var parts = TableParts(.ip)
        parts.formerTraffic = before.traffic
        var fresh = TableParts(.ip)
        #expect(Self.add([Self.manyAlike], to: &parts) == Self.add([Self.manyAlike], to: &fresh))
        #expect(parts.chains == fresh.chains && parts.sets == fresh.sets)
    }

    @Test(
        "a chain lets through what is in its traffic, and nothing else, whatever ranges cut protocols",
        arguments: Family.allCases)
    func meaning(of family: Family) throws {
        let seed =
            AgreementTests.environment["SALLYPORT_FUZZ_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0 ... .max)
        print("TrafficChainTests seed \(seed)")
        var dice = WorldDice(seed: seed)
        var tally = (inside: 0, outside: 0, sets: 0)
        for _ in 0..<300 {
            let traffic = Self.traffic(&dice)
            var parts = TableParts(family)
            let name = TrafficChain(traffic, .egress).add(to: &parts)
            tally.sets += parts.sets.count
            let denied = Chain(BaseChains.denied(.egress), [Rule(.verdict(.drop))])
            let first = Chain("forward", hook: .forward, [Rule(.verdict(.jump(name))), Rule(.verdict(.accept))])
            var simulation = Simulation(
                Ruleset(family, sets: parts.sets, chains: parts.chains + [first, denied], counters: []))
            let one = Address(family.isIPv4 ? "10.0.0.1" : "fd00::1")
            for sent in Self.samples(family) {
                let isAllowed = traffic.contains(sent)
                let packet = SimulatedPacket(source: try #require(one), destination: try #require(one), traffic: sent)
                guard (simulation.run(.forward, packet) == .accepted) == isAllowed else {
                    Issue.record("seed \(seed): \(sent) in \(traffic.keys.ranges): \(parts.chains)")
                    return
                }
                if isAllowed { tally.inside += 1 } else { tally.outside += 1 }
            }
        }
        #expect(tally.inside > 1_000 && tally.outside > 1_000 && tally.sets > 10, "\(tally)")
    }

    private static let protocols: [UInt8] = [0, 1, 2, 5, 6, 7, 16, 17, 18, 47, 57, 58, 59, 132, 133, 136, 254, 255]
    /// For ICMP: types 0, 1 and 3 with some codes, and the last.
    private static let ports: [UInt16] = [
        0, 1, 79, 80, 81, 255, 256, 0x300, 0x303, 0x304, 0x3ff, 0x400, 65_534, 65_535,
    ]

    private static func traffic(_ dice: inout WorldDice) -> TrafficSet {
        if dice.chance(20) {
            // Many ports of one protocol, which are looked up in a set.
            let proto = dice.pick([IPProtocol.tcp, .udp, .sctp])
            let ranges = (0..<6).map { _ in dice.pick(ports) }.map {
                Traffic(proto, port: $0).key...Traffic(proto, port: $0).key
            }
            let wide = Traffic(proto, port: 1_000).key...Traffic(proto, port: 2_000).key
            return TrafficSet(keys: IntervalSet(ranges + [wide]))
        }
        let ranges = (0..<Int.random(in: 1...7, using: &dice)).map { _ in
            let (proto, from) = (IPProtocol(rawValue: dice.pick(protocols)), dice.pick(ports))
            let other = dice.chance(80) ? proto : IPProtocol(rawValue: dice.pick(protocols))
            let keys = [Traffic(proto, port: from).key, Traffic(other, port: dice.pick(ports)).key]
            return min(keys[0], keys[1])...max(keys[0], keys[1])
        }
        return TrafficSet(keys: IntervalSet(ranges))
    }

    /// What can come: protocols without ports have port 0, and messages of the other family's ICMP never come.
    private static func samples(_ family: Family) -> [Traffic] {
        protocols.flatMap { number in
            let proto = IPProtocol(rawValue: number)
            if proto == .icmp || proto == .icmpv6 {
                return proto == family.icmp ? ports.map { Traffic(proto, port: $0) } : []
            }
            return (proto.hasPorts ? ports : [0]).map { Traffic(proto, port: $0) }
        }
    }
}
