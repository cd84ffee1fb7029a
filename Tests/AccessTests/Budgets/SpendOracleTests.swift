import Dispatch
import Foundation
import Kubernetes
import Synchronization
import Testing

@testable import Access

/// What is true of one account, kept in the simplest way: every spend with its time.
private struct NaiveAccount {
    var spends: [(time: Int64, amount: Int64)] = []

    func spent(since start: Int64) -> Int64 { spends.reduce(0) { $0 + ($1.time >= start ? $1.amount : 0) } }
}

/// A request that runs, as the test knows it.
private struct Running {
    let reservation: SpendReservation
    let lines: [SpendLine]
    var total: Int64 = 0
    var isCut = false
}

private func seed(_ name: String) -> UInt64 {
    let seed =
        ProcessInfo.processInfo.environment["SALLYPORT_TEST_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0 ... .max)
    print("\(name) seed \(seed)")
    return seed
}

@Suite("Spending against a naive list of spends")
struct SpendOracleTests {
    private static let windows = [
        hourly, minute, .rolling(Milliseconds(3_600_000)), .calendar(.day), .rolling(Milliseconds(100_001)),
    ]
    private static let limits: [Int64] = [50, 400, 1_000, 3_000, 100]
    private static let event: Int64 = 20

    @Test("random lives of spends: never counted for too short, never granted beyond the limit")
    func random() {
        let seed = seed("SpendOracleTests.random")
        var random = SeededGenerator(seed: seed)
        let book = SpendBook()
        var truth = [NaiveAccount](repeating: NaiveAccount(), count: Self.limits.count)
        var running: [Running] = []
        var now = noon
        for round in 0..<5_000 {
            if Int.random(in: 0..<4, using: &random) == 0 { now += Int64.random(in: 0...4_000, using: &random) }
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<3: begin(book, &running, now, &random)
            case 3..<8: meter(&running, &truth, now, &random)
            default:
                guard !running.isEmpty else { break }
                let request = running.remove(at: Int.random(in: 0..<running.count, using: &random))
                if Bool.random(using: &random) { request.reservation.settle(tokens(request.total), now: now) }
            }
            guard check(book, truth, running, now) else {
                Issue.record("seed \(seed) round \(round)")
                return
            }
        }
        running = []
        #expect(book.report(now: now).allSatisfy { $0.reserved == 0 })
    }

    private func begin(_ book: SpendBook, _ running: inout [Running], _ now: Int64, _ random: inout SeededGenerator) {
        let accounts = Self.limits.indices.shuffled(using: &random).prefix(Int.random(in: 1...3, using: &random))
        let wanted = Int64.random(in: 1...120, using: &random)
        let least = Bool.random(using: &random) ? wanted : Int64.random(in: 1...wanted, using: &random)
        let lines = accounts.map {
            line(
                UInt128($0), limit: Self.limits[$0], window: Self.windows[$0], wanted: wanted, least: least,
                step: Int64.random(in: 1...30, using: &random))
        }
        let before = book.report(now: now)
        guard running.count < 40, case .granted(let reservation) = book.reserve(lines, now: now) else { return }
        for (index, line) in lines.enumerated() {
            let used = before.first { $0.line.account == line.account }.map { $0.spent + $0.reserved } ?? 0
            #expect(used + reservation.granted(index) <= line.limit)
            #expect(reservation.granted(index) >= line.least)
        }
        running.append(Running(reservation: reservation, lines: lines))
    }

    private func meter(
        _ running: inout [Running], _ truth: inout [NaiveAccount], _ now: Int64, _ random: inout SeededGenerator
    ) {
        guard let index = running.indices.randomElement(using: &random), !running[index].isCut else { return }
        let amount = Int64.random(in: 0...Self.event, using: &random)
        running[index].total += amount
        for line in running[index].lines { truth[Int(line.account)].spends.append((now, amount)) }
        if running[index].reservation.meter(tokens(running[index].total), now: now) != .ok {
            running[index].isCut = true
        }
    }

    private func check(_ book: SpendBook, _ truth: [NaiveAccount], _ running: [Running], _ now: Int64) -> Bool {
        for status in book.report(now: now) {
            let window = status.line.window
            let account = truth[Int(status.line.account)]
            let newest = window.bucket(at: now)
            let counted = account.spent(since: window.start(of: newest - window.depth))
            guard status.spent == counted else {
                Issue.record("account \(status.line.account): \(status.spent) is not \(counted)")
                return false
            }
            if case .rolling(let bucket) = window.kind, status.spent < account.spent(since: now - bucket * 60) {
                Issue.record("counted for too short")
                return false
            }
            let holds = running.reduce(Int64(0)) { sum, request in
                let index = request.lines.firstIndex { $0.account == status.line.account }
                return sum + (index.map { max(0, request.reservation.granted($0) - request.total) } ?? 0)
            }
            guard holds == status.reserved else {
                Issue.record("account \(status.line.account): \(status.reserved) is not held by \(holds)")
                return false
            }
        }
        return true
    }
}

@Suite("Spending by many threads")
struct SpendThreadTests {
    @Test("500 streams on one budget pass it by less than one event each, and leave nothing held")
    func streams() {
        let seed = seed("SpendThreadTests.streams")
        let book = SpendBook()
        let limit: Int64 = 100_000
        let event: Int64 = 37
        let forwarded = Mutex<Int64>(0)
        let lateEvents = Mutex(0)
        let lines = [line(limit: limit, wanted: 4_000, least: 10, step: 64)]
        let reservations = (0..<500).compactMap { _ -> SpendReservation? in
            // As if an answer of at most 200 had been asked for: all fit in the beginning, none to the end.
            guard
                case .granted(let one) = book.reserve([line(limit: limit, wanted: 200, least: 10, step: 64)], now: noon)
            else { return nil }
            return one
        }
        #expect(reservations.count == 500)
        #expect(book.denial(lines[0])?.cause == .exhausted)
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            var random = SeededGenerator(seed: seed &+ UInt64(thread))
            var open = Dictionary(
                uniqueKeysWithValues: stride(from: thread, to: 500, by: 8).map { ($0, Int64(0)) })
            while let index = open.keys.randomElement(using: &random), let sofar = open[index] {
                let total = sofar + Int64.random(in: 1...event, using: &random)
                let result = reservations[index].meter(tokens(total), now: noon)
                forwarded.withLock { $0 += total - sofar }
                if result == .ok {
                    open[index] = total
                } else {
                    open[index] = nil
                    if reservations[index].meter(tokens(total), now: noon) == .ok { lateEvents.withLock { $0 += 1 } }
                    reservations[index].settle(tokens(total), now: noon)
                }
            }
        }
        let total = forwarded.withLock { $0 }
        #expect(total >= limit)
        #expect(total < limit + 500 * event)
        #expect(book.status()?.spent == total)
        #expect(book.status()?.reserved == 0)
    }

    @Test("random lives on nested budgets end with the exact sums and nothing held")
    func random() {
        let seed = seed("SpendThreadTests.random")
        let book = SpendBook()
        let limits: [Int64] = [5_000, 20_000, 100_000, 300_000]
        let sums = limits.map { _ in Atomic64() }
        let event: Int64 = 50
        let threads = 8
        DispatchQueue.concurrentPerform(iterations: threads) { thread in
            var random = SeededGenerator(seed: seed &+ UInt64(thread))
            for _ in 0..<4_000 {
                let accounts = limits.indices.shuffled(using: &random).prefix(Int.random(in: 1...4, using: &random))
                let wanted = Int64.random(in: 1...400, using: &random)
                let lines = accounts.map {
                    line(
                        UInt128($0), limit: limits[$0], wanted: wanted,
                        least: Int64.random(in: 1...wanted, using: &random))
                }
                guard case .granted(let reservation) = book.reserve(lines, now: noon) else { continue }
                var total: Int64 = 0
                for _ in 0..<Int.random(in: 0...12, using: &random) {
                    total += Int64.random(in: 0...event, using: &random)
                    if reservation.meter(tokens(total), now: noon) != .ok { break }
                }
                if Bool.random(using: &random) { reservation.settle(tokens(total), now: noon) }
                for account in accounts { sums[account].add(total) }
            }
        }
        for status in book.report(now: noon) {
            let account = Int(status.line.account)
            #expect(status.reserved == 0)
            #expect(status.spent == sums[account].value)
            // One stream of each thread can be in its last event when all is gone.
            #expect(status.spent <= limits[account] + Int64(threads) * event)
        }
    }

    private final class Atomic64: Sendable {
        private let number = Mutex<Int64>(0)
        var value: Int64 { number.withLock { $0 } }
        func add(_ amount: Int64) { number.withLock { $0 += amount } }
    }
}
