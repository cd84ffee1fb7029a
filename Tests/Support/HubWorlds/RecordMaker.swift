import Records

/// Makes records as a cluster with AI workloads has them: notebooks and agents that call models through a gateway, a vector
/// store, a model provider outside, somebody who should not be there. The same seed, the same records.
public struct RecordMaker {
    /// Somebody who makes requests or is called.
    struct Party {
        let kind: String
        let namespace: String
        let name: String
        let address: String
        var key = ""
    }

    var dice: Dice
    private var count = 0
    private let extra: [Party]

    static let callers = [
        Party(kind: "StatefulSet", namespace: "research", name: "notebook", address: "10.0.1.11", key: "research-team"),
        Party(kind: "Deployment", namespace: "agents", name: "planner", address: "10.0.2.21", key: "planner"),
        Party(kind: "Deployment", namespace: "agents", name: "crawler", address: "10.0.2.22", key: "crawler"),
        Party(kind: "Deployment", namespace: "web", name: "open-webui", address: "10.0.3.31", key: "web-ui"),
        Party(kind: "CronJob", namespace: "data", name: "embed-docs", address: "10.0.4.41", key: "embedder"),
        Party(kind: "Deployment", namespace: "support", name: "helpdesk", address: "10.0.5.51", key: "helpdesk"),
    ]
    static let servers = [
        Party(kind: "StatefulSet", namespace: "ai", name: "ollama", address: "10.0.9.11"),
        Party(kind: "Deployment", namespace: "ai", name: "vllm", address: "10.0.9.12"),
        Party(kind: "StatefulSet", namespace: "data", name: "qdrant", address: "10.0.9.21"),
        Party(kind: "Deployment", namespace: "data", name: "postgres", address: "10.0.9.22"),
        Party(kind: "Deployment", namespace: "tools", name: "mcp-search", address: "10.0.9.31"),
        Party(kind: "Deployment", namespace: "platform", name: "gateway", address: "10.0.9.41"),
    ]
    static let models = [
        ("llama3.2:3b", "ollama", 60, 0.06), ("qwen2.5-coder:7b", "ollama", 30, 0.18),
        ("gpt-5-mini", "openai", 40, 2.0),
        ("nomic-embed-text", "ollama", 25, 0.01), ("Llama-3.3-70B", "vllm", 20, 0.9),
    ]

    /// - Parameter workloads: more workloads than those with a name, for maps of many.
    public init(seed: UInt64, workloads: Int = 0) {
        dice = Dice(seed: seed)
        extra = (0..<workloads).map { number in
            Party(
                kind: "Deployment", namespace: "team-\(number % 14)", name: "service-\(number)",
                address: "10.\(1 + number / 250).\(100 + number % 100).\(1 + number % 250)")
        }
    }

    /// The next record.
    public mutating func next(at time: Int64) -> Record {
        count += 1
        if !extra.isEmpty, dice.roll(100) < 70 { return between(time) }
        switch dice.roll(100) {
        case ..<46: return model(time)
        case ..<54: return tool(time)
        case ..<60: return refused(time)
        case ..<84: return connection(time)
        case ..<93: return outside(time)
        default: return intruder(time)
        }
    }

    /// An alarm, of what an `intruder` does.
    public mutating func alarm(at time: Int64) -> Record {
        count += 1
        return Record(
            time: time, id: "alarm-\(count)",
            alarm: Record.Alarm(
                name: "metadata_address", severity: .critical, subject: "Deployment agents/crawler", evidence: "",
                text: "Deployment agents/crawler tried to reach the cloud metadata address"))
    }

    private mutating func pick(_ parties: [Party]) -> Party { parties[dice.roll(parties.count)] }

    private mutating func model(_ time: Int64) -> Record {
        let caller = pick(Self.callers)
        let (model, server, _, price) = Self.models[dice.roll(Self.models.count)]
        let target = Self.servers[server == "vllm" ? 1 : 0]
        var record = request(
            time, from: caller, path: model == "nomic-embed-text" ? "/v1/embeddings" : "/v1/chat/completions")
        let input = Int64(80 + dice.roll(4000))
        let output = model == "nomic-embed-text" ? 0 : Int64(20 + dice.roll(900))
        var ai = Record.AI()
        ai.server = server
        ai.classes = ["Inference"]
        ai.operation = model == "nomic-embed-text" ? "embeddings" : "chat"
        ai.model = Array(model.utf8)
        ai.isStreaming = output > 0
        ai.tokens = Record.Tokens(
            input: input, output: output, cached: dice.roll(3) == 0 ? input / 2 : 0, reasoning: 0,
            isEstimate: dice.roll(20) == 0)
        let millionths = Int(Double(input + output * 4) * price)
        ai.cost = "0." + String(repeating: "0", count: max(0, 6 - String(millionths).count)) + String(millionths)
        record.ai = ai
        record.status = 200
        record.destination = Record.Destination(
            service: server == "openai" ? "ai/openai" : "ai/\(target.name)",
            endpoint: Record.Endpoint(
                address: server == "openai" ? "104.18.6.192" : target.address, port: server == "openai" ? 443 : 11434),
            attempts: 1)
        if server == "openai" {
            record.destination?.endpoint.range = "public"
        } else {
            record.destination?.workload = workload(target)
        }
        record.policy = "ai/team-access"
        record.rule = "chat"
        record.explanation = "a rule of the policy allows it"
        record.trace = [
            Record.Step(policy: "ai/team-access", rule: "read", isStaged: false, result: "path_not_listed"),
            Record.Step(policy: "ai/team-access", rule: "chat", isStaged: false, result: "matched"),
        ]
        if caller.name == "crawler" {
            record.staged = Record.Staged(
                policy: "ai/tight", rule: "chat", verdict: .denied, reason: "model_not_allowed")
            record.trace.append(
                Record.Step(policy: "ai/tight", rule: "chat", isStaged: true, result: "model_not_listed"))
        }
        record.bytes = Record.Bytes(in: input * 4, out: output * 5 + 300)
        var timing = Record.Timing()
        timing.firstByte = Int64(40_000 + dice.roll(400_000))
        timing.duration = (timing.firstByte ?? 0) + output * Int64(9_000 + dice.roll(9_000))
        record.timing = timing
        return record
    }

    private mutating func tool(_ time: Int64) -> Record {
        var record = request(time, from: Self.callers[1], path: "/mcp")
        var ai = Record.AI()
        ai.server = "mcp"
        ai.classes = ["DataRead"]
        ai.operation = "execute_tool"
        ai.mcpMethod = Array("tools/call".utf8)
        ai.tool = Array(["search", "fetch_page", "read_file", "list_issues"][dice.roll(4)].utf8)
        record.ai = ai
        record.status = 200
        record.destination = Record.Destination(
            service: "tools/mcp-search", endpoint: Record.Endpoint(address: Self.servers[4].address, port: 8000),
            attempts: 1)
        record.destination?.workload = workload(Self.servers[4])
        record.policy = "tools/search-only"
        record.rule = "search"
        record.bytes = Record.Bytes(in: 420, out: Int64(900 + dice.roll(20_000)))
        var timing = Record.Timing()
        timing.duration = Int64(20_000 + dice.roll(900_000))
        record.timing = timing
        return record
    }

    private mutating func refused(_ time: Int64) -> Record {
        let caller = pick(Self.callers)
        var record = request(
            time, from: caller, path: ["/api/pull", "/api/delete", "/v1/chat/completions"][dice.roll(3)])
        record.verdict = .denied
        let choice = dice.roll(3)
        record.reason = ["operation_not_allowed", "model_not_allowed", "key_not_bound_to_workload"][choice]
        record.explanation =
            [
                "no rule lists the operation class ModelMutation", "no rule lists the model",
                "the key is right, and used from a workload that it is not bound to",
            ][choice]
        record.isSuspectedTheft = choice == 2
        record.status = choice == 2 ? 401 : 403
        var ai = Record.AI()
        ai.server = "ollama"
        ai.classes = [choice == 0 ? "ModelMutation" : "Inference"]
        ai.model = Array("gpt-5-pro".utf8)
        record.ai = ai
        record.policy = "ai/team-access"
        record.rule = choice == 2 ? "" : "chat"
        record.trace = [
            Record.Step(
                policy: "ai/team-access", rule: "chat", isStaged: false,
                result: choice == 0 ? "class_not_listed" : choice == 1 ? "model_not_listed" : "key_not_listed")
        ]
        return record
    }

    private mutating func connection(_ time: Int64) -> Record {
        let caller = pick(Self.callers)
        let target = pick(Self.servers)
        return node(
            time, from: caller, to: target,
            port: target.name == "qdrant" ? 6333 : target.name == "postgres" ? 5432 : 8080,
            isAllowed: target.name != "postgres" || caller.namespace == "data")
    }

    private mutating func between(_ time: Int64) -> Record {
        let caller = extra[dice.roll(extra.count)]
        let target = extra[
            (dice.roll(3) * 7 + (Int(caller.address.utf8.reduce(0) { $0 &+ UInt32($1) }) * 13)) % extra.count]
        return node(time, from: caller, to: target, port: 8080, isAllowed: dice.roll(12) > 0)
    }

    private mutating func outside(_ time: Int64) -> Record {
        let caller = Self.callers[[1, 2, 3][dice.roll(3)]]
        var record = node(
            time, from: caller, to: Party(kind: "", namespace: "", name: "", address: "93.184.215.\(dice.roll(200))"),
            port: 443,
            isAllowed: caller.name != "planner")
        record.destination?.endpoint.range = "public"
        return record
    }

    private mutating func intruder(_ time: Int64) -> Record {
        var record = node(
            time, from: Self.callers[2], to: Party(kind: "", namespace: "", name: "", address: "169.254.169.254"),
            port: 80,
            isAllowed: false)
        record.destination?.endpoint.range = "cloud_metadata"
        record.connection?.repeats = UInt64(dice.roll(5))
        return record
    }

    private mutating func node(
        _ time: Int64, from caller: Party, to target: Party, port: UInt16, isAllowed: Bool
    ) -> Record {
        var record = Record(
            time: time, id: "6a1f\(dice.roll(99999))-\(count)", verdict: isAllowed ? .allowed : .denied,
            reason: isAllowed ? "rule_matched" : "isolated",
            source: Record.Endpoint(address: caller.address, port: UInt16(30000 + dice.roll(20000))))
        record.point = .node
        record.node = "worker-\(1 + dice.roll(3))"
        record.bytes = nil
        record.timing = nil
        record.workload = workload(caller)
        record.destination = Record.Destination(
            service: "", endpoint: Record.Endpoint(address: target.address, port: port), attempts: 0)
        if !target.name.isEmpty { record.destination?.workload = workload(target) }
        record.revision = 42
        record.policy =
            target.namespace.isEmpty
            ? "NetworkPolicy \(caller.namespace)/egress" : "NetworkPolicy \(target.namespace)/\(target.name)"
        record.rule = isAllowed ? (target.namespace.isEmpty ? "spec.egress[0]" : "spec.ingress[0]") : ""
        var connection = Record.Connection(event: isAllowed ? .closed : .denied, transport: "tcp")
        connection.direction = target.namespace.isEmpty ? .egress : .ingress
        if isAllowed {
            connection.end = .finished
            record.bytes = Record.Bytes(in: Int64(400 + dice.roll(9000)), out: Int64(2000 + dice.roll(900_000)))
            record.packets = Record.Packets(in: 12, out: 60)
            var timing = Record.Timing()
            timing.duration = Int64(100_000 + dice.roll(4_000_000))
            record.timing = timing
        }
        if target.name == "qdrant", caller.namespace == "web" {
            record.staged = Record.Staged(
                policy: "NetworkPolicy data/qdrant-tight", rule: "", verdict: .denied, reason: "isolated")
        }
        record.connection = connection
        return record
    }

    private mutating func request(_ time: Int64, from caller: Party, path: String) -> Record {
        var record = Record(
            time: time, id: "01JD\(dice.roll(9999))-\(count)", verdict: .allowed, reason: Record.ruleMatched,
            source: Record.Endpoint(address: caller.address, port: UInt16(30000 + dice.roll(20000))))
        record.revision = 42
        record.workload = workload(caller)
        record.principal = Record.Principal(
            kind: "access_key", name: caller.key, namespace: "ai", owner: "\(caller.key)@example.com")
        record.place.gateway = "platform/front-door"
        record.place.listener = "https"
        record.place.route = path == "/mcp" ? "HTTPRoute tools/search" : "HTTPRoute ai/models"
        record.place.routeRule = "all"
        var http = Record.HTTP()
        http.method = Array("POST".utf8)
        http.host = Array("models.example.com".utf8)
        http.path = Array(path.utf8)
        http.version = "2"
        http.userAgent = Array("OpenAI/Python 1.99.1".utf8)
        record.http = http
        record.tls = Record.TLS(version: "1.3", serverName: Array("models.example.com".utf8))
        return record
    }

    private mutating func workload(_ party: Party) -> Record.Workload {
        Record.Workload(
            kind: party.kind, namespace: party.namespace, name: party.name, pod: "\(party.name)-\(dice.roll(3))",
            labels: ["app=\(party.name)"])
    }
}

/// Random numbers that a seed decides (splitmix64).
struct Dice {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    /// 0 to `sides - 1`.
    mutating func roll(_ sides: Int) -> Int {
        state &+= 0x9e37_79b9_7f4a_7c15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
        return Int((bits ^ (bits >> 31)) % UInt64(sides))
    }
}
