import NIOCore
import Records
import Routing

/// One place that a cluster's requests may go to, as one event loop sees it: its connections and how it fares.
final class EndpointState {
    let target: Endpoint
    /// Its address and port, as records have them; made once.
    let recordPart: RecordPart
    /// Requests that run on it now.
    @exclusivity(unchecked) var active = 0
    /// HTTP/1.1 connections that nobody uses; the one used last is taken first, so that the others may age.
    @exclusivity(unchecked) var idle: [HTTP1ClientConnection] = []
    /// HTTP/2 connections that take more streams.
    var multiplexed: [HTTP2ClientConnection] = []
    /// Connections that are open or being opened.
    var connections = 0
    /// Requests that wait for a connection to be opened.
    var waiting = 0
    /// The endpoint is no longer in the configuration: what runs may finish, nothing new comes.
    var isRetired = false

    @exclusivity(unchecked) private var failures = 0
    private var ejections = 0
    private var ejectedUntil: UInt64 = 0

    init(_ target: Endpoint) {
        self.target = target
        let host =
            switch target.host {
            case .address(let address): address.description
            case .name(let name): name
            }
        recordPart = .endpoint(address: host, port: UInt16(clamping: target.port))
    }

    /// Five failures in a row take an endpoint out for ten seconds, then for twenty, at most for five minutes.
    static let failuresToEject = 5
    static let firstEjection: UInt64 = 10_000_000_000
    static let longestEjection: UInt64 = 300_000_000_000

    /// - Parameter now: nanoseconds of the monotonic clock.
    func isEjected(at now: UInt64) -> Bool { ejectedUntil > now }

    /// An attempt went well: earlier failures are forgotten.
    func succeeded() {
        failures = 0
        ejections = 0
    }

    /// An attempt failed: no connection, no answer, or a 5xx that says that the backend is not there.
    ///
    /// - Returns: true when this takes the endpoint out.
    func failed(at now: UInt64) -> Bool {
        failures += 1
        guard failures >= Self.failuresToEject, !isEjected(at: now) else { return false }
        failures = 0
        ejectedUntil = now + min(Self.firstEjection << UInt64(min(ejections, 5)), Self.longestEjection)
        ejections += 1
        return true
    }
}

/// A cluster on one event loop: picks the endpoint for each request.
final class ClusterState {
    @exclusivity(unchecked) private(set) var cluster: Cluster
    @exclusivity(unchecked) private(set) var endpoints: [EndpointState]
    @exclusivity(unchecked) private var rotation = 0

    /// The Service, as records have it.
    let recordPart: RecordPart

    init(_ cluster: Cluster) {
        self.cluster = cluster
        recordPart = .service(cluster.key.service.description)
        endpoints = cluster.endpoints.map(EndpointState.init)
    }

    /// Takes the new configuration over: endpoints that stay keep their connections and their history.
    ///
    /// - Returns: the endpoints that are gone; their idle connections are the caller's to close.
    func update(_ cluster: Cluster) -> [EndpointState] {
        let known = Dictionary(endpoints.map { ($0.target, $0) }, uniquingKeysWith: { first, _ in first })
        let wanted = Set(cluster.endpoints)
        self.cluster = cluster
        let gone = endpoints.filter { !wanted.contains($0.target) }
        endpoints = cluster.endpoints.map { known[$0] ?? EndpointState($0) }
        for endpoint in gone { endpoint.isRetired = true }
        return gone
    }

    /// The endpoint for the next request, or nil when there is none.
    ///
    /// Ejected endpoints are passed over while at least half are left: beyond that, trying them is better than
    /// refusing everything.
    ///
    /// - Parameter excluded: the endpoint of the attempt that failed; taken again only when it is the only one.
    func pick(excluding excluded: EndpointState?, now: UInt64) -> EndpointState? {
        guard endpoints.count > 1 else { return endpoints.first }
        let ejected = endpoints.count { $0.isEjected(at: now) }
        let avoidsEjected = ejected * 2 <= endpoints.count
        rotation &+= 1
        var best: EndpointState?
        for step in endpoints.indices {
            let endpoint = endpoints[(rotation &+ step) % endpoints.count]
            if endpoint === excluded || (avoidsEjected && endpoint.isEjected(at: now)) { continue }
            if cluster.loadBalancing == .roundRobin { return endpoint }
            if best.map({ endpoint.active < $0.active }) ?? true { best = endpoint }
        }
        return best ?? excluded
    }
}
