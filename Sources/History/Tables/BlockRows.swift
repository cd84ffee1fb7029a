import Foundation
import GRDB

/// What the tables know of a block.
struct BlockRow: Equatable, Sendable {
    var first: UInt64
    var count: Int
    var oldest: Int64
    var newest: Int64
    var place: SegmentPlace
    /// Records that came in while it was filled, those among them that are only in sums.
    var taken: UInt64
    /// Records that were lost while it was filled.
    var lost: UInt64

    var end: UInt64 { first + UInt64(count) }

    static let columns = "block.first, count, oldest, newest, segment, place, taken, lost"

    init(_ block: PackedBlock, at place: SegmentPlace, taken: UInt64, lost: UInt64) {
        first = block.first
        count = block.count
        oldest = block.oldest
        newest = block.newest
        self.place = place
        self.taken = taken
        self.lost = lost
    }

    init(_ row: GRDB.Row) {
        first = UInt64(bitPattern: row[0])
        count = row[1]
        oldest = row[2]
        newest = row[3]
        place = SegmentPlace(segment: UInt64(bitPattern: row[4]), offset: UInt64(bitPattern: row[5]))
        taken = UInt64(bitPattern: row[6])
        lost = UInt64(bitPattern: row[7])
    }

    /// Writes a block's rows, in the caller's transaction.
    func save(_ block: PackedBlock, bytes: Int, hash: [UInt8], _ database: Database) throws {
        let key = Int64(bitPattern: first)
        try database.cachedStatement(
            sql: """
                INSERT INTO block (first, count, oldest, newest, segment, place, taken, lost)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            key, count, oldest, newest, Int64(bitPattern: place.segment), Int64(bitPattern: place.offset),
            Int64(bitPattern: taken), Int64(bitPattern: lost),
        ])
        try database.cachedStatement(sql: "INSERT INTO block_series (first, series) VALUES (?, ?)")
            .execute(arguments: [key, SeriesSet.packed(block.series)])
        try database.cachedStatement(sql: "INSERT INTO block_id (first, hashes) VALUES (?, ?)")
            .execute(arguments: [key, IDHashes.packed(block.ids)])
        try database.cachedStatement(
            sql: """
                INSERT INTO segment (number, first, last, newest, bytes, hash) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (number) DO UPDATE SET last = excluded.last, newest = max(newest, excluded.newest),
                    bytes = excluded.bytes, hash = excluded.hash
                """
        ).execute(arguments: [
            Int64(bitPattern: place.segment), key, Int64(bitPattern: end), newest,
            Int64(bitPattern: place.offset) + Int64(bytes), Data(hash),
        ])
    }
}

/// The series that have records in a block: what a filter of dimensions need not look for is not unpacked.
enum SeriesSet {
    static func packed(_ series: [UInt32]) -> Data {
        var bytes: [UInt8] = []
        var last: UInt32 = 0
        for id in series {
            Varint.append(UInt64(id &- last), to: &bytes)
            last = id
        }
        return Data(bytes)
    }

    /// True when one of them is wanted, and when it cannot be read: then the block is looked into.
    static func contains(_ packed: UnsafeRawBufferPointer, where isWanted: (UInt32) -> Bool) -> Bool {
        var reader = VarintReader(packed)
        var id: UInt32 = 0
        while !reader.isAtEnd {
            guard let step = reader.next() else { return true }
            id &+= UInt32(truncatingIfNeeded: step)
            if isWanted(id) { return true }
        }
        return false
    }
}

/// Hashes of the ids in a block, in order.
enum IDHashes {
    static func packed(_ hashes: [UInt32]) -> Data {
        var data = Data(capacity: hashes.count * 4)
        for hash in hashes { withUnsafeBytes(of: hash.littleEndian) { data.append(contentsOf: $0) } }
        return data
    }

    static func unpacked(_ packed: UnsafeRawBufferPointer) -> [UInt32] {
        stride(from: 0, to: packed.count & ~3, by: 4).map {
            UInt32(littleEndian: packed.loadUnaligned(fromByteOffset: $0, as: UInt32.self))
        }
    }

    static func contains(_ packed: UnsafeRawBufferPointer, _ hash: UInt32) -> Bool {
        var low = 0
        var high = packed.count / 4
        while low < high {
            let middle = (low + high) / 2
            let found = UInt32(littleEndian: packed.loadUnaligned(fromByteOffset: middle * 4, as: UInt32.self))
            if found == hash { return true }
            if found < hash { low = middle + 1 } else { high = middle }
        }
        return false
    }

    /// FNV-1a over the bytes, mixed so that every bit depends on each of them: the share of records that are kept in
    /// detail is cut by it, too.
    static func hash(_ id: some Sequence<UInt8>) -> UInt32 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in id { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash = (hash ^ hash >> 33) &* 0xff51_afd7_ed55_8ccd
        hash = (hash ^ hash >> 33) &* 0xc4ce_b9fe_1a85_ec53
        return UInt32(truncatingIfNeeded: hash ^ hash >> 33)
    }
}
