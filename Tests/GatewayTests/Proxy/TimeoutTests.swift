import Foundation
import Testing

@testable import Gateway

/// Everything that may take too long, and what happens then.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct TimeoutTests {
    /// Never answers.
    private static let silent: Upstream.Script = { upstream, wire, _ in while try upstream.next(wire) != nil {} }

    @Test("a route's times: 504", arguments: ["request: 300ms", "backendRequest: 300ms"])
    func route(time: String) async throws {
        let upstream = try Upstream(Self.silent)
        let rule = "{backendRefs: [{name: a, port: 80}], timeouts: {\(time)}}"
        let records = try await withGateway(World(upstream, rules: [rule])) { gateway in
            let client = try gateway.connect()
            let answer = try client.get()
            #expect(answer.status == 504)
            #expect(answer.code == "upstream_timeout")
            // The connection is good for more.
            #expect(try client.get("/2").status == 504)
        }
        #expect(records.map { $0["reason"] } == ["upstream_timeout", "upstream_timeout"])
    }

    @Test("the time of one attempt is over and the route retries: another endpoint answers")
    func attemptTime() async throws {
        let slow = try Upstream(Self.silent)
        let quick = try Upstream(Upstream.named("quick"))
        let rule =
            "{backendRefs: [{name: a, port: 80}], timeouts: {request: 10s, backendRequest: 300ms}, retry: {attempts: 1}}"
        try await withGateway(World(slow, quick, rules: [rule])) { gateway in
            let client = try gateway.connect()
            for _ in 0..<4 { #expect(try client.get().text == "quick") }
        }
        #expect(!slow.log.isEmpty)
    }

    @Test("the request's time is over in the middle of the answer: the caller notices")
    func middle() async throws {
        let upstream = try Upstream { upstream, wire, _ in
            guard try upstream.next(wire) != nil else { return }
            try wire.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf")
            _ = try upstream.next(wire)
        }
        let rule = "{backendRefs: [{name: a, port: 80}], timeouts: {request: 400ms}}"
        let records = try await withGateway(World(upstream, rules: [rule])) { gateway in
            let client = try gateway.connect()
            try client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
            #expect(throws: WireError.self) { try client.response() }
        }
        #expect(records.map { $0["reason"] } == ["upstream_timeout"])
        #expect(records.first?["status"] == "200")
    }

    @Test("a head that does not come to its end: 408; nothing at all: closed without a word")
    func head() async throws {
        let upstream = try Upstream()
        let records = try await withGateway(World(upstream, limits: ["header-timeout": "1s"])) { gateway in
            let slow = try gateway.connect()
            try slow.send("GET / HTTP/1.1\r\nHost: a.te")
            let silent = try gateway.connect()
            let answer = try slow.response()
            #expect(answer.status == 408)
            #expect(answer["connection"] == "close")
            #expect(try slow.isClosedByPeer())
            #expect(try silent.isClosedByPeer())
        }
        #expect(records.map { $0["reason"] } == ["request_timeout"])
    }

    @Test("a connection that is idle between requests is closed")
    func idle() async throws {
        let upstream = try Upstream()
        try await withGateway(World(upstream, limits: ["idle-timeout": "1s"])) { gateway in
            let client = try gateway.connect()
            #expect(try client.get().status == 200)
            #expect(try client.isClosedByPeer())
        }
    }

    @Test("a body that comes too slowly: 408, and the upstream is left", arguments: [true, false])
    func slowBody(isChunked: Bool) async throws {
        let upstream = try Upstream()
        let records = try await withGateway(World(upstream, limits: ["request-timeout": "1s"])) { gateway in
            let client = try gateway.connect()
            let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: 10"
            try client.send("POST / HTTP/1.1\r\nHost: a.test\r\n\(framing)\r\n\r\n\(isChunked ? "1\r\n" : "")x")
            let answer = try client.response()
            #expect(answer.status == 408)
            #expect(answer["connection"] == "close")
        }
        #expect(records.map { $0["reason"] } == ["request_timeout"])
        #expect(upstream.log.isEmpty)
    }

    @Test("a refused request whose body never comes keeps the reason of its refusal")
    func refusedAndSlow() async throws {
        let upstream = try Upstream()
        var world = World(upstream, limits: ["request-timeout": "1s"])
        world.policy = nil
        let records = try await withGateway(world) { gateway in
            let client = try gateway.connect()
            try client.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\nx")
            #expect(try client.response().status == 403)
            #expect(try client.takeAll().isEmpty)
        }
        #expect(records.map { $0["reason"] } == ["no_policy"])
    }

    @Test("nothing moves for too long: 504 before the answer, an end after it", arguments: [false, true])
    func streamIdle(hasBegun: Bool) async throws {
        let upstream = try Upstream { upstream, wire, _ in
            guard try upstream.next(wire) != nil else { return }
            if hasBegun { try wire.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n") }
            _ = try upstream.next(wire)
        }
        let records = try await withGateway(World(upstream, limits: ["stream-idle-timeout": "1s"])) { gateway in
            let client = try gateway.connect()
            try client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
            if hasBegun {
                #expect(throws: WireError.self) { try client.response() }
            } else {
                #expect(try client.response().status == 504)
            }
        }
        #expect(records.map { $0["reason"] } == ["upstream_timeout"])
    }

    @Test("the last answer of a connection waits for a slow reader")
    func slowLastAnswer() async throws {
        let size = 12 << 20
        let finished = Signal()
        let upstream = try Upstream { upstream, wire, _ in
            guard try upstream.next(wire) != nil else { return }
            try wire.send("HTTP/1.1 200 OK\r\ncontent-length: \(size)\r\n\r\n")
            try wire.send([UInt8](repeating: 120, count: size))
            finished.send()
            _ = try upstream.next(wire)
        }
        try await withGateway(World(upstream)) { gateway in
            let client = try gateway.connect(receiveBuffer: 4096)
            try client.send("GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n")
            var answer = try #require(try client.head())
            // Up to here the upstream waits for us; then it is done, and only the gateway holds what is left.
            while !finished.wait(0) { answer.body += try client.take(65_536) }
            try await Task.sleep(for: .seconds(5))
            answer.body += try client.takeAll()
            #expect(answer.body.count == size)
        }
    }
}
