import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An HTTP server on the loopback whose every answer is a test's to choose.
final class FakeAPIServer: Sendable {
    struct Request: Sendable {
        var method: String
        var path: String
        var query: [String: String]
        var headers: [String: String]
        var body: String

        var isWatch: Bool { query["watch"] == "true" }
    }

    enum Answer: Sendable {
        /// A whole answer.
        case json(status: Int = 200, String, headers: [String: String] = [:])
        /// An answer that goes on for as long as the closure runs; when that returns false, the connection is cut in
        /// the middle of it.
        case stream(@Sendable (Writer) async -> Bool)
        /// A promise of more bytes than come: the connection is cut after these.
        case cut(String)
        /// No answer at all, and the connection closed.
        case hangUp
        /// No answer at all.
        case silence
    }

    /// Writes a part of an answer. False once nobody reads any more.
    struct Writer: Sendable {
        fileprivate let channel: any Channel

        func write(_ text: String) async -> Bool {
            guard channel.isActive else { return false }
            let part = HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: text)))
            return (try? await channel.writeAndFlush(part)) != nil
        }

        var isOpen: Bool { channel.isActive }
    }

    private struct State {
        var server: (any Channel)?
        /// 0 before it listens for the first time.
        var port = 0
        var connections: [ObjectIdentifier: any Channel] = [:]
        var requests: [Request] = []
    }

    private let handler: @Sendable (Request) async -> Answer
    private let state = Mutex(State())

    init(_ handler: @escaping @Sendable (Request) async -> Answer) async throws {
        self.handler = handler
        try await start()
    }

    deinit { close()?.close(promise: nil) }

    var url: String { "http://127.0.0.1:\(state.withLock { $0.port })" }

    /// Everything that was asked.
    var requests: [Request] { state.withLock { $0.requests } }

    /// Listens, again after a stop.
    func start() async throws {
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { [weak self] channel in
                self?.state.withLock { $0.connections[ObjectIdentifier(channel)] = channel }
                channel.closeFuture.whenComplete { [weak self] _ in
                    self?.state.withLock { _ = $0.connections.removeValue(forKey: ObjectIdentifier(channel)) }
                }
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler { [weak self] in self?.serve($0, $1) })
                }
            }
        let server = try await bootstrap.bind(host: "127.0.0.1", port: state.withLock { $0.port }).get()
        state.withLock { state in
            state.server = server
            state.port = server.localAddress?.port ?? 0
        }
    }

    /// Ends all connections, and refuses new ones.
    func stop() async { try? await close()?.close() }

    /// Ends all connections, and gives what still has to be closed.
    private func close() -> (any Channel)? {
        let (server, connections) = state.withLock { state in
            defer { state.server = nil }
            return (state.server, state.connections.values.map { $0 })
        }
        for connection in connections { connection.close(promise: nil) }
        return server
    }

    private func serve(_ request: Request, _ channel: any Channel) {
        state.withLock { $0.requests.append(request) }
        Task { await self.answer(await self.handler(request), channel) }
    }

    private func answer(_ answer: Answer, _ channel: any Channel) async {
        switch answer {
        case .silence: return
        case .hangUp: try? await channel.close()
        case .json(let status, let text, let headers):
            var fields = HTTPHeaders(headers.map { ($0.key, $0.value) })
            fields.add(name: "content-length", value: String(text.utf8.count))
            await head(status, fields, channel)
            _ = await Writer(channel: channel).write(text)
            try? await channel.writeAndFlush(HTTPServerResponsePart.end(nil))
        case .cut(let text):
            await head(200, ["content-length": String(text.utf8.count + 1000)], channel)
            _ = await Writer(channel: channel).write(text)
            try? await channel.close()
        case .stream(let body):
            await head(200, ["transfer-encoding": "chunked"], channel)
            let ends = await body(Writer(channel: channel))
            if ends {
                try? await channel.writeAndFlush(HTTPServerResponsePart.end(nil))
            } else {
                try? await channel.close()
            }
        }
    }

    private func head(_ status: Int, _ headers: HTTPHeaders, _ channel: any Channel) async {
        let head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: headers)
        try? await channel.writeAndFlush(HTTPServerResponsePart.head(head))
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart

        private let serve: @Sendable (Request, any Channel) -> Void
        private var head: HTTPRequestHead?
        private var body = ByteBuffer()

        init(_ serve: @escaping @Sendable (Request, any Channel) -> Void) {
            self.serve = serve
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                self.head = head
                body = ByteBuffer()
            case .body(var part): body.writeBuffer(&part)
            case .end:
                guard let head else { return }
                serve(Request(head, String(buffer: body)), context.channel)
            }
        }
    }
}

extension FakeAPIServer.Request {
    fileprivate init(_ head: HTTPRequestHead, _ body: String) {
        let parts = head.uri.split(separator: "?", maxSplits: 1)
        var query: [String: String] = [:]
        for pair in parts.count > 1 ? parts[1].split(separator: "&") : [] {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            query[String(sides[0])] = sides.count > 1 ? String(sides[1]).removingPercentEncoding ?? "" : ""
        }
        let headers = Dictionary(head.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first }
        self.init(
            method: head.method.rawValue, path: parts.first.map(String.init) ?? "", query: query, headers: headers,
            body: body)
    }
}
