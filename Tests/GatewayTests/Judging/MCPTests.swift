import Foundation
import Testing

@testable import Gateway

/// The Model Context Protocol: sessions belong to who opened them, pages do not get in, and tools that may not be called
/// are not even seen.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct MCPTests {
    private static let list = #"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#
    private static let open =
        #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18"}}"#
    private static let tools =
        #"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"search"},{"name":"shell"},{"name":"read_x"}]}}"#
    private static let allowed = #"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"search"},{"name":"read_x"}]}}"#

    private static func call(_ tool: String) -> String {
        #"{"jsonrpc":"2.0","id":"c1","method":"tools/call","params":{"name":"\#(tool)","arguments":{}}}"#
    }

    private static func world(
        _ upstream: Upstream, _ to: String = #"{classes: [CodeExecution], tools: [search, "read_*"]}"#
    )
        -> World
    {
        var world = World.ai(upstream, server: "mcp")
        world.policy = World.policy(to)
        return world
    }

    private static func answering(_ type: String, _ body: String) -> Upstream.Script {
        Upstream.answering(Upstream.ok(body, to: nil, "content-type: \(type)\r\n"))
    }

    @Test("a tool that may not be called is answered as JSON-RPC answers, and nothing arrives")
    func calls() async throws {
        let upstream = try Upstream(Self.answering("application/json", #"{"jsonrpc":"2.0","id":"c1","result":{}}"#))
        let records = try await withGateway(Self.world(upstream)) { gateway in
            let client = try gateway.connect()
            let denied = try client.post("/mcp", Self.call("shell"))
            #expect(denied.status == 403)
            let json = try #require(try JSONSerialization.jsonObject(with: Data(denied.body)) as? [String: Any])
            #expect(json["jsonrpc"] as? String == "2.0" && json["id"] as? String == "c1")
            #expect((json["error"] as? [String: Any])?["code"] as? Int == -32001)
            #expect(try client.post("/mcp", Self.call("search")).status == 200)
            #expect(try client.post("/mcp", "[\(Self.call("search"))]").status == 400)
            #expect(try client.post("/mcp", Self.call("search"), "Mcp-Name: shell\r\n").status == 400)
            #expect(try client.post("/mcp", #"{"jsonrpc":"2.0","id":1,"method":"anything/else"}"#).status == 403)
        }
        #expect(upstream.log.map(\.text) == [Self.call("search")])
        #expect(
            records.map { $0["reason"] }
                == ["tool_not_allowed", "rule_matched", "invalid_body", "invalid_body", "tool_not_allowed"])
        #expect(records[0]["ai.tool"] == "shell" && records[1]["ai.operation"] == "execute_tool")
    }

    @Test("tools/list shows what may be called, however it comes")
    func lists() async throws {
        let event = "id: 7\nevent: message\ndata: \(Self.tools)\n\n"
        let ways: [(type: String, body: String, expected: String)] = [
            ("application/json", Self.tools, Self.allowed),
            ("text/event-stream", ": hello\n\n\(event)", ": hello\n\nid: 7\nevent: message\ndata: \(Self.allowed)\n\n"),
            (
                "text/event-stream; charset=utf-8", event + event,
                String(repeating: "id: 7\nevent: message\ndata: \(Self.allowed)\n\n", count: 2)
            ),
        ]
        for way in ways {
            let upstream = try Upstream(Self.answering(way.type, way.body))
            try await withGateway(Self.world(upstream)) { gateway in
                let client = try gateway.connect()
                for _ in 0..<2 {
                    let answer = try client.post("/mcp", Self.list, "Accept-Encoding: gzip\r\n")
                    #expect(answer.text == way.expected)
                    #expect(answer["content-length"] == nil)
                }
            }
            #expect(upstream.log.allSatisfy { $0["accept-encoding"] == "identity" })
        }
    }

    @Test("an answer that cannot be read is not sent on, whatever it says it is")
    func unreadable() async throws {
        let compressed = "content-encoding: gzip\r\ncontent-type: application/json\r\n"
        let answers = [
            Upstream.ok("<html>shell</html>", to: nil, "content-type: text/html\r\n"),
            Upstream.ok("\u{1F}\u{8B}shell", to: nil, compressed),
            Upstream.ok(Self.tools + Self.tools, to: nil, "content-type: application/json\r\n"),
            Upstream.ok("data: {\"a\":1,\"a\":\"shell\"}\n\n", to: nil, "content-type: text/event-stream\r\n"),
        ]
        for answer in answers {
            let upstream = try Upstream(Upstream.answering(answer))
            let records = try await withGateway(Self.world(upstream)) { gateway in
                let client = try gateway.connect()
                try client.send(
                    "POST /mcp HTTP/1.1\r\nHost: a.test\r\nContent-Length: \(Self.list.utf8.count)\r\n\r\n\(Self.list)")
                let all = String(decoding: try client.takeAll(), as: UTF8.self)
                #expect(!all.contains("shell") && !all.hasSuffix("0\r\n\r\n"))
            }
            #expect(records.map { $0["reason"] } == ["upstream_invalid"])
        }
    }

    @Test("where no tools are named, answers pass as they are")
    func unrestricted() async throws {
        let upstream = try Upstream(Self.answering("application/json", Self.tools))
        try await withGateway(Self.world(upstream, "{classes: [CodeExecution]}")) { gateway in
            let answer = try gateway.connect().post("/mcp", Self.list)
            #expect(answer.text == Self.tools && answer["content-length"] == "\(Self.tools.utf8.count)")
        }
    }

    @Test("a session is of use to nobody but who opened it, over a restart too")
    func sessions() async throws {
        let upstream = try Upstream(
            Upstream.answering(
                Upstream.ok(
                    #"{"jsonrpc":"2.0","id":0,"result":{}}"#, to: nil,
                    "mcp-session-id: s.1\r\ncontent-type: application/json\r\n")))
        let (alice, bob) = (TestKey.make("alice"), TestKey.make("bob"))
        var world = Self.world(upstream)
        world.policy =
            "{targetRefs: [\(World.gateway)], rules: [{name: all, from: [{accessKeys: {names: [alice, bob]}}]}]}"
        world.extra = "\(alice.object)\n---\n\(bob.object)"
        let records = try await withGateway(world) { gateway in
            let client = try gateway.connect()
            func ask(_ key: String, _ session: String?, method: String = "POST") throws -> Message {
                let fields = "X-Api-Key: \(key)\r\n" + (session.map { "Mcp-Session-Id: \($0)\r\n" } ?? "")
                guard method == "POST" else {
                    return try client.exchange("\(method) /mcp HTTP/1.1\r\nHost: a.test\r\n\(fields)\r\n")
                }
                return try client.post("/mcp", Self.open, fields)
            }
            let session = try #require(try ask(alice.text, nil)["mcp-session-id"])
            #expect(session.hasPrefix("s.1.") && session != "s.1")
            #expect(try ask(bob.text, nil)["mcp-session-id"] != session)
            #expect(try ask(alice.text, session).status == 200)
            #expect(try ask(alice.text, session, method: "DELETE").status == 200)
            for (key, session) in [
                (bob.text, session), (alice.text, "s.1"), (alice.text, session + "0"), (alice.text, "x\(session)"),
            ] {
                let answer = try ask(key, session)
                #expect(answer.status == 404)
                #expect(try ask(key, session, method: "GET").status == 404)
            }
            #expect(try ask("sp_wrong", session).status == 401)
        }
        #expect(upstream.log.map { $0["mcp-session-id"] } == [nil, nil, "s.1", "s.1"])
        #expect(records.filter { $0["reason"] == "session_not_yours" }.count == 8)
        #expect(records.filter { $0["verdict"] == "denied" }.count == 9)
    }

    @Test("a page of another origin does not get in")
    func origins() async throws {
        let upstream = try Upstream(Self.answering("application/json", Self.tools))
        let records = try await withGateway(Self.world(upstream)) { gateway in
            let client = try gateway.connect()
            for (origin, status) in [
                ("http://a.test", 200), ("https://a.test", 403), ("http://a.test:1", 403), ("null", 403),
                ("http://evil.test", 403), ("http://a.test.evil.test", 403),
            ] { #expect(try client.post("/mcp", Self.list, "Origin: \(origin)\r\n").status == status, "\(origin)") }
            #expect(
                try client.post("/mcp", Self.list, "Origin: http://a.test\r\nOrigin: http://evil.test\r\n").status
                    != 200)
            #expect(try client.get("/mcp", "Origin: http://evil.test\r\n").status == 403)
        }
        #expect(upstream.log.count == 1)
        #expect(records.map { $0["reason"] }[1...5] == Array(repeating: "origin_not_allowed", count: 5)[...])
    }
}
