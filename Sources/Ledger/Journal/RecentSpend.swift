import Access
import GRDB

/// What was spent lately, as one row for each commit: all the buckets that changed, packed.
///
/// A row of `spend` for each of them would cost a place in a tree, and a page written, for every caller that was active in
/// these 50 ms. This costs one row at the end of a table, however many they were. What is here counts more than what is in
/// `spend`, the later row more than the one before; now and then it is written there, and taken out here.
enum RecentSpend {
    static let table = "CREATE TABLE recent (place INTEGER PRIMARY KEY, entries BLOB NOT NULL)"

    /// Adds what changed, in the caller's transaction.
    ///
    /// - Returns: the row's number.
    @discardableResult
    static func append(
        _ amounts: some Collection<(key: SpendKey, value: Int64)>, _ database: Database
    ) throws -> Int64 {
        try database.cachedStatement(sql: "INSERT INTO recent (entries) VALUES (?)")
            .execute(arguments: [PackedSpend.pack(amounts)])
        return database.lastInsertedRowID
    }

    /// Takes out the rows up to that number.
    static func forget(upTo place: Int64, _ database: Database) throws {
        try database.execute(sql: "DELETE FROM recent WHERE place <= ?", arguments: [place])
    }

    /// What all the rows together say.
    static func amounts(_ database: Database) throws -> [SpendKey: Int64] {
        guard try database.tableExists("recent") else { return [:] }
        return try PackedSpend.amounts(database, sql: "SELECT entries FROM recent ORDER BY place")
    }
}

/// The same of windows that are a minute or two long, with a bucket for each second of each caller. They never get a place
/// in `spend`: a row goes as a whole when nothing in it counts any more.
enum BriefSpend {
    static let table = """
        CREATE TABLE brief (place INTEGER PRIMARY KEY, expires INTEGER NOT NULL, entries BLOB NOT NULL);
        CREATE INDEX brief_expires ON brief (expires);
        """

    /// Adds what changed, and takes out what counted no longer when the newest of it began.
    static func append(
        _ amounts: some Collection<(key: SpendKey, value: Int64)>, _ database: Database
    ) throws {
        let expiry = amounts.reduce(Int64.min) { max($0, $1.key.window.expiry(of: $1.key.bucket)) }
        let newest = amounts.reduce(Int64.min) { max($0, $1.key.window.start(of: $1.key.bucket)) }
        try database.cachedStatement(sql: "INSERT INTO brief (expires, entries) VALUES (?, ?)")
            .execute(arguments: [expiry, PackedSpend.pack(amounts)])
        try forget(before: newest, database)
    }

    /// Takes out what counts no longer at a time.
    static func forget(before time: Int64, _ database: Database) throws {
        try database.cachedStatement(sql: "DELETE FROM brief WHERE expires <= ?").execute(arguments: [time])
    }

    /// What all the rows together say.
    static func amounts(_ database: Database) throws -> [SpendKey: Int64] {
        guard try database.tableExists("brief") else { return [:] }
        return try PackedSpend.amounts(database, sql: "SELECT entries FROM brief ORDER BY place")
    }
}
