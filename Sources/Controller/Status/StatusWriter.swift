import ClusterSource
import Kubernetes
import Logging
import ModelTraffic
import Synchronization

/// Writes what is to be said of objects into their `status`, by server-side apply.
final class StatusWriter: Sendable {
    /// Owns the fields of statuses; not those of objects, which the controller applies under its own name.
    static let fieldManager = "sallyport-status"

    private let book: Mutex<StatusBook>
    private let counts = Mutex(Counts())
    private let cluster: Cluster
    private let clock: ControllerClock
    private let logger: Logger

    /// What was done since the start.
    struct Counts: Sendable {
        var written: UInt64 = 0
        var unchanged: UInt64 = 0
        var failed: UInt64 = 0
    }

    init(_ cluster: Cluster, pace: StatusBook.Pace, clock: ControllerClock, logger: Logger) {
        book = Mutex(StatusBook(pace))
        self.cluster = cluster
        self.clock = clock
        self.logger = logger
    }

    var done: Counts { counts.withLock { $0 } }
    var waiting: Int { book.withLock(\.waiting) }

    /// What is to be said from now on.
    func wish(_ drafts: [StatusDraft]) {
        book.withLock { $0.wish(drafts) }
    }

    /// Everything is looked at again.
    func doubt() {
        book.withLock { $0.doubt() }
    }

    /// Writes until the task is cancelled.
    ///
    /// - Parameter may: whether we may still write, asked each time.
    func run(while may: @escaping @Sendable () -> Bool) async {
        await withDiscardingTaskGroup { group in
            // A few at once: one slow answer does not keep all others waiting.
            for _ in 0..<4 { group.addTask { await self.serve(may) } }
        }
    }

    private func serve(_ may: @Sendable () -> Bool) async {
        while !Task.isCancelled {
            let now = clock.now()
            switch book.withLock({ $0.next(now: now) }) {
            case .rest: await rest(1000)
            case .wait(let until): await rest(min(1000, max(1, until - now)))
            case .write(let draft):
                guard may() else { return }
                await write(draft)
            }
        }
    }

    /// Several wait: the bell wakes one of them, and the others look soon.
    private func rest(_ time: Int64) async { await clock.sleep(min(time, 50)) }

    private func write(_ draft: StatusDraft) async {
        do throws(APIError) {
            let isChanged = try await bring(draft)
            counts.withLock { if isChanged { $0.written += 1 } else { $0.unchanged += 1 } }
            book.withLock { $0.wrote(draft) }
        } catch {
            let (now, chance) = (clock.now(), clock.chance())
            // Somebody else wrote meanwhile: what is there is looked at again, soon.
            book.withLock { $0.failed(draft, now: now, chance: chance, after: error.retryAfter?.count) }
            counts.withLock { $0.failed += 1 }
            if !error.isConflict, !Task.isCancelled { logger.warning("the status of \(draft.place): \(error)") }
        }
    }

    /// Makes the status what it is to be. False: it was so already.
    private func bring(_ draft: StatusDraft) async throws(APIError) -> Bool {
        // An object, or a kind, that is gone has nothing to be told.
        guard let place = try await cluster.served(draft.place), let live = try await cluster.get(place) else {
            return false
        }
        let writer = StatusText(
            controller: Installation.controllerName, now: clock.text,
            generation: draft.isInvalid ? Self.generation(of: live) : nil)
        let status = writer.status(draft, live: live["status"])
        guard !Self.isSaid(status, live["status"], draft) else { return false }
        _ = try await cluster.apply(
            place, Self.body(place, status, live), as: Self.fieldManager, force: true,
            subresource: "status")
        return true
    }

    /// Apart from `bring`: the optimiser of Swift 6.3.1 ends when it puts this into an asynchronous function.
    @inline(never)
    private static func generation(of live: Value) -> Int64? {
        guard let number = live.at("metadata", "generation")?.integer else { return nil }
        return Int64(number)
    }

    /// Whether all of it is there, and of ours nothing else.
    private static func isSaid(_ status: JSONLiteral, _ live: Value?, _ draft: StatusDraft) -> Bool {
        // Nothing was said, and nothing is to be.
        if live == nil, case .parents(let parents) = draft.content, parents.isEmpty { return true }
        if live == nil, case .ancestors(let ancestors) = draft.content, ancestors.isEmpty { return true }
        return Drift.path(status, live) == nil && hasNoMore(status, live)
    }

    /// Entries, and conditions of ours, that we would not write any more.
    private static func hasNoMore(_ status: JSONLiteral, _ live: Value?) -> Bool {
        for key in ["listeners", "addresses", "parents", "ancestors"] {
            guard let ours = status[key]?.elements else { continue }
            let theirs = live?[key]?.elements ?? []
            guard ours.count == theirs.count else { return false }
            for (one, other) in zip(ours, theirs) where !hasNoMore(of: one, other) { return false }
        }
        return hasNoMore(of: status, live)
    }

    private static func hasNoMore(of status: JSONLiteral, _ live: Value?) -> Bool {
        guard let ours = status["conditions"]?.elements else { return true }
        let types = Set(ours.compactMap { $0["type"]?.string })
        return (live?["conditions"]?.elements ?? []).allSatisfy { condition in
            let type = condition["type"]?.text ?? ""
            return types.contains(type) || !ownTypes.contains(type)
        }
    }

    /// Types of conditions that nobody else writes beside us.
    private static let ownTypes: Set<String> = [
        "Accepted", "Programmed", "ResolvedRefs", "Conflicted", "PartiallyInvalid", "OverlappingTLSConfig",
        "InsecureFrontendValidationMode", "Proved",
    ]

    /// With the version that was looked at: what others wrote into the same list since is not lost.
    private static func body(_ place: ObjectPlace, _ status: JSONLiteral, _ live: Value) -> JSONLiteral {
        .object([
            "apiVersion": .string(place.resource.apiVersion), "kind": .string(place.resource.kind),
            "metadata": .object([
                "name": .string(place.name),
                "namespace": place.namespace.isEmpty ? nil : .string(place.namespace),
                "resourceVersion": live.at("metadata", "resourceVersion")?.text.map { .string($0) },
            ]),
            "status": status,
        ])
    }
}
