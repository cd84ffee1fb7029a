import Access
import Ledger
import Logging
import ModelTraffic
import NIOCore
import NIOPosix
import RecordFiles
import Records

/// Everything that one event loop owns: its copy of the configuration, its pools, its counters, its records.
/// Nothing in it is locked, because nobody else touches it.
final class Worker {
    /// Pieces of a body up to this size are copied behind the head, so that both leave in one system call.
    static let copyLimit = 16 * 1024
    /// Bytes of following requests that are taken in while one is being answered.
    static let pipelineLimit = 64 * 1024
    /// Bytes that are thrown away after the last answer of a connection, and how long.
    static let lingerLimit = 1 << 20
    static let lingerNanoseconds: UInt64 = 2_000_000_000
    /// Idle connections to backends are closed after this: a little less than what servers commonly allow (5 s), so
    /// that it is seldom the server that closes just as a request is sent.
    static let upstreamIdleNanoseconds: UInt64 = 4_000_000_000
    private static let scratchCapacity = 16 * 1024
    private static let recordBatch = 96 * 1024
    /// Bytes of bodies that may wait to be judged at one time.
    static let judgedBytes = 256 << 20
    /// Tokens that are remembered as verified.
    private static let tokenCapacity = 8_192
    private static let tickInterval = TimeAmount.seconds(1)
    private static let recordDelay = TimeAmount.milliseconds(50)

    let eventLoop: any EventLoop
    let logger: Logger
    let responseLimits = WireLimits.standard
    let limiters: LimiterRegistry
    /// Tokens that were verified before.
    @exclusivity(unchecked) var tokens = TokenCache(capacity: tokenCapacity)
    /// Room for bodies that wait to be judged.
    let judgedRoom = JudgedRoom(judgedBytes)
    let sessions: SessionSeals
    /// What may be spent.
    let accounts: SpendAccounts
    /// Fetches keys of token issuers; nil: nobody does.
    let keySets: KeySetFetcher?
    /// Head of the answers that the gateway gives itself; one at a time is written.
    let ownResponse = ResponseHead()
    /// TLS towards backends.
    let tlsClients: TLSClients
    @exclusivity(unchecked) private(set) var configuration: GatewayConfiguration
    private var ending = Ending.none
    /// Callers are asked to go elsewhere: what they are answered is the last of their connection.
    var isLeaving: Bool { ending != .none }
    /// Nobody is let in any more.
    var isDraining: Bool { ending == .draining }
    @exclusivity(unchecked) var metrics = Metrics()
    @exclusivity(unchecked) var random: RequestIDs
    /// Counts requests, for choices that are to be spread evenly.
    @exclusivity(unchecked) private var turn: UInt64 = 0

    private let writer: RecordWriter?
    /// Where prompts and answers go that a policy has stored; nil: nobody stores them.
    let contents: ContentDesk?
    /// Requests that are part of no trace begin one.
    let beginsTraces: Bool
    /// In the order of the configuration's `routing.clusters`.
    @exclusivity(unchecked) private var clusters: [ClusterState]
    private var connections: [ObjectIdentifier: any ServerConnection] = [:]
    @exclusivity(unchecked) private var scratch: [ByteBuffer] = []
    @exclusivity(unchecked) private var records = RecordBatch(capacity: recordBatch + 4_096)
    @exclusivity(unchecked) private var isRecordFlushPlanned = false
    /// The beginning of `ai` in the record before: one kind of request comes after the other.
    @exclusivity(unchecked) private var lastOpening: Opening?
    private var ticker: RepeatedTask?
    private let clock = WallClock()

    init(
        eventLoop: any EventLoop, configuration: GatewayConfiguration, limiters: LimiterRegistry,
        sessions: SessionSeals, keySets: KeySetFetcher?, accounts: SpendAccounts, tlsClients: TLSClients,
        writer: RecordWriter?, contents: ContentDesk? = nil, beginsTraces: Bool = false, seed: UInt64, logger: Logger
    ) {
        self.limiters = limiters
        self.sessions = sessions
        self.keySets = keySets
        self.accounts = accounts
        self.tlsClients = tlsClients
        self.eventLoop = eventLoop
        self.configuration = configuration
        self.writer = writer
        self.contents = contents
        self.beginsTraces = beginsTraces
        self.logger = logger
        random = RequestIDs(seed: seed)
        clusters = configuration.routing.clusters.map(ClusterState.init)
    }

    // MARK: time

    /// Nanoseconds of the monotonic clock.
    @inline(__always)
    func now() -> UInt64 { MonotonicClock.nanoseconds() }

    /// Microseconds since 1970.
    func wallMicroseconds() -> Int64 { clock.microseconds() }

    /// Starts what happens about once a second.
    func start() {
        ticker = eventLoop.scheduleRepeatedTask(initialDelay: Self.tickInterval, delay: Self.tickInterval) { [self] _ in
            tick()
        }
    }

    private func tick() {
        let now = now()
        for connection in connections.values { connection.tick(now: now) }
        for cluster in clusters { closeIdle(cluster, before: now &- Self.upstreamIdleNanoseconds) }
    }

    private func closeIdle(_ cluster: ClusterState, before limit: UInt64) {
        for endpoint in cluster.endpoints {
            // The list is in order of last use: the oldest are first.
            while let oldest = endpoint.idle.first, oldest.idleSince < limit {
                endpoint.idle.removeFirst()
                oldest.close()
            }
        }
    }

    // MARK: configuration

    /// Takes a new configuration; requests that run keep the one they began with. Clusters that stay keep their
    /// connections and their history.
    func apply(_ configuration: GatewayConfiguration) {
        self.configuration = configuration
        var known = Dictionary(clusters.map { ($0.cluster.key, $0) }, uniquingKeysWith: { first, _ in first })
        clusters = configuration.routing.clusters.map { cluster in
            guard let state = known.removeValue(forKey: cluster.key) else { return ClusterState(cluster) }
            retire(state.update(cluster))
            return state
        }
        for gone in known.values { retire(gone.endpoints) }
    }

    /// What this loop knows of a cluster of its present configuration.
    func cluster(_ index: Int) -> ClusterState { clusters[index] }

    private func retire(_ endpoints: [EndpointState]) {
        for endpoint in endpoints {
            endpoint.isRetired = true
            let idle = endpoint.idle
            endpoint.idle = []
            for connection in idle { connection.close() }
            for connection in endpoint.multiplexed { connection.retire() }
        }
    }

    // MARK: connections of callers

    func connectionOpened(_ connection: any ServerConnection) {
        guard connections.updateValue(connection, forKey: ObjectIdentifier(connection)) == nil else { return }
        metrics.connections += 1
        metrics.connectionsTotal += 1
    }

    /// The connection goes on under another handler, which announces itself.
    func connectionChangesHands(_ connection: any ServerConnection) {
        guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        metrics.connections -= 1
        metrics.connectionsTotal -= 1
    }

    func connectionClosed(_ connection: any ServerConnection) {
        guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        metrics.connections -= 1
        connection.facts.slot.release()
    }

    /// How far the end has come.
    private enum Ending {
        case none, leaving, draining
    }

    /// New callers are still served, for whoever sends them has not heard yet; those that are here are asked to go.
    func leave() {
        guard ending == .none else { return }
        ending = .leaving
        for connection in connections.values { connection.leave() }
    }

    /// No new requests; idle connections end.
    func drain() {
        ending = .draining
        for connection in connections.values { connection.drain() }
    }

    /// Ends what is still open.
    func stop() {
        ticker?.cancel()
        for connection in connections.values { connection.forceClose() }
        for cluster in clusters { retire(cluster.endpoints) }
        flushRecords()
    }

    /// True when no caller is connected.
    var isQuiet: Bool { connections.isEmpty }

    /// A number for the next choice by weight: the sequence covers the range evenly, without runs.
    func nextPoint() -> UInt64 {
        turn &+= 1
        return turn &* 0x9E37_79B9_7F4A_7C15
    }

    // MARK: buffers

    /// An empty buffer to write into; `giveBack` makes it useful again.
    func takeScratch() -> ByteBuffer {
        scratch.popLast() ?? ByteBufferAllocator().buffer(capacity: Self.scratchCapacity)
    }

    /// Buffers are kept until they are needed; in the place of one that the network still holds comes a new one. The
    /// buffer is consumed: another reference to it would make it look like one that is still held.
    func giveBack(_ buffer: consuming ByteBuffer) {
        guard scratch.count < 8, buffer.capacity >= 1024, buffer.capacity <= 4 * Self.scratchCapacity else { return }
        buffer.clear()
        scratch.append(buffer)
    }

    // MARK: records

    /// Appends one record to the batch of this loop.
    func record(_ write: (inout RecordBatch) -> Void) {
        guard writer != nil else { return }
        write(&records)
        if records.byteCount >= Self.recordBatch { return flushRecords() }
        guard !isRecordFlushPlanned else { return }
        isRecordFlushPlanned = true
        eventLoop.scheduleTask(in: Self.recordDelay) { [self] in
            isRecordFlushPlanned = false
            flushRecords()
        }
    }

    private struct Opening {
        let server: String
        let classes: OperationClasses?
        let operation: String
        let part: RecordPart
    }

    /// `ai` of a record, as far as what was asked of which server says it.
    func opening(server: String, classes: OperationClasses?, operation: String) -> RecordPart {
        if let lastOpening, lastOpening.classes == classes, lastOpening.operation == operation,
            lastOpening.server == server
        {
            return lastOpening.part
        }
        let part = RecordPart.ai(server: server, classes: classes?.names ?? [], operation: operation)
        lastOpening = Opening(server: server, classes: classes, operation: operation, part: part)
        return part
    }

    private func flushRecords() {
        let count = records.lineCount
        guard count > 0 else { return }
        writer?.enqueue(records.take(), count: count)
    }
}

// The loop's own objects never leave it: NIO's closures ask for `Sendable` all the same.
extension Worker: @unchecked Sendable {}

/// A caller's connection, of either version, as the worker keeps it.
protocol ServerConnection: AnyObject {
    /// Who is connected to what.
    var facts: ConnectionFacts { get }
    /// Called about once a second.
    func tick(now: UInt64)
    /// The caller is asked to come by another connection next time.
    func leave()
    /// No new requests.
    func drain()
    /// Now.
    func forceClose()
}
