import Access
import Foundation
import GRDB

/// Between values and rows.
enum LedgerRows {
    /// Stores names, limits and windows of accounts, in the caller's transaction.
    static func saveAccounts(_ lines: some Sequence<SpendLine>, _ database: Database) throws {
        let account = try database.cachedStatement(
            sql: """
                INSERT INTO account (id, unit, "limit", "window", budget, kind, namespace, name, staged)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET "limit" = excluded."limit", "window" = excluded."window",
                    budget = excluded.budget, kind = excluded.kind, namespace = excluded.namespace, name = excluded.name
                """)
        for line in lines {
            try account.execute(arguments: [
                line.account.bytes, Int(line.unit.rawValue), line.limit, line.window.text, line.budget,
                line.subject.kind, line.subject.namespace, line.subject.name, line.isStaged,
            ])
        }
    }

    /// Writes buckets over what was there, in the caller's transaction.
    static func save(_ amounts: some Sequence<(key: SpendKey, value: Int64)>, _ database: Database) throws {
        let spend = try database.cachedStatement(
            sql: """
                INSERT INTO spend (account, "window", bucket, amount, starts, expires) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (account, "window", bucket) DO UPDATE SET amount = excluded.amount
                """)
        for (key, amount) in amounts {
            try spend.execute(arguments: [
                key.account.bytes, key.window.text, key.bucket, amount, key.window.start(of: key.bucket),
                key.window.expiry(of: key.bucket),
            ])
        }
    }

    /// What counts at a time: buckets of the windows that the accounts have now, by account and bucket.
    static func entries(_ database: Database, countingAt time: Int64) throws -> [SpendEntry] {
        let lines = try lines(database)
        var amounts = try stored(database, countingAt: time)
        amounts.merge(try RecentSpend.amounts(database)) { $1 }
        amounts.merge(try BriefSpend.amounts(database)) { $1 }
        var entries: [SpendEntry] = []
        for (key, amount) in amounts where key.window.expiry(of: key.bucket) > time {
            guard let line = lines[key.account], line.window == key.window else { continue }
            entries.append(SpendEntry(line: line, bucket: key.bucket, amount: amount))
        }
        return entries.sorted { ($0.line.account, $0.bucket) < ($1.line.account, $1.bucket) }
    }

    private static func lines(_ database: Database) throws -> [UInt128: SpendLine] {
        let rows = try GRDB.Row.fetchCursor(
            database,
            sql: """
                SELECT id, unit, "limit", "window", budget, kind, namespace, name, staged FROM account
                """)
        var lines: [UInt128: SpendLine] = [:]
        while let row = try rows.next() {
            guard let line = line(row) else { throw unreadable }
            lines[line.account] = line
        }
        return lines
    }

    private static func stored(_ database: Database, countingAt time: Int64) throws -> [SpendKey: Int64] {
        let rows = try GRDB.Row.fetchCursor(
            database, sql: #"SELECT account, "window", bucket, amount FROM spend WHERE expires > ?"#, arguments: [time])
        var amounts: [SpendKey: Int64] = [:]
        while let row = try rows.next() {
            guard let account = account(row[0]), let window = SpendWindow(text: row[1]),
                let key = SpendKey(account: account, window: window, storedBucket: row[2])
            else { throw unreadable }
            amounts[key] = row[3]
        }
        return amounts
    }

    private static var unreadable: DatabaseError {
        DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a row cannot be read")
    }

    private static func account(_ data: Data?) -> UInt128? { data.flatMap { UInt128(bytes: Array($0)) } }

    /// Forgets what has not counted since a time, and accounts of which nothing is left.
    static func prune(_ database: Database, before time: Int64) throws {
        try database.execute(sql: "DELETE FROM spend WHERE expires < ?", arguments: [time])
        let brief = Set(try BriefSpend.amounts(database).keys.map(\.account))
        let idle = try Data.fetchAll(
            database, sql: "SELECT id FROM account WHERE id NOT IN (SELECT account FROM spend)")
        for id in idle where account(id).map({ !brief.contains($0) }) ?? true {
            try database.cachedStatement(sql: "DELETE FROM account WHERE id = ?").execute(arguments: [id])
        }
    }

    private static func line(_ row: GRDB.Row) -> SpendLine? {
        guard let account = account(row[0]), let unit = SpendUnit(rawValue: row[1]),
            let window = SpendWindow(text: row[3])
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
