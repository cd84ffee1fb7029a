import Foundation
import Records
import Testing

/// A generator with a printed seed, so that a failure can be run again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// A record in which every field has something to say. There is none like it: it is a request and a connection.
func fullRecord() -> Record {
    var record = fullRequest()
    let connection = fullConnection()
    record.node = connection.node
    record.source?.node = "n7"
    record.source?.range = "private"
    record.destination?.endpoint.node = "n8"
    record.destination?.endpoint.range = "cloud_metadata"
    record.destination?.workload = connection.destination?.workload
    record.connection = connection.connection
    record.connection?.icmp = .init(type: 8, code: 3)
    record.connection?.isDisagreement = true
    record.connection?.repeats = 12
    record.packets = connection.packets
    record.hidden = .init()
    record.hidden?.repeats = 1
    record.hidden?.unseen = 2
    record.hidden?.lost = 3
    record.hidden?.overruns = 4
    record.hidden?.forgotten = 5
    record.hidden?.denied = 6
    record.hidden?.records = 7
    record.alarm = fullAlarm().alarm
    return record
}

/// A record of a connection that has ended.
func fullConnection() -> Record {
    var record = Record(
        time: 1_795_424_400_123_456, id: "6a1f2c3d4e5f6-7", verdict: .allowed, reason: Record.ruleMatched,
        source: .init(address: "10.0.0.7", port: 51_234))
    record.point = .node
    record.revision = 42
    record.node = "n1"
    record.workload = .init(
        kind: "Deployment", namespace: "agents", name: "agent", pod: "agent-5d9-x7k2p",
        labels: ["app=agent", "team=research"])
    record.policy = "NetworkPolicy ai/ollama"
    record.rule = "spec.ingress[0]"
    record.destination = .init(service: "ai/ollama", endpoint: .init(address: "10.0.1.9", port: 11_434), attempts: 0)
    record.destination?.workload = .init(
        kind: "StatefulSet", namespace: "ai", name: "ollama", pod: "ollama-0", labels: ["app=ollama"])
    record.connection = .init(event: .closed, transport: "tcp")
    record.connection?.direction = .ingress
    record.connection?.original = .init(address: "10.96.0.10", port: 80)
    record.connection?.inputInterface = "cali5a0c"
    record.connection?.outputInterface = "eth0"
    record.connection?.end = .finished
    record.bytes = .init(in: 1_840, out: 90_112)
    record.packets = .init(in: 14, out: 71)
    record.timing?.duration = 2_500_000
    return record
}

/// A record of an alarm.
func fullAlarm() -> Record {
    Record(
        time: 1_795_424_460_000_000, id: "alarm-6a1f2c3d4e5f6-1",
        alarm: .init(
            name: "key_from_elsewhere", severity: .critical, subject: "AccessKey ai/alice", evidence: "01JD-7",
            text: "the key was used from a workload that it is not bound to"))
}

/// A record of a request in which every field has something to say.
func fullRequest() -> Record {
    var record = Record(
        time: 1_795_424_400_123_456, id: "01JD-7", verdict: .allowed, reason: Record.ruleMatched,
        source: .init(address: "10.0.0.7", port: 51_234))
    record.explanation = "a rule of the policy allows it"
    record.status = 200
    record.revision = 42
    record.principal = .init(kind: "access_key", name: "alice", namespace: "ai", owner: "alice@example.com")
    record.place.gateway = "ai/front"
    record.place.listener = "web"
    record.place.route = "HTTPRoute ai/chat"
    record.place.routeRule = "talk"
    record.policy = "ai/team-a"
    record.rule = "chat"
    record.http = .init()
    record.http?.method = Array("POST".utf8)
    record.http?.host = Array("models.example.com".utf8)
    record.http?.path = Array("/v1/chat/completions".utf8)
    record.http?.version = "2"
    record.http?.userAgent = Array("OpenAI/Python 1.99.1".utf8)
    record.tls = .init(version: "1.3", serverName: Array("models.example.com".utf8))
    record.traceContext = .init(
        traceID: "4bf92f3577b34da6a3ce929d0e0e4736", spanID: "00f067aa0ba902b7", parentSpanID: "b7ad6b7169203331")
    record.destination = .init(
        service: "ai/ollama", endpoint: .init(address: "fd00::12", port: 11_434), attempts: 2)
    record.workload = .init(
        kind: "Deployment", namespace: "agents", name: "agent", pod: "agent-5d9-x7k2p",
        labels: ["app=agent", "team=research"])
    record.isSuspectedTheft = true
    record.ai = fullAI()
    record.bytes = .init(in: 1_234, out: 56_789)
    record.timing = .init()
    record.timing?.duration = 1_234_567
    record.timing?.firstByte = 4_321
    record.timing?.upstreamConnect = 0
    record.timing?.upstreamFirstByte = 3_999
    record.staged = .init(policy: "ai/trial", rule: "few", verdict: .denied, reason: "no_rule_matches")
    record.trace = [
        .init(policy: "ai/team-a", rule: "read", isStaged: false, result: "path_not_listed"),
        .init(policy: "ai/team-a", rule: "chat", isStaged: false, result: "matched"),
        .init(policy: "ai/trial", rule: "few", isStaged: true, result: "key_not_listed"),
    ]
    return record
}

/// The part about AI with something to say in every field.
private func fullAI() -> Record.AI {
    var ai = Record.AI()
    ai.server = "vllm"
    ai.classes = ["Inference", "ServerFetch"]
    ai.operation = "chat"
    ai.model = Array("fast".utf8)
    ai.upstreamModel = "llama3.2:1b"
    ai.isStreaming = true
    ai.mcpMethod = Array("tools/call".utf8)
    ai.tool = Array("search".utf8)
    ai.tokens = .init(input: 1_200, output: 350, cached: 1_024, reasoning: 64, isEstimate: true)
    ai.cost = "0.00039"
    ai.budget = .init(exhausted: "ai/daily", counters: "local", staged: "ai/trial")
    return ai
}

/// The line of a record, without its end.
func encode(_ record: Record) -> [UInt8] {
    var line: [UInt8] = []
    RecordEncoder.append(record, to: &line)
    #expect(line.last == UInt8(ascii: "\n"))
    return line.dropLast()
}

/// The line of a record as Foundation reads it.
func decode(_ line: [UInt8]) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
}

/// Every leaf of a JSON value with its path, as the schema writes paths.
func leaves(_ value: Any, _ path: String = "") -> [(path: String, value: Any)] {
    switch value {
    case let object as [String: Any]:
        object.flatMap { leaves($0.value, path.isEmpty ? $0.key : "\(path).\($0.key)") }
    case let array as [Any]: array.flatMap { leaves($0, path + "[]") }
    default: [(path, value)]
    }
}
