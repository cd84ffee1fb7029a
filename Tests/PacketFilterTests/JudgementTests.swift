import Addresses
import Kubernetes
import Policy
import Testing

@testable import PacketFilter

/// What is said of connections that are there already, where objects do not know all that the node knows.
@Suite("Live connections of the node itself") struct JudgementTests {
    private let bridge = Address(ipv4: 0x0a00_00fe)
    private let pod = Address(ipv4: 0x0a00_0001)
    private let nobody = Address(ipv4: 0x0a00_00c8)
    private let web = Traffic(.tcp, port: 80)

    private func filter() throws -> NodeFilter {
        let objects = AgreementTests.objects(
            """
            {apiVersion: v1, kind: Pod, metadata: {name: a, namespace: default},
              spec: {nodeName: n1}, status: {phase: Running, podIP: 10.0.0.1}}
            ---
            {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: closed, namespace: default},
              spec: {podSelector: {}, policyTypes: [Ingress]}}
            """)
        let ranges = [try #require(Prefix("10.0.0.0/24"))]
        return NodeFilter(GuestList(objects), FilteredNode("n1", podRanges: ranges))
    }

    @Test("an address of a bridge among the pods' is the node's: it may call its pods, and be called by them")
    func bridgeAmongPods() throws {
        let filter = try filter()
        #expect(filter.denial(from: bridge, to: pod, web, ownAddresses: [bridge]) == nil)
        #expect(filter.denial(from: pod, to: bridge, web, ownAddresses: [bridge]) == nil)
        #expect(filter.denial(from: bridge, to: nobody, web, ownAddresses: [bridge]) == nil)
    }

    @Test("such an address that is not the node's is closed, both ways")
    func nobodys() throws {
        let filter = try filter()
        #expect(filter.denial(from: nobody, to: bridge, web, ownAddresses: [bridge]) == .unknown)
        #expect(filter.denial(from: pod, to: nobody, web, ownAddresses: [bridge]) == .unknown)
        #expect(filter.denial(from: bridge, to: pod, web) == .unknown)
    }
}
