import Addresses
import PolicyWorlds
import Testing

@testable import Policy
@testable import Reachability

/// What is computed for everyone at once must be what is decided for each connection by itself.
@Suite struct AgreementTests {
    @Test("all pairs agree with single decisions in random worlds")
    func randomWorlds() {
        let first = UInt64.random(in: 0..<1_000_000)
        print("all pairs against single decisions: seeds from \(first)")
        for seed in first..<(first + 200) {
            if let difference = Self.difference(seed: seed) {
                Issue.record("seed \(seed): \(difference)")
                return
            }
        }
    }

    private static func difference(seed: UInt64) -> String? {
        var world = RandomWorld(seed: seed)
        let list = GuestList(inventory: world.inventory(), policies: world.policies())
        for staged in [false, true] {
            let reachability = Reachability(list, staged: staged)
            var found: String?
            reachability.forEachRow { row, set in
                var start = 0
                for segment in row.segments {
                    for destination in start..<segment.end where found == nil {
                        found = check(reachability, row.source, destination, set(segment.traffic), &world.dice)
                    }
                    start = segment.end
                }
                return found == nil
            }
            if let found { return found }
        }
        return nil
    }

    private static func check(
        _ reachability: Reachability, _ source: Int, _ destination: Int, _ traffic: TrafficSet, _ dice: inout WorldDice
    ) -> String? {
        if traffic != reachability.traffic(from: source, to: destination) { return "row and pair differ" }
        let space = reachability.space
        guard !(source >= space.groups && destination >= space.groups),
            let from = party(reachability, source, &dice),
            let to = party(reachability, destination, &dice),
            from.endpoint < 0 || from.endpoint != to.endpoint
        else { return nil }
        let name = destination - space.runs.upperBound
        var traffic = traffic
        if name >= 0 {
            let run = space.run(of: to.address ?? Address(ipv4: 0))
            let there = source < space.groups ? reachability.traffic(from: source, toRun: run, under: name) : .none
            // In the row of a name whose rules ask for it is what some address may be sent; of others, what each may.
            let asks = source < space.groups && reachability.asks(source, forName: name)
            if asks ? !there.isSubset(of: traffic) : !traffic.isSubset(of: there) { return "the summary of a name" }
            traffic = there
        }
        for _ in 0..<4 {
            let proto = dice.pick([IPProtocol.tcp, .udp, .sctp, .icmp])
            let sent = Traffic(proto, port: dice.pick([79, 80, 81, 442, 443, 444, 8080]))
            let connection = Connection(
                source: from, destination: to, traffic: sent,
                name: name < 0 ? nil : space.names[name].example)
            let decision = reachability.list.evaluate(connection)
            let verdict = reachability.isStaged ? decision.staged : decision.enforced
            // The node of a pod is not in the picture of everyone.
            if verdict.ingress.reason == .ownNode { continue }
            if verdict.isAllowed != traffic.contains(sent) {
                return
                    "\(source) to \(destination) \(sent.proto) \(sent.port): decided \(verdict), reachable on \(traffic)"
            }
        }
        return nil
    }

    /// Somebody of a peer; nil when a run of addresses has only workloads in it, or a name leads to no run.
    private static func party(_ reachability: Reachability, _ peer: Int, _ dice: inout WorldDice) -> Party? {
        let (list, space) = (reachability.list, reachability.space)
        if peer < space.groups {
            let group = list.grouping.groups[peer]
            let interface = list.grouping.interfaces[Int(dice.pick(Array(group.members)))]
            return list.party(endpoint: Int(interface.endpoint), isIPv4: interface.isIPv4)
        }
        if space.runs.contains(peer) {
            let range = space.addresses(ofRun: peer)
            let candidates = [range.lowerBound, range.upperBound].map { list.party(Address(bits: $0)) }
            return candidates.first { $0.isOutside }
        }
        return party(
            reachability, dice.pick(space.runs(isIPv4: space.isIPv4(outside: peer)).flatMap(Array.init)), &dice)
    }
}
