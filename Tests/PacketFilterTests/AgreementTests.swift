import Addresses
import Foundation
import Kubernetes
import PolicyWorlds
import Testing

@testable import PacketFilter
@testable import Policy

/// What the rules of a node do is what the guest list decides, for all that enters and leaves its pods.
@Suite("Rules agree with decisions") struct AgreementTests {
    static let environment = ProcessInfo.processInfo.environment

    @Test func onRandomClusters() {
        let first = Self.environment["SALLYPORT_FUZZ_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0 ... .max)
        let seconds = Self.environment["SALLYPORT_FUZZ_SECONDS"].flatMap(Double.init)
        print("PacketFilter AgreementTests seed \(first)")
        let end = Date().addingTimeInterval(seconds ?? 0)
        var (worlds, tally) = (UInt64(0), Tally())
        while seconds == nil ? worlds < 150 || (!tally.showsEverything && worlds < 3_000) : Date() < end {
            guard Self.agree(seed: first &+ worlds, &tally) else { return }
            worlds += 1
        }
        print("PacketFilter AgreementTests: \(worlds) worlds, \(tally)")
        #expect(seconds != nil || tally.showsEverything)
    }

    struct Tally {
        var allowed = 0
        var egress = 0
        var ingress = 0
        var edits = 0
        var hairpins = 0
        var showsEverything: Bool { min(allowed, egress, ingress) > 500 && edits > 50 && hairpins > 50 }
    }

    static func agree(seed: UInt64, _ tally: inout Tally) -> Bool {
        let world = RandomCluster(seed: seed)
        let objects = objects(world.text)
        let list = GuestList(objects)
        var dice = WorldDice(seed: seed ^ 0xf117)
        let fewer = GuestList(inventory: list.inventory, policies: list.policies.filter { _ in dice.chance(60) })
        for node in list.inventory.nodes.map(\.name) {
            let filtered = FilteredNode(node, logGroup: dice.chance(50) ? 5 : nil)
            let filter = NodeFilter(list, filtered)
            // Made in steps, the rules are the same.
            let before = NodeFilter(fewer, filtered)
            let stepwise = NodeFilter(
                fewer.updated(inventory: list.inventory, policies: list.policies), filtered, previous: before)
            for (old, (new, other)) in zip(before.rulesets, zip(filter.rulesets, stepwise.rulesets)) {
                let change = RulesetChange(from: old, to: new)
                if !change.isEmpty { tally.edits += 1 }
                var kernel = KernelModel(old)
                kernel.apply(change)
                guard new == other, kernel.ruleset == new, kernel.mistakes.isEmpty else {
                    Issue.record(
                        "seed \(seed), node \(node): a change does not lead to the new rules: \(kernel.mistakes)")
                    return false
                }
            }
            for _ in 0..<100 {
                guard agree(world.query(&dice), list, filter, node, seed, &tally) else { return false }
            }
        }
        return true
    }

    private static func agree(
        _ query: NaiveQuery, _ list: GuestList, _ filter: NodeFilter, _ node: String, _ seed: UInt64,
        _ tally: inout Tally
    ) -> Bool {
        // The kernel knows addresses: of two pods with one, one has it.
        guard let from = party(list, query.source)?.address, let to = party(list, query.destination)?.address,
            from.isIPv4 == to.isIPv4, let ruleset = filter.ruleset(Family(from))
        else { return true }
        let (source, destination) = (list.party(from), list.party(to))
        // Names are not known to the kernel.
        let traffic = Traffic(query.proto, port: query.port)
        // What comes from an address to itself has been led there by a Service.
        let verdict = list.evaluate(
            Connection(source: source, destination: destination, traffic: traffic, isThroughService: from == to)
        ).enforced
        let isFrom = isHere(list, source, node)
        let isTo = isHere(list, destination, node)
        guard isFrom || isTo else { return true }
        let nodeIsSource = isNode(list, source, node)
        let nodeIsDestination = isNode(list, destination, node)
        let hook: Chain.Hook = nodeIsSource ? .output : nodeIsDestination ? .input : .forward
        var simulation = Simulation(ruleset)
        let outcome = simulation.run(hook, SimulatedPacket(source: from, destination: to, traffic: traffic))
        // Live connections are judged as new ones are.
        let denial = filter.denial(from: from, to: to, traffic)
        let egress = !isFrom || verdict.egress.isAllowed
        let ingress = !isTo || verdict.ingress.isAllowed
        if egress, ingress { tally.allowed += 1 } else if egress { tally.ingress += 1 } else { tally.egress += 1 }
        if from == to, isFrom { tally.hairpins += 1 }
        let last = egress ? (ingress ? "allowed" : "denied-ingress") : "denied-egress"
        let expected: Simulation.Outcome = egress && ingress ? .accepted : .dropped
        guard outcome == expected, simulation.trail.last == last, denial?.chain ?? "allowed" == last else {
            Issue.record(
                "seed \(seed), node \(node): \(from) -> \(to) \(traffic): \(verdict), rules: \(outcome) \(simulation.trail)\n\(ruleset.text)"
            )
            return false
        }
        return true
    }

    private static func isHere(_ list: GuestList, _ party: Party, _ node: String) -> Bool {
        party.endpoint >= 0 && party.group >= 0 && list.inventory.endpoints[Int(party.endpoint)].node == node
    }

    private static func isNode(_ list: GuestList, _ party: Party, _ node: String) -> Bool {
        party.node >= 0 && list.inventory.nodes[Int(party.node)].name == node
    }

    private static func party(_ list: GuestList, _ side: NaiveQuery.Side) -> Party? {
        switch side {
        case .address(let address): list.party(address)
        case .pod(let name, let isIPv4):
            list.endpoints(named: name).first.flatMap { list.party(endpoint: $0, isIPv4: isIPv4) }
        }
    }

    static func objects(_ text: String) -> Objects {
        ObjectDecoder.combine([ObjectDecoder.decode(text: text, file: "world.yaml")], revision: 1).objects
    }
}
