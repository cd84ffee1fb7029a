import NIOCore
import NIOSSL
import NIOTLS

/// Waits behind the TLS handler of a connection to a backend for the end of the handshake, checks who the backend
/// is, says so once, and leaves the pipeline.
final class UpstreamHandshakeHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let tls: NIOSSLClientHandler
    private let expected: ExpectedIdentity
    private let protocols: [ApplicationProtocol]
    private let timeout: TimeAmount
    private var ready: ((Result<ApplicationProtocol?, UpstreamTLSFailure>) -> Void)?
    private var timer: Scheduled<Void>?

    init(
        tls: NIOSSLClientHandler, expected: ExpectedIdentity, protocols: [ApplicationProtocol], timeout: TimeAmount,
        ready: @escaping (Result<ApplicationProtocol?, UpstreamTLSFailure>) -> Void
    ) {
        self.tls = tls
        self.expected = expected
        self.protocols = protocols
        self.timeout = timeout
        self.ready = ready
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(in: timeout) {
            let (handler, context) = bound.value
            handler.fail(context, .timeout)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        ready = nil
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let ready, case .handshakeCompleted(let agreed)? = event as? TLSUserEvent else {
            return context.fireUserInboundEventTriggered(event)
        }
        if let failure = expected.failure(of: tls.peerCertificate) { return fail(context, failure) }
        let spoken = agreed.flatMap(ApplicationProtocol.init(rawValue:))
        // HTTP/1.1 is what is spoken without ALPN; HTTP/2 has to be agreed on (RFC 9113, 3.2).
        if spoken == nil, protocols == [.http2] { return fail(context, .handshake("the backend does not agree on h2")) }
        self.ready = nil
        ready(.success(spoken))
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard ready != nil else { return context.fireErrorCaught(error) }
        fail(context, .handshake(escapedForLog("\(error)".utf8, limit: 1024)))
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(context, .closed)
        context.fireChannelInactive()
    }

    private func fail(_ context: ChannelHandlerContext, _ failure: UpstreamTLSFailure) {
        guard let ready else { return }
        self.ready = nil
        timer?.cancel()
        ready(.failure(failure))
        context.close(promise: nil)
    }
}
