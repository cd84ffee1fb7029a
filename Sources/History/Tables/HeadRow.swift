import Foundation
import GRDB

/// Where the chain of blocks ends and begins, and how far sums were rolled up.
struct HeadRow: Equatable, Sendable {
    /// Tells this history from one that was begun anew: part of every cursor.
    var era: UInt32
    /// Counts starts.
    var run: UInt32
    /// Sequence number of the next record.
    var sequence: UInt64
    /// Hash of the last block.
    var hash = BlockHeader.noHash
    /// Where the next block goes.
    var end = SegmentPlace(segment: 1, offset: 0)
    /// Where the last one begins in that segment, or in the one before when that is new; with `hash` it says at start
    /// whether files and tables belong together.
    var last: SegmentPlace?
    /// Records that have a number and were lost.
    var skipped: UInt64 = 0
    /// The block that retention took last: its end, its hash and its segment.
    var anchor = Anchor()
    /// Minutes since 1970 before which five minutes, hours, and days, have rows.
    var fives: Int64 = 0
    var hours: Int64 = 0
    var days: Int64 = 0
    /// The last run ended by itself.
    var isClean = false
    /// Counts commits, so that each is known by its row.
    var commit: UInt64 = 0

    /// What is left of blocks that were deleted: the rest of the chain begins after it.
    struct Anchor: Equatable, Sendable {
        var sequence: UInt64 = 0
        var hash = BlockHeader.noHash
        var segment: UInt64 = 0
    }

    init(era: UInt32) {
        self.era = era
        run = 0
        sequence = 1
    }

    /// Nil: nothing was stored yet.
    static func read(_ database: Database) throws -> HeadRow? {
        guard
            let row = try GRDB.Row.fetchOne(
                database,
                sql: """
                    SELECT era, run, sequence, hash, segment, place, last_place, skipped, anchor_sequence, anchor_hash,
                        anchor_segment, hours, days, clean, number, fives FROM head
                    """)
        else { return nil }
        var head = HeadRow(era: UInt32(truncatingIfNeeded: row[0] as Int64))
        head.run = UInt32(truncatingIfNeeded: row[1] as Int64)
        head.sequence = UInt64(bitPattern: row[2])
        head.hash = try hash(row[3])
        head.end = SegmentPlace(segment: UInt64(bitPattern: row[4]), offset: UInt64(bitPattern: row[5]))
        let last: Int64 = row[6]
        if last >= 0 { head.last = SegmentPlace(segment: head.end.segment, offset: UInt64(last)) }
        head.skipped = UInt64(bitPattern: row[7])
        head.anchor = Anchor(
            sequence: UInt64(bitPattern: row[8]), hash: try hash(row[9]), segment: UInt64(bitPattern: row[10]))
        head.hours = row[11]
        head.days = row[12]
        head.isClean = row[13]
        head.commit = UInt64(bitPattern: row[14])
        head.fives = row[15]
        return head
    }

    /// Writes it, in the caller's transaction.
    func save(_ database: Database) throws {
        try database.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO head (one, era, run, sequence, hash, segment, place, last_place, skipped,
                    anchor_sequence, anchor_hash, anchor_segment, hours, days, clean, number, fives)
                VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            Int64(era), Int64(run), Int64(bitPattern: sequence), Data(hash), Int64(bitPattern: end.segment),
            Int64(bitPattern: end.offset), last.map { Int64(bitPattern: $0.offset) } ?? -1,
            Int64(bitPattern: skipped), Int64(bitPattern: anchor.sequence), Data(anchor.hash),
            Int64(bitPattern: anchor.segment), hours, days, isClean,
            Int64(bitPattern: commit), fives,
        ])
    }

    private static func hash(_ data: Data) throws -> [UInt8] {
        guard data.count == BlockHeader.hashSize else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a row cannot be read")
        }
        return Array(data)
    }
}
