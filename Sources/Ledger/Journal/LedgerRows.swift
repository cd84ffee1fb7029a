import Access
import Foundation
import GRDB

/// Between values and rows.
enum LedgerRows {
    /// Writes entries over what was there, in the caller's transaction.
    static func save(_ entries: some Sequence<SpendEntry>, _ database: Database) throws {
        let account = try database.cachedStatement(
            sql: """
                INSERT INTO account (id, unit, "limit", "window", budget, kind, namespace, name, staged)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET "limit" = excluded."limit", "window" = excluded."window",
                    budget = excluded.budget, kind = excluded.kind, namespace = excluded.namespace, name = excluded.name
                """)
        let spend = try database.cachedStatement(
            sql: """
                INSERT INTO spend (account, "window", bucket, amount, starts, expires) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (account, "window", bucket) DO UPDATE SET amount = excluded.amount
                """)
        for entry in entries {
            let line = entry.line
            let id = line.account.bytes
            try account.execute(arguments: [
                id, Int(line.unit.rawValue), line.limit, line.window.text, line.budget, line.subject.kind,
                line.subject.namespace, line.subject.name, line.isStaged,
            ])
            try spend.execute(arguments: [
                id, line.window.text, entry.bucket, entry.amount, line.window.start(of: entry.bucket),
                line.window.expiry(of: entry.bucket),
            ])
        }
    }

    /// What counts at a time, and what has counted since another: buckets of the windows that the accounts have now.
    static func entries(_ database: Database, countingAt time: Int64) throws -> [SpendEntry] {
        let rows = try GRDB.Row.fetchCursor(
            database,
            sql: """
                SELECT account.id, unit, "limit", account."window", budget, kind, namespace, name, staged, bucket, amount
                FROM spend JOIN account ON account.id = spend.account AND account."window" = spend."window"
                WHERE expires > ? ORDER BY account.id, bucket
                """, arguments: [time])
        var entries: [SpendEntry] = []
        while let row = try rows.next() {
            guard let line = line(row) else {
                throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a row cannot be read")
            }
            entries.append(SpendEntry(line: line, bucket: row[9], amount: row[10]))
        }
        return entries
    }

    /// Forgets what has not counted since a time.
    static func prune(_ database: Database, before time: Int64) throws {
        try database.execute(sql: "DELETE FROM spend WHERE expires < ?", arguments: [time])
        try database.execute(sql: "DELETE FROM account WHERE id NOT IN (SELECT account FROM spend)")
    }

    private static func line(_ row: GRDB.Row) -> SpendLine? {
        guard let bytes: [UInt8] = (row[0] as Data?).map(Array.init), let account = UInt128(bytes: bytes),
            let unit = SpendUnit(rawValue: row[1]), let window = SpendWindow(text: row[3])
        else { return nil }
        return SpendLine(
            account: account, unit: unit, limit: row[2], window: window, wanted: 0, least: 0, budget: row[4],
            subject: SpendSubject(kind: row[5], namespace: row[6], name: row[7]), isStaged: row[8])
    }
}

extension UInt128 {
    /// Sixteen bytes, the highest first.
    fileprivate var bytes: Data { withUnsafeBytes(of: bigEndian) { Data($0) } }

    fileprivate init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        self = bytes.reduce(0) { $0 << 8 | UInt128($1) }
    }
}
