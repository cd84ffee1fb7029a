import Foundation
import Records
import Testing

@testable import History

/// Answers are those that somebody would find who reads every line.
@Suite(.timeLimit(.minutes(2)))
struct QuestionTests {
    private let folder: Folder
    private let clock = TestClock()

    init() throws { folder = try Folder() }

    private func open(_ change: (inout History.Configuration) -> Void = { _ in }) throws -> History {
        var configuration = History.Configuration(folder, clock)
        change(&configuration)
        return try History(configuration, logger: quiet)
    }

    /// A record as the dice have it; block after block has other workloads, as time goes.
    private func random(_ number: Int, _ dice: inout SplitMix) -> Record {
        var record = Record(
            time: clock.now - Int64.random(in: 0...(2 * minute), using: &dice), id: "request-\(number)",
            verdict: Int.random(in: 0..<5, using: &dice) == 0 ? .denied : .allowed, reason: "rule_matched",
            source: .init(address: "10.0.0.\(Int.random(in: 1...20, using: &dice))", port: 4_000))
        let team = number / 300 + Int.random(in: 0..<2, using: &dice)
        record.workload = .init(kind: "Deployment", namespace: "team-\(team)", name: "agent", pod: "agent-1")
        record.bytes = .init(in: Int64.random(in: 0...10_000, using: &dice), out: 5)
        record.ai = .init()
        record.ai?.model = Array("model-\(Int.random(in: 0..<4, using: &dice))".utf8)
        return record
    }

    private static let filters = [
        "", "verdict=denied", "workload.namespace=team-2", "workload.namespace=team-7 and verdict=allowed",
        "not ai.model=model-1", "source.address=10.0.0.7", "source.address in 10.0.0.0/29 and verdict=denied",
        "bytes.in>9000 or workload.namespace=team-0", "ai.model~\"model-*\" and not bytes.in>100", "verdict=none",
    ]

    @Test("pages and numbers are those of a reader of every line", arguments: [0, 1])
    func naive(way: Int) async throws {
        let seed = UInt64.random(in: 0 ... .max)
        var dice = SplitMix(state: seed)
        let history = try open { $0.segmentBytes = 50_000 }
        defer { history.close() }
        var records: [Record] = []
        for round in 0..<40 {
            let some = (0..<75).map { random(round * 75 + $0, &dice) }
            records += some
            var lines: [UInt8] = []
            for record in some { RecordEncoder.append(record, to: &lines) }
            history.take(lines, count: some.count)
            history.flush()
            clock.pass(7 * minute)
            if way == 1 { history.keepHouse() }
        }
        for text in Self.filters {
            let filter = try RecordFilter(text)
            let expected = records.filter { filter.matches($0) }
            let place: Comment = "\(text), seed \(seed)"
            let ids = expected.compactMap { Int($0.id.dropFirst("request-".count)) }
            #expect(try await history.numbers(limit: 37, filter) == ids, place)
            #expect(try await history.numbers(newestFirst: true, limit: 400, filter) == ids.reversed(), place)
            let query = GroupQuery(filter: filter, from: noon - hour, to: noon + 6 * hour, by: [.aiModel, .verdict])
            let answer = try await history.answer(query)
            #expect(answer.isOfRecords == !filter.isDecidedBySeries)
            #expect(answer.table.total.count == UInt64(expected.count), place)
            #expect(answer.table.total.bytesIn == expected.reduce(0) { $0 + UInt64($1.bytes?.in ?? 0) }, place)
            for row in answer.table.rows {
                let same = expected.filter {
                    String(decoding: $0.ai?.model ?? [], as: UTF8.self) == row.key[0]
                        && $0.verdict?.rawValue ?? "" == row.key[1]
                }
                #expect(row.total.count == UInt64(same.count), place)
            }
            let part = GroupQuery(filter: filter, from: noon + 61 * minute, to: noon + 177 * minute)
            let inside = expected.filter { (part.from..<part.to).contains($0.time) }
            #expect(try await history.groups(part).total.count == UInt64(inside.count), place)
            let page = try await history.page(filter, from: part.from, to: part.to, limit: 10_000)
            #expect(page.records.count == inside.count, place)
        }
        let total = history.totals().reduce(0) { $0 + $1.measures.count }
        #expect(total == 3_000)
    }

    @Test("blocks without what is looked for are not unpacked")
    func skipped() async throws {
        let history = try open()
        defer { history.close() }
        for round in 0..<50 {
            history.take(line(round) { $0.place.gateway = round == 20 ? "ai/back" : "ai/front" }, count: 1)
            history.flush()
        }
        let question = { (filter: RecordFilter) in
            BlockWalk.Question(
                filter: filter, times: 0..<Int64.max, numbers: 0..<UInt64.max, newestFirst: true, mostBytes: 1 << 20)
        }
        for (text, expected) in [
            ("gateway=ai/back", 1), ("gateway=ai/front", 49), ("http.host=x", 50), ("verdict=denied", 0),
        ] {
            var walk = BlockWalk(history, question(try RecordFilter(text)))
            var blocks = 0
            while try walk.next() != nil { blocks += 1 }
            #expect(blocks == expected, "\(text)")
        }
    }

    @Test("more groups in more steps than memory is for are refused, with what to do")
    func cells() async throws {
        let history = try open()
        defer { history.close() }
        for round in 0..<4 {
            history.take((0..<25).flatMap { index in line(index) { $0.rule = "r\(round)-\(index)" } }, count: 25)
        }
        history.flush()
        let week = GroupQuery(from: noon - 5 * day, to: noon + 5 * day, step: minute, by: [.rule])
        let error = await #expect(throws: HistoryError.self) { try await history.groups(week) }
        #expect(error?.description.contains("longer steps") ?? false)
        var fewer = week
        fewer.by = [.verdict]
        #expect(try await history.groups(fewer).total.count == 100)
        fewer = week
        fewer.step = hour
        #expect(try await history.groups(fewer).rows.count == 20)
    }

    @Test("sums are kept across a restart, and totals begin anew")
    func restart() async throws {
        var history = try open()
        history.store(0..<500)
        #expect(history.totals().map(\.measures.count) == [500])
        history.close()
        history = try open()
        defer { history.close() }
        #expect(history.totals().isEmpty)
        history.store(500..<600)
        #expect(history.totals().map(\.measures.count) == [100])
        let table = try await history.groups(.init(from: noon - hour, to: noon + hour, by: [.gateway]))
        #expect(table.rows.map(\.key) == [["ai/front"]] && table.total.count == 600)
        #expect(history.status.series == 2, "the one for what finds no room, and one")
    }

    @Test("a record that lies about time is in the sums of when it came")
    func liar() async throws {
        let history = try open()
        defer { history.close() }
        history.store(0..<10, time: noon + 50 * 365 * day)
        let table = try await history.groups(.init(from: noon, to: noon + minute))
        #expect(table.total.count == 10 && table.total.last == noon)
    }
}
