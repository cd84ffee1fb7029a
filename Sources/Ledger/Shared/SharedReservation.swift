import Access
import NIOCore
import Synchronization

/// What one running request holds in the shared counters. What is held comes back by `settle`, or when it is dropped.
public final class SharedReservation: Sendable {
    private struct Entry {
        let line: ScaledLine
        var hold: SpendHold
        /// More was asked for, and the answer is not there yet.
        var isAsking = false
        /// More is asked for when less than this is left.
        var askBelow: Int64
        /// There is no more.
        var isDry = false
        /// Spent beyond what was granted, since more was granted last.
        var uncovered: Int64 = 0
        /// A staged budget would have denied or cut.
        var isShort: Bool
    }

    private struct State {
        var entries: [Entry]
        var replica: String
        var isOver = false
        var lastTime: Int64
    }

    private let counters: SharedCounters
    private let loop: any EventLoop
    private let state: Mutex<State>

    init(
        _ counters: SharedCounters, _ lines: [ScaledLine], granted: [Int64], replica: String, now: Int64,
        loop: any EventLoop
    ) {
        self.counters = counters
        self.loop = loop
        let entries = zip(lines, granted).map { line, granted in
            Entry(
                line: line, hold: SpendHold(line.scaled, granted: granted), askBelow: line.scaled.step,
                isShort: granted < line.least)
        }
        state = Mutex(State(entries: entries, replica: replica, lastTime: now))
    }

    deinit { end(nil, now: 0) }

    /// The first line of a budget that is only watched and that would have denied or cut the request; nil: none.
    var stagedShortfall: Int? {
        state.withLock { $0.entries.firstIndex { $0.isShort && $0.line.line.isStaged } }
    }

    func meter(_ soFar: SpendAmount, now: Int64) -> MeterResult {
        var asking: [Int] = []
        let result = state.withLock { state in
            guard !state.isOver else { return MeterResult.ok }
            state.lastTime = now
            var result = MeterResult.ok
            for index in state.entries.indices {
                spend(&state, index, soFar, now: now)
                if wantsMore(&state.entries[index]) { asking.append(index) }
                guard isExhausted(state.entries[index]) else { continue }
                state.entries[index].isShort = true
                if !state.entries[index].line.line.isStaged, result == .ok { result = .exhausted(line: index) }
            }
            return result
        }
        for index in asking { ask(index, now: now) }
        return result
    }

    func settle(_ actual: SpendAmount, now: Int64) { end(actual, now: now) }

    // MARK: Steps

    private func spend(_ state: inout State, _ index: Int, _ amount: SpendAmount, now: Int64) {
        let line = state.entries[index].line
        let (booked, covered) = state.entries[index].hold.spend(line.total(amount))
        guard booked > 0 else { return }
        let bucket = line.line.window.bucket(at: now)
        state.entries[index].hold.note(booked, in: bucket)
        state.entries[index].uncovered = min(state.entries[index].uncovered + (booked - covered), CounterScripts.most)
        post(line, state.replica, bucket, spent: booked, released: covered)
    }

    /// More is asked for when less than a step is left, so that it is there before it is needed.
    private func wantsMore(_ entry: inout Entry) -> Bool {
        guard !entry.isAsking, !entry.isDry, entry.hold.wouldUse(max(1, entry.askBelow)) else { return false }
        entry.isAsking = true
        return true
    }

    /// While the answer is awaited the stream goes on, for a part of a step at most.
    private func isExhausted(_ entry: Entry) -> Bool {
        entry.hold.needsMore && (entry.isDry || entry.uncovered > entry.line.scaled.step / 8)
    }

    private func ask(_ index: Int, now: Int64) {
        let line = state.withLock { $0.entries[index].line.line }
        var demand = line
        (demand.wanted, demand.least) = (line.step, 1)
        counters.reserve([ScaledLine(demand)], now: now, on: loop) { [self] answer in
            state.withLock { state in
                state.entries[index].isAsking = false
                switch answer {
                case .granted(let amounts, let replica): take(&state, index, amounts.first ?? 0, replica, now: now)
                case .denied:
                    // Others may give back until it is needed: asked for again when half of what is left is used.
                    let left = state.entries[index].hold.held
                    state.entries[index].askBelow = left / 2
                    if left == 0 { state.entries[index].isDry = true }
                case .unavailable: return
                }
            }
        }
    }

    private func take(_ state: inout State, _ index: Int, _ more: Int64, _ replica: String, now: Int64) {
        let line = state.entries[index].line
        guard !state.isOver else {
            return post(line, replica, line.line.window.bucket(at: now), spent: 0, released: more)
        }
        if replica != state.replica {
            // The name under which all was held has died, and what was held with it.
            for other in state.entries.indices { _ = state.entries[other].hold.release() }
            state.replica = replica
        }
        state.entries[index].hold.extend(more)
        // A budget that is only watched grants nothing rather than deny.
        if more == 0 { state.entries[index].isDry = true }
        state.entries[index].uncovered = 0
        state.entries[index].askBelow = line.scaled.step
    }

    private func end(_ actual: SpendAmount?, now: Int64) {
        state.withLock { state in
            guard !state.isOver else { return }
            state.isOver = true
            for index in state.entries.indices {
                let line = state.entries[index].line
                if let actual {
                    spend(&state, index, actual, now: now)
                    for refund in state.entries[index].hold.refunds(downTo: line.total(actual)) {
                        post(line, state.replica, refund.bucket, spent: -refund.amount, released: 0)
                    }
                }
                let bucket = line.line.window.bucket(at: actual == nil ? state.lastTime : now)
                post(line, state.replica, bucket, spent: 0, released: state.entries[index].hold.release())
            }
        }
    }

    private func post(_ line: ScaledLine, _ replica: String, _ bucket: Int64, spent: Int64, released: Int64) {
        let key = Outbox.Key(
            replica: replica, account: line.line.account, window: line.line.window, bucket: bucket)
        counters.outbox.add(key, spent: spent, released: released)
    }
}
