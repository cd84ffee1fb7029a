import Access
import NIOCore
import NIOSSL
import NIOTLS

/// Waits behind the TLS handler of an accepted connection for the end of the handshake, hands the connection to the
/// next stage, and leaves the pipeline.
final class HandshakeHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let server: TLSServer
    private let tls: NIOSSLServerHandler
    private let serverName: DomainName?
    private let terms: CertificateStore.Terms
    private let deadline: NIODeadline
    private let established: (any Channel, TLSSession) throws -> Void
    private var timer: Scheduled<Void>?
    /// Finished or failed: it is counted once.
    private var isOver = false

    init(
        server: TLSServer, tls: NIOSSLServerHandler, serverName: DomainName?, terms: CertificateStore.Terms,
        deadline: NIODeadline, established: @escaping (any Channel, TLSSession) throws -> Void
    ) {
        self.server = server
        self.tls = tls
        self.serverName = serverName
        self.terms = terms
        self.deadline = deadline
        self.established = established
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(deadline: deadline) {
            let (handler, context) = bound.value
            handler.fail(context, .timeout, "the handshake took too long")
            context.close(promise: nil)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard !isOver, case .handshakeCompleted(let agreed)? = event as? TLSUserEvent else {
            return context.fireUserInboundEventTriggered(event)
        }
        let client: ClientIdentity?
        do throws(ClientCertificateFailure) { client = try terms.clients?.identity(in: tls, now: server.now()) } catch {
            fail(context, .clientCertificate, error.description)
            return context.close(promise: nil)
        }
        isOver = true
        let session = TLSSession(
            serverName: serverName, listener: terms.listener,
            applicationProtocol: agreed.flatMap(ApplicationProtocol.init(rawValue:)) ?? .http1,
            version: tls.tlsVersion == .tlsv13 ? "1.3" : "1.2", gateway: terms.gateway, client: client)
        server.finished(session)
        do {
            try established(context.channel, session)
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        } catch {
            context.fireErrorCaught(error)
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if isOver { return context.fireErrorCaught(error) }
        // The TLS handler has sent its alert and closes the connection by itself.
        fail(context, error.handshakeFailure, escapedForLog("\(error)".utf8, limit: 1024))
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(context, .clientClosed, "closed during the handshake")
        context.fireChannelInactive()
    }

    private func fail(_ context: ChannelHandlerContext, _ failure: TLSFailure, _ detail: String) {
        guard !isOver else { return }
        isOver = true
        server.failed(failure, detail: detail, peer: context.remoteAddress)
    }
}

extension Error {
    /// An end of the connection in the middle is the client's; everything else is a refusal.
    fileprivate var handshakeFailure: TLSFailure {
        if case .handshakeFailed(.sslError(let stack))? = self as? NIOSSLError {
            if stack == [.eofDuringHandshake] { return .clientClosed }
            if stack.contains(where: \.isOfClientCertificate) { return .clientCertificate }
        }
        return self is ChannelError || self is IOError ? .clientClosed : .handshake
    }
}

extension BoringSSLInternalError {
    /// The library tells its errors apart by text only; what depends on this one is a counter.
    fileprivate var isOfClientCertificate: Bool {
        let text = description
        return text.contains("CERTIFICATE_VERIFY_FAILED") || text.contains("PEER_DID_NOT_RETURN_A_CERTIFICATE")
    }
}
