import Addresses
import Kubernetes
import Policy
import Testing

@testable import PacketFilter

@Suite("Pods on one bridge find each other, and nothing else passes for that") struct NeighbourTests {
    @Test(
        arguments: [
            (255, 135, Simulation.Outcome.accepted), (255, 136, .accepted), (63, 135, .dropped), (255, 128, .dropped),
        ] as [(UInt16, UInt8, Simulation.Outcome)])
    func solicitation(hopLimit: UInt16, type: UInt8, outcome: Simulation.Outcome) throws {
        let objects = AgreementTests.objects(
            """
            {apiVersion: v1, kind: Pod, metadata: {name: a, namespace: default},
              spec: {nodeName: n1}, status: {phase: Running, podIP: 'fd00::1'}}
            ---
            {apiVersion: v1, kind: Pod, metadata: {name: b, namespace: default},
              spec: {nodeName: n1}, status: {phase: Running, podIP: 'fd00::2'}}
            ---
            {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: closed, namespace: default},
              spec: {podSelector: {}, policyTypes: [Ingress, Egress]}}
            """)
        let ruleset = try #require(NodeFilter(GuestList(objects), FilteredNode("n1")).ruleset(.ip6))
        var packet = SimulatedPacket(
            source: try #require(Address("fd00::1")), destination: try #require(Address("fd00::2")),
            traffic: Traffic(.icmpv6, icmpType: type, code: 0))
        packet.hopLimit = hopLimit
        var simulation = Simulation(ruleset)
        #expect(simulation.run(.forward, packet) == outcome, "\(simulation.trail)")
    }
}
