import Addresses
import Kubernetes

/// The endpoints of one port of one Service, with how to speak to them.
///
/// Two clusters that are equal are the same in every respect: a gateway keeps its connections across snapshots by it.
public struct Cluster: Hashable, Sendable {
    /// What a cluster is, whatever its endpoints are at the moment.
    public struct Key: Hashable, Sendable {
        /// The Service.
        public var service: NamespacedName
        /// Its port (not the endpoints').
        public var port: Int
        /// How requests are written.
        public var wire: Wire
        /// How connections are secured; nil: they are not.
        public var tls: BackendTLS?
    }

    /// How requests are written.
    public enum Wire: String, Hashable, Sendable {
        /// HTTP/1.1, WebSocket upgrades included. With TLS: HTTP/2 too, as the handshake agrees.
        case http1
        /// HTTP/2 only: without TLS from the first byte (h2c), with TLS by ALPN `h2`.
        case http2
    }

    /// Which endpoint gets the next request.
    public enum LoadBalancing: String, Hashable, Sendable {
        case roundRobin = "round-robin"
        case leastRequests = "least-requests"
    }

    /// What it is.
    public var key: Key
    /// Sorted, each once; empty: 503.
    public var endpoints: [Endpoint]
    /// How the next endpoint is chosen.
    public var loadBalancing: LoadBalancing
    /// False: addresses that a DNS name of an endpoint resolves to must not be loopback, link-local or unspecified.
    public var allowsLocalAddresses: Bool

    /// `namespace/name:port`, for records and logs; never for callers.
    public var name: String { "\(key.service):\(key.port)" }
}

/// Where a connection goes.
public struct Endpoint: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// An address, or a name that the gateway resolves.
    public enum Host: Hashable, Sendable {
        case address(Address)
        case name(String)
    }

    /// Where.
    public var host: Host
    /// TCP port.
    public var port: Int

    /// An endpoint.
    public init(_ host: Host, port: Int) {
        self.host = host
        self.port = port
    }

    /// `host:port`, IPv6 in brackets.
    public var description: String {
        switch host {
        case .address(let address): address.isIPv4 ? "\(address):\(port)" : "[\(address)]:\(port)"
        case .name(let name): "\(name):\(port)"
        }
    }

    /// Addresses by number, then names.
    public static func < (a: Self, b: Self) -> Bool {
        switch (a.host, b.host) {
        case (.address(let x), .address(let y)): (x, a.port) < (y, b.port)
        case (.name(let x), .name(let y)): (x, a.port) < (y, b.port)
        case (.address, .name): true
        case (.name, .address): false
        }
    }
}

/// How a backend proves who it is, and how we do.
public struct BackendTLS: Hashable, Sendable {
    /// Whom to trust.
    public enum Trust: Hashable, Sendable {
        /// The authorities of the system.
        case system
        /// PEM of the authorities, all files together.
        case authorities([UInt8])
    }

    /// A name that the backend's certificate may have.
    public typealias SubjectAltName = BackendTLSPolicy.SubjectAltName

    /// Sent as SNI.
    public var serverName: String
    /// The certificate must have one of these; never empty (`serverName` when the policy names none).
    public var subjectAltNames: [SubjectAltName]
    /// Whose signature its certificate must have.
    public var trust: Trust
    /// What we show when the backend asks.
    public var clientCertificate: KeyPair?
}
