import Addresses
import Kubernetes
import Policy
import Testing

@testable import Lab

@Suite("Probes, and what policies say of them")
struct ProbeTests {
    private let cluster: LabCluster
    private let plan: LabPlan
    private let expectations: LabExpectations

    init() throws {
        let yaml =
            threeNodes + """

                ---
                apiVersion: networking.k8s.io/v1
                kind: NetworkPolicy
                metadata: {name: in, namespace: shop}
                spec:
                  podSelector: {matchLabels: {app: web}}
                  ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: http}]}]
                """
        (cluster, plan) = try LabPlan.make(objects(yaml))
        expectations = LabExpectations(plan, cluster, cluster.guestList())
    }

    private func address(_ pod: String, isIPv4: Bool = true) throws -> Address {
        let addresses = try #require(plan.pod(NamespacedName("shop", pod))).addresses
        return try #require(addresses.first { $0.isIPv4 == isIPv4 })
    }

    private func said(
        _ from: LabPlace, from source: Address? = nil, _ to: Address, _ port: UInt16
    ) -> LabExpectations.Expected {
        expectations.expected(Probe(from: from, source, to: to, Traffic(.tcp, port: port)))
    }

    private func pod(_ name: String) -> LabPlace { .pod(NamespacedName("shop", name)) }

    @Test("pods, on both families", arguments: [true, false])
    func pods(isIPv4: Bool) throws {
        let web = try address("web-1", isIPv4: isIPv4)
        #expect(said(pod("web-0"), web, 8080) == .allowed)
        #expect(said(pod("web-0"), web, 8081) == .denied)
        #expect(said(pod("fixed"), web, 8080) == .denied)
        #expect(said(pod("web-1"), web, 1) == .allowed, "a pod reaches itself")
    }

    @Test("the node of a pod reaches it, other nodes are judged")
    func nodes() throws {
        let web = try #require(plan.pod(NamespacedName("shop", "web-1")))
        for (index, node) in plan.nodes.enumerated() {
            let expected: LabExpectations.Expected = index == web.node ? .allowed : .denied
            #expect(said(.node(node.name), web.addresses[0], 8080) == expected)
        }
    }

    @Test("outside, by the address")
    func outside() throws {
        let (inside, except) = (try #require(Address("203.0.113.1")), try #require(Address("203.0.113.65")))
        #expect(said(pod("client"), inside, 443) == .allowed)
        #expect(said(pod("client"), except, 443) == .denied)
        #expect(said(.outside, from: inside, try address("fixed"), 53) == .allowed)
        #expect(said(.outside, from: inside, try address("web-0"), 8080) == .denied)
    }

    @Test("a Service is what is behind it")
    func services() throws {
        let service = try #require(cluster.objects.services[NamespacedName("shop", "web")])
        let web = try #require(Address(service.clusterIPs[0]))
        #expect(said(pod("web-0"), web, 80) == .allowed)
        #expect(said(pod("fixed"), web, 80) == .denied)
        let node = plan.nodes[try #require(plan.pod(NamespacedName("shop", "web-0"))).node].name
        let other = plan.nodes[try #require(plan.pod(NamespacedName("shop", "web-1"))).node].name
        #expect(node == other ? said(.node(node), web, 80) == .allowed : said(.node(node), web, 80) == .either)
        let nobody = try #require(cluster.objects.services[NamespacedName("shop", "nobody")]).clusterIPs[0]
        guard case .unknown = said(pod("fixed"), try #require(Address(nobody)), 80) else {
            Issue.record("nobody answers there")
            return
        }
    }

    @Test("agreement is of what came through and what is allowed")
    func agreement() throws {
        let probe = Probe(from: .outside, to: try address("fixed"), Traffic(.tcp, port: 1))
        let cases: [(ProbeOutcome.Answer, LabExpectations.Expected, Bool?)] = [
            (.answered("x"), .allowed, true), (.refused, .allowed, true), (.connected, .denied, false),
            (.silent, .denied, true), (.silent, .allowed, false), (.unreachable("x"), .allowed, false),
            (.untried("x"), .allowed, nil), (.silent, .either, nil), (.refused, .unknown("x"), nil),
        ]
        for (answer, expected, agrees) in cases {
            #expect(ProbeComparison(ProbeOutcome(probe: probe, answer: answer), expected).agrees == agrees)
        }
    }

    @Test("the matrix has every pair that has a family in common, from every address outside")
    func matrix() throws {
        let matrix = ProbeMatrix(plan)
        let targets = try matrix.targets(matrix.pods)
        // client 1, fixed 2, web 2 each; on two addresses.
        #expect(targets.count == 14)
        #expect(try matrix.probes(from: matrix.pods, to: targets).count == 4 * 14)
        let outside = try matrix.probes(from: [.outside], to: targets).map(\.0)
        #expect(Set(outside.compactMap(\.sourceAddress)) == Set(plan.outside.addresses))
        #expect(outside.allSatisfy { $0.sourceAddress?.isIPv4 == $0.destination.isIPv4 })
        let echoes = try matrix.targets(matrix.pods, ports: [Probe.echo(true), Probe.echo(false)])
        #expect(echoes.allSatisfy { ($0.traffic.proto == .icmp) == $0.address.isIPv4 } && echoes.count == 8)
    }

    @Test("source ports come one after the other, and begin again at the end")
    func sourcePorts() {
        var counter = PortCounter(from: PortCounter.ports.upperBound)
        #expect(counter.take() == PortCounter.ports.upperBound)
        #expect(counter.take() == PortCounter.ports.lowerBound)
        #expect(counter.next == PortCounter.ports.lowerBound + 1)
    }
}
