import Foundation
import GRDB
import Records
import Testing

@testable import History

/// Old things go by themselves, and only old things; what is left still verifies.
@Suite(.timeLimit(.minutes(2)))
struct RetentionTests {
    private let folder: Folder
    private let clock = TestClock()
    private var directory: String { folder.path + "/history" }

    init() throws { folder = try Folder() }

    private func open(_ change: (inout History.Configuration) -> Void = { _ in }) throws -> History {
        var configuration = History.Configuration(folder, clock)
        change(&configuration)
        return try History(configuration, logger: quiet)
    }

    /// Records every hour of some days, ten each; house is kept as the thread would.
    private func live(_ history: History, hours: Int, from first: Int = 0) {
        for hour in 0..<hours {
            let start = (first + hour) * 10
            history.store(start..<(start + 10), time: clock.now)
            for _ in 0..<4 {
                clock.pass(15 * minute)
                // Both clocks are looked at with every batch.
                history.flush()
                history.keepHouse()
            }
        }
    }

    private func count(_ history: History, _ level: BucketLevel) async throws -> Int {
        let ids = BucketKey.ids(level, 0..<Int64.max)
        return try await history.pool.read { database in
            try Int.fetchOne(
                database, sql: "SELECT count(*) FROM bucket WHERE id >= ? AND id <= ?",
                arguments: [ids.lowerBound, ids.upperBound]) ?? -1
        }
    }

    @Test("after ten days there are seven; the chain has an anchor, and verifies")
    func age() async throws {
        let history = try open()
        live(history, hours: 240)
        for _ in 0..<50 { history.keepHouse() }
        let numbers = try await history.numbers()
        let oldest = try #require(numbers.first)
        // A segment goes as a whole, and is as long as an eighth of the time.
        #expect((480...720).contains(oldest) && oldest % 10 == 0)
        #expect(numbers == Array(oldest..<2_400))
        let report = try History.verify(directory: directory)
        #expect(report.isGood && report.retired == UInt64(oldest) && report.first == UInt64(oldest + 1))
        #expect(SegmentNames.all(directory)?.first ?? 0 > 1)
        // Minutes of seven days, hours and days of all ten.
        #expect((165...170).contains(try await count(history, .minute)))
        #expect((165...170).contains(try await count(history, .five)))
        #expect((238...240).contains(try await count(history, .hour)))
        #expect((9...10).contains(try await count(history, .day)))
        history.close()
        let again = try open()
        defer { again.close() }
        #expect(again.status.damage == nil)
        #expect(try await again.numbers() == numbers)
        #expect(try History.verify(directory: directory).isGood)
    }

    @Test("all questions have the same answer from days, hours and minutes")
    func rolled() async throws {
        let history = try open()
        defer { history.close() }
        live(history, hours: 60)
        #expect(history.state.chain.withLock { $0.days } > 0)
        for (from, to, expected) in [(0, 60, 600), (5, 59, 540), (23, 25, 20), (59, 60, 10)] as [(Int64, Int64, UInt64)]
        {
            let query = GroupQuery(from: noon + from * hour, to: noon + to * hour)
            #expect(try await history.groups(query).total.count == expected)
        }
        let steps = try await history.groups(GroupQuery(from: noon, to: noon + 60 * hour, step: 6 * hour))
        // Noon is four in the afternoon, and steps begin at multiples of their length.
        #expect(steps.starts.first == noon - 4 * hour)
        #expect(steps.rows.first?.steps.map(\.count) == [20] + Array(repeating: 60, count: 9) + [40])
        let days = try await history.groups(GroupQuery(from: noon, to: noon + 60 * hour, step: day))
        #expect(days.rows.first?.steps.map(\.count) == [80, 240, 240, 40])
        await #expect(throws: HistoryError.self) { try await history.groups(.init(from: 5, to: 5)) }
        await #expect(throws: HistoryError.self) {
            try await history.groups(.init(from: 0, to: day, step: 90 * second))
        }
    }

    @Test("five minutes answer as their minutes do: as they pass, of an older history, and with what comes late")
    func fives() async throws {
        let seed = UInt64.random(in: 0 ... .max)
        var dice = SplitMix(state: seed)
        var history = try open()
        var counts: [Int64: UInt64] = [:]
        var number = 0
        func store(_ time: Int64) {
            let count = Int.random(in: 1...4, using: &dice)
            history.store(number..<(number + count), time: time)
            number += count
            counts[time / minute, default: 0] += UInt64(count)
        }
        func check(_ said: String) async throws {
            for step in [1, 5, 10, 60].map({ $0 * minute }) + [nil] {
                let from = noon + Int64.random(in: 0...90, using: &dice) * minute
                let to = from + Int64.random(in: 1...120, using: &dice) * minute
                let table = try await history.groups(GroupQuery(from: from, to: to, step: step))
                let wanted = counts.filter { from / minute <= $0.key && $0.key < to / minute }
                let said = "\(said), step \((step ?? 0) / minute), seed \(seed)"
                #expect(table.total.count == wanted.values.reduce(0, +), "\(said)")
                guard step != nil else { continue }
                for (start, cell) in zip(table.starts, table.rows.first?.steps ?? []) {
                    let inside = wanted.filter { start <= $0.key * minute && $0.key * minute < start + (step ?? 0) }
                    #expect(cell.count == inside.values.reduce(0, +), "\(said)")
                }
            }
        }
        for _ in 0..<200 {
            if Int.random(in: 0...2, using: &dice) > 0 { store(clock.now) }
            clock.pass(minute)
            history.flush()
            if Int.random(in: 0...4, using: &dice) == 0 { history.keepHouse() }
        }
        for _ in 0..<20 { history.keepHouse() }
        let rows = try await count(history, .five)
        #expect((30...40).contains(rows) && history.state.chain.withLock { $0.fives } > 0, "seed \(seed)")
        for _ in 0..<20 { try await check("as it passed") }
        let now = clock.now
        for _ in 0..<20 {
            clock.set(noon + Int64.random(in: 0..<180, using: &dice) * minute)
            store(clock.now)
        }
        clock.set(now)
        history.flush()
        for _ in 0..<20 { try await check("late") }
        // As version 2 left it.
        try await history.pool.write { database in
            let ids = BucketKey.ids(.five, 0..<Int64.max)
            try database.execute(
                sql: "DELETE FROM bucket WHERE id >= ? AND id <= ?", arguments: [ids.lowerBound, ids.upperBound])
            try database.execute(sql: "ALTER TABLE head DROP COLUMN fives; PRAGMA user_version = 2")
        }
        history.close()
        history = try open()
        defer { history.close() }
        #expect(history.state.chain.withLock { $0.fives } == 0)
        for _ in 0..<5 { try await check("of version 2") }
        history.keepHouse()
        for _ in 0..<5 { try await check("while it is made") }
        for _ in 0..<20 { history.keepHouse() }
        // One row for each five minutes with anything in them, those that only came late among them.
        let made = history.state.chain.withLock { $0.fives }
        let wanted = Set(counts.keys.filter { $0 < made }.map { $0 / 5 }).count
        #expect(try await count(history, .five) == wanted, "seed \(seed)")
        for _ in 0..<10 { try await check("of version 2, made") }
    }

    @Test("what comes late is in the hour and the day, too")
    func late() async throws {
        let history = try open()
        defer { history.close() }
        live(history, hours: 50)
        let now = clock.now
        clock.set(noon + 3 * hour)
        history.store(10_000..<10_007, time: clock.now)
        clock.set(now)
        history.flush()
        history.keepHouse()
        for (from, to) in [(0, 50), (3, 4), (2, 30)] as [(Int64, Int64)] {
            let table = try await history.groups(GroupQuery(from: noon + from * hour, to: noon + to * hour))
            #expect(table.total.count == UInt64(to - from) * 10 + 7)
        }
    }

    @Test("more than may be: the oldest go, whatever the clock says")
    func size() async throws {
        let history = try open {
            $0.segmentBytes = 20_000
            $0.maximumBytes = 700_000
        }
        defer { history.close() }
        let seed = UInt64.random(in: 0 ... .max)
        var dice = SplitMix(state: seed)
        for round in 0..<300 {
            // What cannot be packed well.
            let lines = (0..<100).flatMap { index in
                line(round * 100 + index) {
                    $0.explanation = String(UInt64.random(in: 0 ... .max, using: &dice), radix: 36)
                }
            }
            history.take(lines, count: 100)
            history.flush()
            history.keepHouse()
        }
        let status = history.status
        #expect(status.segmentBytes + status.tableBytes <= 700_000 + 60_000)
        let numbers = try await history.numbers(limit: 5_000)
        let first = try #require(numbers.first, "seed \(seed)")
        #expect(first > 0 && numbers == Array(first..<30_000))
        let report = try History.verify(directory: directory)
        #expect(report.isGood && report.retired == UInt64(first))
    }

    @Test("a clock that jumps far ahead deletes nothing; a start in a wrong year neither")
    func jump() async throws {
        var history = try open()
        live(history, hours: 30)
        clock.set(noon + 10 * 365 * day)
        for _ in 0..<10 {
            clock.pass(5 * minute)
            history.flush()
            history.keepHouse()
        }
        #expect(history.status.isClockUnsteady)
        #expect(try await history.numbers() == Array(0..<300))
        history.close()
        history = try open()
        history.keepHouse()
        #expect(try await history.numbers() == Array(0..<300))
        // Put right in time.
        clock.set(noon + 31 * hour)
        live(history, hours: 20, from: 30)
        #expect(!history.status.isClockUnsteady)
        #expect(try await history.numbers() == Array(0..<500))
        let table = try await history.groups(GroupQuery(from: noon, to: noon + 60 * hour))
        #expect(table.total.count == 500)
        history.close()
    }

    @Test("a file that stayed behind when its records were deleted goes at the next start")
    func leftover() async throws {
        let history = try open()
        live(history, hours: 240)
        for _ in 0..<50 { history.keepHouse() }
        history.close()
        let path = SegmentNames.path(directory, 1)
        try Data("old".utf8).write(to: URL(fileURLWithPath: path))
        let again = try open()
        defer { again.close() }
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(again.status.damage == nil)
    }

    @Test("series that are not seen any more make room, and their numbers are not given to others")
    func series() async throws {
        let history = try open {
            $0.mostSeries = 100
            $0.retention = 86_400
            $0.hourDays = 1
        }
        defer { history.close() }
        for round in 0..<20 {
            let time = clock.now
            let lines = (0..<40).flatMap { index in
                line(index, time: time) { $0.rule = "rule-\(round)-\(index)" }
            }
            history.take(lines, count: 40)
            history.flush()
            for _ in 0..<40 {
                clock.pass(hour)
                history.flush()
                history.keepHouse()
            }
        }
        #expect(history.status.overflowed == 0)
        #expect(history.status.series <= 100)
        let ids = try await history.pool.read { try Int.fetchAll($0, sql: "SELECT id FROM series") }
        #expect(ids.min() ?? 0 > 500)
    }
}
