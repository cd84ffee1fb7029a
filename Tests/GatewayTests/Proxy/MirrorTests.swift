import Foundation
import Testing

@testable import Gateway

/// Copies of requests: complete, and never at the request's cost.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct MirrorTests {
    private static func rule(_ mirrors: String...) -> String {
        let filters = mirrors.map { "{type: RequestMirror, requestMirror: {backendRef: {name: \($0), port: 80}}}" }
        return "{backendRefs: [{name: a, port: 80}], filters: [\(filters.joined(separator: ", "))]}"
    }

    private static func world(_ upstream: Upstream, _ mirrors: [String: Upstream], _ rule: String) -> World {
        var world = World(upstream, rules: [rule])
        for (name, mirror) in mirrors { world.services[name] = [mirror.port] }
        return world
    }

    @Test("each mirror gets the whole request")
    func several() async throws {
        let (upstream, one, two) = (try Upstream(), try Upstream(), try Upstream(Upstream.named("wrong")))
        let body = String(repeating: "body", count: 20_000)
        try await withGateway(Self.world(upstream, ["m": one, "n": two], Self.rule("m", "n"))) { gateway in
            let client = try gateway.connect()
            #expect(try client.post("/x?y=1", body, "X-Forwarded-For: 6.6.6.6\r\n").text == "/x?y=1")
            #expect(try client.get("/z").text == "/z")
            #expect(await eventually { one.log.count == 2 && two.log.count == 2 })
        }
        for mirror in [one, two] {
            let post = try #require(mirror.log.first { $0.method == "POST" })
            #expect(post.target == "/x?y=1")
            #expect(post.text == body)
            #expect(post["x-forwarded-for"] == "127.0.0.1")
            #expect(post["host"] == "a.test")
        }
    }

    @Test("chunked bodies are copied too")
    func chunked() async throws {
        let (upstream, mirror) = (try Upstream(), try Upstream())
        try await withGateway(Self.world(upstream, ["m": mirror], Self.rule("m"))) { gateway in
            let client = try gateway.connect()
            try client.send("POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
            try await Task.sleep(for: .milliseconds(50))
            try client.send("2\r\nde\r\n0\r\n\r\n")
            #expect(try client.response().status == 200)
            #expect(await eventually { mirror.log.count == 1 })
        }
        #expect(mirror.log.first?.text == "abcde")
        #expect(upstream.log.first?.text == "abcde")
    }

    @Test("a share of the requests: none of them, all of them", arguments: [0, 100])
    func share(percent: Int) async throws {
        let (upstream, mirror) = (try Upstream(), try Upstream())
        let rule =
            "{backendRefs: [{name: a, port: 80}], filters: [{type: RequestMirror, requestMirror: "
            + "{backendRef: {name: m, port: 80}, percent: \(percent)}}]}"
        try await withGateway(Self.world(upstream, ["m": mirror], rule)) { gateway in
            let client = try gateway.connect()
            for _ in 0..<20 { #expect(try client.get().status == 200) }
            #expect(await eventually { mirror.log.count >= percent / 5 })
        }
        #expect(mirror.log.count == percent / 5)
    }

    @Test("a mirror that is not there")
    func down() async throws {
        let upstream = try Upstream()
        var world = World(upstream, rules: [Self.rule("m")])
        world.services["m"] = [try freePort()]
        let records = try await withGateway(world) { gateway in
            let client = try gateway.connect()
            for _ in 0..<5 { #expect(try client.post("/", "x").status == 200) }
        }
        #expect(records.count == 5)
        #expect(records.allSatisfy { $0["reason"] == "rule_matched" })
    }

    @Test("a mirror that does not read holds nothing up, and what it does not take is counted")
    func slow() async throws {
        let upstream = try Upstream()
        let mirror = try Upstream { _, wire, _ in
            while wire.buffer.isEmpty { guard try wire.fill(1) else { return } }
            Thread.sleep(forTimeInterval: 30)
        }
        let size = 24 << 20
        let rule = Self.rule("m")
        try await withGateway(Self.world(upstream, ["m": mirror], rule)) { gateway in
            let client = try gateway.connect()
            try client.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: \(size)\r\n\r\n")
            try client.send([UInt8](repeating: 1, count: size))
            #expect(try client.response().status == 200)
            #expect(await gateway.metrics().mirrorsDropped == 1)
        }
        #expect(upstream.log.first?.body.count == size)
    }

    @Test("a copy whose request failed half way does not leave a connection behind that swallows the next one")
    func halfACopy() async throws {
        // Answers before it has read the body, and goes on as a server that counts bytes does.
        let mirror = try Upstream { upstream, wire, _ in
            while let head = try wire.head() {
                upstream.note(head)
                try wire.send(Upstream.ok("early"))
                if let length = Int(head["content-length"] ?? "") { _ = try wire.take(length) }
            }
        }
        var world = World(rules: [
            "{matches: [{path: {value: /fails}}], backendRefs: [{name: a, port: 80}], filters: [{type: RequestMirror, "
                + "requestMirror: {backendRef: {name: m, port: 80}}}]}",
            "{backendRefs: [{name: m, port: 80}]}",
        ])
        world.services = ["a": [try freePort()], "m": [mirror.port]]
        try await withGateway(world) { gateway in
            let client = try gateway.connect()
            try client.send("POST /fails HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1000\r\n\r\nhalf")
            #expect(try client.response().status == 502)
            #expect(await eventually { mirror.log.count == 1 })
            try client.send(String(repeating: "x", count: 996))
            try await Task.sleep(for: .milliseconds(300))
            for number in 0..<3 {
                #expect(try gateway.connect().get("/next\(number)").text == "early")
            }
        }
        #expect(mirror.log.map(\.target).filter { $0.hasPrefix("/next") } == ["/next0", "/next1", "/next2"])
    }
}
