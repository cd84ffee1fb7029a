import Kubernetes

/// One programmed listener of a Gateway with the rules that are attached to it.
public final class CompiledListener: Sendable {
    /// Place in `RoutingTable.listeners`.
    public let index: Int
    /// The Gateway that it is a listener of.
    public let gateway: NamespacedName
    /// Name of the listener in its Gateway; of one that a ListenerSet adds, `NAMESPACE/SET/LISTENER`, which no listener of
    /// the Gateway itself can have.
    public let name: String
    /// The Gateway or ListenerSet that it is written in.
    public let owner: ObjectReference
    /// Its name there.
    public let section: String
    /// TCP port.
    public let port: Int
    /// HTTPS: TLS is terminated here.
    public let isTLS: Bool
    /// Lower-case; `*.` in front: a wildcard; nil: every host.
    public let hostname: String?
    /// What to show to clients, in order of preference; never empty when `isTLS`.
    public let certificates: [KeyPair]
    /// How client certificates are checked; nil: they are not asked for.
    public let clientValidation: ClientValidation?
    /// Annotations of the Gateway: limits and switches.
    public let annotations: [String: String]
    /// HTTP/2 without TLS may be spoken from the first byte (prior knowledge).
    public let acceptsH2C: Bool
    /// Rules of the attached routes, in order of route and place in it.
    public let rules: [CompiledRule]
    let matcher: Matcher
    /// What routes that cannot serve were meant for.
    private let claims: [RouteClaim]

    init(
        index: Int, plan: ListenerPlan, acceptsH2C: Bool, rules: [CompiledRule], matcher: Matcher, claims: [RouteClaim]
    ) {
        self.index = index
        gateway = plan.gateway.key
        owner = plan.owner
        section = plan.listener.name
        name = plan.set.map { "\($0.key)/\(plan.listener.name)" } ?? plan.listener.name
        port = plan.listener.port
        isTLS = plan.listener.protocolName == "HTTPS"
        hostname = plan.listener.hostname
        certificates = plan.certificates
        clientValidation = plan.clientValidation
        annotations = plan.gateway.metadata.annotations
        self.acceptsH2C = acceptsH2C
        self.rules = rules
        self.matcher = matcher
        self.claims = claims
    }

    /// The rule that a request belongs to; nil: none, the answer is 404.
    ///
    /// Allocates nothing; the cost depends on the request and the depth of what is configured, not on how much is.
    /// - Parameter headers: Gives the value of a header by its lower-case name, values of repeated headers joined by
    ///   `, `; nil when it is absent. May be asked more than once for the same header; what it gives need only last
    ///   until it is asked again.
    public func match(
        _ request: RequestView, headers: (UnsafeRawBufferPointer) -> UnsafeRawBufferPointer?
    ) -> RouteMatch? {
        var work = Work()
        return match(request, headers: headers, work: &work)
    }

    @inline(__always)
    func match(
        _ request: RequestView, headers: (UnsafeRawBufferPointer) -> UnsafeRawBufferPointer?, work: inout Work
    ) -> RouteMatch? {
        guard let hit = matcher.match(request, headers, &work) else { return nil }
        return RouteMatch(rule: rules[hit.rule], matchedPrefixLength: hit.length, hostRank: hit.hostRank)
    }

    /// Whether a request was meant for a route that cannot serve it, rather than for the one that matches: then nobody
    /// may.
    public func isClaimed(_ request: RequestView, matched: RouteMatch?) -> Bool {
        if claims.isEmpty { return false }
        let matched = matched.map { (hostRank: $0.hostRank, pathLength: $0.matchedPrefixLength) }
        return claims.contains { $0.covers(host: request.host, path: request.path, matched: matched) }
    }
}

/// The rule of a request.
public struct RouteMatch: Sendable {
    /// The rule.
    public let rule: CompiledRule
    /// How many bytes of the path the match covers, without a final slash (0 for the prefix `/`); all of them for an
    /// exact match. What `ReplacePrefixMatch` replaces.
    public let matchedPrefixLength: Int
    /// How specific the host name of the match is (`RouteClaim.rank`).
    let hostRank: Int
}

/// How client certificates are checked on a listener.
public struct ClientValidation: Hashable, Sendable {
    /// PEM of the authorities, all files together.
    public var authorities: [UInt8]
    /// A certificate may be missing (`AllowInsecureFallback`). One that is shown must be good all the same.
    public var allowsInsecureFallback: Bool
}

/// A certificate chain and its private key, both PEM.
public struct KeyPair: Hashable, Sendable {
    /// The Secret that holds them.
    public var secret: NamespacedName
    /// `tls.crt`.
    public var certificateChain: SecretBytes
    /// `tls.key`.
    public var privateKey: SecretBytes
}

/// The listeners that share one port.
public final class PortTable: Sendable {
    /// TCP port.
    public let port: Int
    /// Whose port it is, where Gateways have addresses of their own; nil: everybody's.
    public let gateway: NamespacedName?
    /// All HTTPS, or all HTTP.
    public let isTLS: Bool
    /// The listeners, most specific host name not first: use `selectListener`.
    public let listeners: [CompiledListener]
    /// Values are places in `listeners`, or `closed`.
    private let hosts: HostTable
    private let isClosed: Bool

    /// Which listener a request or a handshake belongs to.
    public enum Selection: Sendable {
        case listener(CompiledListener)
        /// No listener has this host: 404, or no handshake.
        case none
        /// The connection was made for another listener's host: 421.
        case misdirected
        /// The host belongs to a listener that could not be programmed. Nobody else may answer for it.
        case closed
    }

    /// - Parameters:
    ///   - closedHostnames: Host names of listeners that were refused: they keep their hosts.
    ///   - isClosed: Nobody knows which host names were refused: nothing is served.
    init(
        port: Int, gateway: NamespacedName?, listeners: [CompiledListener], closedHostnames: [String?],
        isClosed: Bool = false
    ) {
        self.port = port
        self.gateway = gateway
        self.listeners = listeners
        isTLS = listeners.first?.isTLS ?? false
        var hosts = HostTable()
        self.isClosed = isClosed
        for (index, listener) in listeners.enumerated() { _ = hosts.findOrInsert(listener.hostname, index) }
        for hostname in closedHostnames { _ = hosts.findOrInsert(hostname, Self.closed) }
        self.hosts = hosts
    }

    /// Stands for a refused listener in `hosts`.
    private static let closed = Int(Int32.max)

    /// The listener with the most specific host name that fits.
    ///
    /// - Parameters:
    ///   - host: The request's host: lower-case, no port, no final dot.
    ///   - serverName: On a TLS port, what the client asked for in its handshake, lower-case; nil when it asked for
    ///     nothing.
    public func selectListener(host: UnsafeRawBufferPointer, serverName: UnsafeRawBufferPointer? = nil) -> Selection {
        let wanted = lookUp(host)
        guard isTLS else { return selection(wanted) }
        // The connection was secured as one listener's; a request for another listener's host must not be served on
        // it, because that one may ask for other certificates.
        let connected = serverName.map { lookUp($0) } ?? lookUp(UnsafeRawBufferPointer(start: nil, count: 0))
        guard let wanted else { return .none }
        return wanted == connected ? selection(wanted) : .misdirected
    }

    /// The listener whose certificate to show to a client that asks for `serverName` (nil: for nothing).
    public func selectListener(serverName: UnsafeRawBufferPointer?) -> Selection {
        selection(lookUp(serverName ?? UnsafeRawBufferPointer(start: nil, count: 0)))
    }

    private func lookUp(_ host: UnsafeRawBufferPointer) -> Int? {
        var work = Work()
        return hosts.first(host, &work)
    }

    private func selection(_ index: Int?) -> Selection {
        guard !isClosed else { return .closed }
        guard let index else { return .none }
        return index == Self.closed ? .closed : .listener(listeners[index])
    }
}
