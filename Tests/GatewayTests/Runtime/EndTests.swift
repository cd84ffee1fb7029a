import Foundation
import Testing

@testable import Gateway

/// How requests end, each with one record, and how the gateway does.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct EndTests {
    /// One way for a request to end.
    struct Way: Sendable, CustomTestStringConvertible {
        var name: String
        /// What the caller sends.
        var request = "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"
        /// What the backend does with the connection after the head.
        var answer: @Sendable (Wire) throws -> Void = { try $0.send(Upstream.ok("ok")) }
        /// What the caller does after it has sent the request.
        var caller: @Sendable (Wire) throws -> Void = { _ = try? $0.response() }
        var reason: String
        var status: String?
        var rule = "{backendRefs: [{name: a, port: 80}], timeouts: {request: 500ms}}"
        var testDescription: String { name }
    }

    private static let post = "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\n"
    private static let silent: @Sendable (Wire) throws -> Void = { _ = try $0.takeAll() }
    private static let leaves: @Sendable (Wire) throws -> Void = {
        Thread.sleep(forTimeInterval: 0.2)
        $0.end()
    }

    static let ways: [Way] = [
        Way(name: "a good answer", reason: "rule_matched", status: "200"),
        Way(
            name: "HEAD", request: "HEAD / HTTP/1.1\r\nHost: a.test\r\n\r\n",
            answer: { try $0.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n") },
            caller: { _ = try? $0.response(to: "HEAD") }, reason: "rule_matched", status: "200"),
        Way(
            name: "an answer until the end of the connection", answer: { try $0.send("HTTP/1.1 200 OK\r\n\r\nx") },
            reason: "rule_matched", status: "200"),
        Way(
            name: "the caller leaves before the answer", answer: silent, caller: leaves, reason: "client_closed",
            status: nil),
        Way(
            name: "the caller leaves in the answer",
            answer: {
                try $0.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nx")
                _ = try $0.takeAll()
            }, caller: leaves, reason: "client_closed", status: "200"),
        Way(
            name: "the caller resets", answer: silent,
            caller: {
                Thread.sleep(forTimeInterval: 0.2)
                $0.reset()
            }, reason: "client_closed", status: nil),
        Way(
            name: "the caller leaves in the body", request: post + "x", answer: silent, caller: leaves,
            reason: "client_closed", status: nil),
        Way(name: "the backend says nothing", answer: silent, reason: "upstream_timeout", status: "504"),
        Way(name: "the backend closes", answer: { _ in }, reason: "upstream_reset", status: "502"),
        Way(name: "the backend resets", answer: { $0.reset() }, reason: "upstream_reset", status: "502"),
        Way(
            name: "the backend closes in the answer",
            answer: { try $0.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nx") }, reason: "upstream_reset",
            status: "200"),
        Way(
            name: "the backend resets an answer that ends with the connection",
            answer: {
                try $0.send("HTTP/1.1 200 OK\r\n\r\nx")
                Thread.sleep(forTimeInterval: 0.2)
                $0.reset()
            }, reason: "upstream_reset", status: "200"),
        Way(
            name: "the backend talks nonsense", answer: { try $0.send("nonsense\r\n\r\n") }, reason: "upstream_invalid",
            status: "502"),
        Way(
            name: "no such route", reason: "route_not_found", status: "404",
            rule: "{matches: [{path: {value: /other}}], backendRefs: [{name: a, port: 80}]}"),
        Way(
            name: "no such backend", reason: "backend_unresolved", status: "500",
            rule: "{backendRefs: [{name: nowhere, port: 80}]}"),
        Way(
            name: "a redirect", reason: "rule_matched", status: "302",
            rule: "{filters: [{type: RequestRedirect, requestRedirect: {hostname: b.test}}]}"),
        Way(
            name: "a preflight",
            request:
                "OPTIONS / HTTP/1.1\r\nHost: a.test\r\nOrigin: https://x\r\nAccess-Control-Request-Method: GET\r\n\r\n",
            reason: "rule_matched", status: "204",
            rule: "{backendRefs: [{name: a, port: 80}], filters: [{type: CORS, cors: {allowOrigins: [\"*\"]}}]}"),
        Way(name: "not HTTP", request: "hello there\r\n\r\n", reason: "invalid_request_line", status: "400"),
        Way(
            name: "two framings",
            request: "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx",
            reason: "ambiguous_framing", status: "400"),
        Way(
            name: "a broken chunk",
            request: "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", answer: silent,
            reason: "invalid_chunk", status: "400"),
        Way(
            name: "a broken chunk after the answer has begun",
            request: "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n",
            answer: {
                try $0.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nx")
                _ = try $0.takeAll()
            },
            caller: {
                _ = try $0.head()
                try $0.send("zz\r\n")
                _ = try $0.takeAll()
            }, reason: "invalid_chunk", status: "200"),
        Way(
            name: "HTTP/2 where it is not served", request: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            reason: "invalid_request_line", status: "400"),
        Way(
            name: "TRACE", request: "TRACE / HTTP/1.1\r\nHost: a.test\r\n\r\n", reason: "method_not_allowed",
            status: "405"),
        Way(
            name: "CONNECT", request: "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n",
            reason: "method_not_allowed", status: "405"),
    ]

    @Test("one request, one record", arguments: ways)
    func oneRecord(way: Way) async throws {
        let upstream = try Upstream { upstream, wire, _ in
            guard let head = try wire.head() else { return }
            upstream.note(head)
            try way.answer(wire)
        }
        let records = try await withGateway(World(upstream, rules: [way.rule])) { gateway in
            let client = try gateway.connect()
            try client.send(way.request)
            try way.caller(client)
            #expect(await eventually { await gateway.metrics().activeRequests == 0 })
            client.end()
            let metrics = await gateway.metrics()
            #expect(metrics.durations.values.reduce(0) { $0 + $1.counts.reduce(0, +) } == 1)
        }
        #expect(records.map { $0["reason"] } == [way.reason])
        #expect(records.map { $0["status"] } == [way.status])
        // Once a rule has let it through it stays allowed, whatever became of it.
        let isDenied = records.first?["rule"] == nil && way.reason != "rule_matched"
        #expect(records.first?["verdict"] == (isDenied ? "denied" : "allowed"))
    }

    @Test("what a record says about a good request")
    func recordContents() async throws {
        let upstream = try Upstream()
        let records = try await withGateway(World(upstream)) { gateway in
            let answer = try gateway.connect().post("/x?secret=1", "hello", "User-Agent: me\r\n")
            #expect(answer.status == 200)
        }
        let record = try #require(records.first)
        for (field, value) in [
            ("verdict", "allowed"), ("gateway", "t/gw"), ("listener", "http"), ("route", "HTTPRoute t/r"),
            ("policy", "t/p"), ("rule", "all"), ("http.method", "POST"), ("http.host", "a.test"), ("http.path", "/x"),
            ("http.version", "1.1"), ("http.user_agent", "me"), ("destination.service", "t/a"),
            ("destination.address", "127.0.0.1"), ("destination.port", "\(upstream.port)"), ("bytes.in", "5"),
            ("bytes.out", "11"), ("revision", "1"), ("source.address", "127.0.0.1"),
        ] { #expect(record[field] == value, "\(field)") }
    }

    // MARK: the gateway's end

    @Test("what runs finishes, what is idle is closed, and nobody is accepted any more", arguments: [1, 2])
    func drain(threads: Int) async throws {
        let go = Signal()
        let upstream = try Upstream { upstream, wire, _ in
            while let request = try upstream.next(wire) {
                if request.target == "/slow" { go.wait() }
                try wire.send(Upstream.ok("done", to: request))
            }
        }
        let gateway = try TestGateway(threads: threads)
        let records = try await withTaskExecutorPreference(ThreadExecutor()) {
            await gateway.apply(World(upstream))
            let (idle, slow) = (try gateway.connect(), try gateway.connect())
            #expect(try idle.get().status == 200)
            try slow.send("GET /slow HTTP/1.1\r\nHost: a.test\r\n\r\n")
            #expect(await eventually { upstream.log.count == 2 })
            async let records = gateway.stop(within: .seconds(15))
            #expect(try idle.isClosedByPeer())
            idle.end()
            #expect(await eventually { (try? gateway.connect()) == nil })
            go.send()
            let answer = try slow.response()
            #expect(answer.text == "done")
            #expect(answer["connection"] == "close")
            #expect(try slow.isClosedByPeer())
            slow.end()
            return try await records
        }
        #expect(records.map { $0["status"] } == ["200", "200"])
    }

    @Test("before the end: not ready, but who comes is served, and every answer is its connection's last")
    func leave() async throws {
        let upstream = try Upstream()
        let records = try await withGateway(World(upstream)) { gateway in
            let old = try gateway.connect()
            #expect(try old.get()["connection"] != "close")
            let isReady = { gateway.server.isReady }
            #expect(isReady())
            await gateway.server.leave()
            #expect(!isReady())
            for client in [old, try gateway.connect()] {
                let answer = try client.get()
                #expect(answer.status == 200)
                #expect(answer["connection"] == "close")
                #expect(try client.isClosedByPeer())
                client.end()
            }
        }
        #expect(records.map { $0["status"] } == ["200", "200", "200"])
    }

    @Test("when the deadline is over, what still runs ends, and has its record", arguments: [false, true])
    func deadline(hasBegun: Bool) async throws {
        let upstream = try Upstream { upstream, wire, _ in
            guard try upstream.next(wire) != nil else { return }
            if hasBegun { try wire.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nx") }
            _ = try wire.takeAll()
        }
        let gateway = try TestGateway()
        let records = try await withTaskExecutorPreference(ThreadExecutor()) {
            await gateway.apply(World(upstream))
            let client = try gateway.connect()
            try client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
            #expect(await eventually { upstream.log.count == 1 })
            let records = try await gateway.stop(within: .milliseconds(100))
            #expect(throws: WireError.self) { try client.response() }
            return records
        }
        #expect(records.count == 1)
    }

    @Test("with TLS too, where closing takes a while", arguments: ["--http1.1", "--http2"])
    func deadlineWithTLS(version: String) async throws {
        let upstream = try Upstream { upstream, wire, _ in
            guard try upstream.next(wire) != nil else { return }
            _ = try wire.takeAll()
        }
        let secure = try freePort()
        var world = World(upstream)
        world.listeners = [
            "{name: tls, protocol: HTTPS, port: \(secure), tls: {mode: Terminate, certificateRefs: [{name: c}]}}"
        ]
        world.extra = try TestAuthority().secret("c", namespace: "t", host: "a.test")
        let gateway = try TestGateway()
        let records = try await withTaskExecutorPreference(ThreadExecutor()) { [world] in
            await gateway.apply(world)
            let curl = Process()
            curl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            curl.arguments = [
                "curl", "-sk", "--max-time", "20", version, "--connect-to", "a.test:\(secure):127.0.0.1:\(secure)",
                "https://a.test:\(secure)/",
            ]
            curl.standardOutput = FileHandle.nullDevice
            try curl.run()
            #expect(await eventually { upstream.log.count == 1 })
            let records = try await gateway.stop(within: .milliseconds(100))
            curl.waitUntilExit()
            return records
        }
        #expect(records.map { $0["reason"] } == ["shutting_down"])
        #expect(records.first?["http.version"] == (version == "--http2" ? "2" : "1.1"))
    }

    @Test("a gateway that nobody uses ends at once")
    func nothingRuns() async throws {
        let upstream = try Upstream()
        let gateway = try TestGateway(threads: 2)
        await gateway.apply(World(upstream))
        #expect(try await gateway.stop(within: .seconds(60)).isEmpty)
    }
}
