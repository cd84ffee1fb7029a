import Foundation
import GRDB
import Records
import Synchronization
import Testing

@testable import History

/// Questions about the last hour, which memory answers.
@Suite(.timeLimit(.minutes(2)))
struct RecentTests {
    private let folder: Folder
    private let clock = TestClock()

    init() throws { folder = try Folder() }

    private func open(_ change: (inout History.Configuration) -> Void = { _ in }) throws -> History {
        var configuration = History.Configuration(folder, clock)
        change(&configuration)
        return try History(configuration, logger: quiet)
    }

    /// Takes all sums out of the tables, as nothing of ours would.
    private func emptyTables() throws {
        let tables = try DatabaseQueue(path: HistorySchema.path(folder.path + "/history"))
        try tables.write { try $0.execute(sql: "DELETE FROM bucket") }
        try tables.close()
    }

    private func count(_ history: History, _ from: Int64, step: Int64? = nil) async throws -> UInt64 {
        let query = GroupQuery(filter: .all, from: clock.now - from, to: clock.now + minute, step: step, by: [.gateway])
        return try await history.groups(query).total.count
    }

    @Test("the last hour is answered without the tables, also after a restart; what is older is not")
    func withoutTables() async throws {
        var history = try open()
        for round in 0..<90 {
            history.store(round * 10..<(round * 10 + 10), time: clock.now)
            clock.pass(minute)
        }
        history.close()
        history = try open()
        for step in [nil, 5 * minute, minute] {
            #expect(try await count(history, 30 * minute, step: step) == 300)
            #expect(try await count(history, 10 * hour, step: step) == 900)
        }
        try emptyTables()
        for step in [nil, 5 * minute, minute] { #expect(try await count(history, 30 * minute, step: step) == 300) }
        #expect(try await count(history, 10 * hour) == 0, "those are in the tables, which are empty now")
        history.close()
    }

    @Test("what is not committed yet counts, once")
    func uncommitted() async throws {
        let isFull = Flag()
        let history = try open { $0.fault = { isFull.isSet ? ENOSPC : nil } }
        history.store(0..<10)
        isFull.set(true)
        history.store(10..<30)
        #expect(try await count(history, 30 * minute) == 30)
        isFull.set(false)
        history.flush()
        #expect(try await count(history, 30 * minute) == 30)
        try emptyTables()
        #expect(try await count(history, 30 * minute) == 30)
        history.close()
    }

    @Test("memory is bounded by bytes: then it is fewer minutes, and the tables answer for the others")
    func bounded() async throws {
        let history = try open { $0.recentBytes = 20_000 }
        var number = 0
        for _ in 0..<30 {
            var some: [UInt8] = []
            for series in 0..<100 {
                some += line(number + series, time: clock.now) {
                    $0.workload = .init(kind: "Pod", namespace: "n", name: "w\(series)", pod: "p")
                }
            }
            number += 100
            history.take(some, count: 100)
            history.flush()
            clock.pass(minute)
        }
        let recent = history.state.memory.withLock { $0.recent }
        #expect(recent.bytes <= 20_000 && recent.bytes > 0)
        #expect(recent.first > clock.now / minute - 30 && recent.hasOlder)
        #expect(try await count(history, 40 * minute) == 3_000)
        #expect(try await count(history, 2 * minute) == 200)
        history.close()
    }

    @Test("many commits of one minute are put together, and nothing is lost")
    func merged() async throws {
        let history = try open()
        for round in 0..<50 { history.store(round..<(round + 1)) }
        let parts = history.state.memory.withLock { memory in
            var parts = 0
            memory.recent.each(0..<Int64.max) { _, _ in parts += 1 }
            return parts
        }
        #expect(parts <= 9)
        #expect(try await count(history, minute) == 50)
        history.close()
    }

    @Test("a clock that goes back, or far ahead and back, changes no answer")
    func clocks() async throws {
        let history = try open()
        history.store(0..<10, time: clock.now)
        clock.set(noon - 30 * minute)
        history.store(10..<20, time: clock.now)
        #expect(try await count(history, 10 * minute) == 10)
        clock.set(noon + 100 * day)
        history.store(20..<30, time: clock.now)
        #expect(try await count(history, 10 * minute) == 10)
        clock.set(noon + minute)
        history.store(30..<40, time: clock.now)
        #expect(try await count(history, 40 * minute) == 30)
        history.close()
    }

    /// Set by the test, read by the thread that writes.
    private final class Flag: Sendable {
        private let value = Mutex(false)
        var isSet: Bool { value.withLock { $0 } }
        func set(_ new: Bool) { value.withLock { $0 = new } }
    }
}
