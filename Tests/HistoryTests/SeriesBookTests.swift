import Records
import Testing

@testable import History

@Suite("Numbers of series")
struct SeriesBookTests {
    private func place(_ book: inout SeriesBook, _ rule: String, _ model: String = "") throws -> UInt32 {
        let line = line(1) { record in
            record.rule = rule
            record.ai = .init()
            record.ai?.model = Array(model.utf8)
        }
        return try line.withUnsafeBytes { line in
            var scanner = RecordScanner()
            try scanner.scan(line)
            return book.place(scanner, in: line)
        }
    }

    @Test("what was stored has its number again, and what is new another")
    func stored() throws {
        let names = SeriesNames()
        var book = SeriesBook([], limit: 100, names: names)
        for rule in 0..<20 { #expect(try place(&book, "r\(rule)") == UInt32(rule + 1)) }
        let changes = book.changes
        #expect(changes.map(\.id) == Array(1...20))
        book.wereSaved()
        #expect(book.changes.isEmpty)
        // Some of them are gone: the others keep their numbers, at other places.
        let left = changes.filter { $0.id % 2 == 0 }
        var again = SeriesBook(left, limit: 100, names: SeriesNames())
        for rule in 0..<20 {
            let id = again.ids[Int(try place(&again, "r\(rule)"))]
            if (rule + 1) % 2 == 0 { #expect(id == UInt32(rule + 1)) } else { #expect(id > 20) }
        }
        #expect(Set(again.ids).count == again.ids.count)
    }

    @Test("a table that is full counts on, and says under which name; a start with it gives no series another's name")
    func full() throws {
        let names = SeriesNames()
        var book = SeriesBook([], limit: 40, names: names)
        for model in 0..<200 { _ = try place(&book, "r\(model % 5)", "m\(model)") }
        #expect(book.count <= 40 && book.isCrowded && book.overflowed > 0)
        for (id, series) in names.all where id > 0 {
            #expect(series[.rule].hasPrefix("r"))
            #expect(series.isCollapsed(.aiModel) == series[.aiModel].isEmpty)
        }
        let stored = book.changes
        let others = SeriesNames()
        var again = SeriesBook(stored, limit: 20, names: others)
        for one in stored { #expect(others[one.id] == one.series) }
        for model in 0..<200 {
            let id = again.ids[Int(try place(&again, "r\(model % 5)", "m\(model)"))]
            let series = try #require(others[id])
            #expect(series[.aiModel] == "m\(model)" || series[.aiModel].isEmpty)
            #expect(series[.rule] == "r\(model % 5)" || series == .overflow)
        }
    }

    @Test("series that were forgotten make room")
    func forget() throws {
        let names = SeriesNames()
        var book = SeriesBook([], limit: 1_000, names: names)
        for rule in 0..<20 {
            let place = try place(&book, "r\(rule)")
            book.note(place, seenIn: Int64(1_000 + rule))
        }
        book.wereSaved()
        let old = book.unseen(since: 1_010)
        #expect(old == Array(1...10))
        book.forget(old)
        #expect(book.count == 11 && names.count == 11)
        #expect(book.ids[Int(try place(&book, "r15"))] == 16)
        #expect(book.ids[Int(try place(&book, "r3"))] == 21, "a number is not given again")
    }
}
