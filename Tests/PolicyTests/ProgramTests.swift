import Addresses
import Kubernetes
import Testing

@testable import Policy

@Suite struct ProgramTests {
    private let web = Endpoint(
        name: NamespacedName("shop", "web-1"),
        workload: WorkloadName(kind: "Deployment", namespace: "shop", name: "web"),
        labels: ["app": "web"], node: "n1", addresses: [Address("10.0.0.1")!])
    private let data = Endpoint(
        name: NamespacedName("shop", "db-0"),
        workload: WorkloadName(kind: "StatefulSet", namespace: "shop", name: "db"),
        labels: ["app": "db"], node: "n2", addresses: [Address("10.0.0.2")!])

    private func list(_ policies: [WorkloadPolicy]) -> GuestList {
        GuestList(
            inventory: Inventory(
                endpoints: [web, data], namespaces: [:],
                nodes: [
                    ClusterNode(name: "n1", labels: [:], addresses: [Address("192.0.2.1")!]),
                    ClusterNode(name: "n2", labels: [:], addresses: [Address("192.0.2.2")!]),
                ]),
            policies: policies)
    }

    private func policy(
        _ name: String, _ tier: Tier, _ action: RuleAction, priority: Double = 0, staged: Bool = false
    ) -> WorkloadPolicy {
        WorkloadPolicy(
            source: ObjectReference(group: "", kind: "P", namespace: "shop", name: name), position: nil, tier: tier,
            priority: priority, isStaged: staged, subject: WorkloadSelector(namespaces: .named("shop")),
            ingress: [WorkloadRule(path: "r", action: action, peers: nil, traffic: nil)], egress: nil)
    }

    private func decide(_ list: GuestList, from: String = "10.0.0.1", to: String = "10.0.0.2") -> Decision {
        list.evaluate(
            Connection(
                source: list.party(Address(from)!), destination: list.party(Address(to)!),
                traffic: Traffic(.tcp, port: 80)))
    }

    @Test("nothing is said: everything is allowed")
    func open() { #expect(decide(list([])).enforced.ingress.reason == .unrestricted) }

    @Test("an isolating tier denies what no rule allows, and says whose isolation it is")
    func isolated() {
        var policy = policy("p", .networkPolicy, .accept)
        policy.ingress = []
        let ruling = decide(list([policy])).enforced.ingress
        #expect(!ruling.isAllowed && ruling.reason == .isolated && ruling.policy == 0)
    }

    @Test(
        "equal priorities: allowed only when every order allows, and marked only where the order matters",
        arguments: [
            ([RuleAction.accept, .deny], nil, false, true),
            ([.accept, .accept], nil, true, false),
            ([.accept, .pass], nil, true, false),
            ([.accept, .pass], .deny, false, true),
            ([.deny, .pass], .deny, false, false),
            ([.deny, .pass], nil, false, true),
        ] as [([RuleAction], RuleAction?, Bool, Bool)])
    func ties(_ actions: [RuleAction], _ baseline: RuleAction?, _ isAllowed: Bool, _ isAmbiguous: Bool) {
        var policies = actions.enumerated().map { policy("p\($0.offset)", .admin, $0.element) }
        if let baseline { policies.append(policy("base", .baseline, baseline)) }
        let ruling = decide(list(policies)).enforced.ingress
        #expect(ruling.isAllowed == isAllowed && ruling.isAmbiguous == isAmbiguous)
        let turned = decide(list(policies.reversed())).enforced.ingress
        #expect(turned == ruling)
    }

    @Test("the pod's own node is allowed whatever is said, another node is not")
    func ownNode() {
        let list = list([policy("p", .admin, .deny)])
        #expect(decide(list, from: "192.0.2.2").enforced.ingress.reason == .ownNode)
        #expect(!decide(list, from: "192.0.2.1").isAllowed)
    }

    @Test("a pod always reaches itself")
    func itself() {
        #expect(decide(list([policy("p", .admin, .deny)]), to: "10.0.0.1").enforced.ingress.reason == .itself)
    }

    @Test("a pod that a Service leads back to itself is asked about, and no NetworkPolicy keeps it from itself")
    func throughService() {
        func decide(_ policies: [WorkloadPolicy]) -> Verdict {
            let list = list(policies)
            let party = list.party(Address("10.0.0.1")!)
            return list.evaluate(
                Connection(
                    source: party, destination: party, traffic: Traffic(.tcp, port: 80), isThroughService: true)
            ).enforced
        }
        var isolation = policy("n", .networkPolicy, .accept)
        isolation.ingress = []
        var egress = policy("e", .admin, .deny)
        (egress.ingress, egress.egress) = (nil, egress.ingress)
        #expect(decide([]).ingress.reason == .unrestricted)
        #expect(!decide([policy("p", .admin, .deny)]).ingress.isAllowed)
        #expect(decide([policy("p", .admin, .deny)]).egress.isAllowed)
        #expect(!decide([egress]).egress.isAllowed)
        #expect(!decide([policy("p", .baseline, .deny)]).isAllowed)
        // What NetworkPolicy decides, Baseline is not asked.
        #expect(decide([isolation, policy("p", .baseline, .deny)]).ingress.reason == .itself)
        #expect(decide([policy("a", .admin, .pass), isolation]).isAllowed)
        var other = isolation
        other.tier = Tier(name: "team", order: 2_000, isolates: true, breaksTiesByName: true)
        #expect(decide([other]).ingress.reason == .isolated)
    }

    @Test("a staged policy decides only in the staged view")
    func staged() {
        let decision = decide(list([policy("p", .admin, .deny, staged: true)]))
        #expect(decision.isAllowed && !decision.staged.isAllowed)
    }

    @Test("a staged policy takes the place of the enforced one that it replaces, in the staged view only")
    func replaces() {
        let enforced = policy("p", .admin, .deny)
        var staged = policy("q", .admin, .accept, staged: true)
        staged.replaces = enforced.source
        let decision = decide(list([enforced, staged]))
        #expect(!decision.isAllowed && decision.staged.isAllowed && !decision.staged.isAmbiguous)
        staged.ingress = nil
        #expect(decide(list([enforced, staged])).staged.ingress.reason == .unrestricted)
    }

    @Test("a changed policy is the only one that is compiled again")
    func incremental() {
        let policies = (0..<20).map { policy("p\($0)", .admin, .deny, priority: Double($0)) }
        let first = list(policies)
        #expect(first.compiledPolicies == 20)
        var changed = policies
        changed[7].ingress = []
        let second = first.updated(inventory: first.inventory, policies: changed)
        #expect(second.compiledPolicies == 1)
        #expect(decide(second) == decide(list(changed)))
    }

    @Test("the trace has every rule that was looked at, in order")
    func trace() {
        let list = list([policy("a", .admin, .pass), policy("n", .networkPolicy, .accept)])
        let connection = Connection(
            source: list.party(Address("10.0.0.1")!), destination: list.party(Address("10.0.0.2")!),
            traffic: Traffic(.tcp, port: 80))
        let steps = list.trace(connection).enforced
        #expect(steps.map(\.said) == [.matched(.pass), .matched(.accept)])
    }
}
