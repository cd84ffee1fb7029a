import Foundation
import GRDB
import Records

/// How long a row of sums is.
enum BucketLevel: Int64, CaseIterable, Sendable {
    case minute = 0
    case hour = 1
    case day = 2
    /// Five minutes. It came later: the numbers are in the keys of rows.
    case five = 3

    var minutes: Int64 {
        switch self {
        case .minute: 1
        case .five: 5
        case .hour: 60
        case .day: 1_440
        }
    }

    /// What its rows are made of; nil: of records.
    var finer: BucketLevel? {
        switch self {
        case .minute: nil
        case .five: .minute
        case .hour: .five
        case .day: .hour
        }
    }

    /// Begin of the length of time that a minute is in.
    func start(of minute: Int64) -> Int64 { minute - minute % minutes }
}

/// One row of sums: level, begin in minutes since 1970, and part. Parts of the same time add up: each commit adds one, and
/// they become one when the time is over.
struct BucketKey: Hashable, Sendable {
    var level: BucketLevel
    var minute: Int64
    var part: Int64 = 0

    private static let partBits: Int64 = 20
    private static let minuteBits: Int64 = 36

    /// What a row is found by. Neighbours in time are neighbours in the file.
    var id: Int64 { level.rawValue << (Self.minuteBits + Self.partBits) | minute << Self.partBits | part }

    init(_ level: BucketLevel, _ minute: Int64, part: Int64 = 0) {
        self.level = level
        // Times before 1970 are no times of records; one that is far in the future keeps its level.
        self.minute = min(max(0, minute), 1 << Self.minuteBits - 1)
        self.part = part
    }

    init?(id: Int64) {
        guard let level = BucketLevel(rawValue: id >> (Self.minuteBits + Self.partBits)) else { return nil }
        self.level = level
        minute = id >> Self.partBits & (1 << Self.minuteBits - 1)
        part = id & (1 << Self.partBits - 1)
    }

    /// Ids of rows of a level whose begin is in a range of minutes.
    static func ids(_ level: BucketLevel, _ minutes: Range<Int64>) -> Range<Int64> {
        BucketKey(level, minutes.lowerBound).id..<BucketKey(level, minutes.upperBound).id
    }
}

/// Between sums and rows.
enum BucketRows {
    /// Adds a part to a minute, and to the longer times that it is in where those have been rolled up already.
    static func add(_ entries: [UInt8], minute: Int64, head: HeadRow, _ database: Database) throws {
        try insert(entries, .minute, minute, database)
        if minute < head.fives { try insert(entries, .five, minute, database) }
        if minute < head.hours { try insert(entries, .hour, minute, database) }
        if minute < head.days { try insert(entries, .day, minute, database) }
    }

    private static func insert(
        _ entries: [UInt8], _ level: BucketLevel, _ minute: Int64, _ database: Database
    ) throws {
        let start = level.start(of: minute)
        let range = BucketKey.ids(level, start..<(start + 1))
        let last = try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT max(id) FROM bucket WHERE id >= ? AND id < ?"),
            arguments: [range.lowerBound, range.upperBound])
        try save(entries, id: last.map { $0 + 1 } ?? range.lowerBound, database)
    }

    private static func save(_ entries: [UInt8], id: Int64, _ database: Database) throws {
        try database.cachedStatement(sql: "INSERT INTO bucket (id, entries) VALUES (?, ?)")
            .execute(arguments: [id, Data(entries)])
    }

    /// Rows of a level in a range of minutes, in order. The bytes hold until the next row.
    static func each(
        _ level: BucketLevel, _ minutes: Range<Int64>, _ database: Database,
        _ body: (BucketKey, UnsafeRawBufferPointer) throws -> Void
    ) throws {
        _ = try eachUntil(level, minutes, database) { key, bytes in
            try body(key, bytes)
            return true
        }
    }

    /// The same until the body returns false. True: it took all.
    private static func eachUntil(
        _ level: BucketLevel, _ minutes: Range<Int64>, _ database: Database,
        _ body: (BucketKey, UnsafeRawBufferPointer) throws -> Bool
    ) throws -> Bool {
        let ids = BucketKey.ids(level, minutes)
        let rows = try GRDB.Row.fetchCursor(
            database.cachedStatement(sql: "SELECT id, entries FROM bucket WHERE id >= ? AND id < ? ORDER BY id"),
            arguments: [ids.lowerBound, ids.upperBound])
        while let row = try rows.next() {
            guard let key = BucketKey(id: row[0]) else { continue }
            let goesOn = try row.withUnsafeData(atIndex: 1) { data in
                try data?.withUnsafeBytes { try body(key, $0) } ?? true
            }
            guard goesOn else { return false }
        }
        return true
    }

    /// Makes one row of the first parts of a begin: of two or more, until they have that many bytes together. True: there
    /// is no other part. Only whole rows are taken out: what cannot be read stays.
    static func merge(_ level: BucketLevel, _ minute: Int64, atMost most: Int, _ database: Database) throws -> Bool {
        var sum = Bucket(start: 0)
        var merged = 0
        var bytes = 0
        var end = BucketKey(level, minute).id
        let isWhole = try eachUntil(level, minute..<(minute + 1), database) { key, entries in
            guard merged < 2 || bytes < most else { return false }
            try add(entries, to: &sum)
            merged += 1
            bytes += entries.count
            end = key.id
            return true
        }
        guard merged > 1 else { return true }
        try database.execute(
            sql: "DELETE FROM bucket WHERE id >= ? AND id <= ?", arguments: [BucketKey(level, minute).id, end])
        try save(BucketCoder.encode(sum.entries), id: BucketKey(level, minute).id, database)
        return isWhole
    }

    /// Makes one row of all rows of the finer level in its time; false: there are none.
    @discardableResult
    static func rollUp(to level: BucketLevel, _ minute: Int64, _ database: Database) throws -> Bool {
        guard let finer = level.finer else { return false }
        var sum = Bucket(start: 0)
        try each(finer, minute..<(minute + level.minutes), database) { _, bytes in try add(bytes, to: &sum) }
        guard !sum.entries.isEmpty else { return false }
        try save(BucketCoder.encode(sum.entries), id: BucketKey(level, minute).id, database)
        return true
    }

    static func add(_ bytes: UnsafeRawBufferPointer, to sum: inout Bucket) throws {
        for entry in try BucketCoder.decode(bytes) { sum.add(entry.measures, series: entry.series) }
    }

    static func delete(_ level: BucketLevel, _ minutes: Range<Int64>, _ database: Database) throws {
        let ids = BucketKey.ids(level, minutes)
        try database.execute(
            sql: "DELETE FROM bucket WHERE id >= ? AND id < ?", arguments: [ids.lowerBound, ids.upperBound])
    }

    /// The first begin of a level that has a row, from a minute on.
    static func first(_ level: BucketLevel, from minute: Int64, _ database: Database) throws -> Int64? {
        let ids = BucketKey.ids(level, minute..<Int64.max)
        return try Int64.fetchOne(
            database, sql: "SELECT min(id) FROM bucket WHERE id >= ? AND id <= ?",
            arguments: [ids.lowerBound, ids.upperBound]
        ).flatMap { BucketKey(id: $0)?.minute }
    }

    /// Begins, of every level, that have more than one part.
    static func split(_ database: Database) throws -> [BucketKey] {
        // A part other than 0 has its number in the lowest bits.
        let ids = try Int64.fetchAll(database, sql: "SELECT id FROM bucket WHERE id & 1048575 > 0")
        return Array(Set(ids.compactMap(BucketKey.init(id:)).map { BucketKey($0.level, $0.minute) }))
    }
}
