import Addresses
import Kubernetes
import PolicyWorlds
import Testing

@testable import PacketFilter
@testable import Policy

/// Changes, one after the other: what is kept from before must be what would be made anew.
@Suite("Rules step by step") struct StepTests {
    @Test("pods and policies come, go and change: everything is as if it were made from nothing")
    func steps() {
        let first =
            AgreementTests.environment["SALLYPORT_FUZZ_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0 ... .max)
        print("PacketFilter StepTests seed \(first)")
        var kept = 0
        for world in 0..<60 where !Task.isCancelled {
            guard Self.walk(seed: first &+ UInt64(world), &kept) else { return }
        }
        #expect(kept > 100)
    }

    /// - Parameter kept: how often an inventory was made from the one before.
    private static func walk(seed: UInt64, _ kept: inout Int) -> Bool {
        var dice = WorldDice(seed: seed ^ 0x57e9)
        var objects = AgreementTests.objects(RandomCluster(seed: seed).text)
        let whole = objects
        var inventory = Inventory(objects)
        var translated = TranslatedPolicies(objects)
        var list = GuestList(inventory: inventory, policies: translated.policies)
        let nodes = inventory.nodes.prefix(2).map { FilteredNode($0.name, logGroup: 5) }
        var filters = nodes.map { NodeFilter(list, $0) }
        for step in 0..<8 {
            let before = objects
            change(&objects, whole, &dice)
            let made = inventory.updated(from: before, to: objects)
            if made != nil { kept += 1 }
            inventory = made ?? Inventory(objects)
            translated = translated.updated(objects)
            list = list.updated(inventory: inventory, policies: translated.policies)
            filters = zip(nodes, filters).map { NodeFilter(list, $0, previous: $1) }
            let (anew, policies) = (Inventory(objects), WorkloadPolicy.all(in: objects))
            let fresh = GuestList(inventory: anew, policies: policies)
            let isSame = [
                "endpoints": inventory.endpoints == anew.endpoints,
                "addresses": inventory.endpointByAddress == anew.endpointByAddress,
                "nodes": inventory.nodes == anew.nodes, "namespaces": inventory.namespaces == anew.namespaces,
                "policies": translated.policies == policies,
                "rules": filters.map(\.rulesets) == nodes.map { NodeFilter(fresh, $0).rulesets },
            ]
            let wrong = isSame.filter { !$0.value }.keys.sorted()
            guard wrong.isEmpty else {
                Issue.record(
                    "seed \(seed), step \(step): made in steps, these are not what is made from nothing: \(wrong)")
                return false
            }
        }
        return true
    }

    /// Something happens.
    private static func change(_ objects: inout Objects, _ whole: Objects, _ dice: inout WorldDice) {
        let pods = whole.pods.keys.sorted()
        let policies = whole.networkPolicies.keys.sorted()
        guard !pods.isEmpty else { return }
        let (key, other) = (dice.pick(pods), dice.pick(pods))
        switch Int.random(in: 0..<6, using: &dice) {
        case 0: objects.pods[key] = nil
        case 1: objects.pods[key] = whole.pods[key]
        case 2: objects.pods[key]?.metadata.labels["app"] = dice.chance(50) ? "a" : nil
        case 3: objects.pods[key]?.nodeName = whole.pods[other]?.nodeName
        case 4: objects.pods[key]?.addresses = whole.pods[other]?.addresses ?? []
        default:
            guard !policies.isEmpty else { return }
            let name = dice.pick(policies)
            switch Int.random(in: 0..<3, using: &dice) {
            case 0: objects.networkPolicies[name] = nil
            case 1: objects.networkPolicies[name] = whole.networkPolicies[name]
            default: _ = objects.networkPolicies[name]?.ingress.popLast()
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
        #expect(small.local.elements <= 8 && small.local.steps <= 16, "\(small)")
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

    private static func pod(_ name: String, _ node: String, _ number: Int) -> String {
        """
        {apiVersion: v1, kind: Pod, metadata: {name: \(name), namespace: default,
          labels: {app: \(name.split(separator: "-").dropLast(name.hasPrefix("other") ? 0 : 1).joined(separator: "-"))}},
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
