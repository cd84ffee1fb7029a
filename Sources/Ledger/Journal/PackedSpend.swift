import Access
import Foundation
import GRDB

/// Buckets as bytes: account, number of the window, bucket and amount of each.
enum PackedSpend {
    private static let size = 16 + 3 * 8

    static func pack(_ amounts: some Collection<(key: SpendKey, value: Int64)>) -> Data {
        var packed: [UInt8] = []
        packed.reserveCapacity(amounts.count * size)
        for (key, amount) in amounts {
            withUnsafeBytes(of: key.account.littleEndian) { packed.append(contentsOf: $0) }
            for number in [key.window.code, key.bucket, amount] {
                withUnsafeBytes(of: number.littleEndian) { packed.append(contentsOf: $0) }
            }
        }
        return Data(packed)
    }

    /// What rows say, one after the other; the later one counts.
    ///
    /// - Parameter sql: gives the rows.
    static func amounts(_ database: Database, sql: String) throws -> [SpendKey: Int64] {
        var amounts: [SpendKey: Int64] = [:]
        let rows = try Data.fetchCursor(database, sql: sql)
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
