import Access
import Kubernetes
import Logging
import NIOCore
import NIOSSL
import Synchronization

/// What is known of a connection once its handshake is done.
public struct TLSSession: Sendable, Hashable {
    /// The name that the client asked for; nil: none.
    public var serverName: DomainName?
    /// ``TLSListener/id`` of the listener whose certificate was shown.
    public var listener: Int
    /// What ALPN agreed on; HTTP/1.1 for a client that does not speak ALPN.
    public var applicationProtocol: ApplicationProtocol
    /// `1.2` or `1.3`.
    public var version: String
    /// The Gateway whose listener it is.
    public var gateway: NamespacedName?
    /// Who the client is by its certificate; nil: it showed none, or was not asked. All streams of an HTTP/2
    /// connection have it: there is no renegotiation. Read it through ``client(for:atSeconds:)``.
    public var client: ClientIdentity?
}

/// Why a handshake came to nothing.
public enum TLSFailure: String, Sendable, Hashable, CaseIterable {
    case plainHTTP = "plain_http"
    case notTLS = "not_tls"
    case malformedHello = "malformed_hello"
    case badServerName = "bad_server_name"
    case unknownServerName = "unknown_server_name"
    case noCertificate = "no_certificate"
    case noCommonProtocol = "no_common_protocol"
    case timeout
    case clientClosed = "client_closed"
    /// A client certificate that is missing, not of the bundle's authorities, out of date or refused for its names.
    case clientCertificate = "client_certificate"
    /// What else the TLS library refused: an old version, no common suite, a broken message.
    case handshake
}

/// The TLS side of one listening port: gives each new connection a certificate of the store that is current at that
/// moment, and hands the connection on when its handshake is done.
public final class TLSServer: Sendable {
    /// How often what happened since the start.
    public struct Counts: Sendable, Hashable {
        /// Handshakes that were finished, by what was agreed on.
        public var finished: [ApplicationProtocol: Int] = [:]
        /// Handshakes that were not.
        public var failed: [TLSFailure: Int] = [:]
    }

    /// How long a handshake may take, from the accepted connection on.
    public let handshakeTimeout: TimeAmount
    private let current: Mutex<CertificateStore>
    private let counts = Mutex(Counts())
    private let logger: Logger
    /// Seconds since 1970.
    let now: @Sendable () -> Int64

    /// A server with a first store.
    ///
    /// - Parameter now: Seconds since 1970, for the dates of client certificates; nil: the clock of the system.
    public init(
        store: CertificateStore, handshakeTimeout: TimeAmount = .seconds(10), logger: Logger,
        now: (@Sendable () -> Int64)? = nil
    ) {
        current = Mutex(store)
        self.handshakeTimeout = handshakeTimeout
        self.logger = logger
        self.now = now ?? { WallClock().microseconds() / 1_000_000 }
    }

    /// The store that new connections use from now on. Connections that are there are not touched.
    public var store: CertificateStore {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }

    /// How often what happened since the start.
    public var statistics: Counts { counts.withLock { $0 } }

    /// Takes over a connection that was just accepted; on its event loop, before it has read anything.
    ///
    /// `established` is called on the event loop when the handshake is done, to put the handlers of HTTP at the end
    /// of the pipeline before it returns: what the client sent after the handshake comes right behind. When the
    /// handshake fails the connection is closed and `established` is never called.
    public func secure(
        _ channel: any Channel, established: @escaping (any Channel, TLSSession) throws -> Void
    ) throws {
        try channel.pipeline.syncOperations.addHandler(ClientHelloHandler(server: self, established: established))
    }

    func finished(_ session: TLSSession) {
        counts.withLock { $0.finished[session.applicationProtocol, default: 0] += 1 }
    }

    func failed(_ failure: TLSFailure, detail: String, peer: SocketAddress?) {
        counts.withLock { $0.failed[failure, default: 0] += 1 }
        logger.debug(
            "TLS handshake failed",
            metadata: [
                "reason": "\(failure.rawValue)", "detail": "\(detail)",
                "peer": "\(peer?.ipAddress ?? "unknown")",
            ])
    }
}
