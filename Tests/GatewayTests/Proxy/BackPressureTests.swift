import Foundation
import Testing

@testable import Gateway

/// A slow reader makes a slow writer on the other side, never a growing buffer: bytes are counted, not time.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct BackPressureTests {
    /// What two sockets' buffers and the gateway's own may hold together; the system's grow up to some megabytes each.
    private static let bound = 24 << 20
    private static let piece = [UInt8](repeating: 1, count: 65_536)

    /// Sends until nothing has gone for a while; how much went.
    private static func push(_ wire: Wire, most: Int) -> Int {
        var (sent, misses) = (0, 0)
        while misses < 100, sent < most {
            let count = wire.sendSome(piece)
            sent += count
            misses = count == 0 ? misses + 1 : 0
            if count == 0 { Thread.sleep(forTimeInterval: 0.01) }
        }
        return sent
    }

    @Test("a caller that does not read stops the backend; when it reads again, all comes", arguments: [true, false])
    func slowCaller(isChunked: Bool) async throws {
        let size = 96 << 20
        let pushed = Shared(0)
        let (stuck, go) = (Signal(), Signal())
        let upstream = try Upstream { upstream, wire, _ in
            guard try upstream.next(wire) != nil else { return }
            if isChunked {
                try wire.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\(String(size, radix: 16))\r\n")
            } else {
                try wire.send("HTTP/1.1 200 OK\r\ncontent-length: \(size)\r\n\r\n")
            }
            let sent = Self.push(wire, most: size)
            pushed.value = sent
            stuck.send()
            go.wait()
            var left = size - sent
            while left > 0 {
                try wire.send(Array(Self.piece.prefix(left)))
                left -= min(left, Self.piece.count)
            }
            if isChunked { try wire.send("\r\n0\r\n\r\n") }
        }
        try await withGateway(World(upstream)) { gateway in
            let client = try gateway.connect(receiveBuffer: 65_536)
            try client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
            stuck.wait()
            #expect(pushed.value < Self.bound)
            #expect(await gateway.metrics().responseBytes == 0)
            go.send()
            let head = try #require(try client.head())
            #expect(head.status == 200)
            var got = 0
            if isChunked {
                while let chunk = try client.chunk() { got += chunk.count }
            } else {
                while got < size { got += try client.take(min(1 << 20, size - got)).count }
            }
            #expect(got == size)
        }
    }

    @Test("a backend that does not read stops the caller; when it reads again, all comes", arguments: [true, false])
    func slowBackend(isChunked: Bool) async throws {
        let size = 48 << 20
        let go = Signal()
        let upstream = try Upstream { upstream, wire, _ in
            var small: Int32 = 65_536
            setsockopt(wire.descriptor, SOL_SOCKET, SO_RCVBUF, &small, socklen_t(MemoryLayout<Int32>.size))
            go.wait()
            if let request = try upstream.next(wire) { try wire.send(Upstream.ok("\(request.body.count)")) }
        }
        try await withGateway(World(upstream)) { gateway in
            let client = try gateway.connect()
            if isChunked {
                try client.send(
                    "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n\(String(size, radix: 16))\r\n"
                )
            } else {
                try client.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: \(size)\r\n\r\n")
            }
            var sent = Self.push(client, most: size)
            #expect(sent < Self.bound)
            go.send()
            while sent < size {
                let part = Array(Self.piece.prefix(size - sent))
                try client.send(part)
                sent += part.count
            }
            if isChunked { try client.send("\r\n0\r\n\r\n") }
            #expect(try client.response().text == "\(size)")
        }
    }

    @Test("a backend that takes no connection yet stops the caller after a little")
    func noConnection() async throws {
        // The queue of connections is full and nobody takes one: a new one neither comes about nor fails.
        let (descriptor, port) = try listening()
        listen(descriptor, 0)
        let fillers = (0..<4).map { _ in startConnecting(port) }
        defer { for filler in fillers + [descriptor] { close(filler) } }
        try await Task.sleep(for: .milliseconds(200))
        var world = World(limits: ["connect-timeout": "3s"])
        world.services["a"] = [port]
        let records = try await withGateway(world) { gateway in
            let client = try gateway.connect()
            try client.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 50000000\r\n\r\n")
            #expect(Self.push(client, most: 50_000_000) < Self.bound)
            client.end()
        }
        #expect(records.count == 1)
    }

    @Test("pipelined requests that nobody answers are not taken in without end")
    func pipeline() async throws {
        let upstream = try Upstream { upstream, wire, _ in
            _ = try upstream.next(wire)
            _ = try wire.takeAll()
        }
        try await withGateway(World(upstream)) { gateway in
            let client = try gateway.connect()
            try client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
            #expect(Self.push(client, most: 64 << 20) < Self.bound)
        }
        #expect(upstream.log.count == 1)
    }
}
