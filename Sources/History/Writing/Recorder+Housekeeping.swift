import Foundation
import GRDB

// What is done now and then: parts are merged, sums rolled up, what is old or too much goes. In steps of some milliseconds,
// between which records have their turn.

/// What is done in a round, in this order.
enum Chore: String, CaseIterable {
    /// First, because it wants nothing to have come since the commit.
    case series
    case merge
    case rollUp = "roll up"
    case sums = "old sums"
    case segments = "old segments"
    case size
    case runs = "old runs"
    case checkpoint
    case vacuum

    /// Steps of it in one round. What is left is for the next.
    static let mostSteps = 64
}

/// A round that has begun.
struct Round {
    /// What is still to be done.
    var chores = Chore.allCases[...]
    /// Steps that were done of the first of them.
    var steps = 0
}

extension Recorder {
    /// Microseconds between two rounds.
    private static let pause: Int64 = 5_000_000
    /// Minutes after the end of an hour after which it is rolled up: by then, what is late has come. What is later still is
    /// added to the hour, too.
    private static let patience: Int64 = 6
    /// Bytes of sums that are merged in one step.
    static let mostMerged = 1 << 20

    /// Begins a round when one is due, right after a commit.
    mutating func beginRound() {
        let uptime = configuration.uptime()
        guard isOpen, round == nil, uptime - lastHousekeeping >= Self.pause else { return }
        lastHousekeeping = uptime
        round = Round()
    }

    /// A whole round at once.
    mutating func keepHouse() {
        guard isOpen else { return }
        lastHousekeeping = configuration.uptime()
        round = Round()
        while round != nil { doChore() }
    }

    /// Does one step of the round that has begun, if there is one.
    mutating func doChore() {
        guard isOpen, let chore = round?.chores.first else { return }
        // Whoever saves the head has to know whether the last commit happened.
        if unsure != nil { try? resolveUnsure() }
        guard unsure == nil else { return round = nil }
        round?.steps += 1
        var isMore = false
        step(chore.rawValue) { recorder in isMore = try recorder.work(on: chore) }
        guard !isMore || round?.steps == Chore.mostSteps else { return }
        round?.chores.removeFirst()
        round?.steps = 0
        guard round?.chores.isEmpty == true else { return }
        round = nil
        showStatus()
    }

    /// One step; true: there is more to do.
    private mutating func work(on chore: Chore) throws -> Bool {
        let minute = minuteOf(configuration.clock())
        switch chore {
        case .series: try retireSeries(minute)
        case .merge: return try merge(minute)
        case .rollUp: return try rollUp(minute)
        case .sums: return try retireSums(minute)
        case .segments: return try retireSegments(minute)
        case .size: return try retireBySize()
        case .runs: try retireRuns()
        case .checkpoint: try checkpoint()
        case .vacuum:
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA incremental_vacuum(256)") }
        }
        return false
    }

    /// Steps of the index of ids that are done at once.
    private static let mostIndexSteps = 16

    /// Brings ids where they are found, in steps of some milliseconds, until all of the last commit are.
    ///
    /// - Parameter isIdle: false: there is something more urgent.
    mutating func indexIDs(while isIdle: () -> Bool) {
        guard isOpen, mode == .disk, unsure == nil, indexedCommits < commits else { return }
        let (index, commits) = (IDIndex(width: configuration.idWidth), commits)
        step("ids") { recorder in
            for _ in 0..<Self.mostIndexSteps where isIdle() {
                guard try recorder.pool.write({ try index.work($0) }) else {
                    recorder.indexedCommits = commits
                    return
                }
            }
        }
    }

    private mutating func step(_ name: String, _ body: (inout Recorder) throws -> Void) {
        do {
            try body(&self)
            problems[name] = nil
        } catch {
            let reason = (error as? SystemFailure)?.description ?? HistorySchema.words(error)
            if problems[name] == nil {
                logger.error(
                    "the history cannot be kept in order", metadata: ["step": "\(name)", "reason": "\(reason)"])
            }
            problems[name] = "\(name): \(reason)"
        }
    }

    // MARK: sums

    private mutating func merge(_ now: Int64) throws -> Bool {
        // Times beyond the next minutes: the clock was there once, and may be a long time coming back.
        let due = split.filter { key in
            key.level != .minute || key.minute + 1 < now || key.minute > now + 10
        }
        guard let key = due.min(by: { $0.minute < $1.minute }) else { return false }
        if try pool.write({ try BucketRows.merge(key.level, key.minute, atMost: Self.mostMerged, $0) }) {
            split.remove(key)
        }
        return true
    }

    private mutating func rollUp(_ now: Int64) throws -> Bool {
        let ended = now - Self.patience
        // In this order: what is made of others comes when all of those are there.
        if try rollUp(to: .five, \.fives, until: ended) { return true }
        if try rollUp(to: .hour, \.hours, until: ended) { return true }
        return try rollUp(to: .day, \.days, until: head.hours)
    }

    /// Makes the next row of a level, where the time that it is about ended; false: it has not.
    private mutating func rollUp(
        to level: BucketLevel, _ mark: WritableKeyPath<HeadRow, Int64>, until end: Int64
    ) throws -> Bool {
        guard let minute = try next(level, head[keyPath: mark]), minute + level.minutes <= end else { return false }
        var head = head
        head[keyPath: mark] = minute + level.minutes
        try pool.write { [head] database in
            try BucketRows.rollUp(to: level, minute, database)
            try head.save(database)
        }
        self.head = head
        state.chain.withLock { chain in
            chain.fives = head.fives
            chain.hours = head.hours
            chain.days = head.days
        }
        return true
    }

    /// The first length of time of a level, not before a minute, that the finer level has rows in.
    private func next(_ level: BucketLevel, _ minute: Int64) throws -> Int64? {
        guard let finer = level.finer else { return nil }
        return try pool.read { try BucketRows.first(finer, from: minute, $0) }.map { level.start(of: $0) }
    }

    // MARK: status

    mutating func showStatus() {
        let sizes = try? sizes()
        let oldest = try? pool.read { try Int64.fetchOne($0, sql: "SELECT oldest FROM block ORDER BY first LIMIT 1") }
        let now = Shown(
            mode: mode, taken: taken, kept: kept, dropped: dropped, series: series.count,
            overflowed: series.overflowed, isSteady: clock.isSteady, commits: commits, longest: longestCommit,
            problems: problems.values.sorted(), head: head)
        state.status.withLock { status in
            status.mode = now.mode
            status.taken = now.taken
            status.kept = now.kept
            status.dropped = now.dropped
            status.series = now.series
            status.overflowed = now.overflowed
            status.isClockUnsteady = !now.isSteady
            status.commits = now.commits
            status.longestCommit = now.longest
            status.problems = now.problems
            status.oldest = oldest ?? status.oldest
            if let sizes { (status.segmentBytes, status.tableBytes) = sizes }
            if now.head.hash != BlockHeader.noHash {
                status.head = .init(sequence: now.head.sequence - 1, hash: hexadecimal(now.head.hash))
            }
        }
    }

    private struct Shown {
        var mode: HistoryStatus.Mode
        var taken: UInt64
        var kept: UInt64
        var dropped: HistoryStatus.Dropped
        var series: Int
        var overflowed: UInt64
        var isSteady: Bool
        var commits: UInt64
        var longest: Int64
        var problems: [String]
        var head: HeadRow
    }
}
