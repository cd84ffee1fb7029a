import Records

/// Lines as they come.
enum Samples {
    /// A chat that was allowed, with labels, tokens, cost and a trace.
    static func request() -> Record {
        var record = Record(
            time: 1_795_424_400_123_456, id: "01JD8Q4W6Z7M5T9X3K2B1C0VFA", verdict: .allowed,
            reason: Record.ruleMatched, source: .init(address: "10.244.3.17", port: 51_234))
        (record.status, record.revision) = (200, 421)
        record.workload = .init(
            kind: "Deployment", namespace: "agents", name: "research-agent", pod: "research-agent-5d9c7b6f4-x7k2p",
            labels: ["app=research-agent", "pod-template-hash=5d9c7b6f4", "team=research"])
        record.principal = .init(kind: "access_key", name: "research", namespace: "ai", owner: "alice@example.com")
        record.place.gateway = "ai/front"
        record.place.listener = "web"
        record.place.route = "HTTPRoute ai/chat"
        record.place.routeRule = "talk"
        (record.policy, record.rule) = ("ai/team-a", "chat")
        record.http = .init()
        record.http?.method = Array("POST".utf8)
        record.http?.host = Array("models.example.com".utf8)
        record.http?.path = Array("/v1/chat/completions".utf8)
        record.http?.version = "2"
        record.http?.userAgent = Array("OpenAI/Python 1.99.1".utf8)
        record.tls = .init(version: "1.3", serverName: Array("models.example.com".utf8))
        record.traceContext = .init(
            traceID: "4bf92f3577b34da6a3ce929d0e0e4736", spanID: "00f067aa0ba902b7",
            parentSpanID: "b7ad6b7169203331")
        record.destination = .init(
            service: "ai/ollama", endpoint: .init(address: "10.244.1.9", port: 11_434), attempts: 1)
        record.ai = .init()
        record.ai?.server = "ollama"
        record.ai?.classes = ["Inference"]
        record.ai?.operation = "chat"
        record.ai?.model = Array("llama3.2:1b".utf8)
        record.ai?.isStreaming = true
        record.ai?.tokens = .init(input: 1_200, output: 350, cached: 0, reasoning: 0, isEstimate: false)
        record.ai?.cost = "0.00039"
        record.ai?.budget = .init(exhausted: "", counters: "local")
        record.bytes = .init(in: 1_234, out: 56_789)
        record.timing?.duration = 1_234_567
        record.timing?.firstByte = 4_321
        record.timing?.upstreamConnect = 0
        record.timing?.upstreamFirstByte = 3_999
        record.trace = [
            .init(policy: "ai/team-a", rule: "read", isStaged: false, result: "path_not_listed"),
            .init(policy: "ai/team-a", rule: "chat", isStaged: false, result: "matched"),
        ]
        return record
    }

    /// A connection that ended.
    static func connection() -> Record {
        var record = Record(
            time: 1_795_424_400_123_456, id: "6a1f2c3d4e5f6-7", verdict: .allowed, reason: Record.ruleMatched,
            source: .init(address: "10.244.3.17", port: 51_234))
        (record.point, record.node, record.revision) = (.node, "node-3", 421)
        record.workload = .init(
            kind: "Deployment", namespace: "agents", name: "research-agent", pod: "research-agent-5d9c7b6f4-x7k2p",
            labels: ["app=research-agent", "pod-template-hash=5d9c7b6f4", "team=research"])
        (record.policy, record.rule) = ("NetworkPolicy ai/ollama", "spec.ingress[0]")
        record.destination = .init(
            service: "ai/ollama", endpoint: .init(address: "10.244.1.9", port: 11_434), attempts: 0)
        record.destination?.workload = .init(
            kind: "StatefulSet", namespace: "ai", name: "ollama", pod: "ollama-0", labels: ["app=ollama"])
        record.connection = .init(event: .closed, transport: "tcp")
        record.connection?.direction = .ingress
        record.connection?.original = .init(address: "10.96.0.10", port: 80)
        record.connection?.inputInterface = "cali5a0c7d1e2f3"
        record.connection?.outputInterface = "eth0"
        record.connection?.end = .finished
        record.bytes = .init(in: 1_840, out: 90_112)
        record.packets = .init(in: 14, out: 71)
        record.timing?.duration = 2_500_000
        return record
    }

    /// An attempt that a node denied.
    static func denial() -> Record {
        var record = connection()
        record.verdict = .denied
        record.reason = "isolated"
        record.rule = ""
        record.connection = .init(event: .denied, transport: "tcp")
        record.connection?.direction = .egress
        record.connection?.inputInterface = "cali5a0c7d1e2f3"
        record.destination = .init(
            service: "", endpoint: .init(address: "169.254.169.254", port: 80), attempts: 0)
        record.destination?.endpoint.range = "cloud_metadata"
        (record.bytes, record.packets, record.timing) = (nil, nil, nil)
        return record
    }
}
