import Records

/// Records to make telemetry of.
enum Examples {
    static let time: Int64 = 1_764_115_200_123_456

    /// A chat that was allowed.
    static func chat() -> Record {
        var source = Record.Endpoint(address: "10.0.0.7", port: 51_234)
        source.node = "n2"
        var record = Record(
            time: time, id: "01JD-7", verdict: .allowed, reason: Record.ruleMatched, source: source)
        record.explanation = "a rule of the policy allows it"
        record.status = 200
        record.revision = 42
        record.workload = Record.Workload(
            kind: "Deployment", namespace: "agents", name: "agent", pod: "agent-5d9-x7k2p",
            labels: ["app=agent", "tier=a"])
        record.principal = .init(kind: "access_key", name: "alice", namespace: "ai", owner: "alice@example.com")
        record.place.gateway = "ai/front"
        record.place.listener = "web"
        record.place.route = "HTTPRoute ai/chat"
        record.policy = "ai/team-a"
        record.rule = "chat"
        var http = Record.HTTP()
        http.method = Array("POST".utf8)
        http.host = Array("Models.example.com:8443".utf8)
        http.path = Array("/v1/chat/completions".utf8)
        http.version = "2"
        http.userAgent = Array("OpenAI/Python".utf8)
        record.http = http
        record.tls = .init(version: "1.3", serverName: Array("models.example.com".utf8))
        record.destination = .init(
            service: "ai/ollama", endpoint: .init(address: "10.0.1.9", port: 11_434), attempts: 1)
        var ai = Record.AI()
        ai.server = "openai"
        ai.classes = ["Inference", "ServerFetch"]
        ai.operation = "chat"
        ai.model = Array("llama3".utf8)
        ai.isStreaming = true
        ai.tokens = .init(input: 1200, output: 350, cached: 1024, reasoning: 64, isEstimate: false)
        ai.cost = "0.00039"
        record.ai = ai
        record.bytes = .init(in: 512, out: 2048)
        record.timing = .init()
        record.timing?.duration = 2_500_000
        record.timing?.firstByte = 300_000
        record.traceContext = .init(
            traceID: "4bf92f3577b34da6a3ce929d0e0e4736", spanID: "00f067aa0ba902b7", parentSpanID: "b7ad6b7169203331")
        return record
    }

    /// The same, denied for want of a key.
    static func denied() -> Record {
        var record = chat()
        record.id = "01JD-8"
        record.verdict = .denied
        record.reason = "missing_key"
        record.status = 401
        record.destination = nil
        record.ai = nil
        return record
    }

    /// A call of a tool.
    static func tool(method: String = "tools/call", target: String = "search") -> Record {
        var record = chat()
        record.id = "01JD-9"
        record.ai?.operation = method == "tools/call" ? "execute_tool" : ""
        record.ai?.model = []
        record.ai?.tokens = nil
        record.ai?.mcpMethod = Array(method.utf8)
        record.ai?.tool = Array(target.utf8)
        return record
    }

    /// A connection.
    static func connection(
        _ event: Record.ConnectionEvent, transport: String = "tcp", reason: String = Record.ruleMatched
    ) -> Record {
        let isDenied = event == .denied
        var record = Record(
            time: time + 1, id: "6a1f-\(event.rawValue)", verdict: isDenied ? .denied : .allowed, reason: reason,
            source: .init(address: "10.0.0.7", port: transport.hasPrefix("icmp") ? nil : 51_234))
        record.point = .node
        record.node = "n1"
        record.workload = .init(kind: "Deployment", namespace: "agents", name: "agent", pod: "agent-5d9-x7k2p")
        record.policy = "NetworkPolicy ai/ollama"
        record.rule = "spec.ingress[0]"
        record.destination = .init(
            service: "ai/ollama",
            endpoint: .init(address: "10.0.1.9", port: transport.hasPrefix("icmp") ? nil : 11_434),
            attempts: 0)
        record.destination?.workload = .init(kind: "StatefulSet", namespace: "ai", name: "ollama", pod: "ollama-0")
        var connection = Record.Connection(event: event, transport: transport)
        connection.direction = .ingress
        connection.inputInterface = "cali5a0c"
        if transport.hasPrefix("icmp") { connection.icmp = .init(type: 8, code: 0) }
        if event == .closed { connection.end = .finished }
        record.connection = connection
        record.bytes = event == .closed ? .init(in: 1840, out: 90_112) : nil
        record.timing = nil
        return record
    }

    /// What a node did not show.
    static func hidden() -> Record {
        var record = connection(.opened)
        record.verdict = nil
        record.source = nil
        record.workload = nil
        record.destination = nil
        record.connection = nil
        record.policy = ""
        record.rule = ""
        record.reason = "not_shown"
        var hidden = Record.Hidden()
        hidden.lost = 5
        hidden.denied = 7
        record.hidden = hidden
        return record
    }

    static func alarm() -> Record {
        Record(
            time: time, id: "a-1",
            alarm: .init(
                name: "budget_burns", severity: .critical, subject: "ai/daily", evidence: "01JD-7",
                text: "the budget is gone in an hour"))
    }

    static func line(_ record: Record) -> [UInt8] {
        var line: [UInt8] = []
        RecordEncoder.append(record, to: &line)
        return line
    }
}
