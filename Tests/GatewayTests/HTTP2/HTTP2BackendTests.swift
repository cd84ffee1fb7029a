import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import Gateway

/// A backend that answers frame by frame as a test says.
private final class ScriptedBackend: Sendable {
    /// What to send for a frame; the number is that of the connection, from 1.
    typealias Script = @Sendable (_ connection: Int, _ frame: RawFrame) -> [RawFrame]

    let connections = Atomic<Int>(0)
    private let channel = Mutex<(any Channel)?>(nil)
    var port: Int { channel.withLock { $0?.localAddress?.port } ?? 0 }

    static func start(_ script: @escaping Script) async throws -> ScriptedBackend {
        let backend = ScriptedBackend()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                let number = backend.connections.add(1, ordering: .relaxed).newValue
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Player(number, script))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        backend.channel.withLock { $0 = channel }
        return backend
    }

    func stop() async throws { try await channel.withLock { $0 }?.close() }

    private final class Player: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let number: Int
        private let script: Script
        private var buffer = ByteBuffer()
        private var hasPreface = false

        init(_ number: Int, _ script: @escaping Script) {
            self.number = number
            self.script = script
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var bytes = unwrapInboundIn(data)
            buffer.writeBuffer(&bytes)
            if !hasPreface {
                guard buffer.readSlice(length: FrameClient.preface.count) != nil else { return }
                hasPreface = true
                send(context, [.settings()])
            }
            while let frame = buffer.readFrame() {
                if frame.type == RawFrame.Kind.settings, frame.flags == 0 { send(context, [.settingsAck]) }
                send(context, script(number, frame))
            }
        }

        private func send(_ context: ChannelHandlerContext, _ frames: [RawFrame]) {
            guard !frames.isEmpty else { return }
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: frames.flatMap(\.bytes))), promise: nil)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

@Suite("HTTP/2 backends that misbehave or leave", .serialized)
struct HTTP2BackendTests {
    private static func ok(_ stream: Int) -> [RawFrame] {
        [
            RawFrame(type: RawFrame.Kind.headers, flags: 4, stream: stream, payload: [0x88]),
            .data(stream, Array("fine".utf8), end: true),
        ]
    }

    private func ask(
        _ script: @escaping ScriptedBackend.Script, _ arguments: [String] = []
    ) async throws -> (said: String, connections: Int) {
        let backend = try await ScriptedBackend.start(script)
        let door = try await TestFrontDoor.start(backend: backend.port, appProtocol: "kubernetes.io/h2c")
        let said = try await door.curl("/", ["--http2-prior-knowledge", "-w", " %{http_code}"] + arguments)
        await door.stop()
        try await backend.stop()
        return (said, backend.connections.load(ordering: .relaxed))
    }

    @Test("a stream that is refused is sent again")
    func refused() async throws {
        let result = try await ask { _, frame in
            guard frame.type == RawFrame.Kind.headers else { return [] }
            return frame.stream == 1 ? [.reset(1, 7)] : Self.ok(frame.stream)
        }
        #expect(result.said == "fine 200")
    }

    @Test("a backend that leaves before it looked at the request: a new connection, nothing lost")
    func goAway() async throws {
        let result = try await ask { connection, frame in
            guard frame.type == RawFrame.Kind.headers else { return [] }
            guard connection == 1 else { return Self.ok(frame.stream) }
            return [RawFrame(type: RawFrame.Kind.goAway, payload: RawFrame.word(0) + RawFrame.word(0))]
        }
        #expect(result.said == "fine 200")
        #expect(result.connections == 2)
    }

    @Test("a request that may have been done is not sent again")
    func resetAfterLooking() async throws {
        let result = try await ask(
            { _, frame in frame.type == RawFrame.Kind.headers ? [.reset(frame.stream, 2)] : [] }, ["-d", "x"])
        #expect(result.said.hasSuffix(" 502"), "\(result.said)")
        #expect(result.connections == 1)
    }

    @Test(
        "answers that are no answers are a 502",
        arguments: [
            [0x40, 1, 0x78, 1, 0x79],  // no :status
            [0x88, 0x88],  // two of them
            [0x48, 3, 0x31, 0x30, 0x31],  // 101
            [0x48, 3, 0x39, 0x39, 0x39],  // 999
            [0x88, 0x40, 1, 0x58, 1, 0x79],  // an upper-case name
            [0x88, 0x40, 1, 0x78, 3, 0x61, 0x0d, 0x0a],  // a line end in a value
            [0x88, 0x40, 10] + Array("connection".utf8) + [1, 0x78],
        ])
    func malformed(block: [UInt8]) async throws {
        let result = try await ask { _, frame in
            guard frame.type == RawFrame.Kind.headers else { return [] }
            return [
                RawFrame(type: RawFrame.Kind.headers, flags: 4, stream: frame.stream, payload: block),
                .data(frame.stream, [1], end: true),
            ]
        }
        #expect(result.said.hasSuffix(" 502"), "\(block): \(result.said)")
    }

    @Test("a body that is not as long as it said breaks the answer off")
    func wrongLength() async throws {
        for body in ["abc", "abcdefgh"] {
            let result = try await ask { _, frame in
                guard frame.type == RawFrame.Kind.headers else { return [] }
                let head: [UInt8] = [0x88, 0x5c, 1, UInt8(ascii: "5")]
                return [
                    RawFrame(type: RawFrame.Kind.headers, flags: 4, stream: frame.stream, payload: head),
                    .data(frame.stream, Array(body.utf8), end: true),
                ]
            }
            #expect(result.said.contains("curl: ("), "\(result.said)")
        }
    }

    @Test("a backend that does not speak HTTP/2 is a 502")
    func noHTTP2() async throws {
        let backend = try await PlainTestServer.start(answer: "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        let door = try await TestFrontDoor.start(backend: backend.port, appProtocol: "kubernetes.io/h2c")
        let said = try await door.curl("/", ["--http2-prior-knowledge", "-o", "/dev/null", "-w", "%{http_code}"])
        #expect(said == "502")
        await door.stop()
        try await backend.stop()
    }
}
