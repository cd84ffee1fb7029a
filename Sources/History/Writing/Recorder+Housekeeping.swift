import Foundation
import GRDB

// What is done now and then, in small steps, so that no commit waits long: parts are merged, sums rolled up, what is old or
// too much goes.

extension Recorder {
    /// Microseconds between two rounds.
    private static let round: Int64 = 5_000_000
    /// Minutes after the end of an hour after which it is rolled up: by then, what is late has come. What is later still is
    /// added to the hour, too.
    private static let patience: Int64 = 6
    /// Rows that are merged in one round.
    private static let mostMerged = 16
    /// Times of five minutes that are rolled up in one round: more than pass meanwhile, so that what is behind catches up.
    private static let mostFives = 6

    /// Does what is due. Called right after a commit, so that nothing waits for one.
    mutating func keepHouse(now: Bool = false) {
        let uptime = configuration.uptime()
        guard isOpen, now || uptime - lastHousekeeping >= Self.round else { return }
        lastHousekeeping = uptime
        // Whoever saves the head has to know whether the last commit happened.
        if unsure != nil { try? resolveUnsure() }
        guard unsure == nil else { return }
        let minute = minuteOf(configuration.clock())
        step("merge") { recorder in try recorder.merge(minute) }
        step("roll up") { recorder in try recorder.rollUp(minute) }
        step("retention") { recorder in try recorder.retire(minute) }
        step("series") { recorder in try recorder.retireSeries(minute) }
        step("checkpoint") { recorder in try recorder.checkpoint() }
        step("vacuum") { recorder in
            try recorder.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA incremental_vacuum(256)") }
        }
        state.chain.withLock { [head] chain in
            chain.fives = head.fives
            chain.hours = head.hours
            chain.days = head.days
        }
        showStatus()
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

    private mutating func merge(_ now: Int64) throws {
        // Times beyond the next minutes: the clock was there once, and may be a long time coming back.
        let due = split.filter { key in
            key.level != .minute || key.minute + 1 < now || key.minute > now + 10
        }
        for key in due.sorted(by: { $0.minute < $1.minute }).prefix(Self.mostMerged) {
            try pool.write { try BucketRows.merge(key.level, key.minute, $0) }
            split.remove(key)
        }
    }

    private mutating func rollUp(_ now: Int64) throws {
        for _ in 0..<Self.mostFives {
            guard try rollUp(to: .five, \.fives, until: now - Self.patience) else { break }
        }
        try rollUp(to: .hour, \.hours, until: now - Self.patience)
        try rollUp(to: .day, \.days, until: head.hours)
    }

    /// Makes the next row of a level, where the time that it is about ended; false: it has not.
    @discardableResult
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
        return true
    }

    /// The first length of time of a level, not before a minute, that the finer level has rows in.
    private func next(_ level: BucketLevel, _ minute: Int64) throws -> Int64? {
        guard let finer = level.finer else { return nil }
        return try pool.read { try BucketRows.first(finer, from: minute, $0) }.map { level.start(of: $0) }
    }

    // MARK: what goes

    private mutating func retire(_ now: Int64) throws {
        if clock.isSteady { try retireByAge(now) }
        try retireBySize()
    }

    private mutating func retireByAge(_ now: Int64) throws {
        let oldest = now - configuration.retention / 60
        try deleteSums(.minute, before: min(oldest, head.hours), atMost: 120)
        try deleteFives()
        try deleteSums(.hour, before: min(now - configuration.hourDays * 1_440, head.days), atMost: 1_440)
        try deleteSums(.day, before: now - configuration.hourDays * 14_400, atMost: 14_400)
        try changeSegment(now, oldest: oldest * microsecondsOfMinute)
        for _ in 0..<4 {
            guard let segment = try oldestSegment(), segment.newest < oldest * microsecondsOfMinute else { break }
            try delete(segment)
        }
        sources.forget(before: oldest * microsecondsOfMinute)
        try pool.write { [runs] database in
            guard let first = runs.firsts.dropLast(Runs.most).last else { return }
            try database.execute(sql: "DELETE FROM run WHERE number <= ?", arguments: [Int64(first.run)])
        }
    }

    private func deleteSums(_ level: BucketLevel, before end: Int64, atMost minutes: Int64) throws {
        guard let first = try pool.read({ try BucketRows.first(level, from: 0, $0) }), first < end else { return }
        try pool.write { try BucketRows.delete(level, first..<min(end, first + minutes), $0) }
    }

    /// Sums of five minutes stay as long as those of one of their minutes.
    private func deleteFives() throws {
        let first = try pool.read { try BucketRows.first(.minute, from: 0, $0) } ?? head.fives
        try deleteSums(.five, before: BucketLevel.five.start(of: first), atMost: 1_440)
    }

    /// A segment is a whole that goes at once: a new one begins at least eight times in the time that records are kept,
    /// and when all of the old one may go.
    private mutating func changeSegment(_ now: Int64, oldest: Int64) throws {
        guard head.end.offset > 0, mode == .disk, let began = segmentBegan else { return }
        let newest = try pool.read { [head] database in
            try Int64.fetchOne(
                database, sql: "SELECT newest FROM segment WHERE number = ?",
                arguments: [Int64(bitPattern: head.end.segment)])
        }
        let age = now * microsecondsOfMinute - began
        let isOld = newest.map { $0 < oldest } ?? false
        guard isOld || age > max(3_600, configuration.retention / 8) * 1_000_000 else { return }
        try files.change()
        var head = head
        head.end = files.end
        head.last = nil
        do {
            try pool.write { try head.save($0) }
        } catch {
            try files.takeBack()
            throw error
        }
        files.keep()
        self.head = head
        segmentBegan = configuration.clock()
    }

    private struct Segment {
        var number: UInt64
        var first: UInt64
        var last: UInt64
        var newest: Int64
        var hash: Data
    }

    /// The oldest that is not written any more.
    private func oldestSegment() throws -> Segment? {
        let row = try pool.read { [head] database in
            try GRDB.Row.fetchOne(
                database,
                sql: "SELECT number, first, last, newest, hash FROM segment WHERE number < ? ORDER BY number LIMIT 1",
                arguments: [Int64(bitPattern: head.end.segment)])
        }
        return row.map { row in
            Segment(
                number: UInt64(bitPattern: row[0]), first: UInt64(bitPattern: row[1]),
                last: UInt64(bitPattern: row[2]), newest: row[3], hash: row[4])
        }
    }

    /// First the tables, with the anchor that the rest of the chain begins after; a file that stays behind then is taken
    /// out at the next start.
    private mutating func delete(_ segment: Segment) throws {
        var head = head
        head.anchor = HeadRow.Anchor(sequence: segment.last, hash: Array(segment.hash), segment: segment.number)
        try pool.write { database in
            for table in ["block", "block_series", "block_id"] {
                try database.execute(
                    sql: "DELETE FROM \(table) WHERE first >= ? AND first < ?",
                    arguments: [Int64(bitPattern: segment.first), Int64(bitPattern: segment.last)])
            }
            try IDIndex.delete(before: Int64(bitPattern: segment.last), database)
            try database.execute(
                sql: "DELETE FROM segment WHERE number = ?", arguments: [Int64(bitPattern: segment.number)])
            try head.save(database)
        }
        self.head = head
        unlink(SegmentNames.path(configuration.directory, segment.number))
    }

    private mutating func retireBySize() throws {
        for _ in 0..<8 {
            let (segments, tables) = try sizes()
            guard segments + tables > configuration.maximumBytes else { return }
            // Lines take most of the room, sums answer most of the questions.
            if segments > configuration.maximumBytes / 4 || head.hours == 0, let segment = try oldestSegment() {
                try delete(segment)
            } else {
                try deleteSums(.minute, before: head.hours, atMost: 1_440)
                try deleteFives()
            }
        }
    }

    /// Bytes of segments, and of the tables without what is free in them.
    func sizes() throws -> (segments: Int64, tables: Int64) {
        try pool.read { database in
            let segments = try Int64.fetchOne(database, sql: "SELECT total(bytes) FROM segment") ?? 0
            let pages = try Int64.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            let free = try Int64.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0
            let size = try Int64.fetchOne(database, sql: "PRAGMA page_size") ?? 0
            return (segments, (pages - free) * size)
        }
    }

    /// Series that nothing was counted of for as long as sums are kept make room; where room is short, those that nothing
    /// was counted of for as long as records are kept. What older sums say of them is then told apart no longer.
    private mutating func retireSeries(_ now: Int64) throws {
        guard now - lastSeriesCheck >= 60, deltas.isEmpty, clock.isSteady else { return }
        lastSeriesCheck = now
        let days = series.isCrowded ? configuration.retention / 60 : configuration.hourDays * 14_400
        let old = series.unseen(since: now - days)
        guard !old.isEmpty, series.changes.isEmpty else { return }
        try pool.write { try SeriesRows.delete(old, $0) }
        series.forget(old)
        state.totals.withLock { totals in
            for id in old { totals[id] = nil }
        }
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
