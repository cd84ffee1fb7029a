import Kubernetes
import Synchronization

/// Starts and ends followers, and makes snapshots of what they bring together.
final class SourceEngine: Sendable {
    private struct State {
        var followers: [LiveObjects.Feed: Task<Void, Never>] = [:]
        var publisher: Task<Void, Never>?
        var first: Snapshot?
        var waiters: [UInt64: CheckedContinuation<Result<Snapshot, ClusterError>, Never>] = [:]
        var waiterCount: UInt64 = 0
        var isStopped = false
    }

    let core: SourceCore
    private let client: APIClient
    private let scope: Scope
    private let terms: Reflector.Terms
    private let continuation: AsyncStream<Snapshot>.Continuation
    private let turnstile = Turnstile(4)
    private let state = Mutex(State())

    init(
        _ client: APIClient, _ scope: Scope, _ core: SourceCore, terms: Reflector.Terms,
        continuation: AsyncStream<Snapshot>.Continuation
    ) {
        self.client = client
        self.scope = scope
        self.core = core
        self.terms = terms
        self.continuation = continuation
    }

    /// Begins to follow, once.
    func start() {
        let isFirst = state.withLock { state in
            guard state.publisher == nil, !state.isStopped else { return false }
            state.publisher = Task { await self.publish() }
            return true
        }
        guard isFirst else { return }
        for (kind, selection) in scope.kinds {
            let feed = LiveObjects.Feed(kind, part: selection.words)
            let follower = KindFollower(
                client, core, feed, selection, isOptional: scope.optional.contains(kind), turnstile: turnstile,
                terms: terms)
            begin(feed) { await follower.run() }
        }
    }

    /// Ends everything.
    func stop() {
        let (tasks, waiters) = state.withLock { state in
            defer {
                state.followers = [:]
                state.waiters = [:]
                state.isStopped = true
            }
            return (
                state.followers.values.map { $0 } + [state.publisher].compactMap { $0 }, state.waiters.values.map { $0 }
            )
        }
        for task in tasks { task.cancel() }
        for waiter in waiters { waiter.resume(returning: .failure(Self.stopped)) }
        core.finish()
        continuation.finish()
    }

    // MARK: Waiting for the first snapshot

    /// The first snapshot, or why there is none after so many milliseconds; nil: as long as it takes.
    func first(within limit: Int64?) async throws(ClusterError) -> Snapshot {
        let number = state.withLock { state in
            state.waiterCount += 1
            return state.waiterCount
        }
        let timer = limit.map { limit in Task { await self.giveUp(number, after: limit) } }
        defer { timer?.cancel() }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { self.wait(number, $0) }
        } onCancel: {
            self.answer(number, .failure(Self.stopped))
        }
        return try result.get()
    }

    private func wait(_ number: UInt64, _ continuation: CheckedContinuation<Result<Snapshot, ClusterError>, Never>) {
        let answer: Result<Snapshot, ClusterError>? = state.withLock { state in
            if state.isStopped || Task.isCancelled { return .failure(Self.stopped) }
            if let first = state.first { return .success(first) }
            state.waiters[number] = continuation
            return nil
        }
        if let answer { continuation.resume(returning: answer) }
    }

    private func answer(_ number: UInt64, _ result: Result<Snapshot, ClusterError>) {
        state.withLock { $0.waiters.removeValue(forKey: number) }?.resume(returning: result)
    }

    /// Looks for a no that waiting will not change, and at the end says what is missing.
    private func giveUp(_ number: UInt64, after limit: Int64) async {
        let end = core.clock.now() + limit
        while core.clock.now() < end, !Task.isCancelled {
            if let words = refusal { return answer(number, .failure(ClusterError(.refused, words))) }
            await core.clock.sleep(min(50, max(1, end - core.clock.now())))
        }
        guard !Task.isCancelled else { return }
        let missing = core.missing.sorted { $0.kind.description < $1.kind.description }
        let words = missing.compactMap { core.problem($0)?.words }.first ?? "the API server does not answer in time"
        answer(number, .failure(ClusterError(.unreachable, words)))
    }

    private var refusal: String? {
        core.missing.compactMap { core.problem($0) }.filter { $0.standing == .refused }.map(\.words).min()
    }

    private static let stopped = ClusterError(.stopped, "the source has been stopped")

    // MARK: Snapshots

    private func publish() async {
        var published: UInt64 = 0
        for await _ in core.bells {
            let isFirst = state.withLock { $0.first == nil }
            if isFirst {
                guard core.missing.isEmpty, !reconcile(), core.missing.isEmpty else { continue }
                published = core.changeCount
                let snapshot = core.snapshot()
                announce(snapshot)
            } else if core.changeCount != published {
                await settle()
                if reconcile() { await waitForContents() }
                guard !Task.isCancelled else { return }
                published = core.changeCount
                continuation.yield(core.snapshot())
            }
        }
    }

    private func announce(_ snapshot: Snapshot) {
        let waiters = state.withLock { state in
            state.first = snapshot
            defer { state.waiters = [:] }
            return state.waiters.values.map { $0 }
        }
        for waiter in waiters { waiter.resume(returning: .success(snapshot)) }
    }

    /// Waits until nothing has changed for 20 ms, at most 250 ms: where changes never end, whoever takes snapshots is
    /// to have time for other things too.
    private func settle() async {
        let end = core.clock.now() + 230
        var seen = core.changeCount
        repeat {
            await core.clock.sleep(20)
            let count = core.changeCount
            if count == seen { return }
            seen = count
        } while core.clock.now() < end && !Task.isCancelled
    }

    /// Objects that name a Secret and the Secret come together, unless it takes more than a second.
    private func waitForContents() async {
        let end = core.clock.now() + 1_000
        while !core.missing.isEmpty, core.clock.now() < end, !Task.isCancelled { await core.clock.sleep(5) }
    }

    /// Follows the Secrets and ConfigMaps that objects name now, and no others. True when there are new ones.
    private func reconcile() -> Bool {
        guard let references else { return false }
        var wanted: [LiveObjects.Feed: ContentReference] = [:]
        for reference in references {
            guard let kind = ServedKind.find(group: "", kind: reference.kind) else { continue }
            wanted[LiveObjects.Feed(kind, part: "\(Self.named)\(reference.key)")] = reference
        }
        let running = state.withLock { $0.followers.keys.filter { $0.part.hasPrefix(Self.named) } }
        for feed in running where wanted[feed] == nil { end(feed) }
        let new = wanted.filter { !running.contains($0.key) }
        for (feed, reference) in new {
            guard let follower = NameFollower(client, core, feed, reference) else { continue }
            begin(feed) { await follower.run() }
        }
        return !new.isEmpty
    }

    private static let named = "the one named "

    private var references: [ContentReference]? {
        switch scope.contents {
        case .none: nil
        case .all: core.objects.contentReferences(controllerName: scope.controllerName)
        case .gateway(let name):
            core.objects.contentReferences(controllerName: scope.controllerName) { $0 == name }
        }
    }

    private func begin(_ feed: LiveObjects.Feed, _ run: @escaping @Sendable () async -> Void) {
        core.want(feed)
        state.withLock { state in
            guard !state.isStopped else { return }
            state.followers[feed] = Task { await run() }
        }
    }

    private func end(_ feed: LiveObjects.Feed) {
        state.withLock { $0.followers.removeValue(forKey: feed) }?.cancel()
        core.drop(feed)
    }
}

extension APISelection {
    /// What part of a kind it is; empty: all of it.
    fileprivate var words: String {
        [namespace.map { "in \($0)" }, labels.map { "with \($0)" }, fields.map { "where \($0)" }]
            .compactMap { $0 }.joined(separator: " ")
    }
}
