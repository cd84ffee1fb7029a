import Access
import Logging
import NIOSSL

/// What the HTTP half of a hub is made of.
public struct HubConfiguration: Sendable {
    /// A certificate and its key, in files.
    public struct Certificate: Sendable, Equatable {
        /// PEM, the server's first.
        public var chainFile: String
        /// PEM.
        public var keyFile: String

        /// These files.
        public init(chainFile: String, keyFile: String) {
            self.chainFile = chainFile
            self.keyFile = keyFile
        }
    }

    /// Address to listen on, without brackets.
    public var host: String
    /// Port; 0 takes a free one.
    public var port: Int
    /// nil: plain text, which is for loopback addresses only.
    public var certificate: Certificate?
    /// Host names under which it may be asked beside its own address. Empty with TLS: every name, for the certificate
    /// says which are right.
    public var names: [String]
    /// Connections at once; more wait.
    public var connections = 512
    /// Live streams at once.
    public var streams = 256
    /// Seconds between signs of life in a live stream.
    public var heartbeat = 15
    /// Seconds without a request after which a session ends, and after which it ends in any case.
    public var sessionIdle: Int64 = 8 * 3600
    /// Seconds after the login at which a session ends in any case.
    public var sessionWhole: Int64 = 24 * 3600
    /// Failed logins from one address in five minutes.
    public var failedLogins = 10
    /// Version of the program, for the pages.
    public var version: String
    /// Keys and issuers in force.
    public var access: @Sendable () -> AccessTable
    /// Microseconds since 1970.
    public var now: @Sendable () -> Int64
    /// Text of `/metrics`; nil: there is none.
    public var metrics: (@Sendable () async -> String)?
    /// Whether everything that the objects ask for is served.
    public var isReady: @Sendable () async -> Bool
    /// Is given the path of each new login link, such as `/login/link?token=...`; nil: there is no such link, and only keys
    /// and issuers open the console.
    public var onLoginLink: (@Sendable (String) -> Void)?
    /// Changes a code for a token at an issuer; nil: people cannot log in with their browser at an issuer.
    public var issuers: (any IssuerClient)?

    /// A configuration.
    public init(
        host: String = "127.0.0.1", port: Int = 0, certificate: Certificate? = nil, names: [String] = [],
        version: String = "", access: @escaping @Sendable () -> AccessTable, now: @escaping @Sendable () -> Int64
    ) {
        self.host = host
        self.port = port
        self.certificate = certificate
        self.names = names
        self.version = version
        self.access = access
        self.now = now
        isReady = { true }
    }
}

/// Why a hub's pages cannot be served.
public enum HubServerError: Error, Sendable, CustomStringConvertible {
    /// Plain text on an address that others can reach.
    case plaintextNotLoopback(String)
    /// The address is none.
    case address(String)
    /// The certificate or its key cannot be read.
    case certificate(String)
    /// The port cannot be opened.
    case port(String)

    /// In words.
    public var description: String {
        switch self {
        case .plaintextNotLoopback(let host):
            "\(host) is reached by others: without a certificate, logins would cross the network for anyone to read"
        case .address(let host): "'\(host)' is not an address"
        case .certificate(let reason): "the certificate of the console cannot be used: \(reason)"
        case .port(let reason): "the port of the console cannot be opened: \(reason)"
        }
    }
}
