import Kubernetes
import NIOSSL
import Routing

/// One TLS listener of a port.
public struct TLSListener: Hashable, Sendable {
    /// A number of the caller's, which comes back in ``TLSSession``.
    public var id: Int
    /// Lower case; `*.` in front makes it a wildcard as the Gateway API means it, for any number of labels; nil:
    /// every name, and connections without one.
    public var hostname: String?
    /// The first that speaks for the name asked for is shown; when none does, the first.
    public var certificates: [CertificateSource]
    /// How client certificates are checked; nil: none is asked for.
    public var clients: ClientVerification?
    /// The Gateway that it is a listener of.
    public var gateway: NamespacedName?

    /// A listener.
    public init(
        id: Int, hostname: String?, certificates: [CertificateSource], clients: ClientVerification? = nil,
        gateway: NamespacedName? = nil
    ) {
        self.id = id
        self.hostname = hostname
        self.certificates = certificates
        self.clients = clients
        self.gateway = gateway
    }
}

/// The TLS side of one port: all its listeners, as one configuration has them.
public struct TLSPort: Sendable {
    /// In the order of precedence: the first of several with one host name is used.
    public var listeners: [TLSListener]
    /// What ALPN may agree on, in the order of preference.
    public var protocols: [ApplicationProtocol]
    /// Says which names belong to listeners that could not be programmed.
    var table: PortTable?

    /// A port that speaks HTTP/2 and HTTP/1.1 unless told otherwise.
    public init(listeners: [TLSListener], protocols: [ApplicationProtocol] = [.http2, .http1]) {
        self.listeners = listeners
        self.protocols = protocols
    }

    /// A port as routing has compiled it; ``TLSListener/id`` is `CompiledListener.index`.
    public init(_ table: PortTable, protocols: [ApplicationProtocol] = [.http2, .http1]) {
        self.init(listeners: table.listeners.map(TLSListener.init), protocols: protocols)
        self.table = table
    }
}

extension TLSListener {
    /// A listener as routing has compiled it.
    init(_ listener: CompiledListener) {
        self.init(
            id: listener.index, hostname: listener.hostname,
            certificates: listener.certificates.map(CertificateSource.init),
            clients: listener.clientValidation.map(ClientVerification.init), gateway: listener.gateway)
    }
}

/// What is spoken inside TLS.
public enum ApplicationProtocol: String, Hashable, Sendable, CaseIterable {
    /// The ALPN identifiers of RFC 7301 and RFC 9113.
    case http2 = "h2"
    case http1 = "http/1.1"
}

/// The certificates of one port, ready for handshakes. Immutable: a new configuration makes a new store, and
/// connections keep what they started with.
///
/// A listener whose certificates are all wrong stays in the store without any: its name is answered with a refusal
/// and never with the certificate of another listener.
public struct CertificateStore: Sendable {
    /// What the store says to a name.
    enum Selection {
        case use(NIOSSLContext, Terms)
        /// The listener has no certificate that works.
        case noCertificate
        /// No listener is for this name.
        case unknownName
    }

    /// What a connection of a listener has to keep to.
    struct Terms: Sendable {
        /// ``TLSListener/id``.
        var listener: Int
        var gateway: NamespacedName?
        var clients: ClientVerification?
    }

    private struct Entry: Sendable {
        var terms: Terms
        var certificates: [(names: CertificateNames, context: NIOSSLContext)]
    }

    /// The same certificate under the same terms gives the same context: an object that changed elsewhere costs
    /// nothing here, and session tickets stay valid. Tickets can be read only by the context that wrote them, so that
    /// a session is never resumed, nor a client's identity taken over, under another bundle or another mode.
    private struct ContextKey: Hashable {
        var source: CertificateSource
        var clients: ClientVerification?
        var protocols: [ApplicationProtocol]
    }

    private var exact: [String: Entry] = [:]
    /// By the name behind `*.`.
    private var wildcards: [String: Entry] = [:]
    private var fallback: Entry?
    private var contexts: [ContextKey: (names: CertificateNames, context: NIOSSLContext)] = [:]
    /// The protocols that are agreed on.
    let protocols: [ApplicationProtocol]

    private let table: PortTable?

    /// What is wrong with a listener's certificates. The other listeners work.
    public struct Problem: Error, Hashable, Sendable {
        /// ``TLSListener/id``.
        public var listener: Int
        /// What is wrong.
        public var problem: CertificateProblem
    }

    /// Builds the store, using the contexts of `previous` for what did not change.
    ///
    /// Reads certificates and keys, which takes tens of microseconds each: not for an event loop.
    public static func build(
        _ port: TLSPort, reusing previous: CertificateStore? = nil
    ) -> (store: CertificateStore, problems: [Problem]) {
        var store = CertificateStore(port)
        var problems: [Problem] = []
        for listener in port.listeners {
            let terms = Terms(listener: listener.id, gateway: listener.gateway, clients: listener.clients)
            var entry = Entry(terms: terms, certificates: [])
            for source in listener.certificates {
                let key = ContextKey(source: source, clients: listener.clients, protocols: port.protocols)
                do throws(CertificateProblem) {
                    let known = store.contexts[key] ?? previous?.contexts[key]
                    let made = if let known { known } else { try serverContext(key) }
                    store.contexts[key] = made
                    entry.certificates.append(made)
                } catch {
                    problems.append(Problem(listener: listener.id, problem: error))
                }
            }
            store.add(entry, for: listener.hostname)
        }
        return (store, problems)
    }

    private init(_ port: TLSPort) {
        protocols = port.protocols
        table = port.table
    }

    private mutating func add(_ entry: Entry, for hostname: String?) {
        func keepFirst(_ existing: inout Entry?) { existing = existing ?? entry }
        switch hostname {
        case nil: keepFirst(&fallback)
        case .some(let name) where name.hasPrefix("*."): keepFirst(&wildcards[String(name.dropFirst(2)).lowercased()])
        case .some(let name): keepFirst(&exact[name.lowercased()])
        }
    }

    /// The most specific listener for a name and its certificate: the name itself, the longest wildcard, the default.
    func select(_ name: DomainName?) -> Selection {
        if isClosed(name) { return .noCertificate }
        guard let entry = entry(for: name) else { return .unknownName }
        guard let first = entry.certificates.first else { return .noCertificate }
        let chosen = name.flatMap { name in entry.certificates.first { $0.names.covers(name) } } ?? first
        return .use(chosen.context, entry.terms)
    }

    /// Whether the name belongs to a listener that was refused: nobody else may answer for it.
    private func isClosed(_ name: DomainName?) -> Bool {
        guard let table else { return false }
        var text = name?.text
        let selection = text?.withUTF8 { table.selectListener(serverName: UnsafeRawBufferPointer($0)) }
        if case .closed = selection ?? table.selectListener(serverName: nil) { return true }
        return false
    }

    private func entry(for name: DomainName?) -> Entry? {
        guard let name else { return fallback }
        if let entry = exact[name.text] { return entry }
        for parent in name.parents {
            if let entry = wildcards[String(parent)] { return entry }
        }
        return fallback
    }

    private static func serverContext(
        _ key: ContextKey
    ) throws(CertificateProblem) -> (names: CertificateNames, context: NIOSSLContext) {
        let loaded = try LoadedCertificate(key.source)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: loaded.chain.map { .certificate($0) }, privateKey: .privateKey(loaded.key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.cipherSuites = modernCipherSuites
        configuration.applicationProtocols = key.protocols.map(\.rawValue)
        configuration.renegotiationSupport = .none
        configuration.shutdownTimeout = .seconds(2)
        try key.clients?.configure(&configuration)
        return (loaded.names, try loaded.context(configuration, name: key.source.name))
    }
}

/// The suites of TLS 1.2 with forward secrecy and authenticated encryption, the ones that RFC 9113 permits for
/// HTTP/2. Those of TLS 1.3 are all good and cannot be chosen.
let modernCipherSuites = [
    "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
].joined(separator: ":")
