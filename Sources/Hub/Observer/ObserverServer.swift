import Addresses
import GRPCCore
import GRPCNIOTransportHTTP2
import Logging

/// Serves Hubble's Observer, so that `hubble observe` shows our records.
public struct ObserverServer: Sendable {
    /// Where to listen.
    public enum Place: Sendable, Hashable {
        /// An address and a port; 0: any.
        case address(host: String, port: Int)
        /// A socket in the file system; who may open it may look.
        case unixSocket(path: String)
    }

    /// Who may look.
    public enum Security: Sendable, Hashable {
        /// Whoever reaches the socket; only where nobody else can: on loopback, or in the file system.
        case plaintext
        /// Who has a certificate by the authority, and with one of these names; no names: any.
        case tls(TLSFiles, clients: Set<String>)
    }

    /// Where and how.
    public struct Configuration: Sendable {
        /// Where to listen.
        public var place: Place
        /// Who may look.
        public var security: Security
        /// Version of the program, for `emitter` of flows.
        public var version: String
        /// How often the own certificate's files are looked at.
        public var reload: Duration

        /// A place to listen at.
        public init(place: Place, security: Security, version: String = "", reload: Duration = .seconds(60)) {
            self.place = place
            self.security = security
            self.version = version
            self.reload = reload
        }
    }

    /// A place where plain text would be read by others.
    public struct UnsafePlace: Error, Hashable, CustomStringConvertible {
        /// The address.
        public var host: String
        /// What is wrong, in words.
        public var description: String {
            "flows are served without TLS only on loopback or a unix socket, and \(host) is neither"
        }
    }

    private let configuration: Configuration
    private let service: ObserverService
    private let logger: Logger

    /// A server that is not listening yet.
    ///
    /// - Parameter clock: microseconds since 1970.
    public init(
        _ configuration: Configuration, source: any FlowSource, logger: Logger, clock: @escaping @Sendable () -> Int64
    ) throws(UnsafePlace) {
        if case .address(let host, _) = configuration.place, configuration.security == .plaintext {
            guard host == "localhost" || Address(host)?.isLoopback == true else { throw UnsafePlace(host: host) }
        }
        self.configuration = configuration
        self.logger = logger
        service = ObserverService(source: source, configuration: configuration, logger: logger, clock: clock)
    }

    /// Serves until the task is cancelled.
    ///
    /// - Parameter onListening: is told the port once; 0 for a unix socket.
    public func run(onListening: @escaping @Sendable (Int) -> Void = { _ in }) async throws {
        switch configuration.security {
        case .plaintext: try await serve(.plaintext, onListening)
        case .tls(let files, _):
            let reloader = try files.reloader(every: configuration.reload)
            let security = try files.serverSecurity(reloader: reloader)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await serve(security, onListening) }
                group.addTask { try await reloader.run() }
                defer { group.cancelAll() }
                _ = try await group.next()
            }
        }
    }

    private func serve(
        _ security: HTTP2ServerTransport.Posix.TransportSecurity, _ onListening: @escaping @Sendable (Int) -> Void
    ) async throws {
        let address: GRPCNIOTransportCore.SocketAddress
        switch configuration.place {
        case .address(let host, let port): address = SocketPlace(host == "localhost" ? "127.0.0.1" : host, port).address
        case .unixSocket(let path): address = .unixDomainSocket(path: path)
        }
        var config = HTTP2ServerTransport.Posix.Config.defaults
        config.rpc.maxRequestPayloadSize = 1 << 20
        config.http2.maxConcurrentStreams = 64
        config.connection.keepalive = .init(
            time: .seconds(60), timeout: .seconds(20),
            clientBehavior: .init(minPingIntervalWithoutCalls: .seconds(10), allowWithoutCalls: true))
        let transport = HTTP2ServerTransport.Posix(address: address, transportSecurity: security, config: config)
        try await GracefulServer.run(transport, services: [service]) { address in
            logger.info("the hub serves flows", metadata: ["address": "\(address)"])
            onListening(address.port)
        }
    }
}
