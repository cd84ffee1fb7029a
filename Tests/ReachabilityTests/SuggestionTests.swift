import Addresses
import Kubernetes
import Policy
import Testing

@testable import Reachability

@Suite struct SuggestionTests {
    private func changes(_ cluster: Cluster, _ from: String, _ to: String, _ port: UInt16) -> [Suggestion.Change] {
        Explanation(cluster.list, cluster.connection(from, to, port)).suggestion?.changes ?? []
    }

    private func mayOpen(_ cluster: Cluster, _ from: String, _ to: String, _ port: UInt16) -> Bool {
        cluster.list.evaluate(cluster.connection(from, to, port)).isAllowed
    }

    private static func ofCluster(
        _ name: String, priority: Int, tier: String = "Admin", _ action: String, from namespace: String
    ) -> String {
        """
        ---
        apiVersion: policy.networking.k8s.io/v1alpha2
        kind: ClusterNetworkPolicy
        metadata: {name: \(name)}
        spec:
          tier: \(tier)
          priority: \(priority)
          subject: {namespaces: {}}
          ingress: [{action: \(action), from: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: \(namespace)}}}]}]

        """
    }

    private static func calico(_ name: String, order: String, _ rest: String) -> String {
        """
        ---
        apiVersion: projectcalico.org/v3
        kind: Tier
        metadata: {name: guards}
        spec: {order: 10}
        ---
        apiVersion: projectcalico.org/v3
        kind: GlobalNetworkPolicy
        metadata: {name: guards.\(name)}
        spec: {tier: guards, \(order)selector: all(), ingress: [\(rest)]}

        """
    }

    @Test("where two rules allow, both go")
    func twoRules() {
        let first = Cluster.policy(
            "ai", "one", app: "ollama", "ingress: [{from: [{podSelector: {}}]}, {ports: [{port: 80}]}]")
        let second = Cluster.policy("ai", "two", app: "ollama", "ingress: [{}]")
        let found = changes(Cluster(Cluster.assistants + first + second), "ai/gateway", "ai/ollama", 80)
        #expect(
            Set(found.map { "\($0.policy?.name ?? "") \($0.path)" }) == [
                "one spec.ingress[0]", "one spec.ingress[1]", "two spec.ingress[0]",
            ])
        // One side that denies is enough: the one with fewer rules to take away.
        let out = Cluster.policy("ai", "out", app: "gateway", "policyTypes: [Egress]\n  egress: [{}]")
        let fewer = changes(Cluster(Cluster.assistants + first + second + out), "ai/gateway", "ai/ollama", 80)
        #expect(fewer.map(\.policy?.name) == ["out"] && fewer[0].text.contains("(policyTypes must then name Egress)"))
    }

    @Test("where both sides deny, each gets its change")
    func bothSides() throws {
        let policies =
            Cluster.policy("ai", "in", app: "ollama", "ingress: []")
            + Cluster.policy("lab", "out", app: "notebook", "policyTypes: [Egress]")
        let found = changes(Cluster(Cluster.assistants + policies), "lab/notebook", "ai/ollama", 80)
        #expect(found.map(\.policy?.name) == ["out", "in"] && found.allSatisfy { $0.path.hasPrefix("spec.") })
        #expect(found.allSatisfy { !$0.text.contains("other side") })
    }

    @Test(
        "a denial is opened by a policy that is about this port and these two only, when it is read back",
        arguments: [
            ofCluster("deny", priority: 3, "Deny", from: "lab"),
            ofCluster("deny", priority: 3, tier: "Baseline", "Deny", from: "lab"),
            // The place before it is taken, by one that has nothing to say of it.
            ofCluster("deny", priority: 3, "Deny", from: "lab") + ofCluster("other", priority: 2, "Pass", from: "x"),
            // No order is nearer than its own.
            calico("deny", order: "order: 5, ", "{action: Deny}"), calico("deny", order: "", "{action: Deny}"),
            // A rule that is not understood denies everything.
            calico("deny", order: "", "{action: Deny, source: {ports: [1]}, protocol: TCP}"),
        ])
    func narrow(_ policy: String) throws {
        let cluster = Cluster(Cluster.assistants + Cluster.pod("lab", "other", "10.1.1.2") + policy)
        #expect(!mayOpen(cluster, "lab/notebook", "ai/ollama", 80))
        let found = changes(cluster, "lab/notebook", "ai/ollama", 80)
        let change = try #require(found.first)
        #expect(found.count == 1 && change.policy == nil && change.text.contains("accepts TCP 80 only from"))
        let opened = Cluster(
            "\(change.yaml)\n" + Cluster.assistants + Cluster.pod("lab", "other", "10.1.1.2") + policy)
        #expect(mayOpen(opened, "lab/notebook", "ai/ollama", 80))
        for (from, to, port) in [
            ("lab/notebook", "ai/ollama", UInt16(81)), ("lab/notebook", "ai/qdrant", 80),
            ("lab/other", "ai/ollama", 80),
        ] {
            #expect(!mayOpen(opened, from, to, port), "\(from) \(to) \(port)")
        }
    }

    @Test("before the first policy of all there is no place for another: a rule goes before the one that denies")
    func first() throws {
        let policy = Self.ofCluster("deny", priority: 0, "Deny", from: "lab")
        let change = try #require(changes(Cluster(Cluster.assistants + policy), "lab/notebook", "ai/ollama", 80).first)
        #expect(change.policy?.name == "deny" && change.path == "spec.ingress[0]")
        let lines = change.yaml.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
        let (head, rule) = (policy.prefix { $0 != "[" }, policy.drop { $0 != "[" }.dropFirst().prefix { $0 != "\n" })
        let opened = Cluster(Cluster.assistants + "\(head)\n\(lines)\n  - \(rule.dropLast())\n")
        #expect(mayOpen(opened, "lab/notebook", "ai/ollama", 80) && !mayOpen(opened, "lab/notebook", "ai/ollama", 81))
    }

    @Test("an old policy of the cluster gets a rule in its own words")
    func old() throws {
        let policy = """
            ---
            apiVersion: policy.networking.k8s.io/v1alpha1
            kind: AdminNetworkPolicy
            metadata: {name: deny}
            spec:
              priority: 0
              subject: {namespaces: {}}
              ingress:
            """
        let deny = "  - {action: Deny, from: [{namespaces: {}}]}\n"
        let cluster = Cluster(Cluster.assistants + "\(policy)\n\(deny)")
        let change = try #require(changes(cluster, "lab/notebook", "ai/ollama", 80).first)
        let lines = change.yaml.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
        let opened = Cluster(Cluster.assistants + "\(policy)\n\(lines)\n\(deny)")
        #expect(mayOpen(opened, "lab/notebook", "ai/ollama", 80) && !mayOpen(opened, "lab/notebook", "ai/ollama", 81))
    }

    @Test("what would be open without the rule that allows it is closed by a policy about just this")
    func denying() throws {
        let policy = Self.ofCluster("allow", priority: 7, "Accept", from: "lab")
        let found = changes(Cluster(Cluster.assistants + policy), "lab/notebook", "ai/ollama", 80)
        let change = try #require(found.first)
        #expect(found.count == 1 && change.yaml.contains("priority: 6") && change.text.contains("denies TCP 80 only"))
        let closed = Cluster("\(change.yaml)\n" + Cluster.assistants + policy)
        #expect(!mayOpen(closed, "lab/notebook", "ai/ollama", 80) && mayOpen(closed, "lab/notebook", "ai/ollama", 81))
    }

    @Test("an address outside is let in by rules that can name one, and by no other")
    func outside() {
        let deny = Cluster(Cluster.assistants + Self.calico("deny", order: "", "{action: Deny}"))
        #expect(changes(deny, "192.0.2.7", "ai/ollama", 80).first?.yaml.contains("nets: [\"192.0.2.7/32\"]") == true)
        let egress = """
            ---
            apiVersion: policy.networking.k8s.io/v1alpha2
            kind: ClusterNetworkPolicy
            metadata: {name: deny}
            spec:
              tier: Admin
              priority: 3
              subject: {namespaces: {}}
              egress: [{action: Deny, to: [{networks: [0.0.0.0/0]}]}]

            """
        let out = changes(Cluster(Cluster.assistants + egress), "ai/ollama", "192.0.2.7", 80)
        #expect(out.first?.yaml.contains("networks: [\"192.0.2.7/32\"]") == true)
    }
}
