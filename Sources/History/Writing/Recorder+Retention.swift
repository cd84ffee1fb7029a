import Foundation
import GRDB

// What goes: what is older than it is kept for, and where there is more than may be, the oldest.

extension Recorder {
    /// Rows of sums that are taken out in one step.
    private static let mostDeleted: Int64 = 32

    /// The first minute that records are kept of.
    private func oldest(_ now: Int64) -> Int64 { now - configuration.retention / 60 }

    /// Sums that are too old.
    mutating func retireSums(_ now: Int64) throws -> Bool {
        guard clock.isSteady else { return false }
        if try deleteSums(.minute, before: min(oldest(now), head.hours)) { return true }
        if try deleteFives() { return true }
        let oldestHour = now - configuration.hourDays * 1_440
        if try deleteSums(.hour, before: min(oldestHour, head.days)) { return true }
        return try deleteSums(.day, before: now - configuration.hourDays * 14_400)
    }

    /// Segments whose records are all too old, and sources that were not seen since.
    mutating func retireSegments(_ now: Int64) throws -> Bool {
        guard clock.isSteady else { return false }
        let oldest = oldest(now) * microsecondsOfMinute
        try changeSegment(now, oldest: oldest)
        if let segment = try oldestSegment(), segment.newest < oldest {
            try delete(segment)
            return true
        }
        sources.forget(before: oldest)
        return false
    }

    /// What is known of runs long ago.
    func retireRuns() throws {
        guard clock.isSteady, let first = runs.firsts.dropLast(Runs.most).last else { return }
        try pool.write { database in
            try database.execute(sql: "DELETE FROM run WHERE number <= ?", arguments: [Int64(first.run)])
        }
    }

    /// Takes out the oldest sums of a level, as many as may be at once; false: there are none before that minute.
    private func deleteSums(_ level: BucketLevel, before end: Int64) throws -> Bool {
        guard let first = try pool.read({ try BucketRows.first(level, from: 0, $0) }), first < end else { return false }
        try pool.write { try BucketRows.delete(level, first..<min(end, first + Self.mostDeleted * level.minutes), $0) }
        return true
    }

    /// Sums of five minutes stay as long as those of one of their minutes.
    private func deleteFives() throws -> Bool {
        let first = try pool.read { try BucketRows.first(.minute, from: 0, $0) } ?? head.fives
        return try deleteSums(.five, before: BucketLevel.five.start(of: first))
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

    /// More than may be: the oldest goes.
    mutating func retireBySize() throws -> Bool {
        let (segments, tables) = try sizes()
        guard segments + tables > configuration.maximumBytes else { return false }
        // Lines take most of the room, sums answer most of the questions.
        if segments > configuration.maximumBytes / 4 || head.hours == 0, let segment = try oldestSegment() {
            try delete(segment)
            return true
        }
        if try deleteSums(.minute, before: head.hours) { return true }
        return try deleteFives()
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
    mutating func retireSeries(_ now: Int64) throws {
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
}
