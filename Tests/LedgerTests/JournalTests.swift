import Access
import Foundation
import GRDB
import Kubernetes
import Testing

@testable import Ledger

@Suite("The ledger in a file")
struct JournalTests {
    /// Long enough that nothing is written but by `flush` and `close`.
    private func settings(_ folder: Folder) -> SpendJournal.Settings {
        var settings = SpendJournal.Settings(directory: folder.path)
        settings.interval = 3_600_000
        return settings
    }

    private func open(
        _ folder: Folder, _ book: SpendBook, now: Int64 = noon, change: (inout SpendJournal.Settings) -> Void = { _ in }
    ) throws -> SpendJournal {
        var settings = settings(folder)
        change(&settings)
        return try SpendJournal(settings, book: book, now: now, logger: quiet)
    }

    @Test("what was spent is there after a restart, what was held is not")
    func restart() throws {
        let folder = try Folder()
        let book = SpendBook()
        let journal = try open(folder, book)
        let rolling = SpendWindow.rolling(Milliseconds(3_600_000))
        book.spend(30, line(1, limit: 100, wanted: 30))
        book.spend(40, line(2, limit: 100, window: rolling, wanted: 40))
        book.spend(5, line(2, limit: 100, window: rolling, wanted: 40), now: noon + 120_000)
        let held = book.reserve([line(1, limit: 100, wanted: 50)], now: noon)
        journal.close()
        guard case .granted = held else {
            Issue.record("not held")
            return
        }
        let next = SpendBook()
        let later = try open(folder, next, now: noon + 180_000)
        #expect(next.spent(1, now: noon + 180_000) == 30)
        #expect(next.spent(2, now: noon + 180_000) == 45)
        #expect(next.report(now: noon).allSatisfy { $0.reserved == 0 })
        later.close()
        #expect(folder.mode("ledger.sqlite") == 0o600)
    }

    @Test("amounts and accounts of any size are stored exactly")
    func extremes() throws {
        let folder = try Folder()
        let book = SpendBook()
        let journal = try open(folder, book)
        for account in [0, 1, UInt128.max, UInt128(UInt64.max) << 3] {
            book.spend(Int64.max - 1, line(account, limit: .max, wanted: 1, least: 1))
        }
        journal.close()
        let next = SpendBook()
        try open(folder, next).close()
        for account in [0, 1, UInt128.max, UInt128(UInt64.max) << 3] { #expect(next.spent(account) == Int64.max - 1) }
    }

    @Test("the report says what counts, by budget and subject, beside the gateway that writes")
    func report() throws {
        let folder = try Folder()
        let book = SpendBook()
        let journal = try open(folder, book)
        book.spend(30, line(2, limit: 100, wanted: 30))
        book.spend(20, line(1, limit: 70, wanted: 30))
        journal.flush()
        let reports = try SpendReport.read(directory: folder.path, now: noon)
        #expect(reports.map(\.budget) == ["ai/b1", "ai/b2"])
        #expect(reports.map(\.spent) == [20, 30] && reports.map(\.limit) == [70, 100])
        #expect(reports.map(\.windowEnd) == [noon + 3_600_000, noon + 3_600_000])
        #expect(reports.first?.subject.name == "alice")
        #expect(try SpendReport.read(directory: folder.path, now: noon + 3_600_000).isEmpty)
        journal.close()
    }

    @Test("a window that was changed does not bring back what the old one counted, nor lose it")
    func rewindowed() throws {
        let folder = try Folder()
        let book = SpendBook()
        let journal = try open(folder, book)
        book.spend(30, line(1, limit: 100, wanted: 30))
        journal.flush()
        book.spend(10, line(1, limit: 100, window: .calendar(.day), wanted: 10))
        journal.close()
        let next = SpendBook()
        try open(folder, next).close()
        #expect(next.spent(1) == 40)
        #expect(next.spent(1, now: noon + 3_600_000) == 40)
    }

    @Test("history is kept for its days, then forgotten")
    func history() throws {
        let folder = try Folder()
        let book = SpendBook()
        let journal = try open(folder, book)
        book.spend(30, line(1, limit: 100, wanted: 30))
        journal.close()
        let rows = { () throws -> Int? in
            try DatabaseQueue(path: "\(folder.path)/ledger.sqlite").read {
                try Int.fetchOne($0, sql: "SELECT count(*) FROM spend")
            }
        }
        try open(folder, SpendBook(), now: noon + 90 * 86_400_000).close()
        #expect(try rows() == 1)
        try open(folder, SpendBook(), now: noon + 94 * 86_400_000).close()
        #expect(try rows() == 0)
    }

    @Test("two gateways do not write into one ledger")
    func locked() throws {
        let folder = try Folder()
        let journal = try open(folder, SpendBook())
        #expect(throws: LedgerError.inUse(path: "\(folder.path)/ledger.sqlite")) { try open(folder, SpendBook()) }
        journal.close()
    }

    @Test("a ledger that is damaged, foreign or of a later version stops the start, and is left as it is")
    func damaged() throws {
        let texts: [(Data, String)] = [
            (
                Data(
                    "this is no database, and longer than a hundred bytes, so that nobody takes it for an empty one"
                        .utf8 + [UInt8](repeating: 65, count: 8_192)), "damaged"
            )
        ]
        for (content, word) in texts {
            let folder = try Folder()
            let file = URL(fileURLWithPath: "\(folder.path)/ledger.sqlite")
            try content.write(to: file)
            let error = #expect(throws: LedgerError.self) { try open(folder, SpendBook()) }
            #expect(error?.description.contains(word) == true, "\(String(describing: error))")
            #expect(try Data(contentsOf: file) == content)
        }
        for (change, word) in [
            ("PRAGMA application_id = 5", "another program"), ("PRAGMA user_version = 99", "later version"),
        ] {
            let folder = try Folder()
            try open(folder, SpendBook()).close()
            let queue = try DatabaseQueue(path: "\(folder.path)/ledger.sqlite")
            try queue.write { try $0.execute(sql: change) }
            try queue.close()
            let error = #expect(throws: LedgerError.self) { try open(folder, SpendBook()) }
            #expect(error?.description.contains(word) == true, "\(String(describing: error))")
        }
    }

    @Test("bytes that are overwritten in the middle are noticed, or do no harm")
    func scribbled() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("JournalTests.scribbled seed \(seed)")
        var random = SplitMix(state: seed)
        for _ in 0..<25 {
            let folder = try Folder()
            let book = SpendBook()
            let journal = try open(folder, book)
            for account in UInt128(0)..<200 { book.spend(7, line(account, limit: 100, wanted: 10)) }
            journal.close()
            let file = URL(fileURLWithPath: "\(folder.path)/ledger.sqlite")
            var content = try Data(contentsOf: file)
            for _ in 0..<64 {
                content[Int.random(in: 0..<content.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            try content.write(to: file)
            do {
                try open(folder, SpendBook()).close()
            } catch let error as LedgerError {
                #expect(!error.description.isEmpty)
            }
        }
    }

    @Test("a full disk is counted, nothing is forgotten, and after the patience requests are to be denied")
    func full() throws {
        let folder = try Folder()
        let book = SpendBook()
        let journal = try open(folder, book) {
            $0.mostPages = 8
            $0.patience = 0
        }
        for account in UInt128(0)..<2_000 { book.spend(1, line(account, limit: 100, wanted: 1)) }
        #expect(journal.isCurrent)
        journal.flush()
        journal.flush()
        #expect(journal.failures == 2)
        #expect(!journal.isCurrent)
        #expect(book.spent(5) == 1)
        journal.close()
    }

    @Test("what waited for a full disk is stored when there is room")
    func fullForAWhile() throws {
        let folder = try Folder()
        let book = SpendBook()
        let journal = try open(folder, book) { $0.patience = 0 }
        let blocker = try DatabaseQueue(path: "\(folder.path)/ledger.sqlite")
        book.spend(3, line(limit: 100, wanted: 3))
        try blocker.write { database in
            try database.execute(
                sql: "CREATE TRIGGER full BEFORE INSERT ON recent BEGIN SELECT RAISE(FAIL, 'full'); END")
        }
        journal.flush()
        book.spend(4, line(limit: 100, wanted: 4))
        journal.flush()
        #expect(journal.failures == 2 && !journal.isCurrent)
        try blocker.write { try $0.execute(sql: "DROP TRIGGER full") }
        journal.flush()
        #expect(journal.isCurrent)
        journal.close()
        let next = SpendBook()
        try open(folder, next).close()
        #expect(next.spent() == 7)
    }
}
