import NIOCore
import NIOSSL

/// Reads the ClientHello of a new connection, puts the TLS handler of the right certificate behind itself, gives it
/// what was read, and leaves the pipeline.
final class ClientHelloHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case reading(ByteBuffer)
        /// What the peer still sends is dropped until the connection is closed.
        case refused
        case done
    }

    private let server: TLSServer
    private let established: (any Channel, TLSSession) throws -> Void
    private var state = State.reading(ByteBuffer())
    private var deadline = NIODeadline.distantFuture
    private var timer: Scheduled<Void>?

    init(server: TLSServer, established: @escaping (any Channel, TLSSession) throws -> Void) {
        self.server = server
        self.established = established
    }

    func handlerAdded(context: ChannelHandlerContext) {
        deadline = .now() + server.handshakeTimeout
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(deadline: deadline) {
            let (handler, context) = bound.value
            handler.expired(context)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch state {
        case .reading(var bytes):
            // Not held twice while it grows, so that it grows in place.
            state = .refused
            var incoming = unwrapInboundIn(data)
            if bytes.readableBytes == 0 { bytes = incoming } else { bytes.writeBuffer(&incoming) }
            read(bytes, context)
        case .done: context.fireChannelRead(data)
        case .refused: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch state {
        case .reading: fail(context, .clientClosed, "\(error)")
        case .refused: break
        case .done: context.fireErrorCaught(error)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .reading = state {
            state = .refused
            server.failed(.clientClosed, detail: "closed before the handshake", peer: context.remoteAddress)
        }
        context.fireChannelInactive()
    }

    private func read(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        switch ClientHello.read(bytes) {
        case .incomplete: state = .reading(bytes)
        case .refused(let refusal): refuse(context, refusal)
        case .hello(let hello): choose(hello, bytes, context)
        }
    }

    private func choose(_ hello: ClientHello, _ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        let store = server.store
        // A client that came for another protocol must not be talked into ours (RFC 7301, 3.2).
        let ours = store.protocols.map { Array($0.rawValue.utf8) }
        if let offered = hello.protocols, !ours.contains(where: offered.contains) {
            return fail(context, .noCommonProtocol, "nothing offered is spoken here", alert: .noApplicationProtocol)
        }
        switch store.select(hello.serverName) {
        case .unknownName:
            let name = hello.serverName?.text ?? "no name"
            fail(context, .unknownServerName, "no listener for \(name)", alert: .unrecognizedName)
        case .noCertificate:
            fail(context, .noCertificate, "the listener has no certificate that works", alert: .handshakeFailure)
        case .use(let tls, let terms):
            start(tls, hello.serverName, terms, bytes, context)
        }
    }

    private func start(
        _ tls: NIOSSLContext, _ name: DomainName?, _ terms: CertificateStore.Terms, _ bytes: ByteBuffer,
        _ context: ChannelHandlerContext
    ) {
        var configuration = NIOSSLServerHandler.Configuration()
        // One long answer must not pin its buffer for the rest of a keep-alive connection.
        configuration.maximumPreservedOutboundBufferCapacity = 16_384
        let handler = NIOSSLServerHandler(context: tls, configuration: configuration)
        let waiting = HandshakeHandler(
            server: server, tls: handler, serverName: name, terms: terms, deadline: deadline,
            established: established)
        do {
            try context.pipeline.syncOperations.addHandlers([handler, waiting], position: .after(self))
        } catch {
            return fail(context, .handshake, "\(error)")
        }
        state = .done
        context.fireChannelRead(wrapInboundOut(bytes))
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    // MARK: Refusals

    private func refuse(_ context: ChannelHandlerContext, _ refusal: ClientHello.Refusal) {
        switch refusal {
        case .plainHTTP: answerPlainHTTP(context)
        case .notTLS: fail(context, .notTLS, "the first bytes are not TLS")
        case .tooLarge: fail(context, .malformedHello, "the ClientHello is too large", alert: .decodeError)
        case .malformed: fail(context, .malformedHello, "the ClientHello is malformed", alert: .decodeError)
        case .badServerName(let name):
            fail(context, .badServerName, "server_name \"\(name)\"", alert: .illegalParameter)
        }
    }

    private func fail(
        _ context: ChannelHandlerContext, _ failure: TLSFailure, _ detail: String, alert: TLSAlert? = nil
    ) {
        state = .refused
        server.failed(failure, detail: detail, peer: context.remoteAddress)
        if let alert { context.writeAndFlush(wrapOutboundOut(alert.record), promise: nil) }
        context.close(promise: nil)
    }

    /// Says in plain text what is wrong, to somebody who wrote `http:` for `https:`.
    private func answerPlainHTTP(_ context: ChannelHandlerContext) {
        let text = "This port speaks HTTPS only.\n"
        let answer =
            "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n"
            + "Content-Length: \(text.utf8.count)\r\n\r\n" + text
        state = .refused
        server.failed(.plainHTTP, detail: "plain HTTP on a TLS port", peer: context.remoteAddress)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
        // A full close while a body is still coming in would reset the connection, and the answer with it. The
        // deadline of the handshake ends it if the client does not.
        context.close(mode: .output, promise: nil)
    }

    private func expired(_ context: ChannelHandlerContext) {
        if case .reading = state {
            fail(context, .timeout, "no ClientHello in time")
        } else {
            context.close(promise: nil)
        }
    }
}

/// The alerts that are sent before there is a TLS handler (RFC 8446, 6).
private enum TLSAlert: UInt8 {
    case handshakeFailure = 40
    case illegalParameter = 47
    case decodeError = 50
    case unrecognizedName = 112
    case noApplicationProtocol = 120

    /// The alert as a fatal one, in a record of its own.
    var record: ByteBuffer { ByteBuffer(bytes: [21, 3, 3, 0, 2, 2, rawValue]) }
}
