import Foundation
import Records
import Testing

@Suite("Encoding of records")
struct EncoderTests {
    @Test("a full record of a request comes back as it was")
    func full() throws {
        let json = try decode(encode(fullRequest()))
        let expected: [String: Any] = [
            "time": "2026-11-23T09:00:00.123456Z", "id": "01JD-7", "point": "gateway", "verdict": "allowed",
            "reason": "rule_matched", "explanation": "a rule of the policy allows it", "status": 200, "revision": 42,
            "source": ["address": "10.0.0.7", "port": 51_234],
            "principal": ["kind": "access_key", "name": "alice", "namespace": "ai", "owner": "alice@example.com"],
            "workload": [
                "kind": "Deployment", "namespace": "agents", "name": "agent", "pod": "agent-5d9-x7k2p",
                "labels": ["app=agent", "team=research"],
            ], "suspected_theft": true,
            "gateway": "ai/front", "listener": "web", "route": "HTTPRoute ai/chat", "route_rule": "talk",
            "policy": "ai/team-a", "rule": "chat",
            "http": [
                "method": "POST", "host": "models.example.com", "path": "/v1/chat/completions", "version": "2",
                "user_agent": "OpenAI/Python 1.99.1",
            ],
            "tls": ["version": "1.3", "server_name": "models.example.com"],
            "trace_context": [
                "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "span_id": "00f067aa0ba902b7",
                "parent_span_id": "b7ad6b7169203331",
            ],
            "destination": ["service": "ai/ollama", "address": "fd00::12", "port": 11_434, "attempts": 2],
            "ai": [
                "server": "vllm", "classes": ["Inference", "ServerFetch"], "operation": "chat", "model": "fast",
                "upstream_model": "llama3.2:1b", "stream": true, "mcp_method": "tools/call", "tool": "search",
                "tokens": ["input": 1_200, "output": 350, "cached": 1_024, "reasoning": 64, "estimate": true],
                "cost_usd": "0.00039",
                "budget": ["exhausted": "ai/daily", "counters": "local", "staged": "ai/trial"],
            ],
            "bytes": ["in": 1_234, "out": 56_789],
            "timing": [
                "duration": 1.234567, "first_byte": 0.004321, "upstream_connect": 0.0, "upstream_first_byte": 0.003999,
            ],
            "staged": ["policy": "ai/trial", "rule": "few", "verdict": "denied", "reason": "no_rule_matches"],
            "trace": [
                ["policy": "ai/team-a", "rule": "read", "mode": "enforced", "result": "path_not_listed"],
                ["policy": "ai/team-a", "rule": "chat", "mode": "enforced", "result": "matched"],
                ["policy": "ai/trial", "rule": "few", "mode": "staged", "result": "key_not_listed"],
            ],
        ]
        #expect(NSDictionary(dictionary: json) == NSDictionary(dictionary: expected))
    }

    @Test("a record of a connection comes back as it was")
    func connection() throws {
        let json = try decode(encode(fullConnection()))
        let expected: [String: Any] = [
            "time": "2026-11-23T09:00:00.123456Z", "id": "6a1f2c3d4e5f6-7", "point": "node", "verdict": "allowed",
            "reason": "rule_matched", "revision": 42, "node": "n1",
            "source": ["address": "10.0.0.7", "port": 51_234],
            "workload": [
                "kind": "Deployment", "namespace": "agents", "name": "agent", "pod": "agent-5d9-x7k2p",
                "labels": ["app=agent", "team=research"],
            ],
            "policy": "NetworkPolicy ai/ollama", "rule": "spec.ingress[0]",
            "destination": [
                "service": "ai/ollama", "address": "10.0.1.9", "port": 11_434,
                "workload": [
                    "kind": "StatefulSet", "namespace": "ai", "name": "ollama", "pod": "ollama-0",
                    "labels": ["app=ollama"],
                ],
            ],
            "connection": [
                "event": "closed", "transport": "tcp", "direction": "ingress",
                "original": ["address": "10.96.0.10", "port": 80], "input_interface": "cali5a0c",
                "output_interface": "eth0", "end": "finished",
            ],
            "bytes": ["in": 1_840, "out": 90_112], "packets": ["in": 14, "out": 71],
            "timing": ["duration": 2.5],
        ]
        #expect(NSDictionary(dictionary: json) == NSDictionary(dictionary: expected))
    }

    @Test("records follow each other, a line each")
    func appending() throws {
        var lines = Array("before\n".utf8)
        for _ in 0..<3 { RecordEncoder.append(fullRecord(), to: &lines) }
        let parts = lines.split(separator: UInt8(ascii: "\n"))
        #expect(parts.count == 4)
        #expect(Array(parts[0]) == Array("before".utf8))
        for part in parts.dropFirst() { #expect(Array(part) == encode(fullRecord())) }
    }

    @Test("every choice of what is there gives JSON")
    func partial() throws {
        for choice in 0..<(1 << 14) {
            var record = fullRecord()
            let without = { (bit: Int) in choice >> bit & 1 == 1 }
            if without(0) { record.principal = nil } else if without(1) { record.principal?.owner = "" }
            if without(2) { record.http = nil } else if without(3) { record.http?.userAgent = [] }
            if without(4) { record.tls = nil } else if without(5) { record.tls?.serverName = [] }
            if without(6) { record.destination = nil } else if without(7) { record.destination?.endpoint.address = "" }
            if without(8) { record.place = .init() }
            if without(9) { (record.policy, record.rule, record.explanation, record.status) = ("", "", "", 0) }
            if without(10) { record.staged = nil } else if without(11) { record.staged?.rule = "" }
            if without(11) { (record.trace, record.timing) = ([], without(2) ? nil : .init()) }
            if without(12) { (record.workload, record.isSuspectedTheft) = (nil, false) }
            if without(13) { record.ai = without(0) ? nil : .init() } else if without(1) { record.ai?.tokens = nil }
            if without(3) { record.ai?.budget = nil }
            if without(0) { (record.connection, record.hidden) = (nil, without(1) ? nil : .init()) }
            if without(2) { (record.source, record.verdict, record.node) = (nil, nil, "") }
            if without(4) { (record.bytes, record.packets) = (nil, nil) }
            if without(5) { record.connection?.original = nil }
            if without(6) { record.connection?.icmp = nil }
            _ = try decode(encode(record))
        }
    }

    @Test(
        "times are RFC 3339",
        arguments: [
            (0, "1970-01-01T00:00:00.000000Z"), (-5, "1970-01-01T00:00:00.000000Z"),
            (951_827_696_000_001, "2000-02-29T12:34:56.000001Z"),
            (1_709_251_199_999_999, "2024-02-29T23:59:59.999999Z"),
            (1_709_251_200_000_000, "2024-03-01T00:00:00.000000Z"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
            (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"), (Int64.max, "9999-12-31T23:59:59.999999Z"),
        ])
    func times(microseconds: Int64, text: String) throws {
        var record = fullRecord()
        record.time = microseconds
        #expect(try decode(encode(record))["time"] as? String == text)
    }

    @Test("times agree with Foundation's calendar")
    func randomTimes() throws {
        let seed = UInt64.random(in: 0...(.max))
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let seconds = Int64.random(in: 0...253_402_300_799, using: &random)
            var record = fullRecord()
            record.time = seconds * 1_000_000 + 7
            let expected = Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601).dropLast()
            #expect(try decode(encode(record))["time"] as? String == "\(expected).000007Z", "seed \(seed)")
        }
    }

    @Test("numbers at their ends")
    func numbers() throws {
        var record = fullRecord()
        (record.bytes, record.revision) = (.init(in: .max, out: .min), .max)
        record.timing?.duration = .max
        record.timing?.firstByte = -1
        let text = String(decoding: encode(record), as: UTF8.self)
        #expect(text.contains("\"bytes\":{\"in\":9223372036854775807,\"out\":-9223372036854775808}"))
        #expect(text.contains("\"revision\":18446744073709551615,"))
        #expect(text.contains("\"duration\":9223372036854.775807,\"first_byte\":0.000000,"))
    }
}
