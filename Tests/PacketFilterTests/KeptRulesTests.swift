import Addresses
import Kubernetes
import Testing

@testable import PacketFilter
@testable import Policy

/// Rules are made from those before: what may be kept and what may not, case by case.
@Suite("What is kept of rules before a change") struct KeptRulesTests {
    @Test(
        "who takes over an address as the first of his kind gets nothing of what the former could do", arguments: 0..<4)
    func heir(of kind: Int) throws {
        // Most may call on one port. The heir may do nothing, or something of his own; nobody like him was seen before.
        let rule = kind % 2 == 0 ? "" : "{from: [{podSelector: {matchLabels: {app: heir}}}], ports: [{port: 90}]}, "
        let policy = """
            {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: web, namespace: default},
              spec: {podSelector: {matchLabels: {app: web}}, ingress: [\(rule)
                {from: [{podSelector: {matchExpressions: [{key: app, operator: In, values: [most, web]}]}}], ports: [{port: 80}]}]}}
            """
        // Where others may do nothing there is a set of those who may, or who may not; else there is none.
        let others = kind < 2 ? Self.pod("other", "other", 40) : ""
        let most = (0..<12).map { Self.pod("most-\($0)", "most", 10 + $0) }.joined()
        let heir = Self.pod("heir", "heir", 10, since: 0)
        let before = Self.objects(Self.pod("web", "web", 1, node: "n1") + most + others + heir + policy)
        var after = before
        after.pods[NamespacedName("default", "most-0")] = nil
        let (old, new) = try Self.filters(before, after)
        #expect(old.list.edition === new.list.edition, "nobody's group is another")
        let ruleset = try #require(new.ruleset(.ip))
        #expect(new.rulesets == NodeFilter(GuestList(after), FilteredNode("n1")).rulesets)
        let (address, web) = (Address(ipv4: 0x0a00_000a), Address(ipv4: 0x0a00_0001))
        for (port, isAllowed) in [(80, false), (90, kind % 2 == 1)] as [(UInt16, Bool)] {
            var simulation = Simulation(ruleset)
            let packet = SimulatedPacket(source: address, destination: web, traffic: Traffic(.tcp, port: port))
            #expect((simulation.run(.forward, packet) == .accepted) == isAllowed, "\(port): \(simulation.trail)")
        }
        try Self.expectSteps(old, new)
    }

    @Test("rules of one node are not made from those of another")
    func otherNode() throws {
        let objects = Self.objects(
            Self.pod("a", "web", 1, node: "n1") + Self.pod("b", "web", 2, node: "n2")
                + Self.pod("c", "other", 3, node: "n2"))
        let list = GuestList(objects)
        let first = NodeFilter(list, FilteredNode("n1"))
        let second = NodeFilter(list, FilteredNode("n2"), previous: first)
        #expect(second.rulesets == NodeFilter(list, FilteredNode("n2")).rulesets)
        #expect(second.addressesHere == [Address(ipv4: 0x0a00_0002), Address(ipv4: 0x0a00_0003)])
    }

    @Test("a pod that has the address of one that is gone stands there with its own name")
    func renamed() throws {
        let policy = """
            {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: web, namespace: default},
              spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]}}
            """
        let before = Self.objects(Self.pod("web-1", "web", 1, node: "n1") + policy)
        let after = Self.objects(Self.pod("web-2", "web", 1, node: "n1") + policy)
        let (old, new) = try Self.filters(before, after)
        #expect(new.ruleset(.ip)?.set("to-pods")?.elements.map(\.comment) == ["default/web-2"])
        try Self.expectSteps(old, new)
    }

    @Test("chains of workloads with long names are told apart, and so are those of one before and after a change")
    func longNames() throws {
        let name = String(repeating: "n", count: 150)
        let policies = ["one", "two"].enumerated().map { number, app in
            """
            {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: \(app), namespace: default},
              spec: {podSelector: {matchLabels: {app: \(app)}}, ingress: [{from: [{ipBlock: {cidr: 203.0.113.\(number)/32}}],
                ports: [{port: 80}]}]}}
            ---

            """
        }.joined()
        let pods = Self.pod("\(name)one", "one", 1, node: "n1") + Self.pod("\(name)two", "two", 2, node: "n1")
        let before = Self.objects(pods + policies)
        let after = Self.objects(pods + policies.replacing("203.0.113.0/32", with: "0.0.0.0/0"))
        let (old, new) = try Self.filters(before, after)
        for filter in [old, new] {
            let ruleset = try #require(filter.ruleset(.ip))
            let led = (ruleset.set("to-pods")?.elements ?? []).compactMap(\.verdict?.chain)
            #expect(Set(led).count == 2, "\(led)")
            #expect(Set(ruleset.chains.map(\.name)).count == ruleset.chains.count)
            #expect(Set(ruleset.sets.map(\.name)).count == ruleset.sets.count)
            #expect((ruleset.chains.map(\.name) + ruleset.sets.map(\.name)).allSatisfy { $0.utf8.count <= 127 })
        }
        // Packets are led to another chain, or find the former one as it was: never one that is being changed.
        let led = [old, new].map { $0.ruleset(.ip)?.set("to-pods")?.elements.map(\.verdict?.chain) ?? [] }
        #expect(led[0].first != led[1].first && led[0].last == led[1].last, "\(led)")
        try Self.expectSteps(old, new)
    }

    @Test(
        "what a pod may not say to itself is dropped in the name of the direction that forbids it",
        arguments: [Direction.egress, .ingress])
    func hairpin(direction: Direction) throws {
        let (way, peers) = direction == .egress ? ("egress", "to") : ("ingress", "from")
        let web = "{namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}"
        let policy = """
            {apiVersion: policy.networking.k8s.io/v1alpha2, kind: ClusterNetworkPolicy, metadata: {name: not-itself},
              spec: {tier: Admin, priority: 1, subject: {pods: \(web)}, \(way): [{name: itself, action: Deny,
                \(peers): [{pods: \(web)}], protocols: [{tcp: {destinationPort: {number: 80}}}]}]}}
            """
        let list = GuestList(Self.objects(Self.pod("web", "web", 1, node: "n1") + policy))
        let ruleset = try #require(NodeFilter(list, FilteredNode("n1")).ruleset(.ip))
        let web1 = Address(ipv4: 0x0a00_0001)
        var simulation = Simulation(ruleset)
        func packet(_ port: UInt16) -> SimulatedPacket {
            SimulatedPacket(source: web1, destination: web1, traffic: Traffic(.tcp, port: port))
        }
        #expect(simulation.run(.forward, packet(80)) == .dropped)
        #expect(simulation.trail.last == "denied-\(way)", "\(simulation.trail)")
        // What it may say is told as everything is.
        #expect(simulation.run(.forward, packet(81)) == .accepted, "\(simulation.trail)")
        #expect(simulation.trail.last == "allowed", "\(simulation.trail)")
        // Nobody answers a connection that was ended.
        var stray = packet(81)
        stray.isStray = true
        #expect(simulation.run(.forward, stray) == .dropped)
        #expect(simulation.trail.last == "opening", "\(simulation.trail)")
    }

    // MARK: Worlds

    /// Rules before and after, the latter made from the former.
    private static func filters(_ before: Objects, _ after: Objects) throws -> (NodeFilter, NodeFilter) {
        let inventory = Inventory(before)
        let translated = TranslatedPolicies(before)
        let list = GuestList(inventory: inventory, policies: translated.policies)
        let old = NodeFilter(list, FilteredNode("n1"))
        let next = list.updated(
            inventory: inventory.updated(from: before, to: after) ?? Inventory(after),
            policies: translated.updated(after).policies)
        return (old, NodeFilter(next, FilteredNode("n1"), previous: old))
    }

    /// What the kernel is told leads from the one to the other, and asks for nothing that it would refuse.
    private static func expectSteps(_ old: NodeFilter, _ new: NodeFilter) throws {
        for (before, after) in zip(old.rulesets, new.rulesets) {
            var kernel = KernelModel(before)
            kernel.apply(RulesetChange(from: before, to: after))
            #expect(kernel.mistakes == [] && kernel.ruleset == after)
        }
    }

    private static func objects(_ text: String) -> Objects {
        AgreementTests.objects(
            ["n1", "n2"].map { "{apiVersion: v1, kind: Node, metadata: {name: \($0)}}\n---\n" }.joined()
                + "{apiVersion: v1, kind: Namespace, metadata: {name: default}}\n---\n" + text)
    }

    /// Of two pods with one address the newer one has it.
    private static func pod(
        _ name: String, _ app: String, _ number: Int, node: String = "n2", since second: Int = 5
    ) -> String {
        """
        {apiVersion: v1, kind: Pod, metadata: {name: \(name), namespace: default, labels: {app: \(app)},
          creationTimestamp: '2026-01-01T00:00:0\(second)Z'},
          spec: {nodeName: \(node)}, status: {phase: Running, podIP: 10.0.0.\(number)}}
        ---

        """
    }
}
