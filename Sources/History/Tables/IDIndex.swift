import Foundation
import GRDB

/// Tells which blocks have an id, without looking at all of them.
///
/// A block comes with the hashes of its ids (`block_id`). So many blocks become a run: their hashes in order, each with its
/// block, in pages of which one is read to find a hash. So many runs become a larger run, and so on: of each size there are
/// few, and sizes grow by the same factor. So what is read for an id grows with the number of sizes and no more.
///
/// A larger run is made in steps, each a range of hashes. Below `done` it stands for the runs that it is made of; from there
/// on they still stand for themselves.
struct IDIndex {
    /// Blocks that make a run, and runs that make a larger one.
    var width = 32
    /// Hashes that one step moves, about.
    var stepHashes: Int64 = 16_384
    /// Hashes in a page: with their blocks they take less than a page of SQLite.
    var pageHashes = 480

    /// Hashes are halved, so that one with the place of its block is a number that is not negative.
    private static let allKeys: Int64 = 1 << 31

    static let tables = """
        CREATE TABLE id_run (
            number INTEGER PRIMARY KEY, level INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
            hashes INTEGER NOT NULL, done INTEGER NOT NULL
        );
        CREATE TABLE id_page (
            run INTEGER NOT NULL, start INTEGER NOT NULL, entries BLOB NOT NULL, PRIMARY KEY (run, start)
        ) WITHOUT ROWID;
        """

    /// A row of `id_run`. `first` and `last` are the numbers that its first and last block begin with.
    private struct Run {
        var number: Int64
        var level: Int64
        var first: Int64
        var last: Int64
        var hashes: Int64
        var done: Int64

        var isWhole: Bool { done == allKeys }

        func isPart(of other: Run) -> Bool {
            level + 1 == other.level && first >= other.first && last <= other.last
        }

        static func all(_ database: Database) throws -> [Run] {
            try GRDB.Row.fetchAll(
                database.cachedStatement(
                    sql: "SELECT number, level, first, last, hashes, done FROM id_run ORDER BY first")
            ).map { Run(number: $0[0], level: $0[1], first: $0[2], last: $0[3], hashes: $0[4], done: $0[5]) }
        }
    }

    // MARK: asked

    /// Numbers that blocks begin with which may have an id of the hash, the newest first; and how many rows were read.
    static func find(_ hash: UInt32, _ database: Database) throws -> (blocks: [Int64], rows: Int) {
        let key = Int64(hash >> 1)
        var blocks: Set<Int64> = []
        var rows = 0
        let recent = try GRDB.Row.fetchCursor(
            database.cachedStatement(sql: "SELECT first, hashes FROM block_id"))
        while let row = try recent.next() {
            rows += 1
            let isThere = try row.withUnsafeData(atIndex: 1) { data in
                data?.withUnsafeBytes { IDHashes.contains($0, hash) } ?? false
            }
            if isThere { blocks.insert(row[0]) }
        }
        let runs = try Run.all(database)
        for run in runs where stands(run, for: key, among: runs) {
            let (entries, pages) = try entries(of: run, keys: key..<key + 1, database)
            blocks.formUnion(entries.map { run.first + $0 & 0xffff_ffff })
            rows += 1 + pages
        }
        return (blocks.sorted(by: >), rows)
    }

    /// Whether this run is the one to ask, and not the larger one that is made of it or those that it is made of.
    private static func stands(_ run: Run, for key: Int64, among runs: [Run]) -> Bool {
        key < run.done && !runs.contains { run.isPart(of: $0) && key < $0.done }
    }

    /// Entries of a run, each the key and the distance of its block from the first one; and how many pages they are in.
    private static func entries(
        of run: Run, keys: Range<Int64>, _ database: Database
    ) throws -> (entries: [Int64], pages: Int) {
        let wanted = keys.lowerBound << 32...((keys.upperBound - 1) << 32 | 0xffff_ffff)
        let pages = try GRDB.Row.fetchCursor(
            database.cachedStatement(
                sql: """
                    SELECT entries FROM id_page WHERE run = ?1 AND start <= ?3 AND start >=
                        coalesce((SELECT max(start) FROM id_page WHERE run = ?1 AND start <= ?2), 0)
                    ORDER BY start
                    """), arguments: [run.number, wanted.lowerBound, wanted.upperBound])
        var entries: [Int64] = []
        var count = 0
        while let page = try pages.next() {
            count += 1
            try page.withUnsafeData(atIndex: 0) { data in
                data?.withUnsafeBytes { bytes in
                    for place in stride(from: 0, to: bytes.count & ~7, by: 8) {
                        let entry = Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: Int64.self))
                        if wanted.contains(entry) { entries.append(entry) }
                    }
                }
            }
        }
        return (entries, count)
    }

    // MARK: kept

    /// One step of what is to be done; false: there is nothing.
    func work(_ database: Database) throws -> Bool {
        if try takeBlocks(database) { return true }
        let runs = try Run.all(database)
        if let unfinished = runs.first(where: { !$0.isWhole }) {
            try step(unfinished, of: runs.filter { $0.isPart(of: unfinished) }, database)
            return true
        }
        guard let parts = next(runs), let first = parts.first, let last = parts.last else { return false }
        try database.execute(
            sql: "INSERT INTO id_run (level, first, last, hashes, done) VALUES (?, ?, ?, ?, 0)",
            arguments: [first.level + 1, first.first, last.last, parts.reduce(0) { $0 + $1.hashes }])
        return true
    }

    /// Takes out runs whose blocks are all before a number.
    static func delete(before number: Int64, _ database: Database) throws {
        try database.execute(
            sql: "DELETE FROM id_page WHERE run IN (SELECT number FROM id_run WHERE last < ?)", arguments: [number])
        try database.execute(sql: "DELETE FROM id_run WHERE last < ?", arguments: [number])
    }

    /// The oldest blocks, when there are enough, become a run.
    private func takeBlocks(_ database: Database) throws -> Bool {
        let blocks = try GRDB.Row.fetchAll(
            database.cachedStatement(sql: "SELECT first, hashes FROM block_id ORDER BY first LIMIT ?"),
            arguments: [width])
        guard blocks.count == width, let first: Int64 = blocks.first?[0], let last: Int64 = blocks.last?[0],
            fits(first, last)
        else { return false }
        var entries: [Int64] = []
        for block in blocks {
            let distance = (block[0] as Int64) - first
            try block.withUnsafeData(atIndex: 1) { data in
                data?.withUnsafeBytes { hashes in
                    for hash in IDHashes.unpacked(hashes) { entries.append(Int64(hash >> 1) << 32 | distance) }
                }
            }
        }
        try database.execute(
            sql: "INSERT INTO id_run (level, first, last, hashes, done) VALUES (1, ?, ?, ?, ?)",
            arguments: [first, last, entries.count, Self.allKeys])
        try write(entries, to: database.lastInsertedRowID, database)
        try database.execute(sql: "DELETE FROM block_id WHERE first <= ?", arguments: [last])
        return true
    }

    /// The oldest runs of one size, when there are enough; of the smallest size that there are.
    private func next(_ runs: [Run]) -> ArraySlice<Run>? {
        Dictionary(grouping: runs, by: \.level).sorted { $0.key < $1.key }.lazy.map { $0.value.prefix(width) }
            .first { parts in
                guard parts.count == width, let first = parts.first, let last = parts.last else { return false }
                return fits(first.first, last.last)
            }
    }

    /// Whether the distance of a block is a number of 32 bits.
    private func fits(_ first: Int64, _ last: Int64) -> Bool { last - first < 1 << 32 }

    /// Moves the next range of hashes into a larger run.
    private func step(_ run: Run, of parts: [Run], _ database: Database) throws {
        let length = max(1, Self.allKeys / max(1, run.hashes / max(1, stepHashes)))
        let keys = run.done..<min(Self.allKeys, run.done + length)
        var all: [Int64] = []
        for part in parts {
            let (entries, _) = try Self.entries(of: part, keys: keys, database)
            all += entries.map { $0 + part.first - run.first }
        }
        try write(all, to: run.number, database)
        try database.execute(
            sql: "UPDATE id_run SET done = ? WHERE number = ?", arguments: [keys.upperBound, run.number])
        for part in parts { try release(part, below: keys.upperBound, database) }
    }

    /// Takes out pages that are nobody's any more, and a run that has none left.
    private func release(_ part: Run, below key: Int64, _ database: Database) throws {
        guard key < Self.allKeys else {
            try database.execute(sql: "DELETE FROM id_page WHERE run = ?", arguments: [part.number])
            return try database.execute(sql: "DELETE FROM id_run WHERE number = ?", arguments: [part.number])
        }
        // The page that the range ends in has some of the next.
        try database.execute(
            sql: """
                DELETE FROM id_page WHERE run = ?1
                    AND start < (SELECT max(start) FROM id_page WHERE run = ?1 AND start <= ?2)
                """, arguments: [part.number, key << 32])
    }

    private func write(_ entries: [Int64], to run: Int64, _ database: Database) throws {
        let statement = try database.cachedStatement(
            sql: "INSERT INTO id_page (run, start, entries) VALUES (?, ?, ?)")
        // Of an id that is in a block twice once is enough; and no two pages begin alike.
        var page: [Int64] = []
        var last: Int64?
        func close() throws {
            guard let first = page.first else { return }
            let data = page.withUnsafeBytes { Data($0) }
            try statement.execute(arguments: [run, first.littleEndianValue, data])
            page.removeAll(keepingCapacity: true)
        }
        for entry in entries.sorted() where entry != last {
            last = entry
            page.append(entry.littleEndian)
            if page.count == pageHashes { try close() }
        }
        try close()
    }
}

extension Int64 {
    /// The number of bytes that are stored with the lowest first.
    fileprivate var littleEndianValue: Int64 { Int64(littleEndian: self) }
}
