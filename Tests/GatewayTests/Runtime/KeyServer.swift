import Gateway
import Kubernetes
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// A server of key sets on loopback that answers as a test wants.
final class KeyServer: Sendable {
    /// What is answered.
    enum Behaviour: Sendable {
        case keys(String, tag: String? = nil)
        case status(Int, headers: [(String, String)] = [])
        /// A head, and then a byte now and then, without end.
        case drip
        /// Nothing at all.
        case silence
        /// A length, and fewer bytes than that.
        case torn
    }

    /// What came.
    struct Request: Sendable {
        var uri: String
        var headers: HTTPHeaders
    }

    fileprivate struct State {
        var behaviour: Behaviour
        var requests: [Request] = []
    }

    private let channel: any Channel
    private let isSecure: Bool
    fileprivate let state: SharedState

    /// State that the handlers of all connections see.
    fileprivate final class SharedState: Sendable {
        let value: Mutex<State>
        init(_ behaviour: Behaviour) { value = Mutex(State(behaviour: behaviour)) }
    }

    static func start(_ behaviour: Behaviour, certificate: CertificateSource? = nil) async throws -> KeyServer {
        let state = SharedState(behaviour)
        let context = try certificate.map(Self.context)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let context { try pipeline.addHandler(NIOSSLServerHandler(context: context)) }
                    try pipeline.configureHTTPServerPipeline()
                    try pipeline.addHandler(KeyServerHandler(state))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return KeyServer(state, channel, isSecure: context != nil)
    }

    private init(_ state: SharedState, _ channel: any Channel, isSecure: Bool) {
        self.state = state
        self.channel = channel
        self.isSecure = isSecure
    }

    private static func context(_ source: CertificateSource) throws -> NIOSSLContext {
        let chain = try source.chain.reveal { try NIOSSLCertificate.fromPEMBytes($0) }
        let key = try source.key.reveal { try NIOSSLPrivateKey(bytes: $0, format: .pem) }
        return try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key)))
    }

    var url: String {
        let port = channel.localAddress?.port ?? 0
        return isSecure ? "https://localhost:\(port)/keys" : "http://127.0.0.1:\(port)/keys"
    }

    var requests: [Request] { state.value.withLock { $0.requests } }

    func answer(_ behaviour: Behaviour) { state.value.withLock { $0.behaviour = behaviour } }

    func stop() async throws { try await channel.close() }
}

private final class KeyServerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart
    private let state: KeyServer.SharedState

    init(_ state: KeyServer.SharedState) { self.state = state }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = unwrapInboundIn(data) else { return }
        let behaviour = state.value.withLock { state in
            state.requests.append(KeyServer.Request(uri: head.uri, headers: head.headers))
            return state.behaviour
        }
        switch behaviour {
        case .keys(let text, let tag):
            if let tag, head.headers.first(name: "if-none-match") == tag {
                return respond(context, 304, [("etag", tag)], "")
            }
            respond(context, 200, tag.map { [("etag", $0)] } ?? [], text)
        case .status(let code, let headers): respond(context, code, headers, "no keys here")
        case .drip:
            write(context, 200, [("transfer-encoding", "chunked")])
            context.flush()
            drip(context)
        case .silence: break
        case .torn:
            write(context, 200, [("content-length", "1000")])
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: #"{"keys":[]}"#)))), promise: nil)
            context.flush()
            context.close(promise: nil)
        }
    }

    private func write(_ context: ChannelHandlerContext, _ code: Int, _ headers: [(String, String)]) {
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: code), headers: HTTPHeaders(headers))
        context.write(wrapOutboundOut(.head(head)), promise: nil)
    }

    private func respond(_ context: ChannelHandlerContext, _ code: Int, _ headers: [(String, String)], _ body: String) {
        let length = code == 304 ? [] : [("content-length", "\(body.utf8.count)")]
        write(context, code, headers + length)
        if code != 304 { context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    private func drip(_ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: " ")))), promise: nil)
        let box = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .milliseconds(5)) { box.value.0.drip(box.value.1) }
    }
}
