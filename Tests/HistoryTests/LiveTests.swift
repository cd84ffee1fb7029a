import Foundation
import Testing

@testable import History

/// Who follows sees everything while he keeps up, and is told what he missed.
@Suite(.timeLimit(.minutes(2)))
struct LiveTests {
    private let folder: Folder
    private let clock = TestClock()

    init() throws { folder = try Folder() }

    private func open(_ change: (inout History.Configuration) -> Void = { _ in }) throws -> History {
        var configuration = History.Configuration(folder, clock)
        change(&configuration)
        return try History(configuration, logger: quiet)
    }

    private func record(_ event: LiveEvent?) -> Int? {
        guard case .record(let record) = event else { return nil }
        return number(record.line)
    }

    @Test("records come as they are committed, and the stream ends with the history")
    func live() async throws {
        let history = try open()
        history.store(0..<10)
        var events = try history.follow(.all).makeAsyncIterator()
        #expect(history.status.followers == 1)
        for round in 1..<6 {
            history.store(round * 10..<(round * 10 + 10))
            for expected in round * 10..<(round * 10 + 10) { #expect(record(await events.next()) == expected) }
        }
        history.close()
        #expect(await events.next() == nil)
    }

    @Test("one who waits is woken")
    func woken() async throws {
        let history = try open()
        defer { history.close() }
        let stream = try history.follow(.all)
        let first = Task { () -> LiveEvent? in
            var events = stream.makeAsyncIterator()
            return await events.next()
        }
        history.store(0..<1)
        #expect(record(await first.value) == 0)
    }

    @Test("a task that is cancelled does not wait for ever")
    func cancelled() async throws {
        let history = try open()
        defer { history.close() }
        let stream = try history.follow(.all)
        let waiting = Task { () -> LiveEvent? in
            var events = stream.makeAsyncIterator()
            return await events.next()
        }
        waiting.cancel()
        #expect(await waiting.value == nil)
    }

    @Test("after a cursor: first what was stored since, then what comes; nothing twice, nothing left out")
    func resumed() async throws {
        let history = try open()
        defer { history.close() }
        for round in 0..<30 { history.store(round * 50..<(round * 50 + 50)) }
        let page = try await history.page(.all, limit: 1_501, newestFirst: false)
        let cursor = page.records[99].cursor
        var events = try history.follow(.all, after: cursor).makeAsyncIterator()
        var next = 100
        for round in 30..<40 {
            // Some while catching up, some live.
            for _ in 0..<100 {
                #expect(record(await events.next()) == next)
                next += 1
            }
            history.store(round * 50..<(round * 50 + 50))
        }
        while next < 2_000 {
            #expect(record(await events.next()) == next)
            next += 1
        }
    }

    @Test("who is slow misses, is told how many, and what is held is bounded")
    func slow() async throws {
        let history = try open { $0.liveBytes = 100_000 }
        defer { history.close() }
        var events = try history.follow(.all).makeAsyncIterator()
        history.store(0..<10)
        #expect(record(await events.next()) == 0)
        for round in 1..<200 {
            history.store(round * 100..<(round * 100 + 100))
            #expect(history.state.live.weight <= 100_000 + 60_000, "one block more than the limit at most")
        }
        var seen = 1
        var missed = 0
        var last = 0
        while last != 19_999 {
            switch await events.next() {
            case .record(let record):
                let this = try #require(number(record.line))
                #expect(this > last)
                last = this
                seen += 1
            case .missed(let count): missed += Int(count)
            case nil:
                Issue.record("the stream ended")
                return
            }
        }
        // 0 to 9, and 100 to 19,999.
        #expect(seen + missed == 19_910 && missed > 10_000)
    }

    @Test("nothing is held while nobody follows")
    func nobody() async throws {
        let history = try open()
        defer { history.close() }
        history.store(0..<1_000)
        #expect(history.state.live.weight == 0)
        do {
            var events = try history.follow(.all).makeAsyncIterator()
            history.store(1_000..<2_000)
            #expect(record(await events.next()) == 1_000)
            #expect(history.state.live.weight > 0)
        }
        #expect(history.status.followers == 0)
        #expect(history.state.live.weight == 0)
    }

    @Test("a hundred streams see the same")
    func many() async throws {
        let history = try open()
        defer { history.close() }
        let streams = try (0..<100).map { _ in try history.follow(.all) }
        for round in 0..<20 { history.store(round * 50..<(round * 50 + 50)) }
        let answers = await withTaskGroup(of: Bool.self) { group in
            for stream in streams {
                group.addTask {
                    var next = 0
                    for await event in stream {
                        guard case .record(let record) = event, number(record.line) == next else { return false }
                        next += 1
                        if next == 1_000 { return true }
                    }
                    return false
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers == Array(repeating: true, count: 100))
    }
}
