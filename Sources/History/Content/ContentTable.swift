import Foundation
import GRDB

/// Sealed contents in SQLite, in a file of their own: their time is shorter than that of records, and nothing of them is in the
/// history.
struct ContentTable: Sendable {
    private let queue: DatabaseQueue
    private let path: String

    static func path(_ directory: String) -> String { "\(directory)/content.sqlite" }

    /// Marks the file as ours: the letters `SPCO`.
    private static let applicationID = 0x5350_434f
    private static let version = 1
    private static let tables = """
        CREATE TABLE content (
            id TEXT PRIMARY KEY, time INTEGER NOT NULL, key TEXT NOT NULL, bytes BLOB NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX content_time ON content (time);
        """

    /// Opens the table, or makes it.
    init(_ directory: String) throws(HistoryError) {
        path = Self.path(directory)
        var configuration = Configuration()
        configuration.label = "content"
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { database in
            // What goes is overwritten, although nobody without the key could read it.
            try database.execute(sql: "PRAGMA secure_delete = ON")
            try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            _ = try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL")
            try database.execute(sql: "PRAGMA synchronous = NORMAL")
            _ = try Int.fetchOne(database, sql: "PRAGMA journal_size_limit = 16777216")
        }
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.write { try Self.prepare($0, path) }
        } catch let error as HistoryError {
            throw error
        } catch {
            throw .cannotOpen(path: path, reason: HistorySchema.words(error))
        }
        _ = chmod(path, 0o600)
    }

    private static func prepare(_ database: Database, _ path: String) throws {
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        let application = try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        if version == 0, application == 0 {
            try database.execute(sql: tables)
            try database.execute(sql: "PRAGMA user_version = \(Self.version)")
            try database.execute(sql: "PRAGMA application_id = \(applicationID)")
        } else if application != applicationID {
            throw HistoryError.cannotOpen(path: path, reason: "it is another program's")
        } else if version > Self.version {
            throw HistoryError.tooNew(path: path, version: version)
        }
    }

    /// Keeps contents, unless there is one with the id already, and takes out what is too old or too much.
    ///
    /// - Parameters:
    ///   - oldest: what is older goes.
    ///   - most: bytes that the file may have; the oldest go first.
    func add(_ contents: [SealedContent], oldest: Int64, most: Int64) throws(HistoryError) {
        try run { database in
            for content in contents {
                try database.execute(
                    sql: "INSERT OR IGNORE INTO content (id, time, key, bytes) VALUES (?, ?, ?, ?)",
                    arguments: [content.id, content.time, content.key, Data(content.bytes)])
            }
            try database.execute(sql: "DELETE FROM content WHERE time < ?", arguments: [oldest])
            try Self.shrink(database, most)
        }
        // Outside the transaction: pages that are free go back to the file system.
        _ = try? queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA incremental_vacuum(1024)") }
    }

    private static func shrink(_ database: Database, _ most: Int64) throws {
        while true {
            let pages = try Int64.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            let free = try Int64.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0
            let size = try Int64.fetchOne(database, sql: "PRAGMA page_size") ?? 4_096
            guard (pages - free) * size > most else { return }
            // Few at a time where there are few: what is newest must stay.
            try database.execute(
                sql: """
                    DELETE FROM content WHERE id IN (SELECT id FROM content ORDER BY time \
                    LIMIT (SELECT max(1, count(*) / 8) FROM content))
                    """)
            guard database.changesCount > 0 else { return }
        }
    }

    /// The content with that id.
    func find(_ id: String) throws(HistoryError) -> SealedContent? {
        try run { database in
            try Row.fetchOne(database, sql: "SELECT id, time, key, bytes FROM content WHERE id = ?", arguments: [id])
                .map {
                    SealedContent(id: $0["id"], time: $0["time"], key: $0["key"], bytes: Array($0["bytes"] as Data))
                }
        }
    }

    /// How many there are.
    func count() throws(HistoryError) -> Int {
        try run { try Int.fetchOne($0, sql: "SELECT count(*) FROM content") ?? 0 }
    }

    private func run<T: Sendable>(_ body: @Sendable (Database) throws -> T) throws(HistoryError) -> T {
        do {
            return try queue.write { try body($0) }
        } catch {
            throw .failed(path: path, reason: HistorySchema.words(error))
        }
    }
}
