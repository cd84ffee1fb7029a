import Access
import Foundation
import GRDB
import Kubernetes
import Testing

@testable import Ledger

@Suite("What was spent lately, until it is in its place")
struct BacklogTests {
    private func entries(_ accounts: Range<Int>, amount: Int64) -> [SpendKey: SpendEntry] {
        var entries: [SpendKey: SpendEntry] = [:]
        for account in accounts {
            let entry = SpendEntry(
                line: line(UInt128(account), limit: 100, wanted: 1), bucket: hourly.bucket(at: noon), amount: amount)
            entries[SpendKey(entry)] = entry
        }
        return entries
    }

    private static func isQuiet(_ backlog: inout SpendBacklog, _ rounds: Int) -> Bool {
        var isQuiet = true
        for _ in 0..<rounds where backlog.nextPart() != nil { isQuiet = false }
        return isQuiet
    }

    @Test("it waits until there is much or long, comes in small parts, and rows go when the last part is saved")
    func parts() {
        var backlog = SpendBacklog()
        backlog.add(entries(0..<1_000, amount: 1), last: 1)
        #expect(Self.isQuiet(&backlog, SpendBacklog.mostRounds - 1))
        backlog.add(entries(500..<600, amount: 2), last: 2)
        var saved: [UInt128: Int64] = [:]
        var parts = 0
        while let part = backlog.nextPart() {
            // A commit that failed is tried again with the same.
            let again = backlog.nextPart()
            #expect(again?.amounts.count == part.amounts.count)
            #expect(part.amounts.count <= SpendBacklog.partSize)
            for (key, amount) in part.amounts { saved[key.account] = amount }
            parts += 1
            #expect((part.done == 2) == (saved.count == 1_000))
            backlog.partWasSaved()
            // What comes meanwhile waits for the next time.
            backlog.add(entries(0..<10, amount: 9), last: 3)
        }
        #expect(parts == 4)
        #expect(saved.filter { $0.value == 2 }.count == 100 && saved.filter { $0.value == 1 }.count == 900)
        #expect(Self.isQuiet(&backlog, SpendBacklog.mostRounds - 2))
        let rest = backlog.nextPart()
        #expect(rest?.amounts.map(\.value) == Array(repeating: 9, count: 10))
        #expect(rest?.done == 3)
    }

    @Test("a great number of buckets does not wait for its time")
    func many() {
        var backlog = SpendBacklog()
        let some = entries(0..<SpendBacklog.mostEntries / 40, amount: 1)
        for number in 0..<40 { backlog.add(some, last: Int64(number)) }
        let part = backlog.nextPart()
        #expect(part != nil)
    }

    @Test("whatever is in its place already, what counts is the last that was written")
    func overlay() throws {
        let database = try DatabaseQueue()
        try database.write { database in
            try database.execute(
                sql: "CREATE TABLE recent (place INTEGER PRIMARY KEY, entries BLOB NOT NULL)")
            try RecentSpend.append(entries(0..<3, amount: 5).values, database)
            #expect(try RecentSpend.append(entries(1..<4, amount: .max).values, database) == 2)
            let amounts = try RecentSpend.amounts(database)
            #expect(amounts.filter { $0.value == .max }.count == 3 && amounts.filter { $0.value == 5 }.count == 1)
            try RecentSpend.forget(upTo: 1, database)
            #expect(try RecentSpend.amounts(database).count == 3)
        }
    }

    @Test("packed bytes that say what cannot be are not taken for spending")
    func unreadable() throws {
        let database = try DatabaseQueue()
        for packed in [Data(count: 39), Data(repeating: 0xff, count: 40), Data(repeating: 0x7f, count: 40)] {
            try database.write { database in
                try database.execute(sql: "DROP TABLE IF EXISTS recent")
                try database.execute(sql: "CREATE TABLE recent (place INTEGER PRIMARY KEY, entries BLOB NOT NULL)")
                try database.execute(sql: "INSERT INTO recent (entries) VALUES (?)", arguments: [packed])
                #expect(throws: DatabaseError.self) { try RecentSpend.amounts(database) }
            }
        }
    }

    @Test("a ledger of the first version is taken over with what was spent")
    func firstVersion() throws {
        let folder = try Folder()
        var settings = SpendJournal.Settings(directory: folder.path)
        settings.interval = 3_600_000
        let book = SpendBook()
        let journal = try SpendJournal(settings, book: book, now: noon, logger: quiet)
        book.spend(30, line(1, limit: 100, wanted: 30))
        journal.close()
        // Opening writes all to its place.
        try SpendJournal(settings, book: SpendBook(), now: noon, logger: quiet).close()
        let queue = try DatabaseQueue(path: "\(folder.path)/ledger.sqlite")
        try queue.write { database in
            #expect(try Int.fetchOne(database, sql: "SELECT count(*) FROM spend") == 1)
            try database.execute(sql: "DROP TABLE recent")
            try database.execute(sql: "PRAGMA user_version = 1")
        }
        try queue.close()
        #expect(try SpendReport.read(directory: folder.path, now: noon).map(\.spent) == [30])
        let next = SpendBook()
        try SpendJournal(settings, book: next, now: noon, logger: quiet).close()
        #expect(next.spent(1) == 30)
    }

    @Test("windows are stored as numbers and read back, and no other number is one")
    func codes() {
        let windows: [SpendWindow] = [
            .calendar(.hour), .calendar(.day), .calendar(.week), .calendar(.month), .rolling(Milliseconds(60_000)),
            .rolling(Milliseconds(86_400_000)), .rolling(Milliseconds(31 * 86_400_000)),
        ]
        for window in windows { #expect(SpendWindow(code: window.code) == window) }
        for code in [0, -5, 999, .max, .min] as [Int64] { #expect(SpendWindow(code: code) == nil) }
    }
}
