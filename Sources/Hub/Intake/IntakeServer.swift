import GRPCCore
import GRPCNIOTransportHTTP2
import Logging
import Synchronization

/// Listens for gateways and agents, and hands what they send to the history.
public struct IntakeServer: Sendable {
    /// Where and how.
    public struct Configuration: Sendable {
        /// Address to listen at.
        public var host: String
        /// Port to listen at; 0: any.
        public var port: Int
        /// Certificates: sources must have one.
        public var tls: TLSFiles
        /// Bytes of lines that a source may have on their way.
        public var window: Int
        /// Bytes of lines that a batch may have.
        public var longestBatch: Int
        /// Bytes of prompts and answers that a batch may have; 0: none are taken.
        public var longestContent: Int
        /// How often the own certificate's files are looked at.
        public var reload: Duration
        /// Version of the program, for sources.
        public var version: String

        /// A place to listen at.
        public init(
            host: String, port: Int, tls: TLSFiles, window: Int = 8 << 20, longestBatch: Int = 1 << 20,
            longestContent: Int = 0, reload: Duration = .seconds(60), version: String = ""
        ) {
            self.host = host
            self.port = port
            self.tls = tls
            self.window = window
            self.longestBatch = longestBatch
            self.longestContent = longestContent
            self.reload = reload
            self.version = version
        }
    }

    private let configuration: Configuration
    private let service: IntakeService
    private let logger: Logger

    /// A server that is not listening yet.
    ///
    /// - Parameter clock: microseconds since 1970.
    public init(
        _ configuration: Configuration, intake: any RecordIntake, logger: Logger,
        clock: @escaping @Sendable () -> Int64
    ) {
        self.configuration = configuration
        self.logger = logger
        service = IntakeService(intake: intake, configuration: configuration, logger: logger, clock: clock)
    }

    /// Sources that are connected now.
    public var sources: Int { service.streams.open.count }

    /// Serves until the task is cancelled. Where the file of authorities changes, it ends in order and begins again with the new
    /// ones, at the same port: a source that they do not vouch for is not let in again, the others go on where they were.
    ///
    /// - Parameter onListening: is told the port once.
    public func run(onListening: @escaping @Sendable (Int) -> Void = { _ in }) async throws {
        let bound = Mutex<Int?>(nil)
        while true {
            try await serve(port: bound.withLock { $0 } ?? configuration.port) { port in
                let isFirst = bound.withLock { bound in
                    defer { bound = port }
                    return bound == nil
                }
                if isFirst { onListening(port) }
            }
            try Task.checkCancellation()
        }
    }

    /// Serves until the task is cancelled, or there are other authorities.
    private func serve(port: Int, onListening: @escaping @Sendable (Int) -> Void) async throws {
        let authorities = AuthorityWatch(path: configuration.tls.authority)
        let reloader = try configuration.tls.reloader(every: configuration.reload)
        var config = HTTP2ServerTransport.Posix.Config.defaults
        config.rpc.maxRequestPayloadSize = configuration.longestBatch + configuration.longestContent + 4096
        config.http2.targetWindowSize = max(65_535, configuration.longestBatch)
        config.http2.maxConcurrentStreams = 16
        config.connection.keepalive = .init(
            time: .seconds(60), timeout: .seconds(20),
            clientBehavior: .init(minPingIntervalWithoutCalls: .seconds(10), allowWithoutCalls: true))
        let transport = HTTP2ServerTransport.Posix(
            address: SocketPlace(configuration.host, port).address,
            transportSecurity: try configuration.tls.serverSecurity(reloader: reloader), config: config)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await GracefulServer.run(transport, services: [service]) { address in
                    logger.info(
                        "the hub listens for records",
                        metadata: ["host": "\(configuration.host)", "port": "\(address.port)"])
                    onListening(address.port)
                }
            }
            group.addTask { try await reloader.run() }
            group.addTask {
                try await authorities.change(every: min(configuration.reload, .seconds(5)), logger: logger)
            }
            // Whichever ends first ends the others; all have ended when this returns.
            do {
                _ = try await group.next()
            } catch {
                group.cancelAll()
                throw error
            }
            group.cancelAll()
            while let result = await group.nextResult() {
                if case .failure(let error) = result, !(error is CancellationError), !Task.isCancelled { throw error }
            }
        }
    }
}
