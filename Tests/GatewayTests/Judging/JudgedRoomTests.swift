import Access
import NIOCore
import Testing

@testable import Gateway

/// Memory for bodies that wait to be judged: bounded, and given back on every way out.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct JudgedRoomTests {
    private static func piece(_ count: Int) -> ByteBuffer { ByteBuffer(repeating: 1, count: count) }

    @Test("room is taken as bytes come, and never beyond the limit of a body")
    func one() {
        let room = JudgedRoom(100)
        var body = JudgedBody()
        #expect(body.start(.length(80), limit: 80, room: room) == nil)
        #expect(body.isStarted && room.left == 100)
        #expect(body.append(Self.piece(50)) == nil)
        #expect(room.left == 50)
        #expect(body.append(Self.piece(31)) == .bodyTooLarge)
        #expect(body.append(Self.piece(30)) == nil)
        #expect(body.bytes.count == 80 && room.left == 20)
        body.wasRewritten()
        #expect(body.bytes.isEmpty && room.left == 20)
        body.giveBack()
        #expect(room.left == 100 && !body.isStarted)
        body.giveBack()
        #expect(room.left == 100)
    }

    @Test("what is announced as too large is not begun; what finds no room is told so")
    func several() {
        let room = JudgedRoom(100)
        var (one, two, three) = (JudgedBody(), JudgedBody(), JudgedBody())
        #expect(one.start(.length(81), limit: 80, room: room) == .bodyTooLarge)
        #expect(one.start(.length(.max), limit: 80, room: room) == .bodyTooLarge)
        #expect(one.start(.chunked, limit: 80, room: room) == nil)
        #expect(two.start(.length(60), limit: 80, room: room) == nil)
        #expect(three.start(.none, limit: 80, room: room) == nil)
        #expect(one.append(Self.piece(60)) == nil)
        #expect(two.append(Self.piece(41)) == .overloaded)
        #expect(two.append(Self.piece(40)) == nil)
        #expect(room.left == 0)
        one.giveBack()
        #expect(two.append(Self.piece(20)) == nil)
        two.giveBack()
        #expect(room.left == 100)
    }

    @Test("no room is left: 503, and room again later")
    func overloaded() async throws {
        let upstream = try Upstream(Chat.answering)
        let records = try await withGateway(.ai(upstream)) { gateway in
            let worker = gateway.server.workers[0]
            #expect(try await worker.eventLoop.submit { worker.judgedRoom.take(worker.judgedRoom.left) }.get())
            let client = try gateway.connect()
            let answer = try client.chat()
            #expect(answer.status == 503 && answer.code == "overloaded")
            try await worker.eventLoop.submit { worker.judgedRoom.giveBack(Worker.judgedBytes) }.get()
            #expect(try client.chat().status == 200)
            #expect(try await gateway.judgedRoom() == Worker.judgedBytes)
        }
        #expect(records.map { $0["reason"] } == ["overloaded", "rule_matched"])
        #expect(upstream.log.count == 1)
    }

    /// A way in which a request with a judged body ends.
    struct Way: Sendable, CustomTestStringConvertible {
        var name: String
        var limits: [String: String] = [:]
        /// What the backend does once it has the request.
        var answer: @Sendable (Wire) throws -> Void = { _ in }
        /// What the caller sends after the head and half of the body, and what it waits for.
        var caller: @Sendable (Wire) throws -> Void
        var reason: String
        var testDescription: String { name }
    }

    /// Reading a large body is work, of which a busy machine may make a minute.
    private static let longWait = 60

    private static let half = Chat.body.count / 2
    private static let rest = String(Chat.body.dropFirst(half))

    static let ways: [Way] = [
        Way(name: "the caller goes in the middle of its body", caller: { wire in wire.end() }, reason: "client_closed"),
        Way(
            name: "the caller resets in the middle of its body", caller: { wire in wire.reset() },
            reason: "client_closed"),
        Way(
            name: "the caller is too slow", limits: ["request-timeout": "1s"],
            caller: { wire in try wire.expect(408) }, reason: "request_timeout"),
        Way(
            name: "nothing moves", limits: ["stream-idle-timeout": "1s"],
            caller: { wire in
                try wire.expect(408)
                wire.end()
            }, reason: "request_timeout"),
        Way(
            name: "the body is wrong",
            caller: { wire in
                try wire.send(String(repeating: "x", count: Self.rest.count))
                try wire.expect(400)
            }, reason: "invalid_body"),
        Way(
            name: "the caller goes before the answer", answer: { _ = try $0.takeAll() },
            caller: { wire in
                try wire.send(Self.rest)
                wire.end()
            }, reason: "client_closed"),
        Way(
            name: "the backend goes before the answer", answer: { $0.end() },
            caller: { wire in
                try wire.send(Self.rest)
                try wire.expect(502)
            }, reason: "upstream_reset"),
        Way(
            name: "the backend goes in the middle of the answer",
            answer: { try $0.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\ncontent-type: application/json\r\n\r\n{") },
            caller: { wire in
                try wire.send(Self.rest)
                _ = try wire.takeAll()
            }, reason: "upstream_reset"),
        Way(
            name: "another request follows at once", answer: { try $0.send(Upstream.ok("{}")) },
            caller: { wire in
                try wire.send(Self.rest + "GET /v1/none HTTP/1.1\r\nHost: a.test\r\n\r\n")
                try wire.expect(200)
                try wire.expect(403)
            }, reason: "rule_matched"),
    ]

    @Test("every way out gives the room back and leaves one record", arguments: ways)
    func waysOut(way: Way) async throws {
        let upstream = try Upstream { upstream, wire, _ in
            guard try upstream.next(wire) != nil else { return }
            try way.answer(wire)
        }
        var world = World.ai(upstream)
        for (name, value) in way.limits { world.annotations["limits.sallyport.dev/\(name)"] = value }
        let records = try await withGateway(world) { gateway in
            let client = try gateway.connect()
            try client.send(
                "POST \(Chat.path) HTTP/1.1\r\nHost: a.test\r\nContent-Length: \(Chat.body.count)\r\n\r\n"
                    + Chat.body.prefix(Self.half))
            #expect(await eventually { (try? await gateway.judgedRoom()) == Worker.judgedBytes - Self.half })
            try way.caller(client)
            #expect(await eventually { await gateway.metrics().activeRequests == 0 })
            #expect(try await gateway.judgedRoom() == Worker.judgedBytes)
        }
        #expect(records.first?["reason"] == way.reason)
        #expect(records.count == (way.reason == "rule_matched" ? 2 : 1))
    }

    @Test("the gateway ends while a body is waited for: one record")
    func drain() async throws {
        let upstream = try Upstream()
        let gateway = try TestGateway()
        await gateway.apply(.ai(upstream))
        try await withTaskExecutorPreference(ThreadExecutor()) {
            let client = try gateway.connect()
            try client.send("POST \(Chat.path) HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100\r\n\r\n{")
            #expect(await eventually { await gateway.metrics().activeRequests == 1 })
            let records = try await gateway.stop(within: .milliseconds(100))
            #expect(records.map { $0["reason"] } == ["shutting_down"])
            client.end()
        }
        #expect(upstream.connections == 0)
    }

    @Test("a slow backend keeps the room of a large body until it has taken it")
    func slowBackend() async throws {
        let (asked, goOn) = (Signal(), Signal())
        let upstream = try Upstream { upstream, wire, _ in
            guard let head = try wire.head() else { return }
            asked.send()
            goOn.wait(Self.longWait)
            _ = try wire.take(Int(head["content-length"] ?? "") ?? 0)
            upstream.note(head)
            try wire.send(Upstream.ok("{}"))
        }
        // More than the system takes for somebody who does not read: 4 MiB to send, and a window that does not grow. Not
        // much more, and made of bytes: the text of it was the slowest part of the test on a busy machine.
        let size = 6 << 20
        let filler = [UInt8](repeating: UInt8(ascii: "x"), count: size)
        let body = Array(Chat.body.utf8.dropLast()) + Array(",\"user\":\"".utf8) + filler + Array("\"}".utf8)
        try await withGateway(.ai(upstream)) { gateway in
            let client = try gateway.connect()
            try client.send("POST \(Chat.path) HTTP/1.1\r\nHost: a.test\r\nContent-Length: \(body.count)\r\n\r\n")
            try client.send(body)
            #expect(asked.wait(Self.longWait))
            #expect(try await gateway.judgedRoom() <= Worker.judgedBytes - size)
            goOn.send()
            #expect(try client.response(to: "POST").status == 200)
            #expect(try await gateway.judgedRoom() == Worker.judgedBytes)
        }
        #expect(upstream.log.count == 1)
    }
}
