import Foundation
import Testing

@testable import Gateway

/// Bodies that say what a request does: read whole, judged, and sent on as what was judged.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct JudgedRequestTests {
    private static let sent =
        "{ \"model\" : \"m\",\n \"messages\" : [ {\"role\":\"user\", \"content\":\"h\\u0069 \u{e9}\"} ], \"n\": 1 }"
    private static let judged = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi \u{e9}\"}],\"n\":1}"

    /// The body in pieces, cut where chance says.
    private static func pieces(_ random: inout SeededRandom) -> [[UInt8]] {
        let bytes = Array(sent.utf8)
        let cuts = Set(
            (0..<Int.random(in: 0...6, using: &random)).map { _ in Int.random(in: 1..<bytes.count, using: &random) })
        let edges = [0] + cuts.sorted() + [bytes.count]
        return zip(edges, edges.dropFirst()).map { Array(bytes[$0..<$1]) }
    }

    private func check(_ upstream: Upstream, _ count: Int) {
        #expect(upstream.log.count == count)
        for request in upstream.log {
            #expect(request.text == Self.judged)
            #expect(request["content-length"] == "\(Self.judged.utf8.count)")
            #expect(request["transfer-encoding"] == nil)
            #expect(request.all("content-type") == ["application/json"])
            #expect(request["trailer"] == nil && request.trailers.isEmpty)
            #expect(request.all("accept-encoding") == ["identity"])
        }
    }

    @Test("HTTP/1.1, with a length and in chunks, cut anywhere")
    func http1() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        let upstream = try Upstream(Chat.answering)
        let records = try await withGateway(.ai(upstream)) { gateway in
            var random = SeededRandom(seed: seed)
            let client = try gateway.connect()
            let head =
                "POST \(Chat.path) HTTP/1.1\r\nHost: a.test\r\nAccept-Encoding: gzip, br\r\n"
                + "Content-Type: text/plain; charset=utf-7\r\n"
            for round in 0..<24 {
                let pieces = Self.pieces(&random)
                let isChunked = round % 2 == 0
                try client.send(
                    isChunked
                        ? "\(head)Trailer: X-A\r\nTransfer-Encoding: chunked\r\n\r\n"
                        : "\(head)Content-Length: \(Self.sent.utf8.count)\r\n\r\n")
                for piece in pieces {
                    try client.send(
                        isChunked ? Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + [13, 10] : piece)
                    if round < 8 { try await Task.sleep(for: .milliseconds(2)) }
                }
                if isChunked { try client.send("0\r\nX-A: b\r\n\r\n") }
                #expect(try client.response(to: "POST").text == Chat.answer, "seed \(seed)")
            }
        }
        check(upstream, 24)
        #expect(records.count == 24)
        #expect(records.allSatisfy { $0["ai.model"] == "m" && $0["ai.tokens.output"] == "3" })
    }

    @Test("HTTP/2, several streams at once, cut anywhere")
    func http2() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        let upstream = try Upstream(Chat.answering)
        var world = World.ai(upstream)
        world.annotations["sallyport.dev/h2c"] = "true"
        let records = try await withGateway(world) { gateway in
            var random = SeededRandom(seed: seed)
            let client = try await FrameClient.open(gateway.port)
            let streams = Array(stride(from: 1, through: 23, by: 2))
            for stream in streams {
                try await client.send(
                    client.headers(
                        stream,
                        [
                            (":method", "POST"), (":scheme", "http"), (":authority", "a.test"), (":path", Chat.path),
                            ("accept-encoding", "gzip"),
                        ], end: false))
            }
            var waiting = streams.map { (stream: $0, pieces: Self.pieces(&random)[...]) }
            while let index = waiting.indices.randomElement(using: &random) {
                let piece = waiting[index].pieces.removeFirst()
                let isLast = waiting[index].pieces.isEmpty
                try await client.send(.data(waiting[index].stream, piece, end: isLast))
                if isLast { waiting.remove(at: index) }
            }
            #expect(await eventually { await gateway.metrics().allowed == 12 }, "seed \(seed)")
            await client.close()
        }
        check(upstream, 12)
        #expect(records.count == 12)
    }

    @Test("a body that goes on as it came: in one piece, in several, small and large, and again after a failure")
    func asItCame() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        let failures = Shared(0)
        let upstream = try Upstream { upstream, wire, _ in
            while let request = try upstream.next(wire) {
                // Every fifth connection ends without an answer; a retry is allowed.
                failures.value += 1
                if failures.value % 5 == 0 { return }
                try wire.send(Upstream.ok(Chat.answer, to: request, "content-type: application/json\r\n"))
            }
        }
        let rules = [
            "{retry: {codes: [503], attempts: 3}, backendRefs: [{name: a, port: 80}]}"
        ]
        let sizes = [0, 1, 100, 5_000, 16_000, 16_384, 40_000, 70_000]
        let bodies = sizes.map { Chat.body(#""user":"\#(String(repeating: "x", count: $0))""#) }
        try await withGateway(.ai(upstream, rules: rules)) { gateway in
            var random = SeededRandom(seed: seed)
            let client = try gateway.connect()
            for body in bodies + bodies {
                let bytes = Array(body.utf8)
                let cut = Bool.random(using: &random) ? bytes.count : Int.random(in: 1...bytes.count, using: &random)
                try client.send("POST \(Chat.path) HTTP/1.1\r\nHost: a.test\r\nContent-Length: \(bytes.count)\r\n\r\n")
                try client.send(Array(bytes[..<cut]))
                if cut < bytes.count {
                    try await Task.sleep(for: .milliseconds(2))
                    try client.send(Array(bytes[cut...]))
                }
                #expect([200, 502].contains(try client.response(to: "POST").status), "seed \(seed)")
            }
            #expect(try await gateway.judgedRoom() == Worker.judgedBytes)
        }
        #expect(upstream.log.count >= bodies.count * 2)
        #expect(Set(upstream.log.map(\.text)) == Set(bodies), "seed \(seed)")
    }

    @Test("a caller that waits for leave to send its body gets it, once; the backend never sees the question")
    func expectContinue() async throws {
        let upstream = try Upstream(Chat.answering)
        try await withGateway(.ai(upstream)) { gateway in
            let client = try gateway.connect()
            for _ in 0..<2 {
                try client.send(
                    "POST \(Chat.path) HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\n"
                        + "Content-Length: \(Chat.body.utf8.count)\r\n\r\n")
                #expect(try client.head()?.status == 100)
                try client.send(Chat.body)
                let head = try #require(try client.head())
                #expect(head.status == 200)
                _ = try client.take(Int(head["content-length"] ?? "") ?? 0)
            }
        }
        #expect(upstream.log.map(\.text) == [Chat.body, Chat.body])
        #expect(upstream.log.allSatisfy { $0["expect"] == nil })
    }

    /// What must not arrive anywhere.
    struct Wrong: Sendable, CustomTestStringConvertible {
        var name: String
        var body = Chat.body
        var path = Chat.path
        var fields = ""
        var status: Int
        var reason: String
        var testDescription: String { name }
    }

    static let wrongs: [Wrong] = [
        Wrong(
            name: "a key twice", body: #"{"model":"a","model":"b","messages":[]}"#, status: 400, reason: "invalid_body"),
        Wrong(
            name: "a key in another case", body: #"{"model":"a","Model":"b","messages":[]}"#, status: 400,
            reason: "invalid_body"),
        Wrong(name: "something after it", body: Chat.body + "{}", status: 400, reason: "invalid_body"),
        Wrong(name: "half of it", body: String(Chat.body.dropLast()), status: 400, reason: "invalid_body"),
        Wrong(name: "NaN", body: Chat.body(#""temperature":NaN"#), status: 400, reason: "invalid_body"),
        Wrong(name: "half a surrogate", body: Chat.body(#""user":"\ud800""#), status: 400, reason: "invalid_body"),
        Wrong(
            name: "nested too deep",
            body: Chat.body("\"x\":" + String(repeating: "[", count: 70) + String(repeating: "]", count: 70)),
            status: 400, reason: "invalid_body"),
        Wrong(name: "nothing", body: "", status: 400, reason: "invalid_body"),
        Wrong(
            name: "compressed", fields: "Content-Encoding: gzip\r\n", status: 415, reason: "encoded_body"),
        Wrong(
            name: "too large", body: Chat.body("\"user\":\"\(String(repeating: "x", count: 2_000))\""), status: 413,
            reason: "body_too_large"),
        Wrong(
            name: "an endpoint that the server does not have", path: "/v1/chat", status: 403, reason: "unknown_endpoint"
        ),
        Wrong(
            name: "a media URL in the cluster",
            body: Chat.body.replacingOccurrences(
                of: "\"hi\"", with: #"[{"type":"image_url","image_url":{"url":"http://10.0.0.1/x"}}]"#),
            status: 403, reason: "media_host_not_allowed"),
    ]

    @Test("nothing of it arrives, and the connection goes on", arguments: wrongs, [false, true])
    func refused(wrong: Wrong, isChunked: Bool) async throws {
        let upstream = try Upstream(Chat.answering)
        var world = World.ai(upstream)
        world.annotations["limits.sallyport.dev/judged-bytes"] = "1024"
        let records = try await withGateway(world) { gateway in
            let client = try gateway.connect()
            let head = "POST \(wrong.path) HTTP/1.1\r\nHost: a.test\r\n\(wrong.fields)"
            let answer = try client.exchange(
                isChunked
                    ? "\(head)Transfer-Encoding: chunked\r\n\r\n\(wrong.body.isEmpty ? "" : Chat.chunk(wrong.body))0\r\n\r\n"
                    : "\(head)Content-Length: \(wrong.body.utf8.count)\r\n\r\n\(wrong.body)")
            #expect(answer.status == wrong.status)
            let next = answer["connection"] == "close" ? try gateway.connect() : client
            #expect(try next.get("/v1/models").status == 200)
            #expect(try await gateway.judgedRoom() == Worker.judgedBytes)
        }
        #expect(upstream.log.map(\.target) == ["/v1/models"])
        #expect(records.map { $0["reason"] } == [wrong.reason, "rule_matched"])
        #expect(records.first?["verdict"] == "denied")
        #expect(records.first?["destination.service"] == nil)
    }

    @Test("a copy for a mirror is what was judged")
    func mirror() async throws {
        let (upstream, mirror) = (try Upstream(Chat.answering), try Upstream())
        var world = World.ai(
            upstream,
            rules: [
                "{backendRefs: [{name: a, port: 80}], filters: [{type: RequestMirror, requestMirror: "
                    + "{backendRef: {name: m, port: 80}}}]}"
            ])
        world.services["m"] = [mirror.port]
        try await withGateway(world) { gateway in
            let client = try gateway.connect()
            #expect(try client.chat(Self.sent).status == 200)
            #expect(await eventually { mirror.log.count == 1 })
        }
        #expect(mirror.log.map(\.text) == [Self.judged])
        check(upstream, 1)
    }

    @Test("a mirror of a known server gets nothing that its table does not have")
    func knownMirror() async throws {
        let (upstream, mirror) = (try Upstream(Chat.answering), try Upstream())
        var world = World.ai(
            upstream,
            rules: [
                "{backendRefs: [{name: a, port: 80}], filters: [{type: RequestMirror, requestMirror: "
                    + "{backendRef: {name: m, port: 80}}}]}"
            ])
        world.services["m"] = [mirror.port]
        world.servers["m"] = "ollama"
        let records = try await withGateway(world) { gateway in
            let client = try gateway.connect()
            #expect(try client.chat().status == 200)
            #expect(try client.get("/health").status == 403)
            #expect(await eventually { mirror.log.count == 1 })
        }
        #expect(mirror.log.map(\.target) == [Chat.path])
        #expect(records.map { $0["reason"] } == ["rule_matched", "unknown_endpoint"])
    }

    @Test("a route's retry sends the same again")
    func retry() async throws {
        let upstream = try Upstream { upstream, wire, _ in
            while try upstream.next(wire) != nil {
                let isFirst = upstream.log.count == 1
                try wire.send(
                    isFirst
                        ? "HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n"
                        : Upstream.ok(Chat.answer, to: nil, "content-type: application/json\r\n"))
            }
        }
        let rule = "{backendRefs: [{name: a, port: 80}], retry: {codes: [503], attempts: 2}}"
        let records = try await withGateway(.ai(upstream, rules: [rule])) { gateway in
            let client = try gateway.connect()
            #expect(try client.chat(Self.sent).text == Chat.answer)
            #expect(try await gateway.judgedRoom() == Worker.judgedBytes)
        }
        check(upstream, 2)
        #expect(records.map { $0["destination.attempts"] } == ["2"])
    }

    @Test("what is judged is what the server will see: a rewritten path")
    func rewrittenPath() async throws {
        let upstream = try Upstream(Chat.answering)
        let rule =
            "{matches: [{path: {value: /llm}}], backendRefs: [{name: a, port: 80}], filters: [{type: URLRewrite, "
            + "urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}}]}"
        var world = World.ai(upstream, server: "ollama", rules: [rule])
        world.policy = World.policy("{classes: [Inference]}")
        let records = try await withGateway(world) { gateway in
            let client = try gateway.connect()
            #expect(try client.post("/llm/v1/chat/completions", Self.sent).status == 200)
            #expect(try client.post("/llm/api/pull", #"{"model":"m"}"#).status == 403)
            #expect(try client.post("/llm/llm/v1/chat/completions", Self.sent).status == 403)
            #expect(
                try client.post("/llm/v1/chat/completions", #"{"model":"evil.test/a/m","messages":[]}"#).status == 403)
        }
        #expect(upstream.log.map(\.target) == [Chat.path])
        #expect(
            records.map { $0["reason"] }
                == ["rule_matched", "operation_not_allowed", "unknown_endpoint", "operation_not_allowed"])
    }

    @Test("whoever may not call is refused before the body is waited for")
    func beforeTheBody() async throws {
        let upstream = try Upstream()
        var world = World.ai(upstream)
        world.policy = World.policy("{classes: [Metadata]}")
        let records = try await withGateway(world) { gateway in
            let client = try gateway.connect()
            try client.send("POST \(Chat.path) HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1000000\r\n\r\n")
            #expect(try client.response(to: "POST").status == 403)
        }
        #expect(upstream.connections == 0)
        #expect(records.map { $0["reason"] } == ["operation_not_allowed"])
    }
}
