import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOPosix
import Synchronization

/// A backend that says what it got. Speaks HTTP/1.1 or, without TLS, HTTP/2.
///
/// `/echo` sends the body back; `/trailers` adds trailers; `/hints` sends a 103 first; `/flood` sends as much as it is
/// allowed to; `/stall` never reads its body; `/cut` stops in the middle.
final class EchoBackend: Sendable {
    /// Bytes of `/flood` that were handed to the network.
    let flooded = Atomic<Int>(0)
    /// Requests that came.
    let requests = Atomic<Int>(0)
    let connections = Atomic<Int>(0)
    private let channel = Mutex<(any Channel)?>(nil)
    var port: Int { channel.withLock { $0?.localAddress?.port } ?? 0 }

    static func start(http2: Bool) async throws -> EchoBackend {
        let backend = EchoBackend()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                backend.connections.add(1, ordering: .relaxed)
                return channel.eventLoop.makeCompletedFuture { try backend.configure(channel, http2: http2) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        backend.channel.withLock { $0 = channel }
        return backend
    }

    private func configure(_ channel: any Channel, http2: Bool) throws {
        let pipeline = channel.pipeline.syncOperations
        guard http2 else {
            try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false)
            return try pipeline.addHandler(EchoHandler(self))
        }
        let handler = NIOHTTP2Handler(mode: .server, eventLoop: channel.eventLoop) { stream in
            stream.eventLoop.makeCompletedFuture {
                try stream.pipeline.syncOperations.addHandlers([
                    HTTP2FramePayloadToHTTP1ServerCodec(), EchoHandler(self),
                ])
            }
        }
        try pipeline.addHandler(handler)
    }

    func stop() async throws { try await channel.withLock { $0 }?.close() }
}

private final class EchoHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart
    private let backend: EchoBackend
    private var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")
    private var count = 0
    private var isFlooding = false

    init(_ backend: EchoBackend) { self.backend = backend }

    private var path: String { String(head.uri.prefix { $0 != "?" }) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            count = 0
            backend.requests.add(1, ordering: .relaxed)
            start(context)
        case .body(let piece):
            count += piece.readableBytes
            if path == "/echo" { context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(piece))), promise: nil) }
        case .end(let trailers): end(context, trailers)
        }
    }

    private func start(_ context: ChannelHandlerContext) {
        if path == "/stall" { context.channel.setOption(.autoRead, value: false).whenComplete { _ in } }
        if path == "/hints" {
            var hints = HTTPResponseHead(version: .http1_1, status: .custom(code: 103, reasonPhrase: "Early Hints"))
            hints.headers.add(name: "link", value: "</style.css>")
            context.writeAndFlush(wrapOutboundOut(.head(hints)), promise: nil)
        }
        guard path != "/late" else { return }
        var answer = HTTPResponseHead(version: .http1_1, status: .ok)
        answer.headers.add(name: "x-method", value: head.method.rawValue)
        answer.headers.add(name: "x-uri", value: head.uri)
        answer.headers.add(name: "x-seen-host", value: head.headers.first(name: "host") ?? "-")
        answer.headers.add(name: "x-seen-te", value: head.headers.first(name: "te") ?? "-")
        answer.headers.add(name: "x-seen-length", value: head.headers.first(name: "content-length") ?? "-")
        answer.headers.add(name: "x-seen-key", value: head.headers.first(name: "x-api-key") ?? "-")
        if path == "/trailers" { answer.headers.add(name: "trailer", value: "x-count") }
        context.writeAndFlush(wrapOutboundOut(.head(answer)), promise: nil)
        if path == "/flood" {
            isFlooding = true
            flood(context)
        }
    }

    private func end(_ context: ChannelHandlerContext, _ trailers: HTTPHeaders?) {
        switch path {
        case "/flood", "/late": return
        case "/cut":
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: "half")))), promise: nil)
            context.close(promise: nil)
        case "/trailers":
            var headers = HTTPHeaders([("x-count", "\(count)")])
            for (name, value) in trailers ?? [:] { headers.add(name: "echo-\(name)", value: value) }
            context.writeAndFlush(wrapOutboundOut(.end(headers)), promise: nil)
        default: context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if isFlooding { flood(context) }
    }

    private func flood(_ context: ChannelHandlerContext) {
        let piece = ByteBuffer(repeating: 0x61, count: 16_384)
        // Never more in one go than the test could want, should nothing push back.
        while context.channel.isWritable, backend.flooded.load(ordering: .relaxed) < 256 << 20 {
            backend.flooded.add(piece.readableBytes, ordering: .relaxed)
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(piece))), promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
