import Foundation
import Records
import Testing

@testable import History

/// What comes in comes out, once, whatever happens between.
@Suite(.timeLimit(.minutes(2)))
struct StoreTests {
    private let folder: Folder
    private let clock = TestClock()

    init() throws { folder = try Folder() }

    private func open(_ change: (inout History.Configuration) -> Void = { _ in }) throws -> History {
        var configuration = History.Configuration(folder, clock)
        change(&configuration)
        return try History(configuration, logger: quiet)
    }

    @Test("records come back in the order in which they came, and the other way round, page by page")
    func pages() async throws {
        let history = try open()
        defer { history.close() }
        for start in stride(from: 0, to: 3_000, by: 100) { history.store(start..<(start + 100)) }
        #expect(try await history.numbers(limit: 7) == Array(0..<3_000))
        #expect(try await history.numbers(newestFirst: true, limit: 999) == Array((0..<3_000).reversed()))
        #expect(try await history.page(.all, limit: 3_000).next == nil, "exactly all is all")
        #expect(history.status.taken == 3_000 && history.status.kept == 3_000 && history.status.dropped.all == 0)
    }

    @Test("a cursor holds while records come, and after a restart")
    func cursors() async throws {
        var history = try open()
        history.store(0..<50)
        let first = try await history.page(.all, limit: 10)
        #expect(first.records.compactMap { number($0.line) } == Array((40..<50).reversed()))
        history.store(50..<90)
        history.close()
        history = try open()
        history.store(90..<100)
        defer { history.close() }
        let text = try #require(first.next).description
        let second = try await history.page(.all, after: Cursor(text), limit: 10)
        #expect(second.records.compactMap { number($0.line) } == Array((30..<40).reversed()))
        let onwards = try await history.page(.all, after: first.records[0].cursor, limit: 100, newestFirst: false)
        #expect(onwards.records.compactMap { number($0.line) } == Array(50..<100))
    }

    @Test("a time, to the microsecond; what did not happen then is not there")
    func times() async throws {
        let history = try open()
        defer { history.close() }
        for index in 0..<100 {
            history.store(index..<(index + 1), time: clock.now)
            clock.pass(second)
        }
        let page = try await history.page(.all, from: noon + 10 * second, to: noon + 20 * second, limit: 100)
        #expect(page.records.compactMap { number($0.line) } == Array((10..<20).reversed()))
        #expect(page.records.allSatisfy { !$0.isMisplaced })
        #expect(try await history.page(.all, from: noon + 200 * second).records.isEmpty)
        #expect(try await history.page(.all, from: 10, to: 5).records.isEmpty)
    }

    @Test("so much to look through that a page stops: the next goes on")
    func limited() async throws {
        let history = try open()
        defer { history.close() }
        for index in 0..<10 { history.store(index * 1_000..<(index + 1) * 1_000) }
        let question = BlockWalk.Question(
            filter: .all, times: 0..<Int64.max, numbers: 0..<UInt64.max, newestFirst: true, mostBytes: 1)
        var walk = BlockWalk(history, question)
        var blocks = 0
        while try walk.next() != nil { blocks += 1 }
        #expect(blocks == 1 && !walk.complete.isWhole)
    }

    @Test("all lines of an id, oldest first, and of no other")
    func find() async throws {
        let history = try open()
        defer { history.close() }
        for round in 0..<5 { history.store(round * 10..<(round * 10 + 20)) }
        #expect(try await history.find(id: "request-15").compactMap(number) == [15, 15])
        #expect(try await history.find(id: "request-59").compactMap(number) == [59])
        #expect(try await history.find(id: "request-60").isEmpty)
        #expect(try await history.find(id: "").isEmpty)
        let strange = line(1) { $0.id = "a\"b\\c\u{1}ü" }
        history.take(strange, count: 1)
        history.flush()
        #expect(try await history.find(id: "a\"b\\c\u{1}ü") == [strange.dropLast()])
    }

    @Test("lines that are no records are left out and counted")
    func refused() async throws {
        let history = try open()
        defer { history.close() }
        history.take(Array("nonsense\n{\n\n".utf8) + lines(0..<3) + Array("{\"time\":1}".utf8), count: 6)
        history.flush()
        #expect(try await history.numbers() == [0, 1, 2])
        #expect(history.status.dropped.refused == 3)
        #expect(history.status.sources.first?.refused == 3)
    }

    @Test("a batch is taken once, however often it comes, also after a restart")
    func batches() async throws {
        var history = try open()
        let source = SourceName("gateway-1", incarnation: "a")
        let batch = { (number: UInt64, numbers: Range<Int>) in
            SourceBatch(source: source, number: number, lines: lines(numbers), count: numbers.count, dropped: 2)
        }
        #expect(history.position(of: source) == 0)
        #expect(try await history.store(batch(1, 0..<10)) == .stored)
        #expect(try await history.store(batch(1, 0..<10)) == .stored)
        #expect(try await history.store(batch(4, 10..<20)) == .stored)
        #expect(history.position(of: source) == 4)
        history.close()
        history = try open()
        defer { history.close() }
        #expect(history.position(of: source) == 4)
        #expect(try await history.store(batch(3, 50..<60)) == .stored)
        #expect(try await history.store(batch(5, 20..<30)) == .stored)
        #expect(try await history.numbers() == Array(0..<30))
        #expect(history.status.dropped.source == 2, "of this run")
        // Another life of it counts anew.
        var other = batch(1, 30..<40)
        other.source.incarnation = "b"
        #expect(try await history.store(other) == .stored)
        #expect(try await history.numbers() == Array(0..<40))
        #expect(history.position(of: source) == 5)
    }

    @Test("a source that lies about time is placed when it came, flagged and counted")
    func liar() async throws {
        let history = try open()
        defer { history.close() }
        let source = SourceName("liar", incarnation: "1")
        let times = [noon + 80 * 365 * day, noon - 50 * 365 * day, noon - 4 * minute, 0]
        let lines = times.enumerated().flatMap { line($0.offset, time: $0.element) }
        _ = try await history.store(SourceBatch(source: source, number: 1, lines: lines, count: times.count))
        let page = try await history.page(.all, from: noon, to: noon + 1, newestFirst: false)
        #expect(page.records.compactMap { number($0.line) } == [0, 1, 3])
        #expect(page.records.allSatisfy { $0.isMisplaced && $0.time == noon })
        let status = try #require(history.status.sources.first { $0.source == source })
        #expect(status.misplaced == 3 && status.records == 4)
        // Of its clock it has said nothing: what records say is no reason to call that wrong.
        #expect(!status.isClockRight && !status.isClockWrong)
        #expect(try await history.page(.all, from: noon + hour).records.isEmpty)
    }

    @Test("records that waited for two hours are put where they belong, and nobody's clock is called wrong")
    func late() async throws {
        let history = try open()
        defer { history.close() }
        let source = SourceName("late", incarnation: "1")
        history.note(skew: -2 * second, of: source)
        let batch = SourceBatch(source: source, number: 1, lines: lines(0..<10, time: noon - 2 * hour), count: 10)
        _ = try await history.store(batch)
        let page = try await history.page(.all, from: noon - 2 * hour, to: noon - 2 * hour + 1, newestFirst: false)
        #expect(page.records.compactMap { number($0.line) } == Array(0..<10))
        #expect(page.records.allSatisfy { !$0.isMisplaced })
        #expect(try await history.groups(GroupQuery(from: noon - 2 * hour, to: noon - hour)).total.count == 10)
        let status = try #require(history.status.sources.first { $0.source == source })
        #expect(status.misplaced == 0 && status.skew == -2 * second && status.isClockRight && !status.isClockWrong)
    }

    @Test("a source's clock is wrong when it says so itself, and right again when it is")
    func wrongClock() async throws {
        let history = try open()
        defer { history.close() }
        let source = SourceName("jumper", incarnation: "1")
        func status() throws -> SourceStatus {
            try #require(history.status.sources.first { $0.source == source })
        }
        var number: UInt64 = 0
        func send(skew: Int64?, time: Int64) async throws {
            number += 1
            _ = try await history.store(
                SourceBatch(source: source, number: number, lines: line(Int(number), time: time), count: 1, skew: skew))
        }
        history.note(skew: 0, of: source)
        history.flush()
        #expect(try status().isClockRight)
        // It goes back: what it says then is not believed, even of records that may be old.
        try await send(skew: -3 * hour, time: noon - 3 * hour)
        #expect(try status().isClockWrong && status().skew == -3 * hour && status().misplaced == 1)
        // A batch that says nothing changes nothing.
        try await send(skew: nil, time: noon - 3 * hour)
        #expect(try status().isClockWrong && status().misplaced == 2)
        try await send(skew: 10 * 365 * day, time: noon + 10 * 365 * day)
        #expect(try status().isClockWrong && status().misplaced == 3)
        // Somebody sets it right: what waited meanwhile is believed.
        try await send(skew: second, time: noon - 3 * hour)
        #expect(try status().isClockRight && status().skew == second && status().misplaced == 3)
        // Coming back says it too, without a record.
        history.note(skew: -day, of: source)
        history.flush()
        #expect(try status().isClockWrong)
    }

    @Test("a clock that goes back loses nothing and mixes nothing up")
    func back() async throws {
        let history = try open()
        defer { history.close() }
        history.store(0..<10, time: clock.now)
        clock.set(noon - 3 * hour)
        history.store(10..<20, time: clock.now)
        history.keepHouse()
        clock.set(noon + minute)
        history.store(20..<30, time: clock.now)
        history.keepHouse()
        #expect(try await history.numbers() == Array(0..<30))
        let page = try await history.page(.all, from: noon - 4 * hour, to: noon - 2 * hour)
        #expect(page.records.compactMap { number($0.line) } == Array((10..<20).reversed()))
        #expect(try History.verify(directory: history.configuration.directory).isGood)
    }

    @Test("a share is kept; how much is not is said")
    func share() async throws {
        let history = try open { $0.detailShare = 0.25 }
        defer { history.close() }
        history.store(0..<1_000)
        history.take(line(5_000) { $0.verdict = .denied }, count: 1)
        history.flush()
        let numbers = try await history.numbers()
        #expect(numbers.last == 5_000)
        #expect((150..<350).contains(numbers.count))
        let page = try await history.page(.all)
        #expect(page.complete.sampledOut == UInt64(1_001 - numbers.count))
        #expect(history.status.taken == 1_001 && history.status.kept == UInt64(numbers.count))
    }

    @Test("one hub for a directory; nothing is taken after the end")
    func once() async throws {
        let history = try open()
        #expect(throws: HistoryError.inUse(path: history.configuration.directory)) { try open() }
        history.store(0..<1)
        history.close()
        history.close()
        history.take(lines(1..<2), count: 1)
        await #expect(throws: HistoryError.closed) {
            try await history.take(
                SourceBatch(source: SourceName("a", incarnation: ""), number: 1, lines: lines(1..<2), count: 1))
        }
        let again = try open()
        defer { again.close() }
        #expect(try await again.numbers() == [0])
    }

    @Test("segments change when they are full, and one goes on in the next")
    func segments() async throws {
        var history = try open { $0.segmentBytes = 4_000 }
        for index in 0..<40 { history.store(index * 10..<(index * 10 + 10)) }
        history.close()
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/history/records").sorted()
        #expect(names.count > 3 && names.first == "000000000001.seg")
        history = try open { $0.segmentBytes = 4_000 }
        defer { history.close() }
        history.store(400..<410)
        #expect(try await history.numbers() == Array(0..<410))
        let report = try History.verify(directory: history.configuration.directory)
        #expect(report.isGood && report.blocks == 41 && report.records == 410)
    }
}
