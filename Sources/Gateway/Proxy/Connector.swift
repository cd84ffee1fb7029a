import Addresses
import NIOCore
import NIOPosix
import Routing

/// A request that waits for a connection.
final class ConnectAttempt {
    fileprivate(set) var receiver: UpstreamReceiver?
    private let endpoint: EndpointState

    init(_ receiver: UpstreamReceiver, _ endpoint: EndpointState) {
        self.receiver = receiver
        self.endpoint = endpoint
        endpoint.waiting += 1
    }

    /// Nobody has been told yet.
    var isWaiting: Bool { receiver != nil }

    /// Nobody waits any more; the connection, once there, serves somebody else.
    func cancel() { _ = take() }

    /// Who waits; only the first call gets an answer.
    func take() -> UpstreamReceiver? {
        guard let receiver else { return nil }
        self.receiver = nil
        endpoint.waiting -= 1
        return receiver
    }
}

extension Worker {
    /// Gives the receiver a connection to the endpoint: one that is idle, at once, or a new one.
    ///
    /// - Returns: the wait, when there is one.
    func acquire(_ cluster: ClusterState, _ endpoint: EndpointState, for receiver: UpstreamReceiver) -> ConnectAttempt?
    {
        if cluster.cluster.key.wire == .http2 { return acquireHTTP2(cluster, endpoint, for: receiver) }
        while let connection = endpoint.idle.popLast() {
            if connection.isUsable {
                connection.lend(to: receiver)
                return nil
            }
        }
        let limits = configuration.upstreamLimits
        guard endpoint.connections < limits.upstreamConnections, endpoint.waiting < limits.pendingRequests else {
            // Told on the next turn: the receiver has not got the attempt yet.
            let attempt = ConnectAttempt(receiver, endpoint)
            eventLoop.assumeIsolated().execute { attempt.take()?.upstreamFailed(.overloaded) }
            return attempt
        }
        return open(cluster, endpoint, for: receiver)
    }

    private func open(_ cluster: ClusterState, _ endpoint: EndpointState, for receiver: UpstreamReceiver)
        -> ConnectAttempt
    {
        let attempt = ConnectAttempt(receiver, endpoint)
        let connection = HTTP1ClientConnection(worker: self, endpoint: endpoint)
        connect(cluster, endpoint, speaking: .http1) { channel in
            try channel.pipeline.syncOperations.addHandler(connection)
        } completion: { result in
            switch result {
            case .success:
                guard let receiver = attempt.take() else { return connection.becomeIdle() }
                connection.lend(to: receiver)
            case .failure(let failure):
                attempt.take()?.upstreamFailed(failure.failure)
            }
        }
        return attempt
    }

    /// Opens a connection, with TLS where the cluster has it.
    ///
    /// - Parameters:
    ///   - initialize: puts the handlers of HTTP behind those of TLS.
    ///   - completion: called on the loop when the connection, TLS included, is ready, or with what went wrong.
    func connect(
        _ cluster: ClusterState, _ endpoint: EndpointState, speaking protocol: ApplicationProtocol,
        initialize: @escaping (any Channel) throws -> Void,
        completion: @escaping (Result<any Channel, UpstreamFailureError>) -> Void
    ) {
        let ready = eventLoop.makePromise(of: Void.self)
        let isLocalGood = cluster.cluster.allowsLocalAddresses
        let state = NIOLoopBound(
            (initialize: initialize, completion: completion, cluster: cluster), eventLoop: eventLoop)
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(.milliseconds(configuration.upstreamLimits.connectTimeout))
            .channelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    let (initialize, _, cluster) = state.value
                    try secure(channel, cluster.cluster, `protocol`, ready: ready, initialize)
                }
            }
        Self.open(bootstrap, endpoint.target)
            .flatMapThrowing { channel in
                guard isLocalGood || channel.remoteAddress?.isElsewhere ?? false else {
                    channel.close(promise: nil)
                    throw UpstreamFailureError(.connect)
                }
                return channel
            }
            .flatMap { channel in ready.futureResult.map { channel } }
            .assumeIsolated()
            .whenComplete { [self] result in
                // Ends the promise where the connection never came to it; does nothing otherwise.
                ready.fail(UpstreamFailureError(.connect))
                // On the next turn: the handlers have not been told yet that the connection is open, and those of
                // HTTP/2 must say hello before anything else is written.
                eventLoop.assumeIsolated().execute {
                    state.value.completion(
                        result.mapError { $0 as? UpstreamFailureError ?? UpstreamFailureError(.connect) })
                }
            }
    }

    /// Puts TLS in front of HTTP where the backend wants it; `ready` is told when bytes may flow.
    private func secure(
        _ channel: any Channel, _ cluster: Cluster, _ protocol: ApplicationProtocol, ready: EventLoopPromise<Void>,
        _ initialize: @escaping (any Channel) throws -> Void
    ) throws {
        guard let terms = cluster.key.tls else {
            try initialize(channel)
            return ready.succeed()
        }
        do {
            let client = try tlsClients.client(for: UpstreamTLS(terms, name: cluster.name), protocols: [`protocol`])
            try client.secure(channel, timeout: .milliseconds(configuration.upstreamLimits.connectTimeout)) { result in
                guard case .success = result, (try? initialize(channel)) != nil else {
                    return ready.fail(UpstreamFailureError(.tls))
                }
                ready.succeed()
            }
        } catch {
            // The certificates of the configuration cannot be used: nothing is sent without them.
            throw UpstreamFailureError(.tls)
        }
    }

    private static func open(_ bootstrap: ClientBootstrap, _ endpoint: Endpoint) -> EventLoopFuture<any Channel> {
        switch endpoint.host {
        case .address(let address):
            // An address is not looked up: that would cost a turn through another thread.
            (try? SocketAddress(ipAddress: "\(address)", port: endpoint.port)).map { bootstrap.connect(to: $0) }
                ?? bootstrap.connect(host: "\(address)", port: endpoint.port)
        case .name(let name): bootstrap.connect(host: name, port: endpoint.port)
        }
    }
}

/// An `UpstreamFailure` on its way through a future.
struct UpstreamFailureError: Error {
    let failure: UpstreamFailure
    init(_ failure: UpstreamFailure) { self.failure = failure }
}

extension Address {
    /// Of this machine, or of no machine outside its link (RFC 6890).
    fileprivate var isLocal: Bool {
        isLoopback || isUnspecified || Self.linkLocal.contains { $0.contains(self) }
    }

    private static let linkLocal = ["169.254.0.0/16", "fe80::/10"].compactMap { Prefix($0) }
}

extension SocketAddress {
    /// Neither this machine nor its link: where a name of somebody else's may point to.
    var isElsewhere: Bool {
        guard let text = ipAddress, let address = Address(text) else { return false }
        return !address.isLocal
    }
}
