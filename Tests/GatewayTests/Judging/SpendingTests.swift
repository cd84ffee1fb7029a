import Foundation
import Ledger
import Testing

@testable import Gateway

/// The life of a spend: set aside, counted, booked, and never left behind.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct SpendingTests {
    private static func world(_ upstream: Upstream, tokens: Int, rules: [String]? = nil) -> World {
        var world = World.ai(upstream, rules: rules)
        world.extra = World.budget("tokens: \(tokens)")
        return world
    }

    /// Sends events until nobody takes them any more.
    private static func endless(_ stopped: Signal) -> Upstream.Script {
        { upstream, wire, _ in
            guard try upstream.next(wire) != nil else { return }
            try wire.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
            defer { stopped.send() }
            let piece = Chat.chunk(Chat.events([Chat.piece(String(repeating: "word ", count: 8), #","usage":null"#)]))
            // Several in one piece, so that the cut goes through it.
            while true { try wire.send(String(repeating: piece, count: 7)) }
        }
    }

    @Test("a budget that runs out in the middle of a stream cuts it, well-formed, and nothing is left behind")
    func cut() async throws {
        let stopped = Signal()
        let upstream = try Upstream(Self.endless(stopped))
        let records = try await withGateway(Self.world(upstream, tokens: 400)) { gateway in
            let client = try gateway.connect()
            let answer = try client.chat(Chat.streamed)
            #expect(answer.status == 200 && answer["transfer-encoding"] == "chunked")
            let events = answer.text.components(separatedBy: "\n\n").dropLast()
            #expect(events.allSatisfy { $0.hasPrefix("data: ") })
            #expect(events.last == "data: [DONE]")
            #expect(events.dropLast().last?.contains("budget_exhausted") == true)
            #expect(!answer.text.contains("\"usage\":null"))
            #expect((20...60).contains(events.count), "\(events.count)")
            #expect(stopped.wait())
            let next = try client.chat(Chat.streamed)
            #expect(next.status == 429 && next.code == "insufficient_quota")
            #expect(next["x-should-retry"] == "false")
        }
        #expect(records.map { $0["reason"] } == ["budget_exhausted", "budget_exhausted"])
        #expect(records.map { $0["verdict"] } == ["allowed", "denied"])
        #expect(records.map { $0["ai.budget.exhausted"] } == ["t/b", "t/b"])
        #expect(records[0]["ai.budget.counters"] == "local" && records[0]["ai.tokens.estimate"] == "1")
        #expect(upstream.log.count == 1)
        // No more than one event beyond the budget.
        let spent = ["input", "output"].compactMap { records[0]["ai.tokens.\($0)"].flatMap(Int.init) }.reduce(0, +)
        #expect((400...411).contains(spent), "\(spent)")
    }

    @Test("a stream whose length was announced can be cut too, between two events of one piece")
    func cutWithLength() async throws {
        let events = Array(repeating: Chat.piece(String(repeating: "word ", count: 8)), count: 200) + ["[DONE]"]
        let upstream = try Upstream(Chat.streaming(events, inChunks: false))
        let records = try await withGateway(Self.world(upstream, tokens: 400)) { gateway in
            let answer = try gateway.connect().chat(Chat.streamed)
            #expect(answer["content-length"] == nil)
            #expect(answer.text.hasSuffix("data: [DONE]\n\n") && answer.text.contains("budget_exhausted"))
            #expect(answer.text.hasPrefix(Chat.events(Array(events.prefix(10)))))
        }
        #expect(records.map { $0["reason"] } == ["budget_exhausted"])
    }

    @Test("tokens of a rule: 429 when they are used up, with when to come back")
    func tokenLimit() async throws {
        let upstream = try Upstream(Chat.answering)
        var world = World.ai(upstream)
        world.policy = World.policy("{classes: [Inference]}", ", limits: {tokens: {count: 200, window: 10m}}")
        let body = Chat.body(#""max_tokens":100"#)
        let records = try await withGateway(world) { gateway in
            let client = try gateway.connect()
            #expect(try client.chat(body).status == 200)
            let answer = try client.chat(Chat.body(#""max_tokens":195"#))
            #expect(answer.status == 429 && answer.code == "rate_limit_exceeded")
            #expect(try client.chat(body).status == 200)
        }
        #expect(records.map { $0["reason"] } == ["rule_matched", "tokens_rate_limited", "rule_matched"])
        #expect(records.map { $0["verdict"] } == ["allowed", "denied", "allowed"])
        #expect(upstream.log.count == 2)
    }

    /// A way in which a request ends that holds some of a budget.
    struct Way: Sendable, CustomTestStringConvertible {
        var name: String
        var rule = "{backendRefs: [{name: a, port: 80}]}"
        var answer: @Sendable (Wire) throws -> Void
        var caller: @Sendable (Wire, Signal) throws -> Void = { wire, _ in _ = try wire.takeAll() }
        var reason: String
        /// The server may have done the work: what it read counts.
        var isCounted: Bool
        var testDescription: String { name }
    }

    static let ways: [Way] = [
        Way(
            name: "the caller goes before the answer", answer: { _ = try $0.takeAll() },
            caller: { wire, asked in
                asked.wait()
                wire.end()
            }, reason: "client_closed", isCounted: true),
        Way(
            name: "the caller goes in the middle of the answer",
            answer: {
                try $0.send("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{")
                _ = try $0.takeAll()
            },
            caller: { wire, _ in
                _ = try wire.head()
                wire.end()
            }, reason: "client_closed", isCounted: true),
        Way(
            name: "the backend goes", answer: { $0.end() }, caller: Self.answered(502), reason: "upstream_reset",
            isCounted: false),
        Way(
            name: "the backend refuses", answer: { try $0.send("HTTP/1.1 400 No\r\ncontent-length: 0\r\n\r\n") },
            caller: Self.answered(400), reason: "rule_matched", isCounted: false),
        Way(
            name: "the backend is no HTTP", answer: { try $0.send("what?\r\n\r\n") }, caller: Self.answered(502),
            reason: "upstream_invalid", isCounted: false),
        Way(
            name: "the backend is too slow", rule: "{backendRefs: [{name: a, port: 80}], timeouts: {request: 300ms}}",
            answer: { _ = try $0.takeAll() }, caller: Self.answered(504), reason: "upstream_timeout", isCounted: true),
    ]

    private static func answered(_ status: Int) -> @Sendable (Wire, Signal) throws -> Void {
        { wire, _ in try wire.expect(status) }
    }

    @Test("no way leaves a reservation behind", arguments: ways)
    func released(way: Way) async throws {
        let asked = Signal()
        let upstream = try Upstream { upstream, wire, number in
            guard try upstream.next(wire) != nil else { return }
            if upstream.log.count > 1 {
                return try wire.send(Upstream.ok(Chat.answer, to: nil, "content-type: application/json\r\n"))
            }
            asked.send()
            try way.answer(wire)
        }
        let records = try await withGateway(Self.world(upstream, tokens: 1_000, rules: [way.rule])) { gateway in
            // With the first one's share still taken, the second one would find too little.
            let body = Chat.body(#""max_tokens":800"#)
            let client = try gateway.connect()
            try client.send(
                "POST \(Chat.path) HTTP/1.1\r\nHost: a.test\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
            try way.caller(client, asked)
            #expect(await eventually { await gateway.metrics().activeRequests == 0 })
            #expect(try gateway.connect().chat(body).status == 200)
        }
        #expect(records.map { $0["reason"] } == [way.reason, "rule_matched"])
        #expect(records.allSatisfy { $0["ai.budget.counters"] == "local" })
        #expect((records[0]["ai.tokens.input"] != nil) == way.isCounted)
    }

    @Test("more than the budget ever has: refused before anything is sent")
    func tooMuch() async throws {
        let upstream = try Upstream(Chat.answering)
        let records = try await withGateway(Self.world(upstream, tokens: 1_000)) { gateway in
            let client = try gateway.connect()
            #expect(try client.chat(Chat.body(#""max_tokens":5000"#)).status == 429)
        }
        #expect(upstream.log.isEmpty)
        #expect(records.map { $0["verdict"] } == ["denied"])
    }

    @Test("a budget that is only watched says what it would have done")
    func staged() async throws {
        let upstream = try Upstream(Chat.answering)
        var world = World.ai(upstream)
        world.extra = World.budget("tokens: 5", "sallyport.dev/enforcement: staged")
        let records = try await withGateway(world) { gateway in
            let client = try gateway.connect()
            #expect(try client.chat().status == 200)
        }
        #expect(records.map { $0["ai.budget.staged"] } == ["t/b"])
    }

    @Test("requests that use no model need no budget")
    func free() async throws {
        let upstream = try Upstream()
        let records = try await withGateway(Self.world(upstream, tokens: 1)) { gateway in
            let client = try gateway.connect()
            #expect(try client.get("/v1/models").status == 200)
        }
        #expect(records.map { $0["ai.budget.counters"] } == [nil])
    }

    @Test("shared counters that nobody answers for: closed, whether the caller waits or not; the rest goes on")
    func sharedCounters() async throws {
        let upstream = try Upstream(Chat.answering)
        let url = try #require(CountersURL("redis://127.0.0.1:\(try freePort())"))
        let records = try await withGateway(Self.world(upstream, tokens: 100_000)) {
            $0.counters = url
        } _: { gateway in
            let client = try gateway.connect()
            for _ in 0..<3 {
                let answer = try client.chat()
                #expect(answer.status == 503 && answer.code == "overloaded")
            }
            // Two at once, the second of which waits its turn.
            let request =
                "POST \(Chat.path) HTTP/1.1\r\nHost: a.test\r\nContent-Length: \(Chat.body.utf8.count)\r\n\r\n\(Chat.body)"
            try client.send(request + request)
            for _ in 0..<2 { #expect(try client.response(to: "POST").status == 503) }
            #expect(try client.get("/v1/models").status == 200)
            try client.send(request)
            client.end()
            #expect(await eventually { await gateway.metrics().activeRequests == 0 })
        }
        #expect(upstream.log.map(\.target) == ["/v1/models"])
        #expect(records.prefix(5).allSatisfy { $0["reason"] == "counters_unavailable" && $0["verdict"] == "denied" })
        #expect(records.count >= 6)
    }

    @Test("shared counters that nobody answers for: counted alone, where that was chosen")
    func localShare() async throws {
        let upstream = try Upstream(Chat.answering)
        let url = try #require(CountersURL("redis://127.0.0.1:\(try freePort())"))
        let records = try await withGateway(Self.world(upstream, tokens: 100_000)) {
            $0.counters = url
            $0.whenCountersFail = .local(1, of: 3)
        } _: { gateway in
            let client = try gateway.connect()
            for _ in 0..<3 { #expect(try client.chat().status == 200) }
        }
        #expect(records.map { $0["ai.budget.counters"] } == ["local_share", "local_share", "local_share"])
    }
}
