import Kubernetes
import Logging
import Synchronization

/// What all followers of a source bring together: the objects, how each of them stands, and who waits for what.
final class SourceCore: Sendable {
    typealias Feed = LiveObjects.Feed

    private struct State {
        var live = LiveObjects()
        var health: [Feed: SourceHealth.Entry] = [:]
        /// Feeds that have said at least once what there is.
        var settled: Set<Feed> = []
        var refusals: [Feed: Mistake] = [:]
        /// Feeds that a server which is away keeps from going on.
        var away: Set<Feed> = []
        /// What must be settled before there is a first snapshot.
        var wanted: Set<Feed> = []
        var revision: UInt64 = 0
        /// Counts what is new, so that whoever publishes sees whether it has become quiet.
        var changes: UInt64 = 0
    }

    let clock: SourceClock
    private let state = Mutex(State())
    private let logger: Logger
    private let bell: AsyncStream<Void>.Continuation
    /// Rings after everything that may matter to whoever waits.
    let bells: AsyncStream<Void>

    init(clock: SourceClock, logger: Logger) {
        self.clock = clock
        self.logger = logger
        (bells, bell) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    // MARK: What followers say

    /// A feed that is to be waited for.
    func want(_ feed: Feed) {
        let entry = SourceHealth.Entry(
            kind: feed.kind.description, part: feed.part, since: clock.today())
        state.withLock {
            $0.wanted.insert(feed)
            $0.health[feed] = entry
        }
    }

    /// A feed that nobody wants any more, with what it alone had.
    func drop(_ feed: Feed) {
        change { state in
            state.wanted.remove(feed)
            state.settled.remove(feed)
            state.health[feed] = nil
            state.away.remove(feed)
            let hadRefusal = state.refusals.removeValue(forKey: feed) != nil
            return state.live.end(feed) || hadRefusal
        }
    }

    /// All that a feed has.
    func replace(_ objects: [ServedObject], of feed: Feed) {
        change { state in
            Self.settle(&state, feed)
            state.health[feed]?.lists += 1
            return state.live.replace(with: objects, of: feed)
        }
        stands(feed, .following)
    }

    /// A change of one object.
    func put(_ object: ServedObject, from feed: Feed) {
        change { state in
            state.health[feed]?.events += 1
            return state.live.put(object, from: feed)
        }
    }

    /// An object is gone.
    func remove(_ key: NamespacedName, from feed: Feed) {
        change { state in
            state.health[feed]?.events += 1
            return state.live.remove(key, from: feed)
        }
    }

    /// The cluster does not have the kind.
    func notInstalled(_ feed: Feed) {
        change { state in
            Self.settle(&state, feed)
            return state.live.replace(with: [], of: feed)
        }
        stands(feed, .notInstalled)
    }

    /// A watch begins, or goes on.
    func watching(_ feed: Feed) {
        state.withLock { $0.health[feed]?.watches += 1 }
    }

    /// All is well with a feed.
    func isWell(_ feed: Feed) { stands(feed, .following) }

    /// A question failed. What is known stays.
    func failed(_ feed: Feed, _ error: APIError) {
        state.withLock { $0.health[feed]?.failures += 1 }
        let isKnown = state.withLock { $0.settled.contains(feed) }
        stands(feed, error.isForbidden || error.isUnauthorized ? .refused : isKnown ? .stale : .unknown, "\(error)")
    }

    /// We may not read what nothing depends on, and go on without.
    func declined(_ feed: Feed, _ error: APIError) {
        stands(feed, .declined, "\(error)")
        change { state in
            Self.settle(&state, feed)
            return state.live.replace(with: [], of: feed)
        }
    }

    /// We may not read it, and go on without.
    func refused(_ feed: Feed, _ mistake: Mistake) {
        change { state in
            Self.settle(&state, feed)
            let isNew = state.refusals.updateValue(mistake, forKey: feed) != mistake
            return state.live.replace(with: [], of: feed) || isNew
        }
    }

    private static func settle(_ state: inout State, _ feed: Feed) {
        state.refusals[feed] = nil
        // Without an entry the feed has been dropped, and says its last.
        if state.health[feed] != nil { state.settled.insert(feed) }
    }

    private func change(_ body: @Sendable (inout State) -> Bool) {
        state.withLock { if body(&$0) { $0.changes += 1 } }
        bell.yield()
    }

    /// Notes how a feed stands. A server that is away is said once, not for each kind; a refusal is one for each.
    private func stands(_ feed: Feed, _ standing: SourceHealth.Standing, _ problem: String? = nil) {
        let today = clock.today()
        let (wasAway, isAway, isNewlyRefused) = state.withLock { state -> (Bool, Bool, Bool) in
            guard var entry = state.health[feed] else { return (false, false, false) }
            let before = (isAway: !state.away.isEmpty, standing: entry.standing)
            if entry.standing != standing { entry.since = today }
            entry.standing = standing
            entry.problem = problem
            state.health[feed] = entry
            if problem == nil || standing == .refused || standing == .declined {
                state.away.remove(feed)
            } else {
                state.away.insert(feed)
            }
            return (before.isAway, !state.away.isEmpty, standing == .refused && before.standing != .refused)
        }
        bell.yield()
        if isNewlyRefused {
            logger.warning(
                "objects of the cluster may not be read",
                metadata: ["kind": "\(feed.kind)", "part": "\(feed.part)", "reason": "\(problem ?? "")"])
        } else if isAway, !wasAway {
            logger.warning(
                "the API server cannot be followed; what is known stays", metadata: ["reason": "\(problem ?? "")"])
        } else if wasAway, !isAway {
            logger.notice("the API server can be followed again")
        }
    }

    // MARK: What those who wait see

    /// Feeds that have not said anything yet.
    var missing: Set<Feed> { state.withLock { $0.wanted.subtracting($0.settled) } }

    /// The last problem of a feed.
    func problem(_ feed: Feed) -> (standing: SourceHealth.Standing, words: String)? {
        state.withLock { state in
            state.health[feed].flatMap { entry in entry.problem.map { (entry.standing, $0) } }
        }
    }

    /// How much has changed so far.
    var changeCount: UInt64 { state.withLock { $0.changes } }

    /// The objects as they are.
    var objects: Objects { state.withLock { $0.live.current } }

    /// The next snapshot.
    func snapshot() -> Snapshot {
        state.withLock { state in
            state.revision += 1
            let refusals = state.refusals.values.sorted { $0.description < $1.description }
            return state.live.snapshot(revision: state.revision, mistakes: refusals)
        }
    }

    var health: SourceHealth {
        state.withLock { state in
            let entries = state.health.map { feed, entry in
                var entry = entry
                entry.objects = state.live.count(of: feed)
                return entry
            }
            return SourceHealth(
                entries: entries.sorted { ($0.kind, $0.part) < ($1.kind, $1.part) },
                isSynced: state.revision > 0, revision: state.revision)
        }
    }

    /// Ends the bells.
    func finish() { bell.finish() }
}
