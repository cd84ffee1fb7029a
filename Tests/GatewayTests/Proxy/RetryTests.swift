import Foundation
import Testing

@testable import Gateway

/// When a request is sent again, and when it must not be.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct RetryTests {
    @Test("an endpoint that takes no connection is passed over")
    func connectFailure() async throws {
        let upstream = try Upstream()
        var world = World(upstream)
        world.services["a"]?.append(try freePort())
        let records = try await withGateway(world) { gateway in
            let client = try gateway.connect()
            for number in 0..<8 { #expect(try client.post("/\(number)", "hello").status == 200) }
        }
        #expect(upstream.log.map(\.text) == Array(repeating: "hello", count: 8))
        #expect(records.count == 8)
        #expect(records.contains { $0["destination.attempts"] == "2" })
    }

    @Test("nobody takes a connection: 502, one record, tried twice")
    func nobodyThere() async throws {
        var world = World()
        world.services["a"] = [try freePort()]
        let records = try await withGateway(world) { gateway in
            let answer = try gateway.connect().get()
            #expect(answer.status == 502)
            #expect(answer.code == "upstream_unavailable")
            #expect(!answer.text.contains("127.0.0.1"))
        }
        #expect(records.map { $0["reason"] } == ["upstream_unreachable"])
        #expect(records.first?["destination.attempts"] == "2")
    }

    /// Answers once on each connection, then closes it when the next request has come.
    private static let closesSecond: Upstream.Script = { upstream, wire, _ in
        guard let first = try upstream.next(wire) else { return }
        try wire.send(Upstream.ok("first", to: first))
        _ = try upstream.next(wire)
    }

    @Test("a kept connection that closes under a GET: sent again; under a POST: not", arguments: ["GET", "POST"])
    func staleConnection(method: String) async throws {
        let upstream = try Upstream(Self.closesSecond)
        try await withGateway(World(upstream)) { gateway in
            let client = try gateway.connect()
            #expect(try client.get().text == "first")
            let answer = method == "GET" ? try client.get("/again") : try client.post("/again", "x")
            #expect(answer.status == (method == "GET" ? 200 : 502))
        }
        #expect(upstream.log.count { $0.target == "/again" } == (method == "GET" ? 2 : 1))
    }

    @Test("a new connection that closes without an answer: not sent again, unless the route says so")
    func closedBeforeAnswer() async throws {
        let upstream = try Upstream { upstream, wire, number in
            guard let request = try upstream.next(wire), number > 0 else { return }
            try wire.send(Upstream.ok("second", to: request))
        }
        try await withGateway(World(upstream)) { gateway in
            let answer = try gateway.connect().get()
            #expect(answer.status == 502)
        }
        let other = try Upstream { upstream, wire, number in
            guard let request = try upstream.next(wire), number > 0 else { return }
            try wire.send(Upstream.ok("second", to: request))
        }
        let rule = "{backendRefs: [{name: a, port: 80}], retry: {attempts: 1}}"
        try await withGateway(World(other, rules: [rule])) { gateway in
            let answer = try gateway.connect().post("/", "body")
            #expect(answer.text == "second")
        }
        #expect(other.log.map(\.text) == ["body", "body"])
    }

    @Test("a route's retry: by status, with a pause, with the whole body, as often as it says")
    func byStatus() async throws {
        let body = String(repeating: "b", count: 20_000)
        let upstream = try Upstream { upstream, wire, number in
            while let request = try upstream.next(wire) {
                let count = upstream.log.count { $0.target == request.target }
                if request.target == "/never" || count < 3 {
                    try wire.send("HTTP/1.1 503 No\r\ncontent-length: 2\r\n\r\nno")
                } else {
                    try wire.send(Upstream.ok("third", to: request))
                }
            }
        }
        let rule = "{backendRefs: [{name: a, port: 80}], retry: {codes: [503], attempts: 2, backoff: 20ms}}"
        let records = try await withGateway(World(upstream, rules: [rule])) { gateway in
            let client = try gateway.connect()
            #expect(try client.post("/good", body).text == "third")
            let answer = try client.post("/never", body)
            #expect(answer.status == 503)
            #expect(answer.text == "no")
        }
        #expect(upstream.log.allSatisfy { $0.text == body })
        #expect(upstream.log.count == 6)
        #expect(records.map { $0["destination.attempts"] } == ["3", "3"])
    }

    @Test("a body that is too long to be kept is sent once")
    func longBody() async throws {
        let upstream = try Upstream(Upstream.answering("HTTP/1.1 503 No\r\ncontent-length: 2\r\n\r\nno"))
        let rule = "{backendRefs: [{name: a, port: 80}], retry: {codes: [503], attempts: 3}}"
        try await withGateway(World(upstream, rules: [rule])) { gateway in
            let client = try gateway.connect()
            #expect(try client.post("/short", String(repeating: "b", count: 60_000)).status == 503)
            #expect(try client.post("/long", String(repeating: "b", count: 400_000)).status == 503)
        }
        #expect(upstream.log.count { $0.target == "/short" } == 4)
        #expect(upstream.log.count { $0.target == "/long" } == 1)
        #expect(upstream.log.allSatisfy { $0.text.count == ($0.target == "/long" ? 400_000 : 60_000) })
    }

    @Test(
        "never once the answer has begun", arguments: ["HTTP/1.1 200 OK\r\ncontent-len", "HTTP/1.1 103 Wait\r\n\r\n"])
    func begun(start: String) async throws {
        let upstream = try Upstream { upstream, wire, _ in
            guard try upstream.next(wire) != nil else { return }
            try wire.send(start)
        }
        let rule = "{backendRefs: [{name: a, port: 80}], retry: {attempts: 3}}"
        try await withGateway(World(upstream, rules: [rule])) { gateway in
            let answer = try gateway.connect().post("/", "x")
            #expect(answer.status == 502)
        }
        #expect(upstream.log.count == 1)
    }

    @Test("a connection that was opened for a caller who has left is kept, and counts as kept when it is used")
    func unusedConnection() async throws {
        // The first request's own connection is answered late, so that the second is opened; nothing may be lost.
        let upstream = try Upstream(Self.closesSecond)
        try await withGateway(World(upstream)) { gateway in
            let client = try gateway.connect()
            #expect(try client.get("/1").status == 200)
            #expect(try client.get("/2").status == 200)
            #expect(try client.get("/3").status == 200)
        }
    }

    @Test("a kept connection that is reset as the request is written does not confuse who waits for what")
    func resetUnderWrite() async throws {
        let upstream = try Upstream { upstream, wire, number in
            guard let first = try upstream.next(wire) else { return }
            try wire.send(Upstream.ok(first.target, to: first))
            while let request = try upstream.next(wire) { try wire.send(Upstream.ok(request.target, to: request)) }
        }
        try await withGateway(World(upstream)) { gateway in
            let client = try gateway.connect()
            for round in 0..<10 {
                #expect(try client.get("/\(round)").text == "/\(round)")
                // The loop is kept busy while both happen, so that it sees the request first.
                let (busy, release) = (Signal(), Signal())
                gateway.server.workers[0].eventLoop.execute {
                    busy.send()
                    release.wait()
                }
                busy.wait()
                try client.send("GET /again\(round) HTTP/1.1\r\nHost: a.test\r\n\r\n")
                upstream.accepted.last?.reset()
                release.send()
                #expect(try client.response().text == "/again\(round)")
            }
        }
    }
}
