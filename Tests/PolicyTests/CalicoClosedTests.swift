import Addresses
import Kubernetes
import Testing

@testable import Policy

/// What cannot be expressed widens nothing, and is said.
@Suite struct CalicoClosedTests {
    @Test(arguments: [
        ("foo: 1", "spec.egress[0].foo"), ("destination: {foo: 1}", "spec.egress[0].destination.foo"),
        ("http: {methods: [GET]}", "spec.egress[0].http"),
        ("protocol: TCP, source: {ports: [1]}", "spec.egress[0].source.ports"),
        ("protocol: TCP, source: {notPorts: [1]}", "spec.egress[0].source.notPorts"),
        ("destination: {services: {name: s}}", "spec.egress[0].destination.services"),
        ("notICMP: {type: 8}", "spec.egress[0].notICMP"),
        ("protocol: TCP, notICMP: {type: 8}", "spec.egress[0].notICMP"),
        ("destination: {domains: ['a*.example.com']}", "spec.egress[0].destination.domains"),
        ("destination: {domains: [example.com], nets: [10.0.0.0/8]}", "spec.egress[0].destination.domains"),
        ("source: {domains: [example.com]}", "spec.egress[0].source.domains"),
    ])
    func rules(fields: String, path: String) throws {
        for action in ["Allow", "Deny", "Pass", "Log"] {
            let policy = try CalicoText.own("egress: [{action: \(action), \(fields)}]")
            let rule = try #require(policy.egress?.first)
            #expect(policy.remarks.first?.path == path, "\(policy.remarks)")
            switch action {
            case "Allow", "Log": #expect(rule.peers == [])
            default: #expect(rule.action == .deny && rule.peers == nil && rule.own == nil && rule.traffic == nil)
            }
        }
    }

    @Test func domainsOfDenyRules() throws {
        let policy = try CalicoText.own("egress: [{action: Deny, destination: {domains: [example.com]}}]")
        #expect(policy.egress?.first?.peers == nil && policy.remarks.count == 1)
    }

    /// What comes before connection tracking or rewriting is about hosts.
    @Test(arguments: ["doNotTrack", "preDNAT"])
    func hosts(field: String) throws {
        let policy = try CalicoText.global("\(field): true\napplyOnForward: true\ningress: [{action: Deny}]")
        #expect(policy.subject.labels == .nothing && policy.remarks.map(\.path) == ["spec.\(field)"])
        let forwarded = try CalicoText.global("applyOnForward: true\ningress: [{action: Deny}]")
        #expect(forwarded.subject == .everything && forwarded.remarks.isEmpty)
    }

    @Test func policiesWithMistakes() throws {
        let tier = CalicoText.object("Tier", "t", "order: 10")
        let own = try CalicoText.own("tier: t\norder: 5\nselector: has(a)\ningress: [{action: none}]", tier)
        let denial = [WorkloadRule(path: "", action: .deny, peers: nil, traffic: nil)]
        #expect(own.ingress == denial && own.egress == denial && own.tier.name == "t" && own.priority == 5)
        #expect(own.subject == WorkloadSelector(namespaces: .named("shop"), labels: .label(.workload, "a", .exists)))
        #expect(own.remarks.count == 1 && !own.isStaged)
        let unread = try CalicoText.own("selector: '('")
        #expect(unread.subject == WorkloadSelector(namespaces: .named("shop")) && unread.priority == .infinity)
        let slip = try CalicoText.own("selectr: has(a)")
        #expect(slip.tier.order == -.infinity && slip.priority == -.infinity)
        #expect(try CalicoText.global("selector: '('").subject == .everything)
        #expect(try CalicoText.own("tier: gone\norder: x").tier.order == -.infinity)
        let lost = WorkloadPolicy.calico(
            in: objects(
                CalicoText.object("NetworkPolicy", "p", "selector: has(a)").replacing(
                    "namespace: shop", with: "namespace: 7")))
        #expect(lost.map(\.subject) == [WorkloadSelector(namespaces: .every, labels: .label(.workload, "a", .exists))])
    }

    @Test func twoOfOneName() throws {
        let text = CalicoText.object("NetworkPolicy", "p", "selector: has(a)\ningress: [{action: Allow}]")
        let both = CalicoText.policies(text, text)
        #expect(both.count == 2 && both.allSatisfy { $0.ingress?.map(\.action) == [.deny] })
        #expect(both.allSatisfy { $0.subject.labels == .label(.workload, "a", .exists) })
    }

    @Test func otherObjectsMakeNoPolicy() {
        #expect(CalicoText.policies(CalicoText.object("Tier", "t", "order: x"), CalicoSetTests.sets).isEmpty)
    }
}

/// Staged policies, and what becomes of the enforced ones.
@Suite struct CalicoStagingTests {
    private let enforced = CalicoText.object("NetworkPolicy", "p", "ingress: [{action: Allow}]")

    private func staged(_ action: String, _ others: String...) throws -> WorkloadPolicy {
        let text = CalicoText.object("StagedNetworkPolicy", "p", "stagedAction: \(action)\ningress: [{action: Deny}]")
        return try #require(WorkloadPolicy.calico(in: objects(text + others.joined())).first { $0.isStaged })
    }

    @Test func set() throws {
        let target = ObjectReference(group: "projectcalico.org", kind: "NetworkPolicy", namespace: "shop", name: "p")
        for action in ["Set", "Learn"] {
            let alone = try staged(action)
            #expect(alone.replaces == nil && alone.ingress?.map(\.action) == [.deny] && alone.remarks.isEmpty)
            #expect(try staged(action, enforced).replaces == target)
            #expect(try staged(action, CalicoText.object("NetworkPolicy", "p", "selector: '('")).replaces == target)
            #expect(try staged(action, CalicoText.object("GlobalNetworkPolicy", "p", "order: 1")).replaces == nil)
        }
    }

    @Test func delete() throws {
        let removal = try staged("Delete", enforced)
        #expect(
            removal.replaces?.description == "NetworkPolicy shop/p" && removal.ingress == nil && removal.egress == nil)
        #expect(removal.remarks.isEmpty)
        let idle = try staged("Delete")
        #expect(idle.replaces == nil && idle.ingress == nil && idle.remarks.map(\.path) == ["spec.stagedAction"])
    }

    @Test func ignore() throws {
        let ignored = try staged("Ignore", enforced)
        #expect(
            ignored.replaces == nil && ignored.ingress == nil && ignored.remarks.map(\.path) == ["spec.stagedAction"])
    }

    @Test func globalOnes() throws {
        let text = CalicoText.object("StagedGlobalNetworkPolicy", "p", "ingress: [{action: Deny}]")
        let found = CalicoText.policies(text, CalicoText.object("GlobalNetworkPolicy", "p", "order: 1"))
        #expect(found.map(\.isStaged) == [false, true])
        #expect(found.last?.replaces?.description == "GlobalNetworkPolicy p")
    }

    @Test func ofKubernetes() throws {
        let spec = "podSelector: {matchLabels: {app: db}}\ningress: [{from: [{podSelector: {}}]}]"
        let text = CalicoText.object("StagedKubernetesNetworkPolicy", "p", spec)
        let enforced =
            "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: shop}\n"
        let alone = try #require(CalicoText.policies(text).first)
        #expect(alone.isStaged && alone.replaces == nil && alone.tier == .networkPolicy && alone.priority == 1_000)
        #expect(alone.source.kind == "StagedKubernetesNetworkPolicy" && alone.ingress?.map(\.action) == [.accept])
        let found = try #require(CalicoText.policies(text, enforced).first)
        #expect(found.replaces?.group == "networking.k8s.io" && found.replaces?.kind == "NetworkPolicy")
        // The policy of Calico with the same name is another.
        #expect(CalicoText.policies(text, self.enforced).last?.replaces == nil)
        let removal = CalicoText.object("StagedKubernetesNetworkPolicy", "p", "stagedAction: Delete\n" + spec)
        #expect(CalicoText.policies(removal, enforced).first?.ingress == nil)
        let broken = CalicoText.policies(CalicoText.object("StagedKubernetesNetworkPolicy", "p", "podSelector: 5"))
        #expect(broken.map(\.isStaged) == [true] && broken.first?.priority == 1_000)
        #expect(broken.first?.subject == WorkloadSelector(namespaces: .named("shop")))
    }

    /// They are among all policies, once each.
    @Test func amongAll() {
        let all = WorkloadPolicy.all(
            in: objects(enforced + CalicoText.object("GlobalNetworkPolicy", "q", "selector: '('")))
        #expect(all.map(\.source.kind).sorted() == ["GlobalNetworkPolicy", "NetworkPolicy"])
    }

    @Test func byAnnotation() throws {
        let text = CalicoText.object(
            "NetworkPolicy", "p", "ingress: [{action: Allow}]",
            metadata: ", annotations: {sallyport.dev/enforcement: staged}")
        let found = CalicoText.policies(text)
        #expect(found.map(\.isStaged) == [true] && found.first?.replaces == nil)
    }

    @Test func withMistakes() throws {
        let found = CalicoText.policies(CalicoText.object("StagedNetworkPolicy", "p", "selector: '('"))
        #expect(found.map(\.isStaged) == [true] && found.first?.ingress?.map(\.action) == [.deny])
    }
}
