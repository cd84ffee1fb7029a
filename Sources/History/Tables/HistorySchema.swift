import GRDB

/// What is in the tables, and how they are opened.
enum HistorySchema {
    /// Counts changes of the tables.
    static let version = 3
    /// Marks the file as ours (`PRAGMA application_id`): the letters `SPHI`.
    static let applicationID = 0x5350_4849
    /// Tables up to this many bytes are checked page by page at each start, and up to that many after a run that was
    /// killed: a start must not wait for longer. The end of the chain is always checked.
    static let alwaysChecked = 32 << 20
    static let mostChecked = 512 << 20

    static func path(_ history: String) -> String { "\(history)/history.sqlite" }

    /// One row of `head` says where the chain ends and begins. `block` has a row for each block, what is large about a
    /// block stands in tables of its own. `bucket` has rows of sums; its key is level, minute and part.
    private static let tables = """
        CREATE TABLE head (
            one INTEGER PRIMARY KEY CHECK (one = 1), era INTEGER NOT NULL, run INTEGER NOT NULL,
            sequence INTEGER NOT NULL, hash BLOB NOT NULL, segment INTEGER NOT NULL, place INTEGER NOT NULL,
            last_place INTEGER NOT NULL, skipped INTEGER NOT NULL,
            anchor_sequence INTEGER NOT NULL, anchor_hash BLOB NOT NULL, anchor_segment INTEGER NOT NULL,
            hours INTEGER NOT NULL, days INTEGER NOT NULL, clean INTEGER NOT NULL,
            number INTEGER NOT NULL, fives INTEGER NOT NULL DEFAULT 0
        );
        CREATE TABLE run (number INTEGER PRIMARY KEY, first INTEGER NOT NULL);
        CREATE TABLE segment (
            number INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, newest INTEGER NOT NULL,
            bytes INTEGER NOT NULL, hash BLOB NOT NULL
        );
        CREATE TABLE block (
            first INTEGER PRIMARY KEY, count INTEGER NOT NULL, oldest INTEGER NOT NULL, newest INTEGER NOT NULL,
            segment INTEGER NOT NULL, place INTEGER NOT NULL, taken INTEGER NOT NULL, lost INTEGER NOT NULL
        );
        CREATE TABLE block_series (first INTEGER PRIMARY KEY, series BLOB NOT NULL);
        CREATE TABLE block_id (first INTEGER PRIMARY KEY, hashes BLOB NOT NULL);
        CREATE TABLE series (id INTEGER PRIMARY KEY, names BLOB NOT NULL, seen INTEGER NOT NULL);
        CREATE TABLE bucket (id INTEGER PRIMARY KEY, entries BLOB NOT NULL);
        CREATE TABLE source (
            name TEXT NOT NULL, incarnation TEXT NOT NULL, position INTEGER NOT NULL, seen INTEGER NOT NULL,
            records INTEGER NOT NULL, misplaced INTEGER NOT NULL, refused INTEGER NOT NULL,
            PRIMARY KEY (name, incarnation)
        ) WITHOUT ROWID;
        """

    /// What opening found.
    enum Opened {
        case good(DatabasePool)
        case damaged(String)
        case tooNew(Int)
        case failed(String)
    }

    /// Opens the tables for one writer and several readers; makes them in a new file.
    ///
    /// A commit is on the disk when it returns (`synchronous = FULL`): what was acknowledged outlives a loss of power.
    static func open(_ path: String, mostPages: Int?) -> Opened {
        var configuration = Configuration()
        configuration.label = "history"
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { database in
            if !database.configuration.readonly {
                // Sums are rows of hundreds of kilobytes; before there is a table, or it has no effect.
                try database.execute(sql: "PRAGMA page_size = 16384")
                try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            }
            try database.execute(sql: "PRAGMA synchronous = FULL")
            try database.execute(sql: "PRAGMA cache_size = -16384")
            _ = try Int.fetchOne(database, sql: "PRAGMA mmap_size = 1073741824")
            _ = try Int.fetchOne(database, sql: "PRAGMA journal_size_limit = 67108864")
            if let mostPages { _ = try Int.fetchOne(database, sql: "PRAGMA max_page_count = \(mostPages)") }
        }
        do {
            let pool = try DatabasePool(path: path, configuration: configuration)
            return try pool.write { try prepare($0, pool) }
        } catch {
            return problem(error)
        }
    }

    /// Opens the tables beside a running hub, to read only.
    static func openForReading(_ path: String) throws(HistoryError) -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        do {
            return try DatabaseQueue(path: path, configuration: configuration)
        } catch {
            throw .failed(path: path, reason: words(error))
        }
    }

    /// The message of SQLite without the statement and its arguments.
    static func words(_ error: any Error) -> String {
        guard let failure = error as? DatabaseError else { return "\(error)" }
        return failure.message ?? "\(failure.resultCode)"
    }

    static func isDamage(_ error: any Error) -> Bool {
        guard let failure = error as? DatabaseError else { return false }
        return failure.resultCode == .SQLITE_CORRUPT || failure.resultCode == .SQLITE_NOTADB
    }

    private static func problem(_ error: any Error) -> Opened {
        isDamage(error) ? .damaged(words(error)) : .failed(words(error))
    }

    /// Makes the tables in a new file; looks whether an old one is ours and whole.
    private static func prepare(_ database: Database, _ pool: DatabasePool) throws -> Opened {
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        let application = try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        if version == 0, application == 0, try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") == 0 {
            try database.execute(sql: tables)
            try database.execute(sql: IDIndex.tables)
            try database.execute(sql: "PRAGMA user_version = \(Self.version)")
            try database.execute(sql: "PRAGMA application_id = \(applicationID)")
            return .good(pool)
        }
        guard application == applicationID else { return .damaged("it is another program's") }
        guard version <= Self.version else { return .tooNew(version) }
        if try needsCheck(database) {
            let answer = try String.fetchOne(database, sql: "PRAGMA quick_check(1)") ?? "no answer"
            guard answer == "ok" else { return .damaged(answer) }
        }
        if version < Self.version { try change(database, from: version) }
        return .good(pool)
    }

    /// Version 1 looked for ids in all of `block_id`, version 2 had no sums of five minutes. Both are made in time of what is
    /// there, while nothing else is to be done.
    private static func change(_ database: Database, from version: Int) throws {
        if version < 2 { try database.execute(sql: IDIndex.tables) }
        try database.execute(sql: "ALTER TABLE head ADD COLUMN fives INTEGER NOT NULL DEFAULT 0")
        try database.execute(sql: "PRAGMA user_version = \(Self.version)")
    }

    private static func needsCheck(_ database: Database) throws -> Bool {
        let isClean = try Bool.fetchOne(database, sql: "SELECT clean FROM head") ?? false
        let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
        let size = try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 0
        return pages * size <= (isClean ? alwaysChecked : mostChecked)
    }
}
