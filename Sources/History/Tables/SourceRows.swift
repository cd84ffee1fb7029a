import GRDB

/// Between sources and rows.
enum SourceRows {
    static func all(_ database: Database) throws -> [SourceStatus] {
        let rows = try GRDB.Row.fetchCursor(
            database,
            sql: "SELECT name, incarnation, position, seen, records, misplaced, refused FROM source ORDER BY seen")
        var sources: [SourceStatus] = []
        while let row = try rows.next() {
            var source = SourceStatus(source: SourceName(row[0], incarnation: row[1]))
            source.position = UInt64(bitPattern: row[2])
            source.lastSeen = row[3]
            source.records = UInt64(bitPattern: row[4])
            source.misplaced = UInt64(bitPattern: row[5])
            source.refused = UInt64(bitPattern: row[6])
            sources.append(source)
        }
        return sources
    }

    static func save(_ source: SourceStatus, _ database: Database) throws {
        try database.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO source (name, incarnation, position, seen, records, misplaced, refused)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            source.source.name, source.source.incarnation, Int64(bitPattern: source.position), source.lastSeen,
            Int64(bitPattern: source.records), Int64(bitPattern: source.misplaced),
            Int64(bitPattern: source.refused),
        ])
    }

    static func delete(_ source: SourceName, _ database: Database) throws {
        try database.execute(
            sql: "DELETE FROM source WHERE name = ? AND incarnation = ?",
            arguments: [source.name, source.incarnation])
    }
}
