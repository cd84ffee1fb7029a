import Access
import Foundation
import GRDB
import Kubernetes
import Testing

@testable import Ledger

@Suite("What was spent lately, until it is in its place")
struct BacklogTests {
    private func entries(
        _ accounts: Range<Int>, amount: Int64, _ window: SpendWindow = hourly, at time: Int64 = noon
    ) -> [(key: SpendKey, value: Int64)] {
        accounts.map {
            (SpendKey(account: UInt128($0), window: window, bucket: window.bucket(at: time)), amount)
        }
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
            try database.execute(sql: RecentSpend.table)
            try RecentSpend.append(entries(0..<3, amount: 5), database)
            #expect(try RecentSpend.append(entries(1..<4, amount: .max), database) == 2)
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
                try database.execute(sql: RecentSpend.table)
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
            try database.execute(sql: "DROP TABLE brief")
            try database.execute(sql: "PRAGMA user_version = 1")
        }
        try queue.close()
        #expect(try SpendReport.read(directory: folder.path, now: noon).map(\.spent) == [30])
        let next = SpendBook()
        try SpendJournal(settings, book: next, now: noon, logger: quiet).close()
        #expect(next.spent(1) == 30)
    }

    @Test("of windows of a minute, rows go when nothing in them counts any more, and the file grows no further")
    func brief() throws {
        let database = try DatabaseQueue()
        let minute = SpendWindow.rolling(Milliseconds(60_000))
        try database.write { database in
            try database.execute(sql: BriefSpend.table)
            for second in 0..<200 {
                let now = noon + Int64(second) * 1_000
                try BriefSpend.append(entries(0..<3, amount: Int64(second), minute, at: now), database)
                let rows = try Int.fetchOne(database, sql: "SELECT count(*) FROM brief") ?? 0
                #expect(rows <= 61)
            }
            let amounts = try BriefSpend.amounts(database)
            #expect(Set(amounts.values) == Set(139..<200))
        }
    }

    @Test("spending of the last minute is there after a restart, and needs no place of its own")
    func briefRestart() throws {
        let folder = try Folder()
        var settings = SpendJournal.Settings(directory: folder.path)
        settings.interval = 3_600_000
        let minute = SpendWindow.rolling(Milliseconds(60_000))
        var now = noon
        for start in 0..<3 {
            let book = SpendBook()
            let journal = try SpendJournal(settings, book: book, now: now, logger: quiet)
            #expect(start == 0 || book.spent(1, now: now) == Int64(start) * 7)
            for _ in 0..<7 {
                book.spend(1, line(1, limit: 100, window: minute, wanted: 1), now: now)
                now += 1_000
            }
            journal.close()
        }
        #expect(try SpendReport.read(directory: folder.path, now: now).map(\.spent) == [21])
        let queue = try DatabaseQueue(path: "\(folder.path)/ledger.sqlite")
        #expect(try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM spend") } == 0)
        try queue.close()
        // When all of it has left the window, the account goes too.
        try SpendJournal(settings, book: SpendBook(), now: now + 120_000, logger: quiet).close()
        #expect(try SpendReport.read(directory: folder.path, now: now + 120_000).isEmpty)
        let again = try DatabaseQueue(path: "\(folder.path)/ledger.sqlite")
        #expect(try again.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM account") } == 0)
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
