import Kubernetes

/// Which statuses are still to be written: what is wished for, what has been written, and whose turn it is. Pure: time
/// and chance are given.
///
/// Not faster than the API server is to be troubled, and who failed waits longer each time; a newer wish for the same
/// object takes the place of the older one.
struct StatusBook {
    /// How fast, in milliseconds.
    struct Pace: Hashable, Sendable {
        /// So many may be written at once after a rest.
        var burst = 100
        /// One more after that time.
        var interval: Int64 = 20
        /// The first wait after a failure.
        var firstWait: Int64 = 1000
        /// The longest.
        var longestWait: Int64 = 5 * 60 * 1000
    }

    private struct Entry {
        var wish: StatusDraft
        /// nil: never, or it is not known any more whether it is still so.
        var written: StatusDraft?
        var failures = 0
        var notBefore: Int64 = .min
        var isQueued = false
    }

    private let pace: Pace
    private var entries: [ObjectPlace: Entry] = [:]
    /// Places with something to write, first come first served.
    private var queue: [ObjectPlace] = []
    private var tokens: Int
    private var countedAt: Int64?

    init(_ pace: Pace = Pace()) {
        self.pace = pace
        tokens = pace.burst
    }

    /// How many wait.
    var waiting: Int { queue.count }

    /// What all objects are to be told from now on. Objects that are not among these are forgotten.
    mutating func wish(_ drafts: [StatusDraft]) {
        var old = entries
        entries = [:]
        entries.reserveCapacity(drafts.count)
        for draft in drafts {
            var entry = old.removeValue(forKey: draft.place) ?? Entry(wish: draft)
            if entry.wish != draft {
                entry.wish = draft
                // What failed may have failed because of what was to be said.
                entry.failures = 0
                entry.notBefore = .min
            }
            if entry.written != draft, !entry.isQueued {
                entry.isQueued = true
                queue.append(draft.place)
            }
            entries[draft.place] = entry
        }
        queue.removeAll { entries[$0] == nil }
    }

    /// Somebody may have changed what was written: all is looked at again.
    mutating func doubt() {
        for place in entries.keys.sorted(by: { ($0.namespace, $0.name) < ($1.namespace, $1.name) }) {
            entries[place]?.written = nil
            if entries[place]?.isQueued == false {
                entries[place]?.isQueued = true
                queue.append(place)
            }
        }
    }

    /// What to do next.
    enum Turn: Hashable {
        case write(StatusDraft)
        /// Nothing before that time, in milliseconds.
        case wait(until: Int64)
        /// Nothing until there are new wishes.
        case rest
    }

    /// Whose turn it is; it is no longer queued then, until it `failed` or is wished for anew.
    mutating func next(now: Int64) -> Turn {
        refill(now)
        guard !queue.isEmpty else { return .rest }
        guard tokens > 0 else { return .wait(until: (countedAt ?? now) + pace.interval) }
        guard let index = queue.firstIndex(where: { (entries[$0]?.notBefore ?? .min) <= now }) else {
            return .wait(until: queue.compactMap { entries[$0]?.notBefore }.min() ?? now + pace.firstWait)
        }
        let place = queue.remove(at: index)
        guard let entry = entries[place] else { return .wait(until: now) }
        entries[place]?.isQueued = false
        tokens -= 1
        return .write(entry.wish)
    }

    private mutating func refill(_ now: Int64) {
        guard let before = countedAt else {
            countedAt = now
            return
        }
        let more = max(0, now - before) / pace.interval
        guard more > 0 else { return }
        tokens = min(pace.burst, tokens + Int(min(more, Int64(pace.burst))))
        countedAt = before + more * pace.interval
    }

    /// It is written, or was there already.
    mutating func wrote(_ draft: StatusDraft) {
        guard var entry = entries[draft.place] else { return }
        entry.written = draft
        entry.failures = 0
        entry.notBefore = .min
        entries[draft.place] = entry
        // What was wished for meanwhile is queued already.
    }

    /// It could not be written.
    ///
    /// - Parameters:
    ///   - chance: from 0 to 1.
    ///   - after: the server's own wish, in milliseconds.
    mutating func failed(_ draft: StatusDraft, now: Int64, chance: Double, after: Int64? = nil) {
        guard var entry = entries[draft.place] else { return }
        if entry.wish == draft {
            let whole = min(pace.longestWait, pace.firstWait << Int64(min(entry.failures, 20)))
            entry.failures += 1
            entry.notBefore = now + max(after ?? 0, whole / 2 + Int64(Double(whole) / 2 * chance))
        }
        if !entry.isQueued {
            entry.isQueued = true
            queue.append(draft.place)
        }
        entries[draft.place] = entry
    }
}
