import Addresses
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix

/// The admin address: `/livez` (or `/healthz`), `/readyz`, `/metrics`, `/status`. Meant for loopback or the pod's network only: it
/// changes nothing and shows no secret.
public final class AdminServer: Sendable {
    private let channel: any Channel
    /// Connections at once; the event loops are those of the front door, which must not suffer from its own windows.
    private static let connections = 64
    private struct TooManyConnections: Error {}

    /// What a path answers with.
    public struct Answer: Sendable {
        var status: HTTPResponseStatus
        var type = "text/plain; charset=utf-8"
        var body: String

        /// A page.
        public static func page(_ body: String, type: String = "text/plain; charset=utf-8") -> Answer {
            Answer(status: .ok, type: type, body: body)
        }

        /// Not yet, or not any more, with the reason.
        public static func unavailable(_ reason: String) -> Answer {
            Answer(status: .serviceUnavailable, body: reason + "\n")
        }

        /// There is no such page.
        public static let notFound = Answer(status: .notFound, body: "not found\n")
    }

    /// Listens at once.
    ///
    /// - Parameter gateway: whose event loops serve; nil: it is no gateway's.
    /// - Throws: when the address is taken.
    public convenience init(
        _ pages: AdminPages, of gateway: GatewayServer? = nil, host: String, port: Int
    ) async throws {
        let group: any EventLoopGroup = gateway?.group ?? MultiThreadedEventLoopGroup.singleton
        try await self.init(group: group, host: host, port: port, pages: pages)
    }

    private init(group: any EventLoopGroup, host: String, port: Int, pages: AdminPages) async throws {
        let counter = ConnectionCounter()
        channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let slot = counter.take(limit: Self.connections) else { throw TooManyConnections() }
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(AdminHandler(pages, slot))
                }
            }
            .bind(host: host, port: port).get()
    }

    /// The address it listens on, `host:port`.
    public var address: String {
        let local = channel.localAddress
        return "\(local?.ipAddress ?? "?"):\(local?.port ?? 0)"
    }

    /// Stops listening.
    public func close() async { try? await channel.close() }
}

/// One connection to the admin address.
private final class AdminHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart
    private let pages: AdminPages
    private let slot: ConnectionSlot
    private var head: HTTPRequestHead?
    private var end: Scheduled<Void>?

    /// A connection is closed after this, whatever it does.
    private static let lifetime = TimeAmount.seconds(30)

    init(_ pages: AdminPages, _ slot: ConnectionSlot) {
        self.pages = pages
        self.slot = slot
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        end = context.eventLoop.scheduleTask(in: Self.lifetime) { bound.value.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end?.cancel()
        slot.release()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch Self.unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end:
            guard let head else { return }
            self.head = nil
            answer(head, context)
        }
    }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let loop = context.eventLoop
        let path = String(head.uri.prefix { $0 != "?" })
        let isAllowed = head.method == .GET || head.method == .HEAD
        let isForUs = Self.isPlain(host: head.headers.first(name: "host") ?? "")
        let isHead = head.method == .HEAD
        let pages = pages
        loop.makeFutureWithTask {
            guard isForUs else { return AdminServer.Answer(status: .misdirectedRequest, body: "not for this host\n") }
            guard isAllowed else { return AdminServer.Answer(status: .methodNotAllowed, body: "GET only\n") }
            return await pages.answer(path)
        }.whenComplete { result in
            let (handler, context) = bound.value
            guard case .success(let answer) = result else { return context.close(promise: nil) }
            handler.write(answer, isHead: isHead, keepAlive: head.isKeepAlive, context)
        }
    }

    /// An address, or a name without a dot, such as `localhost`. A page of somebody's domain, whose name was made to
    /// point here, is not to read this through a browser.
    private static func isPlain(host: String) -> Bool {
        if host.hasPrefix("[") { return true }
        let name = host.prefix { $0 != ":" }
        return !name.contains(".") || Address(name) != nil
    }

    private func write(_ answer: AdminServer.Answer, isHead: Bool, keepAlive: Bool, _ context: ChannelHandlerContext) {
        let body = ByteBuffer(string: answer.body)
        var headers: HTTPHeaders = [
            "content-type": answer.type, "content-length": "\(body.readableBytes)", "cache-control": "no-store",
            "x-content-type-options": "nosniff",
        ]
        if answer.status == .methodNotAllowed { headers.add(name: "allow", value: "GET, HEAD") }
        context.write(
            Self.wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: answer.status, headers: headers))),
            promise: nil)
        if !isHead { context.write(Self.wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        let written = context.eventLoop.makePromise(of: Void.self)
        if !keepAlive { written.futureResult.whenComplete { _ in bound.value.close(promise: nil) } }
        context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: written)
    }
}
