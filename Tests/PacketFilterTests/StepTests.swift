import Addresses
import Kubernetes
import PolicyWorlds
import Testing

@testable import PacketFilter
@testable import Policy

/// Changes, one after the other: what is kept from before must be what would be made anew.
@Suite("Rules step by step") struct StepTests {
    @Test("whatever happens to pods, policies and all else: everything is as if it were made from nothing")
    func steps() {
        let first =
            AgreementTests.environment["SALLYPORT_FUZZ_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0 ... .max)
        let worlds = AgreementTests.environment["SALLYPORT_FUZZ_WORLDS"].flatMap(UInt64.init) ?? 80
        print("PacketFilter StepTests seed \(first)")
        var kept = Kept()
        for world in 0..<worlds where !Task.isCancelled {
            guard Self.walk(seed: first &+ world, &kept) else { return }
        }
        print("PacketFilter StepTests: \(kept)")
        #expect(kept.inventories > 100 && kept.lists > 50 && kept.groups > 50)
        #expect(kept.edits > 5 && kept.tables > 50)
    }

    /// How often something was made from what was before.
    private struct Kept {
        var inventories = 0
        var lists = 0
        var groups = 0
        /// Lists with the same groups, in which one policy was compiled again.
        var edits = 0
        /// What programs allow.
        var tables = 0
    }

    private static func walk(seed: UInt64, _ kept: inout Kept) -> Bool {
        var world = ChangingWorld(seed: seed)
        var inventory = Inventory(world.objects)
        var translated = TranslatedPolicies(world.objects)
        var list = GuestList(inventory: inventory, policies: translated.policies)
        let nodes = ["n1", "n2"].map { FilteredNode($0, logGroup: 5) }
        var filters = nodes.map { NodeFilter(list, $0) }
        for step in 0..<12 {
            let before = (objects: world.objects, list: list)
            world.step()
            let made = inventory.updated(from: before.objects, to: world.objects)
            inventory = made ?? Inventory(world.objects)
            translated = translated.updated(world.objects)
            list = list.updated(inventory: inventory, policies: translated.policies)
            filters = zip(nodes, filters).map { NodeFilter(list, $0, previous: $1) }
            if made != nil { kept.inventories += 1 }
            if list.edition === before.list.edition { kept.lists += 1 }
            if list.grouping.hasSameGroups(as: before.list.grouping) {
                kept.groups += 1
                if list.compiledPolicies == 1, list.policies.count > 1 { kept.edits += 1 }
            }
            if filters[0].sayings.tables.isContinued { kept.tables += 1 }
            let wrong = differences(inventory, list, filters, world.objects)
            guard wrong.isEmpty else {
                Issue.record(
                    "seed \(seed), step \(step): made in steps, these are not what is made from nothing: \(wrong)")
                return false
            }
        }
        return true
    }

    /// What is not as it would be if it were made of the objects alone.
    private static func differences(
        _ inventory: Inventory, _ list: GuestList, _ filters: [NodeFilter], _ objects: Objects
    ) -> [String] {
        let (anew, policies) = (Inventory(objects), WorkloadPolicy.all(in: objects))
        let fresh = GuestList(inventory: anew, policies: policies)
        let members = [list, fresh].map { list in
            Set(list.grouping.groups.map { $0.members.map { list.grouping.interfaces[Int($0)] } })
        }
        let isSame = [
            "endpoints": inventory.endpoints == anew.endpoints, "addresses": inventory.addresses == anew.addresses,
            "templates": inventory.templates == anew.templates,
            "service accounts": inventory.serviceAccounts == anew.serviceAccounts,
            "nodes": inventory.nodes == anew.nodes && inventory.nodeByAddress == anew.nodeByAddress,
            "hosts": inventory.addressesOfHosts == anew.addressesOfHosts && inventory.doubtful == anew.doubtful,
            "namespaces": inventory.namespaces == anew.namespaces, "policies": list.policies == policies,
            "groups": members[0] == members[1], "decisions": decide(list) == decide(fresh),
            "rules": filters.map(\.rulesets) == filters.map { NodeFilter(fresh, $0.node).rulesets },
        ]
        return isSame.filter { !$0.value }.keys.sorted()
    }

    /// What a list says of connections between all addresses, and some that nobody has.
    private static func decide(_ list: GuestList) -> [Decision] {
        let others = ["203.0.113.7", "203.0.113.9", "198.51.100.3", "8.8.8.8", "2001:db8:7::1"].compactMap {
            Address($0)
        }
        let all = list.inventory.endpoints.flatMap(\.addresses).sorted() + others
        return all.flatMap { from in
            all.filter { $0.isIPv4 == from.isIPv4 }.flatMap { to in
                [UInt16(80), 8001].map { port in
                    list.evaluate(
                        Connection(
                            source: list.party(from), destination: list.party(to), traffic: Traffic(.tcp, port: port)))
                }
            }
        }
    }

    @Test("of a pod with two addresses that have rules of their own, the first one's chain has the plain name")
    func twoAddresses() {
        let objects = AgreementTests.objects(
            """
            {apiVersion: v1, kind: Pod, metadata: {name: p, namespace: default},
              spec: {nodeName: n1, containers: [{name: c, ports: [{name: web, containerPort: 80}]}]},
              status: {phase: Running, podIPs: [{ip: 10.0.0.1}, {ip: 192.0.2.1}]}}
            ---
            {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a, namespace: default},
              spec: {podSelector: {}, policyTypes: [Ingress],
                ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}], ports: [{port: web}]}]}}
            """)
        let map = NodeFilter(GuestList(objects), FilteredNode("n1")).ruleset(.ip)?.set("to-pods")
        let chains = (map?.elements ?? []).compactMap {
            $0.verdict?.chain?.split(separator: "_").dropLast().joined(separator: "_")
        }
        #expect(chains == ["to-default/p", "to-default/p_2"], "\(map?.elements ?? [])")
    }

    // MARK: What a change costs

    @Test("a pod more is a few elements, and a packet passes as many rules, however large the cluster is")
    func sizes() {
        let small = Cost(pods: 10, policies: 5)
        let large = Cost(pods: 400, policies: 200)
        #expect(small == large)
        #expect(small.remote.elements <= 3 && small.remote.steps <= 3, "\(small)")
        // Elements, each in one set, and nothing else.
        #expect(small.local.elements <= 8 && small.local.steps == small.local.elements, "\(small)")
        #expect(small.rules > 3 && small.rules < 40, "\(small)")
    }

    /// What happens in a cluster of some size.
    private struct Cost: Equatable {
        struct Change: Equatable {
            let elements: Int
            let steps: Int

            init(_ old: NodeFilter, _ new: NodeFilter) {
                let changes = zip(old.rulesets, new.rulesets).map { RulesetChange(from: $0, to: $1) }
                elements = changes.reduce(0) { $0 + $1.elementCount }
                steps = changes.reduce(0) { $0 + $1.steps.count }
            }
        }

        /// A pod more elsewhere.
        let remote: Change
        /// A pod more on the node, of a workload that is there.
        let local: Change
        /// Rules that the first packet of a connection passes.
        let rules: Int

        init(pods: Int, policies: Int) {
            let texts = (0..<pods).map { StepTests.pod("other-\($0)", $0 % 2 == 0 ? "n1" : "n2", 100 + $0) }
            let cluster =
                StepTests.pod("web-1", "n1", 1) + StepTests.pod("db-1", "n1", 2) + texts.joined()
                + StepTests.policy("web", ["db"]) + StepTests.policy("db", ["web"])
                + (0..<policies).map { StepTests.policy("other-\($0 % pods)", ["other-\(($0 + 1) % pods)"]) }.joined()
            let node = FilteredNode("n1", interfaces: ["lab"], logGroup: 5)
            func filter(_ more: String, _ previous: NodeFilter?) -> NodeFilter {
                NodeFilter(GuestList(AgreementTests.objects(cluster + more)), node, previous: previous)
            }
            let base = filter("", nil)
            remote = Change(base, filter(StepTests.pod("web-2", "n2", 3), base))
            local = Change(base, filter(StepTests.pod("web-2", "n1", 3), base))
            var simulation = Simulation(base.rulesets[0])
            let packet = SimulatedPacket(
                source: Address(ipv4: 0x0a00_0001), destination: Address(ipv4: 0x0a00_0002),
                traffic: Traffic(.tcp, port: 80), input: "lab1", output: "lab2")
            rules = simulation.run(.forward, packet) == .accepted ? simulation.rulesPassed : 0
        }
    }

    /// Replicas are of one workload: what stands before the number.
    private static func pod(_ name: String, _ node: String, _ number: Int) -> String {
        let app = name.split(separator: "-").dropLast(name.hasPrefix("other") ? 0 : 1).joined(separator: "-")
        return """
            {apiVersion: v1, kind: Pod, metadata: {name: \(name), namespace: default, labels: {app: \(app)},
              ownerReferences: [{kind: ReplicaSet, name: \(app), controller: true}]},
              spec: {nodeName: \(node)}, status: {phase: Running, podIP: 10.0.\(number / 256).\(number % 256)}}
            ---

            """
    }

    private static func policy(_ app: String, _ peers: [String]) -> String {
        let list = peers.map { "{podSelector: {matchLabels: {app: \($0)}}}" }.joined(separator: ", ")
        return """
            {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: \(app)-\(peers[0]), namespace: default},
              spec: {podSelector: {matchLabels: {app: \(app)}}, policyTypes: [Ingress, Egress],
                ingress: [{from: [\(list)], ports: [{port: 80}]}], egress: [{to: [\(list)], ports: [{port: 80}]}]}}
            ---

            """
    }
}
