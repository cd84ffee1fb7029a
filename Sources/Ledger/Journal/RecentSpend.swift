import Access
import Foundation
import GRDB

/// What was spent lately, as one row for each commit: all the buckets that changed, packed.
///
/// A row of `spend` for each of them would cost a place in a tree, and a page written, for every caller that was active in
/// these 50 ms. This costs one row at the end of a table, however many they were. What is here counts more than what is in
/// `spend`, the later row more than the one before; now and then it is written there, and taken out here.
enum RecentSpend {
    /// Account, window, bucket and amount.
    private static let size = 16 + 3 * 8

    /// Adds what changed, in the caller's transaction.
    ///
    /// - Returns: the row's number.
    @discardableResult
    static func append(_ entries: some Collection<SpendEntry>, _ database: Database) throws -> Int64 {
        var packed: [UInt8] = []
        packed.reserveCapacity(entries.count * size)
        for entry in entries {
            withUnsafeBytes(of: entry.line.account.littleEndian) { packed.append(contentsOf: $0) }
            for number in [entry.line.window.code, entry.bucket, entry.amount] {
                withUnsafeBytes(of: number.littleEndian) { packed.append(contentsOf: $0) }
            }
        }
        try database.cachedStatement(sql: "INSERT INTO recent (entries) VALUES (?)").execute(arguments: [Data(packed)])
        return database.lastInsertedRowID
    }

    /// Takes out the rows up to that number.
    static func forget(upTo place: Int64, _ database: Database) throws {
        try database.execute(sql: "DELETE FROM recent WHERE place <= ?", arguments: [place])
    }

    /// What all the rows together say.
    static func amounts(_ database: Database) throws -> [SpendKey: Int64] {
        var amounts: [SpendKey: Int64] = [:]
        let rows = try Data.fetchCursor(database, sql: "SELECT entries FROM recent ORDER BY place")
        while let packed = try rows.next() {
            guard packed.count % size == 0, packed.withUnsafeBytes({ read($0, into: &amounts) }) else {
                throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a row cannot be read")
            }
        }
        return amounts
    }

    private static func read(_ packed: UnsafeRawBufferPointer, into amounts: inout [SpendKey: Int64]) -> Bool {
        for start in stride(from: 0, to: packed.count, by: size) {
            let account = UInt128(littleEndian: packed.loadUnaligned(fromByteOffset: start, as: UInt128.self))
            let numbers = (0..<3).map {
                Int64(littleEndian: packed.loadUnaligned(fromByteOffset: start + 16 + $0 * 8, as: Int64.self))
            }
            guard let window = SpendWindow(code: numbers[0]),
                let key = SpendKey(account: account, window: window, storedBucket: numbers[1])
            else { return false }
            amounts[key] = numbers[2]
        }
        return true
    }
}
