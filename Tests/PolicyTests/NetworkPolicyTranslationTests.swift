import Addresses
import Kubernetes
import Testing

@testable import Policy

@Suite struct NetworkPolicyTranslationTests {
    private func policy(_ spec: String, _ metadata: String = "name: p, namespace: a") throws -> WorkloadPolicy {
        let text = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {\(metadata)}\nspec: {\(spec)}\n"
        let all = WorkloadPolicy.all(in: objects(text))
        #expect(all.count == 1)
        return try #require(all.first)
    }

    private let web = LabelExpression.label(.workload, "app", .isIn(["web"]))

    @Test func head() throws {
        let found = try policy("podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress, Egress]")
        #expect(found.tier == .networkPolicy && found.priority == 1000 && !found.isStaged)
        #expect(found.subject == WorkloadSelector(namespaces: .named("a"), labels: web))
        // Isolated, and nothing allowed.
        #expect(found.ingress == [] && found.egress == [] && found.remarks.isEmpty)
        #expect(found.source.description == "NetworkPolicy a/p" && found.position?.line == 3)
        let staged = try policy("", "name: p, annotations: {sallyport.dev/enforcement: staged}")
        #expect(staged.isStaged && staged.subject == WorkloadSelector(namespaces: .named("default")))
    }

    @Test("what it says nothing of is nil, and rules that do nothing are told")
    func directions() throws {
        let ingress = try policy("egress: []")
        #expect(ingress.ingress == [] && ingress.egress == nil)
        let egress = try policy("policyTypes: [Egress], ingress: [{}]")
        #expect(egress.ingress == nil && egress.egress == [])
        #expect(egress.remarks.map(\.path) == ["spec.ingress"])
    }

    @Test("an empty rule matches everything")
    func emptyRule() throws {
        #expect(
            try policy("ingress: [{}]").ingress == [
                WorkloadRule(path: "spec.ingress[0]", action: .accept, peers: nil, traffic: nil)
            ])
    }

    @Test func peers() throws {
        let found = try policy(
            "ingress: [{from: [{podSelector: {matchLabels: {app: web}}}, {namespaceSelector: {}}, {namespaceSelector: {matchLabels: {t: x}}, podSelector: {}}, {ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}]}]"
        )
        let labelled = LabelExpression.label(.namespace, "t", .isIn(["x"]))
        #expect(
            found.ingress?.first?.peers == [
                Peer(workloads: WorkloadSelector(namespaces: .named("a"), labels: web)),
                Peer(workloads: .everything),
                Peer(workloads: WorkloadSelector(namespaces: .matching(labelled))),
                Peer(blocks: [try #require(Prefix("10.0.0.0/8"))], exceptBlocks: [try #require(Prefix("10.1.0.0/16"))]),
            ])
    }

    @Test func traffic() throws {
        let found = try policy(
            "egress: [{ports: [{}, {protocol: UDP, port: dns}, {protocol: SCTP, port: 1, endPort: 9}]}]")
        let range = try #require(PortRange(UInt16(1), UInt16(9)))
        #expect(
            found.egress?.first?.traffic == [
                TrafficTerm(proto: .tcp), TrafficTerm(proto: .udp, port: .named("dns")),
                TrafficTerm(proto: .sctp, port: .range(range)),
            ])
    }

    @Test("one with mistakes isolates what it selects, in both directions, and allows nothing")
    func invalid() throws {
        let found = try policy("podSelector: {matchLabels: {app: web}}, ingress: [{from: [{}]}]")
        #expect(found.tier == .networkPolicy && found.ingress == [] && found.egress == [])
        #expect(found.subject == WorkloadSelector(namespaces: .named("a"), labels: web))
        #expect(found.remarks.first?.message.contains("must have podSelector") == true)
        let wide = try policy("podSelector: 7")
        #expect(wide.subject == WorkloadSelector(namespaces: .named("a")))
        let lost = try policy("podSelector: 7", "name: p, namespace: 7")
        #expect(lost.subject == .everything)
        let staged = try policy("podSelector: 7", "name: p, annotations: {sallyport.dev/enforcement: staged}")
        #expect(staged.isStaged)
    }
}
