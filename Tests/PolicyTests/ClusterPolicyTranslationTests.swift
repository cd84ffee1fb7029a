import Addresses
import Kubernetes
import Testing

@testable import Policy

@Suite struct ClusterPolicyTranslationTests {
    static func policy(_ spec: String, head: String = "tier: Admin, priority: 5, subject: {namespaces: {}}") -> String {
        "apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {name: p}\n"
            + "spec: {\(head)\(spec.isEmpty ? "" : ", " + spec)}\n"
    }

    private func only(_ text: String) throws -> WorkloadPolicy {
        let all = WorkloadPolicy.all(in: objects(text))
        #expect(all.count == 1)
        return try #require(all.first)
    }

    /// The only rule, of egress, with what its policy has to remark.
    private func rule(_ text: String) throws -> (rule: WorkloadRule, remarks: [String]) {
        let policy = try only(Self.policy("egress: [{\(text)}]"))
        return (try #require(policy.egress?.first), policy.remarks.map(\.message))
    }

    private let web = LabelExpression.label(.workload, "app", .isIn(["web"]))

    @Test func head() throws {
        let text = Self.policy(
            "ingress: [{name: n, action: Pass, from: [{namespaces: {}}]}]",
            head:
                "tier: Baseline, priority: 7, subject: {pods: {namespaceSelector: {matchLabels: {t: x}}, podSelector: {matchLabels: {app: web}}}}"
        )
        let found = try only(text)
        let namespaces = LabelExpression.label(.namespace, "t", .isIn(["x"]))
        #expect(found.tier == .baseline && found.priority == 7)
        #expect(found.subject == WorkloadSelector(namespaces: .matching(namespaces), labels: web))
        #expect(
            found.ingress == [
                WorkloadRule(
                    path: "spec.ingress[0]", name: "n", action: .pass, peers: [Peer(workloads: .everything)],
                    traffic: nil)
            ])
        #expect(found.egress == nil && found.remarks.isEmpty)
    }

    @Test func peers() throws {
        let (rule, remarks) = try rule(
            "action: Accept, to: [{pods: {podSelector: {matchLabels: {app: web}}}}, {networks: [10.0.0.0/8, '::/0']}, {nodes: {matchLabels: {app: web}}}, {domainNames: ['*.Example.com', a.b.]}]"
        )
        #expect(
            rule.peers == [
                Peer(workloads: WorkloadSelector(namespaces: .every, labels: web)),
                Peer(blocks: try ["10.0.0.0/8", "::/0"].map { try #require(Prefix($0)) }),
                Peer(nodes: web),
                Peer(names: [DomainPattern("*.example.com"), DomainPattern("a.b")]),
            ])
        #expect(remarks.isEmpty)
    }

    @Test func traffic() throws {
        let (rule, _) = try rule(
            "action: Deny, to: [{namespaces: {}}], protocols: [{udp: {destinationPort: {number: 53}}}, {tcp: {destinationPort: {range: {start: 1, end: 9}}}}, {destinationNamedPort: web}]"
        )
        let range = try #require(PortRange(UInt16(1), UInt16(9)))
        #expect(
            rule.traffic == [
                TrafficTerm(proto: .udp, port: .range(PortRange(53))), TrafficTerm(proto: .tcp, port: .range(range)),
                TrafficTerm(proto: nil, port: .named("web")),
            ])
    }

    @Test(
        "what is not understood fails closed: Accept matches nothing, Deny and Pass deny everything",
        arguments: [
            "to: [{namespaces: {}}, {}]", "to: [{serviceAccounts: {}}]", "to: [{namespaces: {}, except: {}}]",
            "log: true, to: [{namespaces: {}}]", "to: [{namespaces: {}}], protocols: [{tcp: {}}]",
            "to: [{namespaces: {}}], protocols: [{icmp: {}}, {udp: {destinationPort: {number: 1}}}]",
            "to: [{namespaces: {matchField: {}}}]",
        ])
    func failsClosed(text: String) throws {
        let accept = try rule("action: Accept, \(text)")
        #expect(accept.rule.action == .accept && accept.rule.peers == [])
        #expect(accept.remarks.count == 1 && accept.remarks.first?.hasSuffix("it matches nothing") == true)
        for action in ["Deny", "Pass"] {
            let (rule, remarks) = try rule("action: \(action), \(text)")
            #expect(rule == WorkloadRule(path: "spec.egress[0]", action: .deny, peers: nil, traffic: nil))
            #expect(remarks.count == 1 && remarks.first?.hasSuffix("it denies everything") == true)
        }
    }

    @Test("names can be accepted only")
    func domainNames() throws {
        let side = "to: [{domainNames: [a.b]}, {networks: [10.0.0.0/8]}]"
        #expect(try rule("action: Accept, \(side)").remarks.isEmpty)
        for action in ["Deny", "Pass"] {
            let (rule, remarks) = try rule("action: \(action), \(side)")
            #expect(rule.action == .deny && rule.peers == nil)
            #expect(remarks == ["has domainNames, which only Accept can have: it denies everything"])
        }
    }

    @Test("its forerunners have the same places")
    func forerunners() throws {
        func text(_ kind: String, _ spec: String) -> String {
            "apiVersion: policy.networking.k8s.io/v1alpha1\nkind: \(kind)\nmetadata: {name: default}\nspec: {subject: {namespaces: {}}, \(spec)}\n"
        }
        let rule =
            "ingress: [{action: Allow, from: [{namespaces: {}}], ports: [{portNumber: {port: 80}}, {portRange: {protocol: UDP, start: 1, end: 9}}, {namedPort: web}]}]"
        let admin = try only(text("AdminNetworkPolicy", "priority: 3, \(rule)"))
        #expect(admin.tier == .admin && admin.priority == 3)
        let range = try #require(PortRange(UInt16(1), UInt16(9)))
        let terms = [
            TrafficTerm(proto: .tcp, port: .range(PortRange(80))), TrafficTerm(proto: .udp, port: .range(range)),
            TrafficTerm(proto: nil, port: .named("web")),
        ]
        #expect(
            admin.ingress == [
                WorkloadRule(
                    path: "spec.ingress[0]", action: .accept, peers: [Peer(workloads: .everything)], traffic: terms)
            ])
        let baseline = try only(text("BaselineAdminNetworkPolicy", rule))
        #expect(baseline.tier == .baseline && baseline.priority == 0 && baseline.ingress == admin.ingress)
        let empty = try only(
            text("AdminNetworkPolicy", "priority: 3, egress: [{action: Allow, to: [{nodes: {}}], ports: []}]"))
        #expect(empty.egress?.first?.peers == [] && empty.remarks.map(\.path) == ["spec.egress[0]"])
    }

    @Test("one with mistakes denies what it is about, at its place")
    func invalid() throws {
        let head = "tier: Baseline, priority: 7, subject: {pods: {podSelector: {matchLabels: {app: web}}}}"
        let found = try only(Self.policy("ingress: 7", head: head))
        let deny = [WorkloadRule(path: "spec", action: .deny, peers: nil, traffic: nil)]
        #expect(found.tier == .baseline && found.priority == 7 && found.ingress == deny && found.egress == deny)
        #expect(found.subject == WorkloadSelector(namespaces: .every, labels: web))
        let lost = try only(Self.policy("", head: "tier: 7, priority: 9, subject: 7"))
        #expect(lost.tier == .admin && lost.priority == 0 && lost.subject == .everything)
    }

    @Test("policies stand in the order in which they are asked, whatever the order of the text")
    func order() {
        let baseline = Self.policy("", head: "tier: Baseline, priority: 0, subject: {namespaces: {}}")
        let texts = [
            baseline.replacing("name: p", with: "name: e"), Self.policy("").replacing("name: p", with: "name: c"),
            Self.policy("").replacing("name: p", with: "name: b"),
            Self.policy("", head: "tier: Admin, priority: 4, subject: {namespaces: {}}"),
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: d}\n",
            // Neither of two with one name is used as it is; both deny.
            Self.policy("").replacing("name: p", with: "name: b"),
        ]
        let expected = ["p", "b", "b", "c", "d", "e"]
        for texts in [texts, texts.reversed()] {
            let all = WorkloadPolicy.all(in: objects(texts.joined(separator: "---\n")))
            #expect(all.map(\.source.name) == expected)
            #expect(all.map(\.remarks.isEmpty) == [true, false, false, true, true, true])
        }
    }

    @Test("other objects with mistakes are no policies")
    func others() {
        let text = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\nspec: {defaultBackend: {}}\n"
        #expect(objects(text).invalid.count == 1 && WorkloadPolicy.all(in: objects(text)).isEmpty)
    }
}
