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
        let suggestion = try #require(explanation.suggestion)
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
        let suggestion = try #require(explanation.suggestion)
        #expect(suggestion.path == "spec.ingress[0].ports" && suggestion.yaml == "- {protocol: TCP, port: 22}")
    }

    @Test("what is allowed is explained too, with what would close it")
    func allowed() throws {
        let cluster = Cluster(Cluster.assistants + rules)
        let explanation = explain(cluster, "ai/gateway", "ai/ollama", 11434)
        #expect(explanation.answer.contains("may open"))
        #expect(explanation.suggestion?.path == "spec.ingress[0]")
        let open = explain(cluster, "lab/notebook", "ai/qdrant", 6333)
        #expect(open.sides[1].conclusion == "allowed: nothing restricts Pod ai/qdrant here")
        #expect(
            open.suggestion?.policy == nil
                && open.suggestion?.yaml.contains("podSelector: {matchLabels: {app: qdrant}}") == true)
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
        #expect(explanation.suggestion?.yaml.contains("name: \"qdrant-1\"") == true)
    }

    @Test("what a suggestion says to write does what it promises, when it is read back")
    func suggestionWorks() throws {
        let explanation = explain(
            Cluster(Cluster.assistants + Cluster.policy("ai", "none", app: "ollama", "ingress: []")), "lab/notebook",
            "ai/ollama", 80)
        let suggestion = try #require(explanation.suggestion)
        #expect(suggestion.path == "spec.ingress")
        let indented = suggestion.yaml.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
        let changed = Cluster(Cluster.assistants + Cluster.policy("ai", "none", app: "ollama", "ingress:\n\(indented)"))
        #expect(changed.list.evaluate(changed.connection("lab/notebook", "ai/ollama", 80)).isAllowed)
        #expect(!changed.list.evaluate(changed.connection("lab/notebook", "ai/ollama", 81)).isAllowed)
    }
}
