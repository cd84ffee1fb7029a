import Kubernetes
import NIOSSL

/// One TLS listener of a port.
public struct TLSListener: Hashable, Sendable {
    /// A number of the caller's, which comes back in ``TLSSession``.
    public var id: Int
    /// Lower case; `*.` in front makes it a wildcard as the Gateway API means it, for any number of labels; nil:
    /// every name, and connections without one.
    public var hostname: String?
    /// The first that speaks for the name asked for is shown; when none does, the first.
    public var certificates: [CertificateSource]

    /// A listener.
    public init(id: Int, hostname: String?, certificates: [CertificateSource]) {
        self.id = id
        self.hostname = hostname
        self.certificates = certificates
    }
}

/// The TLS side of one port: all its listeners, as one configuration has them.
public struct TLSPort: Hashable, Sendable {
    /// In the order of precedence: the first of several with one host name is used.
    public var listeners: [TLSListener]
    /// PEM of the authorities that client certificates must come from; nil: none is asked for.
    public var clientAuthorities: [UInt8]?
    /// What ALPN may agree on, in the order of preference.
    public var protocols: [ApplicationProtocol]

    /// A port that speaks HTTP/2 and HTTP/1.1 unless told otherwise.
    public init(
        listeners: [TLSListener], clientAuthorities: [UInt8]? = nil, protocols: [ApplicationProtocol] = [.http2, .http1]
    ) {
        self.listeners = listeners
        self.clientAuthorities = clientAuthorities
        self.protocols = protocols
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
        case use(NIOSSLContext, listener: Int)
        /// The listener has no certificate that works.
        case noCertificate(listener: Int)
        /// No listener is for this name.
        case unknownName
    }

    private struct Entry: Sendable {
        var id: Int
        var certificates: [(names: CertificateNames, context: NIOSSLContext)]
    }

    /// The same certificate under the same terms gives the same context: an object that changed elsewhere costs
    /// nothing here, and session tickets stay valid.
    private struct ContextKey: Hashable {
        var source: CertificateSource
        var clientAuthorities: [UInt8]?
        var protocols: [ApplicationProtocol]
    }

    private var exact: [String: Entry] = [:]
    /// By the name behind `*.`.
    private var wildcards: [String: Entry] = [:]
    private var fallback: Entry?
    private var contexts: [ContextKey: (names: CertificateNames, context: NIOSSLContext)] = [:]
    /// The protocols that are agreed on.
    let protocols: [ApplicationProtocol]

    /// What is wrong with a listener's certificates. The other listeners work.
    public struct Problem: Error, Hashable, Sendable {
        /// ``TLSListener/id``; nil: the whole port.
        public var listener: Int?
        /// What is wrong.
        public var problem: CertificateProblem
    }

    /// Builds the store, using the contexts of `previous` for what did not change.
    ///
    /// Reads certificates and keys, which takes tens of microseconds each: not for an event loop.
    public static func build(
        _ port: TLSPort, reusing previous: CertificateStore? = nil
    ) -> (store: CertificateStore, problems: [Problem]) {
        var store = CertificateStore(protocols: port.protocols)
        var problems: [Problem] = []
        var authorities: [NIOSSLCertificate]?
        var usable = true
        do {
            authorities = try port.clientAuthorities.map { pem throws(CertificateProblem) in
                try loadAuthorities(pem, name: "client certificate authorities")
            }
        } catch {
            // Client certificates cannot be checked, so nobody gets in.
            problems.append(Problem(listener: nil, problem: error))
            usable = false
        }
        for listener in port.listeners {
            var entry = Entry(id: listener.id, certificates: [])
            for source in usable ? listener.certificates : [] {
                let key = ContextKey(
                    source: source, clientAuthorities: port.clientAuthorities, protocols: port.protocols)
                do throws(CertificateProblem) {
                    let made =
                        try store.contexts[key] ?? previous?.contexts[key]
                        ?? serverContext(source, authorities: authorities, protocols: port.protocols)
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

    private init(protocols: [ApplicationProtocol]) { self.protocols = protocols }

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
        guard let entry = entry(for: name) else { return .unknownName }
        guard let first = entry.certificates.first else { return .noCertificate(listener: entry.id) }
        let chosen = name.flatMap { name in entry.certificates.first { $0.names.covers(name) } } ?? first
        return .use(chosen.context, listener: entry.id)
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
        _ source: CertificateSource, authorities: [NIOSSLCertificate]?, protocols: [ApplicationProtocol]
    ) throws(CertificateProblem) -> (names: CertificateNames, context: NIOSSLContext) {
        let loaded = try LoadedCertificate(source)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: loaded.chain.map { .certificate($0) }, privateKey: .privateKey(loaded.key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.cipherSuites = modernCipherSuites
        configuration.applicationProtocols = protocols.map(\.rawValue)
        configuration.renegotiationSupport = .none
        configuration.shutdownTimeout = .seconds(2)
        if let authorities {
            configuration.trustRoots = .certificates(authorities)
            configuration.certificateVerification = .noHostnameVerification
            configuration.sendCANameList = true
        }
        return (loaded.names, try loaded.context(configuration, name: source.name))
    }
}

/// The suites of TLS 1.2 with forward secrecy and authenticated encryption, the ones that RFC 9113 permits for
/// HTTP/2. Those of TLS 1.3 are all good and cannot be chosen.
let modernCipherSuites = [
    "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
].joined(separator: ":")
