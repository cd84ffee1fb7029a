import GRDB

/// What is in the ledger's tables, and how it is opened.
enum LedgerSchema {
    /// Counts changes of the tables.
    static let version = 3
    /// Marks the file as ours (`PRAGMA application_id`): the letters `SPLG`.
    static let applicationID = 0x5350_4c47

    /// Accounts with the names they had when they were last asked, and what was spent in each bucket: the history.
    /// Buckets of a window that the account no longer has stay for the history, and count no longer.
    private static let tables = """
        CREATE TABLE account (
            id BLOB PRIMARY KEY, unit INTEGER NOT NULL, "limit" INTEGER NOT NULL, "window" TEXT NOT NULL,
            budget TEXT NOT NULL, kind TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
            staged INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE spend (
            account BLOB NOT NULL, "window" TEXT NOT NULL, bucket INTEGER NOT NULL, amount INTEGER NOT NULL,
            starts INTEGER NOT NULL, expires INTEGER NOT NULL, PRIMARY KEY (account, "window", bucket)
        ) WITHOUT ROWID;
        CREATE INDEX spend_expires ON spend (expires);
        """

    /// What came later, by the version that it came with.
    private static let additions = [2: RecentSpend.table, 3: BriefSpend.table]

    /// Opens the file for writing. The write-ahead log with `synchronous = NORMAL` survives the death of the process
    /// with every commit, and the loss of power with all but the last ones.
    static func open(_ path: String, mostPages: Int?) throws(LedgerError) -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "ledger"
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { database in
            _ = try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL")
            try database.execute(sql: "PRAGMA synchronous = NORMAL")
            if let mostPages { _ = try Int.fetchOne(database, sql: "PRAGMA max_page_count = \(mostPages)") }
        }
        let queue: DatabaseQueue
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
        } catch {
            throw problem(error, path)
        }
        try check(queue, path)
        return queue
    }

    /// Opens the file beside a running gateway, to read only.
    static func openForReading(_ path: String) throws(LedgerError) -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        do {
            return try DatabaseQueue(path: path, configuration: configuration)
        } catch {
            throw problem(error, path)
        }
    }

    /// What a failure of SQLite means.
    static func problem(_ error: any Error, _ path: String) -> LedgerError {
        guard let failure = error as? DatabaseError else { return .failed(path: path, reason: "\(error)") }
        switch failure.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: return .damaged(path: path, reason: failure.message ?? "malformed")
        case .SQLITE_CANTOPEN: return .cannotOpen(path: path, reason: failure.message ?? "cannot be opened")
        default: return .failed(path: path, reason: failure.message ?? "\(failure.resultCode)")
        }
    }

    private enum State {
        case good
        case tooNew(Int)
        case damaged(String)
    }

    private static func check(_ queue: DatabaseQueue, _ path: String) throws(LedgerError) {
        let state: State
        do {
            state = try queue.write(prepare)
        } catch {
            throw problem(error, path)
        }
        switch state {
        case .good: return
        case .tooNew(let version): throw .tooNew(path: path, version: version)
        case .damaged(let reason): throw .damaged(path: path, reason: reason)
        }
    }

    /// Makes the tables in a new file; looks whether an old one is ours and whole.
    private static func prepare(_ database: Database) throws -> State {
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        let application = try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        if version == 0, application == 0, try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") == 0 {
            try database.execute(sql: tables)
            try database.execute(sql: "PRAGMA application_id = \(applicationID)")
            try update(database, from: 1)
            return .good
        }
        guard application == applicationID else { return .damaged("it is another program's") }
        guard version <= Self.version else { return .tooNew(version) }
        let answer = try String.fetchOne(database, sql: "PRAGMA quick_check(1)") ?? "no answer"
        guard answer == "ok" else { return .damaged(answer) }
        try update(database, from: version)
        return .good
    }

    private static func update(_ database: Database, from version: Int) throws {
        for (addition, sql) in additions.sorted(by: { $0.key < $1.key }) where addition > version {
            try database.execute(sql: sql)
            try database.execute(sql: "PRAGMA user_version = \(addition)")
        }
    }
}
