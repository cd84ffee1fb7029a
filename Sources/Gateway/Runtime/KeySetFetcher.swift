import Access
import AsyncHTTPClient
import Kubernetes
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// All keys that have been fetched, as they are after a change.
public struct KeySetUpdate: Sendable {
    /// Counts changes, from 1.
    public let revision: UInt64
    /// By name of the `TokenIssuer`.
    public let fetched: [NamespacedName: FetchedKeys]
}

/// Asks the cluster that this runs in for the keys of its service accounts: the text of a JWKS, or why there is none.
public typealias ClusterKeys = @Sendable () async throws -> [UInt8]

/// Fetches the keys of token issuers from their URLs, in its own time: no request ever waits for one.
///
/// - What is fetched again: each set at its `refresh`, a little earlier at random; after a failure with growing
///   patience; and when a token names a key that is not known, at most every 30 seconds.
/// - What fails does not take keys away: the last good ones are used for 24 hours, and then none.
/// - Nothing is kept over a restart: until the first answer, tokens of the issuer cannot be checked.
public actor KeySetFetcher {
    private struct Entry {
        var source: TokenIssuer.URLSource
        var authorities: [UInt8]?
        var schedule: KeySetSchedule
        var fetched: FetchedKeys
        var tag: String?
        /// Tells this entry from an earlier one of the same name.
        let number: UInt64
        var isFetching = false
        var timer: Task<Void, Never>?
    }

    /// Every change, the latest of those that nobody took yet. For one reader.
    public nonisolated let changes: AsyncStream<KeySetUpdate>
    private let continuation: AsyncStream<KeySetUpdate>.Continuation
    private let client: HTTPClient
    private let cluster: ClusterKeys?
    private let terms: KeySetSchedule.Terms
    private let logger: Logger
    private let start = ContinuousClock.now
    private var entries: [NamespacedName: Entry] = [:]
    private var entryCount: UInt64 = 0
    private var revision: UInt64 = 0
    private var isStopped = false
    /// Issuers for which an early fetch is on its way.
    private let asked = Mutex<Set<NamespacedName>>([])

    /// A fetcher that has nothing to fetch yet.
    ///
    /// - Parameters:
    ///   - group: the event loops on which connections run.
    ///   - cluster: the text of the JWKS of the cluster that this runs in; nil: it runs in none.
    public init(group: any EventLoopGroup, cluster: ClusterKeys?, logger: Logger) {
        self.init(group: group, cluster: cluster, logger: logger, terms: KeySetSchedule.Terms())
    }

    /// A fetcher beside which no gateway runs.
    public init(cluster: ClusterKeys?, logger: Logger) {
        self.init(group: MultiThreadedEventLoopGroup.singleton, cluster: cluster, logger: logger)
    }

    init(group: any EventLoopGroup, cluster: ClusterKeys? = nil, logger: Logger, terms: KeySetSchedule.Terms) {
        self.cluster = cluster
        client = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: KeySetRequest.configuration)
        self.terms = terms
        self.logger = logger
        (changes, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Stops fetching, and ends `changes`. Nothing may be asked of it afterwards.
    public func shutdown() async {
        isStopped = true
        for entry in entries.values { entry.timer?.cancel() }
        entries = [:]
        continuation.finish()
        do { try await client.shutdown() } catch {
            logger.warning("the client for token keys does not end well", metadata: ["reason": "\(error)"])
        }
    }

    /// Takes in the issuers of a new snapshot. Those that have not changed keep their keys.
    public func update(_ objects: Objects) {
        guard !isStopped else { return }
        let old = entries
        entries = [:]
        for (name, issuer) in objects.tokenIssuers {
            guard case .fetched(let source) = issuer.jwks else { continue }
            add(name, source, objects, old[name])
        }
        for (name, entry) in old where entries[name]?.number != entry.number { entry.timer?.cancel() }
        if old.mapValues(\.number) != entries.mapValues(\.number) { publish() }
    }

    /// A token of that issuer names a key that is not in its set: perhaps there is a new one. May be called from event
    /// loops and as often as tokens come; it does little unless a fetch is due.
    public nonisolated func keyUnknown(_ issuer: NamespacedName) {
        guard asked.withLock({ $0.insert(issuer).inserted }) else { return }
        Task { [weak self] in
            if let delay = await self?.earlyDelay(issuer) {
                try? await Task.sleep(for: .milliseconds(delay))
                await self?.refreshEarly(issuer)
            }
            self?.asked.withLock { _ = $0.remove(issuer) }
        }
    }

    private func add(_ name: NamespacedName, _ source: TokenIssuer.URLSource, _ objects: Objects, _ old: Entry?) {
        let authorities: [UInt8]?
        var problem: String?
        do {
            authorities = try source.authorities(in: name.namespace, objects)
        } catch {
            authorities = nil
            problem = error.words
        }
        if let old, old.source == source, old.authorities == authorities {
            entries[name] = old
            return
        }
        entryCount += 1
        entries[name] = Entry(
            source: source, authorities: authorities,
            schedule: KeySetSchedule(refresh: source.refresh.count, terms: terms, now: now),
            fetched: FetchedKeys(source: source, keys: nil, problem: problem), number: entryCount)
        // Without those who vouch for the server nobody is asked: the system's authorities were not meant.
        if problem == nil { wait(for: name) }
    }

    /// Milliseconds of a clock that never goes back.
    private var now: Int64 {
        let time = (ContinuousClock.now - start).components
        return time.seconds * 1000 + time.attoseconds / 1_000_000_000_000_000
    }

    private func publish() {
        revision += 1
        continuation.yield(KeySetUpdate(revision: revision, fetched: entries.mapValues(\.fetched)))
    }

    private func wait(for name: NamespacedName) {
        guard let entry = entries[name], !isStopped else { return }
        entry.timer?.cancel()
        let delay = max(0, entry.schedule.next - now)
        let number = entry.number
        entries[name]?.timer = Task { [weak self] in
            try? await Task.sleep(for: .milliseconds(delay))
            if !Task.isCancelled { await self?.fetch(name, number) }
        }
    }

    /// Milliseconds until an unknown key is a reason to fetch; nil when it never is.
    private func earlyDelay(_ name: NamespacedName) -> Int64? {
        guard let entry = entries[name], entry.timer != nil else { return nil }
        return entry.schedule.earliest(now: now) - now
    }

    private func refreshEarly(_ name: NamespacedName) async {
        // Meanwhile it may have been fetched for another reason.
        guard earlyDelay(name) == 0, let entry = entries[name] else { return }
        await fetch(name, entry.number)
    }

    private func fetch(_ name: NamespacedName, _ number: UInt64) async {
        guard let entry = entries[name], entry.number == number, !entry.isFetching else { return }
        entries[name]?.isFetching = true
        entries[name]?.schedule.started(now: now)
        let result: Result<KeySetRequest.Answer, KeySetFetchError>
        do { result = .success(try await answer(to: entry)) } catch { result = .failure(error) }
        // Meanwhile the issuer may have gone or changed: then nobody wants the answer.
        guard var entry = entries[name], entry.number == number, !isStopped else { return }
        entry.isFetching = false
        let before = entry.fetched
        take(result, into: &entry, name)
        entries[name] = entry
        if before.keys != entry.fetched.keys || before.problem != entry.fetched.problem { publish() }
        wait(for: name)
    }

    private func answer(to entry: Entry) async throws(KeySetFetchError) -> KeySetRequest.Answer {
        switch entry.source.place {
        case .url(let url):
            let request = KeySetRequest(
                url: url, authorities: entry.authorities, tag: entry.tag, timeout: terms.timeout)
            return try await request.send(with: client)
        case .cluster:
            guard let cluster else { throw .noCluster }
            do {
                return .keys(try TokenKeySet(try await cluster()), tag: nil)
            } catch {
                throw KeySetFetchError(error)
            }
        }
    }

    private func take(
        _ result: Result<KeySetRequest.Answer, KeySetFetchError>, into entry: inout Entry, _ name: NamespacedName
    ) {
        let jitter = Double.random(in: 0..<1)
        switch result {
        case .success(let answer):
            if case .keys(let keys, let tag) = answer {
                entry.fetched.keys = keys
                entry.tag = tag
            }
            if entry.fetched.problem != nil { log(.info, "keys of a token issuer can be fetched again", name) }
            entry.fetched.problem = nil
            entry.schedule.succeeded(now: now, jitter: jitter)
        case .failure(let error):
            let problem = error.description
            if entry.fetched.problem != problem {
                log(.warning, "keys of a token issuer cannot be fetched", name, reason: problem)
            }
            entry.fetched.problem = problem
            entry.schedule.failed(now: now, jitter: jitter)
            guard entry.schedule.isTooOld(now: now) else { return }
            // Without keys, "unchanged" would be no answer.
            entry.fetched.keys = nil
            entry.tag = nil
        }
    }

    private func log(_ level: Logger.Level, _ message: Logger.Message, _ name: NamespacedName, reason: String = "") {
        var metadata: Logger.Metadata = ["issuer": "\(name)"]
        if !reason.isEmpty { metadata["reason"] = "\(reason)" }
        logger.log(level: level, message, metadata: metadata)
    }
}

/// Certificates that an issuer names and that are not there.
private struct NoCertificates: Error {
    let words: String
}

extension TokenIssuer.URLSource {
    /// The PEM of those who vouch for the server; nil when the system's authorities do.
    fileprivate func authorities(in namespace: String, _ objects: Objects) throws(NoCertificates) -> [UInt8]? {
        switch caCertificates {
        case nil: return nil
        case .configMap(let reference):
            let name = NamespacedName(namespace, reference.name)
            guard let text = objects.configMaps[name]?.data[reference.key] else {
                throw NoCertificates(words: "there is no ConfigMap \(name) with the key \(reference.key)")
            }
            return Array(text.utf8)
        case .secret(let reference):
            let name = NamespacedName(namespace, reference.name)
            guard let data = objects.secrets[name]?.data[reference.key] else {
                throw NoCertificates(words: "there is no Secret \(name) with the key \(reference.key)")
            }
            return data.reveal { $0 }
        }
    }
}
