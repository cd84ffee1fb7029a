import GRPCCore
import GRPCNIOTransportHTTP2
import Logging
import Synchronization
import Telemetry

/// The hub's side of the intake, over gRPC.
struct IntakeService: Sallyport_Hub_V1_Intake.SimpleServiceProtocol {
    let intake: any RecordIntake
    let configuration: IntakeServer.Configuration
    let logger: Logger
    let clock: @Sendable () -> Int64
    let streams = SharedStreams()

    /// A reference, so that copies of the service share it.
    final class SharedStreams: Sendable {
        let open = IntakeStreams()
    }

    func send(
        request: RPCAsyncSequence<Sallyport_Hub_V1_FromSource, any Error>,
        response: RPCWriter<Sallyport_Hub_V1_FromHub>, context: ServerContext
    ) async throws {
        var messages = request.makeAsyncIterator()
        let (source, skew) = try await hello(&messages, context)
        if let skew { await intake.note(skew: skew, of: source) }
        let rest = Messages(messages)
        do {
            try await streams.open.alone(source) {
                try await self.serve(source, rest, response, context.cancellation)
            }
        } catch let violation as IntakeViolation {
            logger.warning("a source was cut off", metadata: ["source": "\(source)", "reason": "\(violation)"])
            throw RPCError(violation)
        } catch is CancellationError {
            throw RPCError(code: .aborted, message: "the source has opened another stream, or the hub stops")
        }
    }

    private func hello(
        _ messages: inout RPCAsyncSequence<Sallyport_Hub_V1_FromSource, any Error>.AsyncIterator,
        _ context: ServerContext
    ) async throws -> (source: IntakeSource, skew: Int64?) {
        guard case .hello(let hello)? = try await messages.next()?.message else {
            throw RPCError(code: .invalidArgument, message: "the first message must be Hello")
        }
        let certificate = (context.transportSpecific as? HTTP2ServerTransport.Posix.Context)?.peerCertificate
        let names = certificate.map(CertificateNames.of) ?? []
        do throws(IntakeViolation) {
            let source = try IntakeSession.source(of: hello, certified: names)
            logger.info("a source has come", metadata: ["source": "\(source)", "version": "\(hello.version)"])
            return (source, IntakeSession.skew(hello.clock, at: clock()))
        } catch {
            logger.warning(
                "a source was turned away", metadata: ["peer": "\(context.remotePeer)", "reason": "\(error)"])
            throw RPCError(error)
        }
    }

    private func serve(
        _ source: IntakeSource, _ messages: Messages, _ response: RPCWriter<Sallyport_Hub_V1_FromHub>,
        _ cancellation: ServerContext.RPCCancellationHandle
    ) async throws {
        let committed = try await stored { try await intake.position(of: source) }
        let session = SharedSession(
            IntakeSession(
                source: source, committed: committed, window: configuration.window,
                longestBatch: configuration.longestBatch, longestContent: configuration.longestContent))
        let wake = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        try await response.write(.welcome(committed: committed, configuration))
        // Reading ends first, and what was read is committed; true: that is done.
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                defer { wake.continuation.finish() }
                while let message = try await messages.next() {
                    guard case .batch(let batch)? = message.message else {
                        throw IntakeViolation(kind: .malformed, description: "Hello was said before")
                    }
                    let now = clock()
                    let isNew = try session.state.withLock { session throws(IntakeViolation) in
                        try session.take(batch, at: now)
                    }
                    if isNew { wake.continuation.yield() }
                }
                return false
            }
            group.addTask {
                for await _ in wake.stream { try await commit(session, response) }
                try await commit(session, response)
                return true
            }
            group.addTask {
                try await cancellation.cancelled
                throw CancellationError()
            }
            defer { group.cancelAll() }
            while try await group.next() == false {}
        }
    }

    private func commit(
        _ session: SharedSession, _ response: RPCWriter<Sallyport_Hub_V1_FromHub>
    ) async throws {
        while let batch = session.state.withLock({ $0.next() }) {
            try await stored { try await intake.take(batch) }
            session.state.withLock { $0.commit(batch.number) }
            try await response.write(.position(batch.number))
        }
    }

    /// What goes wrong while storing is the hub's own affair: the source comes again.
    private func stored<Result>(_ work: () async throws -> Result) async throws -> Result {
        do {
            return try await work()
        } catch let error as CancellationError {
            throw error
        } catch {
            logger.error("records were not stored", metadata: ["reason": "\(error)"])
            throw RPCError(code: .unavailable, message: "the hub cannot store records now")
        }
    }
}

/// The session, for who reads the stream and who commits.
private final class SharedSession: Sendable {
    let state: Mutex<IntakeSession>

    init(_ session: IntakeSession) { state = Mutex(session) }
}

/// The rest of a stream, for one reader.
private final class Messages: @unchecked Sendable {
    private var iterator: RPCAsyncSequence<Sallyport_Hub_V1_FromSource, any Error>.AsyncIterator

    init(_ iterator: RPCAsyncSequence<Sallyport_Hub_V1_FromSource, any Error>.AsyncIterator) {
        self.iterator = iterator
    }

    /// Only one task calls it.
    func next() async throws -> Sallyport_Hub_V1_FromSource? { try await iterator.next() }
}

extension RPCError {
    init(_ violation: IntakeViolation) {
        let code: RPCError.Code =
            switch violation.kind {
            case .notAllowed: .permissionDenied
            case .malformed: .invalidArgument
            case .tooMuch: .resourceExhausted
            }
        self.init(code: code, message: violation.description)
    }
}

extension Sallyport_Hub_V1_FromHub {
    fileprivate static func welcome(committed: UInt64, _ configuration: IntakeServer.Configuration) -> Self {
        var message = Self()
        message.welcome.committed = committed
        message.welcome.window = UInt64(configuration.window)
        message.welcome.longestBatch = UInt64(configuration.longestBatch)
        message.welcome.version = configuration.version
        message.welcome.longestContent = UInt64(configuration.longestContent)
        return message
    }

    fileprivate static func position(_ committed: UInt64) -> Self {
        var message = Self()
        message.position.committed = committed
        return message
    }
}
