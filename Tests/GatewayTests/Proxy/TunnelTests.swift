import Foundation
import Testing

@testable import Gateway

/// WebSocket: after 101 the bytes belong to caller and backend alone.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct TunnelTests {
    private static let ask = """
        GET /socket HTTP/1.1\r\nHost: a.test\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n
        """
    private static let agree =
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n"

    @Test("what the caller sends early waits for 101; then bytes go both ways until one side ends")
    func tunnel() async throws {
        let early = Signal()
        let upstream = try Upstream { upstream, wire, _ in
            guard let request = try wire.head() else { return }
            upstream.note(request)
            early.wait()
            // Nothing may have come before the answer.
            if !wire.buffer.isEmpty { upstream.note(request) }
            try wire.send(Self.agree + "hello")
            let bytes = try wire.take(5)
            try wire.send(bytes + [33])
        }
        let records = try await withGateway(World(upstream)) { gateway in
            let client = try gateway.connect()
            try client.send(Self.ask + "early")
            #expect(await eventually { upstream.log.count == 1 })
            early.send()
            let answer = try client.response()
            #expect(answer.status == 101)
            #expect(answer["upgrade"] == "websocket")
            #expect(answer["connection"]?.lowercased() == "upgrade")
            #expect(try client.take(11) == Array("helloearly!".utf8))
            #expect(try client.isClosedByPeer())
        }
        #expect(upstream.log.count == 1)
        let request = try #require(upstream.log.first)
        #expect(request["upgrade"] == "websocket")
        #expect(request["connection"]?.lowercased() == "upgrade")
        #expect(request["sec-websocket-key"] != nil)
        #expect(records.map { $0["status"] } == ["101"])
        #expect(records.first?["reason"] == "rule_matched")
        #expect(records.first?["bytes.in"] == "5")
        #expect(records.first?["bytes.out"] == "11")
    }

    @Test("much that comes early is taken in up to a limit, and goes on after 101", arguments: [65_536, 300_000])
    func muchEarly(count: Int) async throws {
        let early = Signal()
        let upstream = try Upstream { upstream, wire, _ in
            guard let request = try wire.head() else { return }
            upstream.note(request)
            early.wait()
            try wire.send(Self.agree)
            var got = 0
            while got < count + 1_000 {
                guard try wire.fill() else { return }
                got += try wire.take(wire.buffer.count).count
            }
            try wire.send("all")
        }
        try await withGateway(World(upstream)) { gateway in
            let client = try gateway.connect()
            try client.send(Self.ask)
            #expect(await eventually { upstream.log.count == 1 })
            let rest = [UInt8](repeating: 7, count: count)
            let sent = client.sendSome(rest)
            try await Task.sleep(for: .milliseconds(200))
            early.send()
            #expect(try client.response().status == 101)
            try client.send(Array(rest[sent...]))
            try client.send([UInt8](repeating: 8, count: 1_000))
            #expect(try client.take(3) == Array("all".utf8))
        }
    }

    @Test("a backend that refuses the upgrade: its answer, and the connection goes on")
    func refused() async throws {
        let upstream = try Upstream { upstream, wire, _ in
            while let request = try upstream.next(wire) {
                try wire.send(
                    request.target == "/socket"
                        ? "HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno" : Upstream.ok("on", to: request))
            }
        }
        try await withGateway(World(upstream)) { gateway in
            let client = try gateway.connect()
            let answer = try client.exchange(Self.ask)
            #expect(answer.status == 403)
            #expect(answer.text == "no")
            #expect(try client.get().text == "on")
        }
    }

    @Test(
        "a 101 that nobody asked for, or to something else, is no answer",
        arguments: [
            ("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n", TunnelTests.agree),
            (TunnelTests.ask, "HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n"),
            (TunnelTests.ask, "HTTP/1.1 101 Switching\r\n\r\n"),
        ])
    func wrong(request: String, answer: String) async throws {
        let upstream = try Upstream(Upstream.answering(answer))
        try await withGateway(World(upstream)) { gateway in
            let answer = try gateway.connect().exchange(request)
            #expect(answer.status == 502)
        }
    }

    @Test("an upgrade to anything else is an ordinary request")
    func otherProtocol() async throws {
        let upstream = try Upstream()
        try await withGateway(World(upstream)) { gateway in
            let answer = try gateway.connect().get(
                "/", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n")
            #expect(answer.status == 200)
        }
        let request = try #require(upstream.log.first)
        #expect(request["upgrade"] == nil)
        #expect(request["http2-settings"] == nil)
        #expect(request["connection"] == nil)
    }

    @Test("a caller who leaves ends the tunnel to the backend")
    func callerLeaves() async throws {
        let ended = Signal()
        let upstream = try Upstream { upstream, wire, _ in
            guard try wire.head() != nil else { return }
            try wire.send(Self.agree)
            _ = try wire.takeAll()
            ended.send()
        }
        let records = try await withGateway(World(upstream)) { gateway in
            let client = try gateway.connect()
            #expect(try client.exchange(Self.ask).status == 101)
            client.end()
            #expect(ended.wait())
        }
        #expect(records.count == 1)
    }
}
