import Addresses
import Kubernetes
import Policy
import Testing

@testable import Reachability

@Suite struct ExplanationTests {
    private let rules = Cluster.policy(
        "ai", "ollama", app: "ollama",
        "ingress: [{from: [{podSelector: {matchLabels: {app: gateway}}}], ports: [{port: 11434}]}]")

    private func explain(_ cluster: Cluster, _ from: String, _ to: String, _ port: UInt16) -> Explanation {
        Explanation(cluster.list, cluster.connection(from, to, port))
    }

    @Test("a denial names what was asked, what it said, and the change that would turn it")
    func denied() throws {
        let explanation = explain(Cluster(Cluster.assistants + rules), "lab/notebook", "ai/ollama", 11434)
        #expect(explanation.answer == "Pod lab/notebook may not open TCP 11434 to Pod ai/ollama")
        let arriving = explanation.sides[1]
        #expect(arriving.findings[0].text == "is not about Pod lab/notebook")
        #expect(arriving.conclusion == "denied: policies select Pod ai/ollama, and none of their rules allows this")
        let suggestion = try #require(explanation.suggestion?.changes.first)
        #expect(suggestion.path == "spec.ingress[0].from")
        #expect(
            suggestion.yaml == """
                - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: lab}}
                  podSelector: {matchLabels: {app: notebook}}
                """)
    }

    @Test("a port that is missing is one entry of ports")
    func port() throws {
        let explanation = explain(Cluster(Cluster.assistants + rules), "ai/gateway", "ai/ollama", 22)
        #expect(explanation.sides[1].findings[0].text == "is about Pod ai/gateway, but not about TCP 22")
        let suggestion = try #require(explanation.suggestion?.changes.first)
        #expect(suggestion.path == "spec.ingress[0].ports" && suggestion.yaml == "- {protocol: TCP, port: 22}")
    }

    @Test("what is allowed is explained too, with what would close it")
    func allowed() throws {
        let cluster = Cluster(Cluster.assistants + rules)
        let explanation = explain(cluster, "ai/gateway", "ai/ollama", 11434)
        #expect(explanation.answer.contains("may open"))
        #expect(explanation.suggestion?.changes.first?.path == "spec.ingress[0]")
        let open = explain(cluster, "lab/notebook", "ai/qdrant", 6333)
        #expect(open.sides[1].conclusion == "allowed: nothing restricts Pod ai/qdrant here")
        #expect(
            open.suggestion?.changes.first?.policy == nil
                && open.suggestion?.changes.first?.yaml.contains("podSelector: {matchLabels: {app: qdrant}}") == true)
    }

    @Test("nothing is suggested that would be about more than the one workload")
    func withoutLabels() {
        let bare = """
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: bare, namespace: lab, labels: {pod-template-hash: abc}}
            spec: {containers: [{name: m, image: i}]}
            status: {phase: Running, podIPs: [{ip: 10.1.1.7}]}

            """
        let cluster = Cluster(Cluster.assistants + bare + rules)
        #expect(explain(cluster, "lab/bare", "ai/ollama", 11434).suggestion == nil)
        #expect(explain(cluster, "1.2.3.4", "lab/bare", 80).suggestion == nil)
    }

    @Test("a new policy has a name that is free")
    func freeName() {
        let taken = Cluster.policy("ai", "qdrant", app: "qdrant", "policyTypes: [Egress]")
        let explanation = explain(Cluster(Cluster.assistants + taken), "lab/notebook", "ai/qdrant", 6333)
        #expect(explanation.suggestion?.changes.first?.yaml.contains("name: \"qdrant-1\"") == true)
    }

    @Test("what a suggestion says to write does what it promises, when it is read back")
    func suggestionWorks() throws {
        let explanation = explain(
            Cluster(Cluster.assistants + Cluster.policy("ai", "none", app: "ollama", "ingress: []")), "lab/notebook",
            "ai/ollama", 80)
        let suggestion = try #require(explanation.suggestion?.changes.first)
        #expect(suggestion.path == "spec.ingress")
        let indented = suggestion.yaml.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
        let changed = Cluster(Cluster.assistants + Cluster.policy("ai", "none", app: "ollama", "ingress:\n\(indented)"))
        #expect(changed.list.evaluate(changed.connection("lab/notebook", "ai/ollama", 80)).isAllowed)
        #expect(!changed.list.evaluate(changed.connection("lab/notebook", "ai/ollama", 81)).isAllowed)
    }

    /// A policy of each kind with two rules for Pod `ai/ollama`; the second lets the gateway in.
    private static let twoRules: [(kind: String, text: String)] = [
        (
            "NetworkPolicy",
            """
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: {name: p, namespace: ai}
            spec:
              podSelector: {matchLabels: {app: ollama}}
              ingress:
              - from: [{podSelector: {matchLabels: {app: qdrant}}}]
              - from: [{podSelector: {matchLabels: {app: gateway}}}]
            """
        ),
        (
            "ClusterNetworkPolicy",
            """
            apiVersion: policy.networking.k8s.io/v1alpha2
            kind: ClusterNetworkPolicy
            metadata: {name: p}
            spec:
              {tier: Admin, priority: 1, subject: {namespaces: {}},
              ingress: [
              {action: Deny, from: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: lab}}}]},
              {action: Accept, from: [{namespaces: {}}]}]}
            """
        ),
        (
            "NetworkPolicy",
            """
            apiVersion: projectcalico.org/v3
            kind: NetworkPolicy
            metadata: {name: p, namespace: ai}
            spec:
              selector: app == 'ollama'
              ingress:
              - {action: Deny, source: {selector: app == 'qdrant'}}
              - {action: Allow, source: {selector: app == 'gateway'}}
            """
        ),
    ]

    @Test("every rule has its own place", arguments: twoRules)
    func places(_ kind: String, _ text: String) {
        let cluster = Cluster("\(text)\n---\n\(Cluster.assistants.dropFirst(4))")
        let arriving = explain(cluster, "ai/gateway", "ai/ollama", 80).sides[1]
        let rules = arriving.findings.filter { !$0.rule.isEmpty }
        #expect(rules.map(\.rule) == ["spec.ingress[0]", "spec.ingress[1]"])
        #expect(rules.map { $0.position?.line } == [7, 8] && rules.map(\.policy.kind) == [kind, kind])
        #expect(rules.map(\.isDecisive) == [false, true])
    }

    @Test("a rule that is not understood fails closed, and why is said")
    func failedClosed() throws {
        let policy = { (first: String) in
            """
            apiVersion: policy.networking.k8s.io/v1alpha2
            kind: ClusterNetworkPolicy
            metadata: {name: p}
            spec:
              tier: Admin
              priority: 1
              subject: {namespaces: {}}
              ingress:
              - {action: \(first), from: [{namespaces: {}}], moons: 1}
              - {action: Deny, from: [{namespaces: {}}]}

            """
        }
        let findings = { (first: String) in
            let cluster = Cluster(policy(first) + Cluster.assistants)
            return explain(cluster, "ai/gateway", "ai/ollama", 80).sides[1].findings
        }
        let accept = findings("Accept")
        #expect(accept.map(\.failsClosed) == [true, false] && accept.map(\.isDecisive) == [false, true])
        #expect(
            accept[0].text == "fails closed: it matches nothing (has fields that are not known "
                + "(spec.ingress[0].moons): it matches nothing)")
        let deny = findings("Deny")
        #expect(
            deny[0].isDecisive && deny[0].text.hasPrefix("fails closed: it denies everything, and so this (has fields"))
    }

    @Test("a part of a rule that Calico has and we do not is named by its path")
    func failedClosedCalico() throws {
        let cluster = Cluster(
            """
            apiVersion: projectcalico.org/v3
            kind: NetworkPolicy
            metadata: {name: p, namespace: ai}
            spec:
              selector: app == 'ollama'
              ingress: [{action: Allow, protocol: TCP, source: {ports: [80]}}]

            """ + Cluster.assistants)
        let finding = try #require(explain(cluster, "ai/gateway", "ai/ollama", 80).sides[1].findings.first)
        #expect(
            finding.failsClosed && finding.text.contains("(spec.ingress[0].source.ports: ports of the calling side"))
    }
}
