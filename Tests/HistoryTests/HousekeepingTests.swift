import Foundation
import GRDB
import Records
import Testing

@testable import History

@Suite("Keeping house in steps")
struct HousekeepingTests {
    private let folder: Folder
    private let clock = TestClock()

    init() throws { folder = try Folder() }

    private func table(_ parts: [[BucketEntry]]) throws -> DatabaseQueue {
        let queue = try DatabaseQueue()
        try queue.write { database in
            try database.execute(sql: "CREATE TABLE bucket (id INTEGER PRIMARY KEY, entries BLOB NOT NULL)")
            for (part, entries) in parts.enumerated() {
                try database.execute(
                    sql: "INSERT INTO bucket (id, entries) VALUES (?, ?)",
                    arguments: [
                        BucketKey(.minute, 7, part: Int64(part)).id, Data(BucketCoder.encode(entries)),
                    ])
            }
        }
        return queue
    }

    private func rows(_ queue: DatabaseQueue) throws -> (sizes: [Int], sum: [UInt32: UInt64]) {
        try queue.read { database in
            var (sizes, sum): ([Int], [UInt32: UInt64]) = ([], [:])
            try BucketRows.each(.minute, 7..<8, database) { _, bytes in
                sizes.append(bytes.count)
                for entry in try BucketCoder.decode(bytes) { sum[entry.series, default: 0] += entry.measures.count }
            }
            return (sizes, sum)
        }
    }

    @Test("no step merges more bytes than it may, but for two parts; the sum stays the same after each")
    func merge() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var dice = SplitMix(state: seed)
        let parts = (0..<60).map { _ in
            (0..<UInt32.random(in: 1...200, using: &dice)).map { series in
                var measures = Measures()
                measures.count = UInt64.random(in: 1...9, using: &dice)
                return BucketEntry(series: series, measures: measures)
            }
        }
        let queue = try table(parts)
        let expected = try rows(queue).sum
        let most = 3_000
        var steps = 0
        var isWhole = false
        while !isWhole {
            let before = try rows(queue).sizes
            isWhole = try queue.write { try BucketRows.merge(.minute, 7, atMost: most, $0) }
            let after = try rows(queue)
            let taken = before.count - after.sizes.count + 1
            #expect(taken == 2 || before.prefix(taken - 1).reduce(0, +) < most, "seed \(seed)")
            #expect(after.sum == expected, "seed \(seed)")
            steps += 1
        }
        #expect(try rows(queue).sizes.count == 1 && steps > 2, "seed \(seed)")
        // One that is alone is left as it is.
        #expect(try queue.write { try BucketRows.merge(.minute, 7, atMost: most, $0) })
        #expect(try rows(queue).sum == expected)
    }

    @Test("a round is many steps, with records taken and committed between them, and ends")
    func turns() async throws {
        var configuration = History.Configuration(folder, clock)
        configuration.retention = 86_400
        let history = try History(configuration, logger: quiet)
        defer { history.close() }
        for number in 0..<300 {
            clock.pass(minute)
            history.take(line(number, time: clock.now), count: 1)
            history.flush()
        }
        clock.pass(12 * minute)
        var steps = 0
        history.withRecorder { $0.beginRound() }
        while history.withRecorder({ $0.round != nil }) {
            history.withRecorder { $0.doChore() }
            history.take(line(300 + steps, time: clock.now), count: 1)
            history.flush()
            steps += 1
        }
        #expect(steps > Chore.allCases.count)
        let table = try await history.groups(GroupQuery(from: noon, to: noon + 6 * hour))
        #expect(table.total.count == UInt64(300 + steps))
        // The next is not due yet.
        history.withRecorder { $0.beginRound() }
        #expect(history.withRecorder { $0.round == nil })
        history.keepHouse()
        let chain = history.state.chain.withLock { $0 }
        #expect(chain.fives > chain.hours && chain.hours > 0)
    }

    @Test("an hour is rolled up when its records ended before it did")
    func quietHour() throws {
        let history = try History(History.Configuration(folder, clock), logger: quiet)
        defer { history.close() }
        history.take(line(1, time: clock.now), count: 1)
        history.flush()
        clock.pass(2 * hour)
        history.flush()
        history.keepHouse()
        #expect(history.state.chain.withLock { $0.hours } == minuteOf(noon + hour))
    }
}
