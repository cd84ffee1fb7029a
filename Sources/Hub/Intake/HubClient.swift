import GRPCCore
import GRPCNIOTransportHTTP2
import Logging
import RecordFiles
import Records
import Synchronization
import Telemetry

/// Sends records to the hub, and sends them again until the hub has them for good.
///
/// Whoever makes records never waits for it, and it never takes more memory than it was given: while the hub is away, what
/// comes after the memory is full is dropped and counted, and the hub is told how many that were.
public final class HubClient: RecordSink, ContentSink {
    /// Where the hub is, and who speaks.
    public struct Configuration: Sendable {
        /// Name or address of the hub; its certificate must have it.
        public var host: String
        /// Its port.
        public var port: Int
        /// Certificates.
        public var tls: TLSFiles
        /// Who speaks. Without a name: whoever the certificate names by the time that there is a connection; it may be
        /// made later than this.
        public var source: IntakeSource
        /// Which of those that share a certificate this is, such as the node or the pod; empty: it has it for itself.
        public var part = ""
        /// Version of the program.
        public var version: String
        /// Bytes of lines that may wait for the hub.
        public var memory: Int
        /// Bytes of lines that are put together in one batch.
        public var batchBytes: Int
        /// The first time to wait before another attempt.
        public var firstPause: Duration
        /// The longest.
        public var longestPause: Duration
        /// How often the files of certificates are looked at.
        public var reload: Duration
        /// The name that the hub's certificate must have, where it is not `host`; empty: it is.
        public var serverName: String

        /// A hub, and who speaks to it.
        public init(
            host: String, port: Int, tls: TLSFiles, source: IntakeSource, version: String = "", memory: Int = 32 << 20,
            batchBytes: Int = 256 << 10, firstPause: Duration = .milliseconds(250),
            longestPause: Duration = .seconds(30),
            reload: Duration = .seconds(60), serverName: String = ""
        ) {
            self.host = host
            self.port = port
            self.tls = tls
            self.source = source
            self.version = version
            self.memory = memory
            self.batchBytes = batchBytes
            self.firstPause = firstPause
            self.longestPause = longestPause
            self.reload = reload
            self.serverName = serverName
        }
    }

    /// How it goes.
    public struct Status: Sendable, Hashable {
        /// The hub has answered on this connection.
        public var isConnected = false
        /// Connections on which the hub has answered, since the start.
        public var connections = 0
        /// Bytes that wait, or are on their way.
        public var waitingBytes = 0
        /// Records that the hub has for good.
        public var acknowledged: UInt64 = 0
        /// Records that were dropped because too much waited.
        public var dropped: UInt64 = 0
        /// Prompts and answers that were dropped: too much waited, or the hub takes none.
        public var droppedContents: UInt64 = 0
        /// Why there is no connection; empty: there is one, or none was tried.
        public var trouble = ""
    }

    struct State {
        var batches: OutgoingBatches
        var status = Status()
        var isClosing = false
        var waiters: [CheckedContinuation<Void, Never>] = []
        /// Wakes whoever sends on the connection; nil: there is none.
        var wake: AsyncStream<Void>.Continuation?
    }

    let configuration: Configuration
    let logger: Logger
    let state: Mutex<State>
    private let clock: @Sendable () -> Int64

    /// A client that does nothing yet but gather.
    ///
    /// - Parameter clock: microseconds since 1970.
    public init(_ configuration: Configuration, logger: Logger, clock: @escaping @Sendable () -> Int64) {
        self.configuration = configuration
        self.logger = logger
        self.clock = clock
        state = Mutex(
            State(batches: OutgoingBatches(most: configuration.memory, batchBytes: configuration.batchBytes)))
    }

    /// How it goes.
    public var status: Status {
        state.withLock { state in
            var status = state.status
            status.waitingBytes = state.batches.bytes
            status.acknowledged = state.batches.acknowledged
            status.dropped = state.batches.dropped
            status.droppedContents = state.batches.droppedContents
            return status
        }
    }

    /// Takes lines, or drops and counts them.
    public func take(_ lines: [UInt8], count: Int) {
        let wake = state.withLock { state in
            state.batches.add(lines, count: count) ? state.wake : nil
        }
        wake?.yield()
    }

    /// Takes what a policy has stored of a request, or drops and counts it.
    public func take(_ content: RecordContent) {
        let wake = state.withLock { state in
            state.batches.add(content) ? state.wake : nil
        }
        wake?.yield()
    }

    /// Returns when the hub has everything that was taken until now, or `run` is over.
    public func drain() async {
        await withCheckedContinuation { waiter in
            let isDone = state.withLock { state in
                if state.batches.isEmpty || state.isClosing { return true }
                state.waiters.append(waiter)
                return false
            }
            if isDone { waiter.resume() }
        }
    }

    /// Connects, sends, and comes back, until the task is cancelled.
    public func run() async {
        var backoff = Backoff(first: configuration.firstPause, longest: configuration.longestPause)
        while !Task.isCancelled {
            let before = status.connections
            do {
                let wake = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
                state.withLock { $0.wake = wake.continuation }
                try await HubStream(self).run(wake.stream)
            } catch {
                note(error)
            }
            state.withLock { state in
                state.batches.disconnect()
                state.wake = nil
                state.status.isConnected = false
            }
            if status.connections > before { backoff.reset() }
            guard !Task.isCancelled else { break }
            try? await Task.sleep(for: backoff.next(chance: .random(in: 0...1)))
        }
        let waiters = state.withLock { state in
            state.isClosing = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    private func note(_ error: any Error) {
        guard !Task.isCancelled else { return }
        let words = (error as? RPCError)?.message ?? "\(error)"
        let isNew = state.withLock { state in
            defer { state.status.trouble = words }
            return state.status.trouble != words
        }
        // Once for each reason, and not at every attempt.
        if isNew { logger.warning("no connection to the hub", metadata: ["reason": "\(words)"]) }
    }

    // MARK: for the stream

    /// A certificate that is not there yet, or says nothing of whose it is.
    private struct NoName: Error, CustomStringConvertible {
        var description: String
    }

    /// What the source is called: the name in its certificate, and which of those it is that share one.
    ///
    /// - Throws: when there is none (yet).
    func name() throws -> String {
        var name = configuration.source.name
        if name.isEmpty {
            let file = configuration.tls.certificate
            guard let own = configuration.tls.ownName else {
                throw NoName(description: "\(file) is not there yet, or names nobody")
            }
            name = own
        }
        return configuration.part.isEmpty ? name : IntakeSource.name(name, part: configuration.part)
    }

    /// What our clock shows.
    var now: Int64 { clock() }

    func hello(_ name: String) -> Sallyport_Hub_V1_FromSource {
        var message = Sallyport_Hub_V1_FromSource()
        message.hello.kind = configuration.source.kind.rawValue
        message.hello.name = name
        message.hello.incarnation = configuration.source.incarnation
        message.hello.version = configuration.version
        message.hello.clock = now
        return message
    }

    /// The hub has answered.
    func welcomed(_ welcome: Sallyport_Hub_V1_Welcome) {
        state.withLock { state in
            state.batches.welcome(
                committed: welcome.committed, window: Int(clamping: welcome.window),
                longestContent: Int(clamping: welcome.longestContent))
            state.status.isConnected = true
            state.status.connections += 1
            state.status.trouble = ""
        }
        logger.info(
            "the hub takes records", metadata: ["host": "\(configuration.host)", "version": "\(welcome.version)"])
        release()
    }

    /// The hub has everything up to this number.
    func acknowledged(_ number: UInt64) {
        state.withLock { state in
            state.batches.acknowledge(number)
            state.batches.tellOfDrops()
        }
        release()
    }

    private func release() {
        let (wake, waiters) = state.withLock {
            state -> (AsyncStream<Void>.Continuation?, [CheckedContinuation<Void, Never>]) in
            guard state.batches.isEmpty else { return (state.wake, []) }
            defer { state.waiters = [] }
            return (state.wake, state.waiters)
        }
        wake?.yield()
        for waiter in waiters { waiter.resume() }
    }
}
