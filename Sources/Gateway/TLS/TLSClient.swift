import NIOCore
import NIOSSL
import Routing
import Synchronization

/// How a backend is to be spoken to over TLS: what a `BackendTLSPolicy` says, or what an `https` backend has.
public struct UpstreamTLS: Hashable, Sendable {
    /// Whose certificates are believed.
    public enum Roots: Hashable, Sendable {
        /// The authorities that the machine trusts.
        case system
        /// PEM certificates, and no others.
        case authorities([UInt8])
    }

    /// What the backend's certificate must name in its subjectAltName.
    public enum Identity: Hashable, Sendable {
        /// A host name; a wildcard of the certificate may cover it.
        case hostname(String)
        /// A URI, byte for byte.
        case uri(String)
        /// An IP address, for a backend that has no name.
        case address(String)
    }

    /// What it is called in messages, such as `BackendTLSPolicy ai/models`.
    public var name: String
    /// Whose certificates are believed.
    public var roots: Roots
    /// Sent as `server_name`; nil: none.
    public var serverName: String?
    /// One of these must be in the certificate. Empty: `serverName`.
    public var identities: [Identity]
    /// What the gateway shows when it is asked.
    public var clientCertificate: CertificateSource?

    /// Terms for a backend.
    public init(
        name: String, roots: Roots, serverName: String?, identities: [Identity] = [],
        clientCertificate: CertificateSource? = nil
    ) {
        self.name = name
        self.roots = roots
        self.serverName = serverName
        self.identities = identities
        self.clientCertificate = clientCertificate
    }
}

extension UpstreamTLS {
    /// What routing has compiled; a name of `subjectAltNames` that is an IP address is compared as one.
    public init(_ compiled: BackendTLS, name: String) {
        let roots: Roots =
            switch compiled.trust {
            case .system: .system
            case .authorities(let pem): .authorities(pem)
            }
        self.init(
            name: name, roots: roots, serverName: compiled.serverName,
            identities: compiled.subjectAltNames.map { alternative in
                switch alternative {
                case .hostname(let text): AddressBytes.parse(text) == nil ? .hostname(text) : .address(text)
                case .uri(let text): .uri(text)
                }
            },
            clientCertificate: compiled.clientCertificate.map(CertificateSource.init))
    }
}

/// Why a backend cannot be spoken to over TLS.
public enum UpstreamTLSFailure: Error, Hashable, Sendable {
    /// The backend's certificate is for somebody else; what it names is in the text.
    case wrongIdentity(String)
    /// The chain is not trusted, has expired, or is not for servers; or there is no common version or suite.
    case handshake(String)
    /// The connection ended in the handshake.
    case closed
    /// The handshake took too long.
    case timeout
}

/// Makes TLS connections to one kind of backend. Immutable, for use on every event loop.
public final class TLSClient: Sendable {
    /// The terms it was made of.
    public let terms: UpstreamTLS
    private let context: NIOSSLContext
    private let serverName: String?
    private let expected: ExpectedIdentity
    private let protocols: [ApplicationProtocol]

    /// Reads certificates, and the system's authorities where these are believed: not for an event loop.
    public init(_ terms: UpstreamTLS, protocols: [ApplicationProtocol]) throws(CertificateProblem) {
        self.terms = terms
        self.protocols = protocols
        expected = try ExpectedIdentity(terms)
        serverName = terms.serverName.flatMap { AddressBytes.parse($0) == nil ? DomainName($0)?.text : nil }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.cipherSuites = modernCipherSuites
        configuration.applicationProtocols = protocols.map(\.rawValue)
        configuration.renegotiationSupport = .none
        configuration.shutdownTimeout = .seconds(2)
        // The library's own check of names falls back to the common name and takes partial wildcards; ours is in
        // UpstreamHandshakeHandler, before the first byte of a request is sent.
        configuration.certificateVerification = .noHostnameVerification
        if case .authorities(let pem) = terms.roots {
            configuration.trustRoots = .certificates(try loadAuthorities(pem, name: terms.name))
        }
        if let source = terms.clientCertificate {
            let loaded = try LoadedCertificate(source)
            configuration.certificateChain = loaded.chain.map { .certificate($0) }
            configuration.privateKey = .privateKey(loaded.key)
            context = try loaded.context(configuration, name: source.name)
        } else {
            do { context = try NIOSSLContext(configuration: configuration) } catch {
                throw CertificateProblem(name: terms.name, reason: .refused)
            }
        }
    }

    /// Puts TLS at the end of the pipeline of a new connection; on its event loop.
    ///
    /// `ready` is called once, on the event loop: with what ALPN agreed on (nil: nothing) when the backend has proved
    /// who it is, and then the handlers of HTTP are to be added before it returns; or with the reason, and then the
    /// connection is closed. Nothing may be written before.
    public func secure(
        _ channel: any Channel, timeout: TimeAmount,
        ready: @escaping (Result<ApplicationProtocol?, UpstreamTLSFailure>) -> Void
    ) throws {
        var configuration = NIOSSLClientHandler.Configuration()
        configuration.maximumPreservedOutboundBufferCapacity = 16_384
        let tls = try NIOSSLClientHandler(context: context, serverHostname: serverName, configuration: configuration)
        let waiting = UpstreamHandshakeHandler(
            tls: tls, expected: expected, protocols: protocols, timeout: timeout, ready: ready)
        // The one that waits is first, so that it misses nothing when the connection is there already.
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(waiting)
        try pipeline.addHandler(tls, position: .before(waiting))
    }
}

/// The clients that are in use, one for each set of terms: contexts are expensive, and session tickets live in them.
public final class TLSClients: Sendable {
    private struct Key: Hashable {
        var terms: UpstreamTLS
        var protocols: [ApplicationProtocol]
    }
    private let clients = Mutex<[Key: Result<TLSClient, CertificateProblem>]>([:])

    /// No clients yet.
    public init() {}

    /// The client for these terms, made where there is none. May read files: when a configuration is built, not
    /// when a request comes.
    public func client(
        for terms: UpstreamTLS, protocols: [ApplicationProtocol]
    ) throws(CertificateProblem) -> TLSClient {
        let key = Key(terms: terms, protocols: protocols)
        if let known = clients.withLock({ $0[key] }) { return try known.get() }
        let made = Result { () throws(CertificateProblem) in try TLSClient(terms, protocols: protocols) }
        return try clients.withLock { clients in
            let result = clients[key] ?? made
            clients[key] = result
            return result
        }.get()
    }

    /// Forgets the clients of terms that the current configuration does not have.
    public func keep(_ terms: Set<UpstreamTLS>) {
        clients.withLock { clients in clients = clients.filter { terms.contains($0.key.terms) } }
    }
}
