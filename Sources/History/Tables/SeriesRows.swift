import Foundation
import GRDB
import Records

/// Between series and rows. A number that a series was stored with is never given to another.
enum SeriesRows {
    struct Stored {
        var id: UInt32
        var series: Series
        /// The minute in which it was last counted, about.
        var seen: Int64
    }

    static func all(_ database: Database) throws -> [Stored] {
        let rows = try GRDB.Row.fetchCursor(database, sql: "SELECT id, names, seen FROM series ORDER BY id")
        var series: [Stored] = []
        while let row = try rows.next() {
            guard let id = UInt32(exactly: row[0] as Int64), let names = Series(encoded: Array(row[1] as Data)) else {
                throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a series cannot be read")
            }
            series.append(Stored(id: id, series: names, seen: row[2]))
        }
        return series
    }

    static func save(_ stored: Stored, _ database: Database) throws {
        try database.cachedStatement(sql: "INSERT OR REPLACE INTO series (id, names, seen) VALUES (?, ?, ?)")
            .execute(arguments: [Int64(stored.id), Data(stored.series.encoded), stored.seen])
    }

    static func delete(_ ids: some Sequence<UInt32>, _ database: Database) throws {
        let statement = try database.cachedStatement(sql: "DELETE FROM series WHERE id = ?")
        for id in ids { try statement.execute(arguments: [Int64(id)]) }
    }
}
