import Hub
import Records

/// The cluster in which the records of `RecordMaker` are made.
public struct MadeCluster: HubCluster {
    /// What it shows.
    public var shown: ClusterView

    /// The cluster; `isEmpty`: nothing is in it.
    public init(isEmpty: Bool = false) {
        shown = ClusterView()
        shown.revision = 42
        guard !isEmpty else { return }
        shown.workloads = (RecordMaker.callers + RecordMaker.servers).map { party in
            WorkloadRow(
                kind: party.kind, namespace: party.namespace, name: party.name,
                isGuardedIn: party.namespace != "support", isGuardedOut: party.namespace == "agents")
        }
        shown.policies = policies
        shown.guarantees = guarantees
        shown.exposures = [
            ExposureRow(
                namespace: "platform", target: "platform/front-door", source: "the internet", traffic: "tcp 443",
                way: "Gateway, listener https"),
            ExposureRow(
                namespace: "ai", target: "ai/vllm", source: "the internet", traffic: "tcp 30800",
                way: "Service of type NodePort", isAI: true),
        ]
        shown.objects = objects
        shown.mistakes = [
            MistakeRow(
                file: "research/keys.yaml", line: 14,
                message: "AccessKey research/old: spec.expires: must be a time such as 2027-01-01T00:00:00Z",
                namespace: "research")
        ]
    }

    private var policies: [PolicyRow] {
        let network = ["ollama", "vllm"].map { name in
            PolicyRow(
                kind: "NetworkPolicy", namespace: "ai", name: name, tier: "NetworkPolicy", rules: ["spec.ingress[0]"],
                subject: "who may call \(name)", file: "ai/network.yaml", line: 1)
        }
        return [
            PolicyRow(
                kind: "AccessPolicy", namespace: "ai", name: "team-access", rules: ["read", "chat", "pull"],
                subject: "HTTPRoute ai/models", file: "ai/access.yaml", line: 1),
            PolicyRow(
                kind: "AccessPolicy", namespace: "ai", name: "tight", isStaged: true, rules: ["chat"],
                subject: "HTTPRoute ai/models", file: "ai/tight.yaml", line: 1),
            PolicyRow(
                kind: "AccessPolicy", namespace: "tools", name: "search-only", rules: ["search"],
                subject: "HTTPRoute tools/search", file: "tools/access.yaml", line: 1),
        ] + network + [
            PolicyRow(
                kind: "NetworkPolicy", namespace: "data", name: "qdrant", tier: "NetworkPolicy",
                rules: ["spec.ingress[0]"],
                subject: "pods with app=qdrant", file: "data/network.yaml", line: 1),
            PolicyRow(
                kind: "NetworkPolicy", namespace: "data", name: "qdrant-tight", isStaged: true, tier: "NetworkPolicy",
                rules: ["spec.ingress[0]"], subject: "pods with app=qdrant", file: "data/network.yaml", line: 30),
            PolicyRow(
                kind: "NetworkPolicy", namespace: "data", name: "postgres", tier: "NetworkPolicy",
                rules: ["spec.ingress[0]", "spec.ingress[1]"], subject: "pods with app=postgres",
                file: "data/network.yaml", line: 60),
            PolicyRow(
                kind: "NetworkPolicy", namespace: "agents", name: "egress", tier: "NetworkPolicy",
                rules: ["spec.egress[0]"],
                subject: "all pods of agents", file: "agents/network.yaml", line: 1),
            PolicyRow(
                kind: "ClusterNetworkPolicy", namespace: "", name: "no-metadata", tier: "Admin", rules: ["metadata"],
                subject: "all pods", file: "cluster.yaml", line: 3),
        ]
    }

    private var guarantees: [GuaranteeRow] {
        [
            GuaranteeRow(
                guarantee: "models", rule: "only-the-gateway", promise: "never",
                text: "Nothing but the gateway reaches the model servers.", result: .refuted,
                witness: "the internet → ai/vllm tcp 8000 is allowed",
                reason: "NetworkPolicy ai/vllm, rule spec.ingress[0], allows every source", namespaces: ["ai"],
                file: "guarantees.yaml", line: 8),
            GuaranteeRow(
                guarantee: "data", rule: "no-way-out", promise: "never", text: "No pod of data reaches the internet.",
                result: .proved, pairs: 1204, namespaces: ["data"], file: "guarantees.yaml", line: 20),
            GuaranteeRow(
                guarantee: "data", rule: "agents-to-search", promise: "always",
                text: "Agents reach the search tool.", result: .proved, pairs: 6, namespaces: ["agents", "tools"],
                file: "guarantees.yaml", line: 31),
            GuaranteeRow(
                guarantee: "legacy", rule: "old-proxy", promise: "never", text: "Nothing reaches the old proxy.",
                result: .vacuous, remarks: ["no workload has the label app=old-proxy"], file: "guarantees.yaml",
                line: 44),
        ]
    }

    private var objects: [ObjectRow] {
        func good(_ kind: String, _ namespace: String, _ name: String, _ file: String, _ line: Int) -> ObjectRow {
            ObjectRow(
                kind: kind, namespace: namespace, name: name, file: file, line: line,
                conditions: [
                    .init(type: "Accepted", status: "True", reason: "Accepted", message: "", isBad: false)
                ])
        }
        var gateway = good("Gateway", "platform", "front-door", "platform/gateway.yaml", 1)
        gateway.parts = [
            .init(
                name: "listener https",
                conditions: [.init(type: "Programmed", status: "True", reason: "Programmed", message: "", isBad: false)]
            )
        ]
        var route = good("HTTPRoute", "web", "legacy", "web/route.yaml", 5)
        route.conditions = [
            .init(
                type: "ResolvedRefs", status: "False", reason: "BackendNotFound",
                message: "there is no Service web/old-chat", isBad: true)
        ]
        return [
            gateway, route, good("HTTPRoute", "ai", "models", "ai/route.yaml", 1),
            good("HTTPRoute", "tools", "search", "tools/route.yaml", 1),
            good("AccessPolicy", "ai", "team-access", "ai/access.yaml", 1),
            good("AccessPolicy", "ai", "tight", "ai/tight.yaml", 1), good("Budget", "ai", "daily", "ai/budget.yaml", 1),
        ] + RecordMaker.callers.map { good("AccessKey", "ai", $0.key, "ai/keys/\($0.key).yaml", 1) }
    }

    public func view() async throws -> ClusterView { shown }

    public func explain(_ line: [UInt8]) async throws -> HubExplanation? {
        var scanner = RecordScanner()
        let (isNode, isAllowed) = line.withUnsafeBytes { bytes in
            guard (try? scanner.scan(bytes)) != nil else { return (false, false) }
            return (scanner.text(.point, in: bytes) == "node", scanner.text(.verdict, in: bytes) == "allowed")
        }
        guard isNode else { return nil }
        return HubExplanation(
            isAllowed: isAllowed,
            answer: isAllowed
                ? "A rule of an ingress policy allows it."
                : "Policies select the destination, and none of their rules allows it.",
            sides: [
                .init(
                    heading: "Ingress of the destination", isAllowed: isAllowed,
                    findings: [
                        .init(
                            policy: "NetworkPolicy data/postgres", rule: "spec.ingress[0]",
                            text: isAllowed ? "matches" : "is about other sources", isDecisive: isAllowed,
                            file: "data/network.yaml", line: 66)
                    ], conclusion: isAllowed ? "Allowed." : "Denied: the workload is isolated.")
            ],
            changes: isAllowed
                ? []
                : [
                    .init(
                        text: "Allow it in NetworkPolicy data/postgres:",
                        yaml:
                            "  ingress:\n  - from:\n    - namespaceSelector: {matchLabels: {name: agents}}\n    ports:\n    - port: 5432\n"
                    )
                ])
    }
}
