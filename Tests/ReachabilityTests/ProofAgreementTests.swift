import Addresses
import Kubernetes
import PolicyWorlds
import Testing

@testable import Policy
@testable import Reachability

/// Proofs against single decisions: what is proved no decision refutes, and what refutes is decided as it claims.
///
/// Who is meant by a side is worked out here again, for one connection at a time, and pods whose addresses are not known
/// are put somewhere.
@Suite struct ProofAgreementTests {
    @Test("nothing that is proved is refuted by a decision, wherever names lead and pods are, in random worlds")
    func randomWorlds() throws {
        let first = UInt64.random(in: 0..<1_000_000)
        print("proofs against single decisions: seeds from \(first)")
        var tally = Tally()
        for seed in first..<(first + 3_000) {
            // Rare worlds show rare things: a run goes on until it has seen enough of them.
            if seed >= first + 300, tally.showsEverything { break }
            var world = ProofWorld(seed: seed)
            if let difference = try world.difference(&tally) {
                Issue.record("seed \(seed): \(difference)")
                return
            }
        }
        print("proofs against single decisions: \(tally)")
        #expect(tally.showsEverything)
    }

    struct Tally {
        var proved = 0
        var refuted = 0
        /// Witnesses that need what was once not looked at.
        var byName = 0
        var byPlace = 0
        var byNode = 0

        var showsEverything: Bool { proved > 100 && refuted > 100 && byName > 5 && byPlace > 5 && byNode > 5 }
    }
}

/// A random world with a guarantee, and what is naively known of both.
private struct ProofWorld {
    private var world: RandomWorld
    private let inventory: Inventory
    private let policies: [WorkloadPolicy]
    private let guarantee: Guarantee
    private let yaml: String

    init(seed: UInt64) {
        world = RandomWorld(seed: seed)
        inventory = world.inventory()
        policies = world.policies()
        yaml = Self.guarantee(&world.dice)
        let snapshot = ObjectDecoder.snapshot(files: [(path: "g.yaml", bytes: Array(yaml.utf8))], revision: 1)
        guarantee = snapshot.objects.guarantees.values.first!
    }

    // MARK: The guarantee

    private static func guarantee(_ dice: inout WorldDice) -> String {
        let rules = (0..<4).map { number -> String in
            let promise = dice.pick(["never", "never", "always", "onlyVia"])
            let via = promise == "onlyVia" ? ", via: [\(workloads(&dice))]" : ""
            let ports = promise == "always" || dice.chance(30) ? ", ports: [\(dice.pick(["{port: 80}", "{}"]))]" : ""
            let from = (0..<dice.pick([1, 1, 2])).map { _ in side(&dice, isSource: true) }.joined(separator: ", ")
            let to = (0..<dice.pick([1, 1, 2])).map { _ in side(&dice, isSource: false) }.joined(separator: ", ")
            return "  - {name: r\(number), \(promise): {from: [\(from)], to: [\(to)]\(via)\(ports)}}"
        }
        return """
            apiVersion: sallyport.dev/v1alpha1
            kind: Guarantee
            metadata: {name: g}
            spec:
              rules:
            \(rules.joined(separator: "\n"))

            """
    }

    private static func workloads(_ dice: inout WorldDice) -> String {
        let pick = dice.pick([
            "namespaces: [\(dice.pick(["a", "b", "c"]))]",
            "podSelector: {matchLabels: {app: \(dice.pick(["x", "y", "z"]))}}", "names: [p\(dice.pick([0, 1, 2, 3]))]",
        ])
        return "{workloads: {\(pick)}}"
    }

    private static func side(_ dice: inout WorldDice, isSource: Bool) -> String {
        let block = dice.pick(["10.0.0.0/29", "192.0.2.0/24", "203.0.113.0/25", "172.16.0.0/16", "0.0.0.0/0"])
        switch Int.random(in: 0..<8, using: &dice) {
        case 0: return "{anything: {}}"
        case 1: return "{outside: {}}"
        case 2: return "{outside: {cidrs: [\(block)], except: [192.0.2.0/28]}}"
        case 3: return "{addresses: [\(block)]}"
        case 4 where !isSource:
            return "{domainNames: [\(dice.pick(["api.example.com", "\"*.example.com\"", "a.org"]))]}"
        default: return workloads(&dice)
        }
    }

    // MARK: Against decisions

    mutating func difference(_ tally: inout ProofAgreementTests.Tally) throws -> String? {
        let list = GuestList(inventory: inventory, policies: policies)
        let objects = ObjectDecoder.snapshot(files: [], revision: 1).objects
        for staged in [false, true] {
            let reachability = Reachability.proving(list, staged: staged, [guarantee])
            let proofs = reachability.check([guarantee], AssetTable(objects, inventory))
            for (proof, rule) in zip(proofs, guarantee.rules) {
                switch proof.result {
                case .proved:
                    tally.proved += 1
                    if let found = refutation(rule, staged) { return "proved \(rule.name), but \(found)\n\(yaml)" }
                case .refuted(let witness):
                    tally.refuted += 1
                    count(witness, &tally)
                    if let problem = problem(witness, rule, reachability) {
                        return "\(rule.name): \(problem): \(witness)\n\(yaml)"
                    }
                case .vacuous: break
                }
            }
        }
        return nil
    }

    private func count(_ witness: Witness, _ tally: inout ProofAgreementTests.Tally) {
        let sides = [witness.connection.source, witness.connection.destination]
        if witness.connection.name != nil { tally.byName += 1 }
        if witness.verdict.ingress.reason == .ownNode { tally.byNode += 1 }
        if sides.contains(where: { $0.endpoint >= 0 && inventory.endpoints[Int($0.endpoint)].addresses.isEmpty }) {
            tally.byPlace += 1
        }
    }

    /// What a witness claims that is not so.
    private func problem(_ witness: Witness, _ rule: Guarantee.Rule, _ reachability: Reachability) -> String? {
        let connection = witness.connection
        let decision = reachability.list.evaluate(connection)
        let verdict = reachability.isStaged ? decision.staged : decision.enforced
        if verdict != witness.verdict { return "it is decided \(verdict)" }
        if verdict.isAllowed == (rule.promise == .always) { return "it breaks nothing" }
        guard isMeant(connection, rule, reachability.list.inventory) else { return "it is not meant" }
        return wants(rule, connection.traffic) ? nil : "its traffic is not meant"
    }

    /// A connection that breaks the rule, of many that are tried.
    private mutating func refutation(_ rule: Guarantee.Rule, _ staged: Bool) -> String? {
        for _ in 0..<3 {
            let placed = placed()
            let list = GuestList(inventory: placed, policies: policies)
            for _ in 0..<150 {
                guard let connection = connection(list), isMeant(connection, rule, placed),
                    wants(rule, connection.traffic)
                else { continue }
                let decision = list.evaluate(connection)
                let verdict = staged ? decision.staged : decision.enforced
                // Who means everyone does not mean the node of a pod.
                if verdict.ingress.reason == .ownNode, !isMeant(connection, rule, placed, byEveryone: false) {
                    continue
                }
                if verdict.isAllowed == (rule.promise != .always) { return "\(connection) is decided \(verdict)" }
            }
        }
        return nil
    }

    /// The inventory with an address for everyone.
    private mutating func placed() -> Inventory {
        let free =
            ["10.0.0.14", "10.0.0.15", "10.0.0.99", "10.9.0.1", "10.9.0.2", "172.16.0.1", "172.31.0.1"]
            + (20..<40).map { "192.168.0.\($0)" }
        var left = free.compactMap { Address($0) }.shuffled(using: &world.dice)
        let endpoints = inventory.endpoints.map { endpoint in
            guard endpoint.addresses.isEmpty, !endpoint.usesHostNetwork else { return endpoint }
            return Endpoint(
                name: endpoint.name, workload: endpoint.workload, labels: endpoint.labels,
                annotations: endpoint.annotations, serviceAccount: endpoint.serviceAccount, node: endpoint.node,
                addresses: [left.removeLast()], ports: endpoint.ports, isTemplate: endpoint.isTemplate)
        }
        return Inventory(
            endpoints: endpoints, namespaces: inventory.namespaces, nodes: inventory.nodes,
            podRanges: inventory.podRanges)
    }

    private static let addresses = [
        "192.0.2.1", "192.0.2.2", "192.0.2.99", "203.0.113.1", "203.0.113.200", "198.51.100.1", "172.16.7.7",
        "10.0.0.200",
        "fd00::3", "2001:db8::1",
    ].compactMap { Address($0) }

    private mutating func connection(_ list: GuestList) -> Connection? {
        let sides = (0..<2).map { _ -> Party? in
            if world.dice.chance(35) { return list.party(world.dice.pick(Self.addresses)) }
            let index = Int.random(in: 0..<list.inventory.endpoints.count, using: &world.dice)
            return list.party(endpoint: index, isIPv4: world.dice.chance(80))
        }
        guard let source = sides[0], let destination = sides[1], source.isIPv4 == destination.isIPv4,
            source.group >= 0 || destination.group >= 0,
            source.group < 0 || source.endpoint != destination.endpoint
        else { return nil }
        let names = ["api.example.com", "www.example.com", "a.org", "b.org"]
        return Connection(
            source: source, destination: destination,
            traffic: Traffic(world.dice.pick([.tcp, .tcp, .udp, .sctp]), port: world.dice.pick([80, 81, 443, 9000])),
            name: destination.group < 0 && world.dice.chance(60) ? world.dice.pick(names) : nil)
    }

    // MARK: Who is meant

    private func wants(_ rule: Guarantee.Rule, _ traffic: Traffic) -> Bool {
        rule.ports?.contains { $0.proto == traffic.proto && $0.range.contains(traffic.port) } ?? true
    }

    /// - Parameter byEveryone: false: sources that are only meant because everyone is are not.
    private func isMeant(
        _ connection: Connection, _ rule: Guarantee.Rule, _ inventory: Inventory, byEveryone: Bool = true
    ) -> Bool {
        let from = rule.from.filter { byEveryone || $0 != .anything }
        return from.contains { holds($0, connection.source, nil, inventory) }
            && !rule.via.contains { holds($0, connection.source, nil, inventory) }
            && rule.to.contains { holds($0, connection.destination, connection.name, inventory) }
    }

    private func holds(_ side: Guarantee.Side, _ party: Party, _ name: String?, _ inventory: Inventory) -> Bool {
        // Where nothing is asked about addresses nobody needs one.
        guard let address = party.address ?? Address("10.0.0.99") else { return false }
        switch side {
        case .anything: return true
        case .addresses(let blocks): return blocks.contains { $0.contains(address) }
        case .domainNames(let names):
            return party.group < 0 && name.map { name in names.contains { DomainPattern($0).matches(name) } } ?? false
        case .outside(let blocks, let except):
            let isOfNode =
                inventory.nodes.contains { $0.addresses.contains(address) }
                || inventory.endpoints.contains { $0.usesHostNetwork && $0.addresses.contains(address) }
            return party.group < 0 && !isOfNode
                && blocks?.contains { $0.contains(address) } ?? true && !except.contains { $0.contains(address) }
        case .workloads(let workloads):
            if party.group >= 0 { return holds(workloads, inventory.endpoints[Int(party.endpoint)]) }
            // Pods on the network of a node are its addresses.
            return inventory.endpoints.contains { endpoint in
                endpoint.usesHostNetwork && holds(workloads, endpoint)
                    && (endpoint.addresses.contains(address)
                        || inventory.nodes.contains { $0.name == endpoint.node && $0.addresses.contains(address) })
            }
        }
    }

    private func holds(_ side: Guarantee.Workloads, _ endpoint: Endpoint) -> Bool {
        side.namespaces?.contains(endpoint.namespace) ?? true
            && side.podSelector?.matches(endpoint.labels) ?? true
            && side.names?.contains(endpoint.workload.name) ?? true
    }
}
