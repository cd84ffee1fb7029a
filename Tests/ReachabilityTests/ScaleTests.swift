import Addresses
import Kubernetes
import Measures
import PolicyWorlds
import Testing

@testable import Policy
@testable import Reachability

/// What large clusters need, held against counts of work and not against the clock.
@Suite struct ScaleTests {
    /// Namespaces of two apps each, with two pods of each app, and two policies of each namespace.
    private static func endpoints(_ namespaces: Int, replicas: Int = 2) -> [Endpoint] {
        var endpoints: [Endpoint] = []
        for number in 0..<namespaces {
            for (place, app) in ["web", "db"].enumerated() {
                for replica in 0..<replicas { endpoints.append(endpoint(number, place, app, replica)) }
            }
        }
        return endpoints
    }

    private static func endpoint(_ number: Int, _ place: Int, _ app: String, _ replica: Int) -> Endpoint {
        let namespace = "team-\(number)"
        let address = UInt32(0x0a00_0000 + number * 64 + place * 32 + replica)
        return Endpoint(
            name: NamespacedName(namespace, "\(app)-\(replica)"),
            workload: WorkloadName(kind: "Deployment", namespace: namespace, name: app),
            labels: ["app": app, "replica": String(replica)], addresses: [Address(ipv4: address)])
    }

    private static func selector(_ namespace: Int, _ app: String) -> WorkloadSelector {
        WorkloadSelector(namespaces: .named("team-\(namespace)"), labels: .label(.workload, "app", .isIn([app])))
    }

    private static func policy(_ namespace: Int, _ name: String, port: UInt16 = 80) -> WorkloadPolicy {
        WorkloadPolicy(
            source: ObjectReference(group: "", kind: "P", namespace: "team-\(namespace)", name: name), position: nil,
            tier: .networkPolicy, subject: selector(namespace, name),
            ingress: [
                WorkloadRule(
                    path: "r", action: .accept, peers: [Peer(workloads: selector(namespace, "web"))],
                    traffic: [TrafficTerm(proto: .tcp, port: .range(PortRange(port)))])
            ], egress: nil)
    }

    private static func list(_ namespaces: Int) -> GuestList {
        GuestList(
            inventory: Inventory(endpoints: endpoints(namespaces), namespaces: [:]),
            policies: (0..<namespaces).flatMap { [policy($0, "web"), policy($0, "db")] })
    }

    @Test("work grows as the cluster does", arguments: [10, 100])
    func linear(_ namespaces: Int) {
        let list = Self.list(namespaces)
        let reachability = Reachability(list)
        #expect(list.grouping.groups.count == 2 * namespaces)
        #expect(list.compiledPolicies == 2 * namespaces)
        #expect(reachability.computedTiers == 2 * namespaces)
        var segments = 0
        reachability.forEachRow { row, _ in
            segments += row.segments.count
            return true
        }
        // Sources reach a port of their own namespace, and what is outside.
        #expect(segments <= (2 * namespaces + reachability.space.runs.count) * 8)
    }

    @Test("one policy changed: it is compiled, the table of its group is made, the rest is kept")
    func policyChanged() {
        let before = Self.list(50)
        let reachability = Reachability(before)
        var policies = before.policies
        policies[13] = Self.policy(3, "db", port: 443)
        let place = before.policies.firstIndex { $0.source == policies[13].source }
        policies = before.policies
        policies[place ?? 0] = Self.policy(3, "db", port: 443)
        let after = before.updated(inventory: before.inventory, policies: policies)
        let changed = reachability.updated(after)
        #expect(after.compiledPolicies == 1 && changed.computedTiers == 1)
        Self.expectSame(changed, Reachability(GuestList(inventory: before.inventory, policies: policies)))
    }

    @Test("a policy that is only written elsewhere is not compiled again")
    func policyMoved() {
        let before = Self.list(5)
        let policies = before.policies.map { policy in
            var policy = policy
            policy.position = Position(file: "f.yaml", line: 7, column: 1)
            policy.rulePlaces.ingress = [Position(file: "f.yaml", line: 9, column: 1)]
            return policy
        }
        let after = before.updated(inventory: before.inventory, policies: policies)
        #expect(after.compiledPolicies == 0 && after.policies[0].position?.line == 7)
    }

    @Test("a policy came or went: others have other numbers, and are not compiled again")
    func policyCame() {
        let before = Self.list(20)
        let reachability = Reachability(before)
        let policies = [Self.policy(7, "web", port: 443)].map { policy in
            var policy = policy
            policy.source.name = "a"
            return policy
        }
        let after = before.updated(inventory: before.inventory, policies: before.policies + policies)
        #expect(after.compiledPolicies == 1)
        let changed = reachability.updated(after)
        #expect(changed.computedTiers == 1)
        Self.expectSame(changed, Reachability(GuestList(inventory: before.inventory, policies: after.policies)))
        let back = after.updated(inventory: before.inventory, policies: before.policies)
        #expect(back.compiledPolicies == 0)
        for (group, own) in back.programsOfGroup.enumerated() {
            let named = own.map { back.programs[Int($0)].tiers.flatMap(\.policies) }
            let fresh = before.programsOfGroup[group].map { before.programs[Int($0)].tiers.flatMap(\.policies) }
            #expect(named == fresh)
        }
    }

    @Test("a pod more or less of a group: no policy is compiled", arguments: [1, 3])
    func pods(_ replicas: Int) {
        let before = Self.list(20)
        let endpoints =
            Self.endpoints(20).filter { $0.namespace != "team-4" }
            + Self.endpoints(20, replicas: replicas).filter { $0.namespace == "team-4" }
        let inventory = Inventory(endpoints: endpoints.reversed(), namespaces: [:])
        let after = before.updated(inventory: inventory, policies: before.policies)
        #expect(after.compiledPolicies == 0)
        let changed = Reachability(before).updated(after)
        #expect(changed.computedTiers == 0)
        Self.expectSame(changed, Reachability(GuestList(inventory: inventory, policies: before.policies)))
    }

    @Test("updates agree with lists that are made anew, in random worlds")
    func randomUpdates() {
        let first = UInt64.random(in: 0..<1_000_000)
        print("updates against new lists: seeds from \(first)")
        for seed in first..<(first + 100) {
            var world = RandomWorld(seed: seed)
            var list = GuestList(inventory: world.inventory(), policies: world.policies())
            var reachability = Reachability(list)
            for _ in 0..<4 {
                let inventory = world.dice.chance(40) ? world.inventory() : list.inventory
                var policies = list.policies
                if world.dice.chance(60), !policies.isEmpty { policies.removeLast() }
                if world.dice.chance(60) { policies.append(world.policy(policies.count)) }
                list = list.updated(inventory: inventory, policies: policies)
                reachability = reachability.updated(list)
                let fresh = Reachability(GuestList(inventory: inventory, policies: policies))
                guard Self.isSame(reachability, fresh, &world.dice) else {
                    Issue.record("seed \(seed): an update differs from a new list")
                    return
                }
            }
        }
    }

    /// Groups may have other numbers in both, so single parties are asked.
    private static func isSame(_ a: Reachability, _ b: Reachability, _ dice: inout WorldDice) -> Bool {
        let count = a.list.inventory.endpoints.count
        for _ in 0..<60 {
            let (from, to) = (Int.random(in: 0..<count, using: &dice), Int.random(in: 0..<count, using: &dice))
            for isIPv4 in [true, false] {
                let pairs = [a, b].map { one -> (TrafficSet, Decision)? in
                    guard let x = one.list.party(endpoint: from, isIPv4: isIPv4), x.group >= 0,
                        let y = one.list.party(endpoint: to, isIPv4: isIPv4), y.group >= 0
                    else { return nil }
                    let connection = Connection(source: x, destination: y, traffic: Traffic(.tcp, port: 80))
                    return (one.traffic(from: Int(x.group), to: Int(y.group)), one.list.evaluate(connection))
                }
                guard pairs[0]?.0 == pairs[1]?.0, pairs[0]?.1 == pairs[1]?.1 else { return false }
            }
        }
        return true
    }

    private static func expectSame(_ a: Reachability, _ b: Reachability) {
        #expect(a.space == b.space)
        var rows: [[(Int, TrafficSet)]] = []
        b.forEachRow { row, traffic in
            rows.append(row.segments.map { ($0.end, traffic($0.traffic)) })
            return true
        }
        a.forEachRow { row, traffic in
            let own = row.segments.map { ($0.end, traffic($0.traffic)) }
            #expect(own.elementsEqual(rows[row.source]) { $0 == $1 })
            return true
        }
    }

    // MARK: Decisions

    @Test("the trace of a decision ends with the rule that decided, in random worlds")
    func traces() {
        let first = UInt64.random(in: 0..<1_000_000)
        print("traces against decisions: seeds from \(first)")
        for seed in first..<(first + 100) {
            var world = RandomWorld(seed: seed)
            let list = GuestList(inventory: world.inventory(), policies: world.policies())
            for _ in 0..<100 {
                guard let connection = Self.connection(list, &world.dice) else { continue }
                let (decision, steps, _) = list.trace(connection)
                #expect(decision == list.evaluate(connection))
                for direction in Direction.allCases where decision.enforced[direction].reason == .rule {
                    let ruling = decision.enforced[direction]
                    let own = steps.filter { $0.direction == direction && $0.policy == ruling.policy }
                    guard case .matched(let action)? = own.last?.said, own.last?.rule == ruling.rule,
                        (action == .accept) == ruling.isAllowed
                    else {
                        Issue.record("seed \(seed): \(ruling), trace \(own)")
                        return
                    }
                }
            }
        }
    }

    private static func connection(_ list: GuestList, _ dice: inout WorldDice) -> Connection? {
        let count = list.inventory.endpoints.count
        let outside = list.party(Address(ipv4: 0xc000_0205))
        let sides = (0..<2).map { _ in
            dice.chance(20)
                ? outside : list.party(endpoint: Int.random(in: 0..<count, using: &dice), isIPv4: true) ?? outside
        }
        return Connection(
            source: sides[0], destination: sides[1],
            traffic: Traffic(dice.pick([.tcp, .udp]), port: dice.pick([80, 81, 443, 8080])),
            name: dice.chance(30) ? "www.example.com" : nil)
    }

    #if canImport(Glibc)
        @Test("a decision allocates nothing, also where hundreds of policies are about one pod")
        func allocations() throws {
            let many = (0..<500).map { number in
                var policy = Self.policy(0, "web", port: UInt16(1000 + number))
                policy.source.name = "p\(number)"
                return policy
            }
            let list = GuestList(inventory: Inventory(endpoints: Self.endpoints(2), namespaces: [:]), policies: many)
            let connections = list.inventory.endpoints.indices.flatMap { from in
                list.inventory.endpoints.indices.map { to in
                    Connection(
                        source: list.party(endpoint: from, isIPv4: true)!,
                        destination: list.party(endpoint: to, isIPv4: true)!,
                        traffic: Traffic(.tcp, port: UInt16(1000 + 10 * from + to)), name: "a.long.name.example.com")
                }
            }
            var allowed = 0
            let made = Allocations.during {
                for connection in connections where list.evaluate(connection).isAllowed { allowed += 1 }
            }
            #expect(try #require(made) == 0)
            #expect(allowed > 0 && allowed < connections.count)
            var kept = [0]
            #expect(try #require(Allocations.during { kept.append(allowed) }) > 0)
        }
    #endif
}
