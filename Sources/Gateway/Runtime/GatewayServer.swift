import Access
import Addresses
import Kubernetes
import Ledger
import Logging
import NIOCore
import NIOPosix
import RecordFiles
import Records
import Routing
import Synchronization

/// How the gateway runs; what it does is in the objects.
public struct GatewayOptions: Sendable {
    /// Address that listeners bind to, without port.
    public var bindAddress = "127.0.0.1"
    /// True in a pod that a Service leads to: then ports are opened where `Installation.podPorts` puts them.
    public var usesPodPorts = false
    /// Event loops; each is a thread.
    public var threads = 1
    /// Directory for records and the local authority; it exists.
    public var stateDirectory: String
    /// Records go to standard output too.
    public var printsRecords = false
    /// HTTPS listeners are served without TLS: behind another terminator, or to measure.
    public var isPlaintext = false
    /// Gives certificates to HTTPS listeners that name none; nil: such listeners are not programmed.
    public var localAuthority: LocalAuthority?
    /// How routes are compiled.
    public var routing = RoutingOptions()
    /// Counters that several gateways share; nil: this one counts for itself, in the ledger of its state directory.
    public var counters: CountersURL?
    /// What happens to requests with budgets while the shared counters cannot be reached.
    public var whenCountersFail = CountersFallback.closed
    /// A request that is part of no trace begins one, which backends are told to record: somebody collects traces.
    public var beginsTraces = false
    /// The keys of the service accounts of the cluster that this runs in; nil: it runs in none.
    public var clusterKeys: ClusterKeys?
    /// Where records go besides the state directory.
    public var sinks: [any RecordSink] = []
    /// Who stores prompts and answers where a policy says so; nobody: none are captured, whatever policies say.
    public var contentSinks: [any ContentSink] = []

    /// The port that is opened for each listener's.
    func places(of listeners: some Sequence<Int>) -> [Int: Int] {
        usesPodPorts
            ? Installation.podPorts(listeners) : Dictionary(listeners.map { ($0, $0) }, uniquingKeysWith: { a, _ in a })
    }

    /// Options with defaults, for a state directory.
    public init(stateDirectory: String) { self.stateDirectory = stateDirectory }
}

/// The front door: listens as the objects say, and follows each new snapshot without dropping a connection.
///
/// `apply` may be called from one task at a time; everything else from anywhere.
public final class GatewayServer: Sendable {
    let options: GatewayOptions
    let logger: Logger
    let group: MultiThreadedEventLoopGroup
    let workers: [Worker]
    let writer: RecordWriter
    let contents: ContentDesk?
    let keySets: KeySetFetcher
    private let spending: SpendingOffice
    private let certificates: LocalCertificates
    private let tlsClients: TLSClients
    private let byLoop: [ObjectIdentifier: Worker]
    private let state: Mutex<State>

    private struct State {
        var configuration: GatewayConfiguration
        var ports: [Int: BoundPort] = [:]
        var failures: [Int: String] = [:]
        var certificateProblems: [Int: [String]] = [:]
        var snapshot: Snapshot?
        var models: ModelStatuses?
        var fetched: [NamespacedName: FetchedKeys] = [:]
        var isReady = false
        var isLeaving = false
        var isDraining = false
    }

    /// Makes the event loops and opens the records; nothing listens yet, and nothing would pass.
    ///
    /// - Throws: when the records cannot be written to the state directory.
    public init(_ options: GatewayOptions, logger: Logger) throws {
        self.options = options
        self.logger = logger
        writer = try RecordWriter(
            .init(
                directory: options.stateDirectory, alsoToStandardOutput: options.printsRecords, sinks: options.sinks),
            logger: logger)
        contents = ContentDesk(options.contentSinks)
        group = MultiThreadedEventLoopGroup(numberOfThreads: options.threads)
        let empty = GatewayConfiguration.closed
        var system = SystemRandomNumberGenerator()
        let limiters = LimiterRegistry()
        let sessions = try SessionSeals(stateDirectory: options.stateDirectory)
        keySets = KeySetFetcher(group: group, cluster: options.clusterKeys, logger: logger)
        spending = try SpendingOffice(options, loop: group.next(), logger: logger)
        tlsClients = TLSClients()
        var workers: [Worker] = []
        for loop in group.makeIterator() {
            workers.append(
                Worker(
                    eventLoop: loop, configuration: empty, limiters: limiters, sessions: sessions,
                    keySets: keySets, accounts: spending.accounts, tlsClients: tlsClients, writer: writer,
                    contents: contents, beginsTraces: options.beginsTraces, seed: system.next(), logger: logger))
        }
        self.workers = workers
        certificates = LocalCertificates(options, logger: logger)
        byLoop = Dictionary(uniqueKeysWithValues: workers.map { (ObjectIdentifier($0.eventLoop), $0) })
        state = Mutex(State(configuration: empty))
        for worker in workers { worker.eventLoop.execute { worker.start() } }
    }

    /// Keys and issuers that new requests are judged by.
    public var access: AccessTable { configuration.access }

    /// The configuration that new requests get.
    var configuration: GatewayConfiguration { state.withLock { $0.configuration } }

    /// True once a snapshot has been applied and every port of it is open, until the end begins.
    public var isReady: Bool { state.withLock { $0.isReady && !$0.isLeaving && !$0.isDraining } }

    /// Addresses that are listened on, by port of the objects.
    public var boundAddresses: [Int: String] {
        state.withLock { $0.ports.compactMapValues { $0.address } }
    }

    /// What the objects' conditions are: routing's, with what only the running gateway knows.
    public var statuses: (routing: [RoutingStatus], access: [ObjectStatus]) {
        let (configuration, failures, problems, models) = state.withLock {
            ($0.configuration, $0.failures, $0.certificateProblems, $0.models)
        }
        let table = configuration.routing
        let runtime = RuntimeConditions(failures: failures, certificateProblems: problems)
        let now = WallClock().microseconds() / 1_000_000
        let access =
            configuration.access.statuses(nowSeconds: now) + configuration.access.tokens.statuses()
            + configuration.budgetTable.statuses + (models?.statuses ?? [])
        return (runtime.amend(table.statuses, table), access)
    }

    /// Port numbers that could not be opened, with the system's words.
    public var portFailures: [Int: String] { state.withLock { $0.failures } }

    /// Mistakes in annotations that the gateway reads.
    public var mistakes: [Mistake] { configuration.mistakes }

    /// Compiles a snapshot and puts it in force everywhere: requests that have begun keep the old one.
    ///
    /// Listeners that are new are opened, those that are gone are closed to new connections and drained.
    public func apply(_ snapshot: Snapshot) async {
        let objects = certificates.fill(snapshot, now: Int(WallClock().microseconds() / 1_000_000))
        let routing = compile(objects, options: options.routing)
        await keySets.update(objects.objects)
        let (fetched, previous) = state.withLock { ($0.fetched, $0.configuration.access) }
        let access = AccessTable(objects.objects, revision: snapshot.revision, fetched: fetched, reusing: previous)
        let configuration = GatewayConfiguration(
            routing: routing, access: access, objects: objects.objects)
        let models = ModelStatuses(objects.objects, clusters: routing.clusters)
        prepareTLS(routing.clusters)
        for worker in workers {
            try? await worker.eventLoop.submit { worker.apply(configuration) }.get()
        }
        state.withLock {
            $0.configuration = configuration
            $0.snapshot = snapshot
            $0.models = models
        }
        await openPorts(configuration)
        state.withLock { state in
            state.isReady = state.failures.isEmpty
        }
        logger.info(
            "configuration in force",
            metadata: [
                "revision": "\(snapshot.revision)", "listeners": "\(routing.listeners.count)",
                "rules": "\(routing.rules.count)", "mistakes": "\(snapshot.mistakes.count)",
            ])
    }

    /// Makes what TLS to backends needs before the first request does, and forgets what is no longer asked for.
    private func prepareTLS(_ clusters: [Cluster]) {
        var wanted: Set<UpstreamTLS> = []
        for cluster in clusters {
            guard let terms = cluster.key.tls.map({ UpstreamTLS($0, name: cluster.name) }) else { continue }
            wanted.insert(terms)
            do {
                _ = try tlsClients.client(for: terms, protocols: [cluster.key.wire == .http2 ? .http2 : .http1])
            } catch {
                // Requests to it fail with upstream_tls_failed: nothing is sent without the check.
                logger.error(
                    "a backend's TLS cannot be set up", metadata: ["backend": "\(cluster.name)", "reason": "\(error)"])
            }
        }
        tlsClients.keep(wanted)
    }

    /// Replaces certificates of the local authority that have lived two thirds of their life. To be called now and
    /// then, from the task that applies snapshots.
    public func renewCertificates() async {
        guard certificates.isRenewalDue(now: Int(WallClock().microseconds() / 1_000_000)),
            let snapshot = state.withLock({ $0.snapshot })
        else { return }
        await apply(snapshot)
    }

    /// Keys of token issuers that were fetched: each is to be given to `use`, from the task that applies snapshots.
    public var keyChanges: AsyncStream<KeySetUpdate> { keySets.changes }

    /// Puts fetched keys in force.
    public func use(_ update: KeySetUpdate) async {
        let snapshot = state.withLock { state in
            state.fetched = update.fetched
            return state.snapshot
        }
        if let snapshot { await apply(snapshot) }
    }

    // MARK: ports

    /// Tries again to open the ports that could not be opened. To be called every few seconds, from the task that
    /// applies snapshots.
    public func retryPorts() async {
        let (configuration, isNeeded) = state.withLock { ($0.configuration, !$0.failures.isEmpty && !$0.isDraining) }
        guard isNeeded else { return }
        await openPorts(configuration)
        state.withLock { $0.isReady = $0.failures.isEmpty }
    }

    private func openPorts(_ configuration: GatewayConfiguration) async {
        let wanted = Dictionary(
            configuration.routing.ports.map { ($0.port, $0) }, uniquingKeysWith: { first, _ in first })
        let places = options.places(of: wanted.keys)
        let (present, failedBefore) = state.withLock { ($0.ports, $0.failures) }
        for (number, bound) in present where wanted[number]?.isTLS != bound.isTLS || places[number] != bound.place {
            try? await bound.channel.close().get()
            state.withLock { $0.ports[number] = nil }
        }
        var failures: [Int: String] = [:]
        var problems: [Int: [String]] = [:]
        for (number, table) in wanted.sorted(by: { $0.key < $1.key }) {
            let known = state.withLock { $0.ports[number] }
            let built = table.isTLS ? CertificateStore.build(TLSPort(table), reusing: known?.tls?.store) : nil
            for problem in built?.problems ?? [] {
                problems[problem.listener, default: []].append("\(problem.problem)")
            }
            if let known {
                if let store = built?.store { known.tls?.store = store }
                continue
            }
            do {
                let tls = built.map { TLSServer(store: $0.store, logger: logger) }
                guard let place = places[number] else { throw NoPlace() }
                let bound = try await open(number, at: place, tls: tls)
                state.withLock { $0.ports[number] = bound }
            } catch {
                let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
                failures[number] = reason
                guard failedBefore[number] != reason else { continue }
                logger.error("a port cannot be opened", metadata: ["port": "\(number)", "reason": "\(reason)"])
            }
        }
        state.withLock {
            $0.failures = failures
            $0.certificateProblems = problems
        }
    }

    /// Every port that this one could be moved to is another listener's.
    private struct NoPlace: Error, CustomStringConvertible {
        var description: String { "no port of the pod is free for it" }
    }

    private func open(_ number: Int, at place: Int, tls: TLSServer?) async throws -> BoundPort {
        let counter = ConnectionCounter()
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let worker = byLoop[ObjectIdentifier(channel.eventLoop)] else { throw ForeignLoop() }
                    do {
                        try accept(channel, worker, port: number, tls: tls, counter: counter)
                    } catch {
                        refused(error, worker, port: number)
                        throw error
                    }
                }
            }
            .bind(host: options.bindAddress, port: place).get()
        return BoundPort(number: number, place: place, channel: channel, tls: tls)
    }

    /// Event loops are the server's own, each with a worker.
    private struct ForeignLoop: Error {}

    private func refused(_ error: any Error, _ worker: Worker, port: Int) {
        if let refusal = error as? ConnectionRefusal { worker.metrics.refusedConnections[refusal, default: 0] += 1 }
        logger.debug(
            "a connection was refused", metadata: ["port": "\(port)", "reason": "\(error)"])
    }

    /// A new connection, on its event loop, before anything has been read.
    private func accept(
        _ channel: any Channel, _ worker: Worker, port: Int, tls: TLSServer?, counter: ConnectionCounter
    ) throws {
        guard !worker.isDraining else { throw ConnectionRefusal.draining }
        guard let table = worker.configuration.routing.port(port) else { throw ConnectionRefusal.notServed }
        let limits = worker.configuration.limits(of: table)
        guard let slot = counter.take(limit: limits.limits.connections) else { throw ConnectionRefusal.tooMany }
        guard let peer = channel.remoteAddress, let text = peer.ipAddress, let source = Address(text) else {
            throw ConnectionRefusal.noPeer
        }
        let acceptsH2C = table.listeners.contains { $0.acceptsH2C }
        func facts(_ session: TLSSession?) -> ConnectionFacts {
            ConnectionFacts(
                source: source, sourcePort: peer.port ?? 0, port: port, tls: session, limits: limits,
                allowsPriorKnowledge: session == nil && acceptsH2C, slot: slot)
        }
        guard let tls else {
            return try channel.pipeline.syncOperations.addHandler(
                HTTP1ServerConnection(worker: worker, facts: facts(nil)))
        }
        try tls.secure(channel) { channel, session in
            switch session.applicationProtocol {
            case .http1:
                try channel.pipeline.syncOperations.addHandler(
                    HTTP1ServerConnection(worker: worker, facts: facts(session)))
            case .http2:
                try worker.startHTTP2(on: channel, facts: facts(session))
            }
        }
    }

    // MARK: the end

    /// Is not ready any more, and asks callers to go elsewhere; who comes all the same is served until `drain`. For those
    /// whose way here is somebody else's knowledge, such as the endpoints of a Service.
    public func leave() async {
        state.withLock { $0.isLeaving = true }
        for worker in workers { try? await worker.eventLoop.submit { worker.leave() }.get() }
    }

    /// Stops accepting, lets what runs finish within the deadline, and ends the rest. A cancelled task waits no longer.
    ///
    /// - Parameter deadline: how long what runs is given; nil: as the Gateways' limits say.
    public func drain(deadline: Duration? = nil) async {
        let ports = state.withLock { state in
            state.isDraining = true
            return Array(state.ports.values)
        }
        // The loops first: when nobody is accepted any more, every answer says that its connection ends.
        for worker in workers { try? await worker.eventLoop.submit { worker.drain() }.get() }
        for port in ports { try? await port.channel.close().get() }
        let limit = deadline ?? .milliseconds(configuration.drainMilliseconds)
        let clock = ContinuousClock()
        let end = clock.now + limit
        while clock.now < end, !Task.isCancelled, await !isQuiet { try? await clock.sleep(for: .milliseconds(20)) }
        for worker in workers { try? await worker.eventLoop.submit { worker.stop() }.get() }
        // What was closed by force still has its record to write.
        for worker in workers { try? await worker.eventLoop.submit { worker.stop() }.get() }
        writer.close()
        contents?.close()
        await keySets.shutdown()
        await spending.close()
        try? await group.shutdownGracefully()
    }

    private var isQuiet: Bool {
        get async {
            for worker in workers {
                let isQuiet = try? await worker.eventLoop.submit { worker.isQuiet }.get()
                guard isQuiet != false else { return false }
            }
            return true
        }
    }

    /// What all event loops have counted.
    func metrics() async -> Metrics {
        var sum = Metrics()
        for worker in workers {
            if let metrics = try? await worker.eventLoop.submit({ worker.metrics }).get() { sum.add(metrics) }
        }
        for port in state.withLock({ Array($0.ports.values) }) {
            sum.tlsHandshakeFailures += UInt64(port.tls?.statistics.failed.values.reduce(0, +) ?? 0)
        }
        return sum
    }
}

/// A port that is listened on.
struct BoundPort: Sendable {
    var number: Int
    /// The port that was opened for it.
    var place: Int
    var channel: any Channel
    /// nil: no TLS on it.
    var tls: TLSServer?

    var isTLS: Bool { tls != nil }

    var address: String? {
        guard let address = channel.localAddress, let host = address.ipAddress, let port = address.port else {
            return nil
        }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
