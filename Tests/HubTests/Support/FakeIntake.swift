import Hub
import Synchronization

/// A history in memory that a test can stop, break and make forget.
final class FakeIntake: RecordIntake {
    struct Failure: Error {}

    struct State {
        var batches: [IntakeBatch] = []
        var positions: [IntakeSource: UInt64] = [:]
        /// What sources said of their clocks when they came.
        var skews: [IntakeSource: [Int64]] = [:]
        var isBroken = false
        var isHeld = false
        var held: [CheckedContinuation<Void, Never>] = []
        var waiters: [(condition: @Sendable (State) -> Bool, waiter: CheckedContinuation<Void, Never>)] = []

        var lines: [String] {
            batches.flatMap { String(decoding: $0.lines, as: UTF8.self).split(separator: "\n").map(String.init) }
        }
        var dropped: UInt64 { batches.reduce(0) { $0 + $1.dropped } }
    }

    private let state = Mutex(State())

    func position(of source: IntakeSource) async throws -> UInt64 { state.withLock { $0.positions[source] ?? 0 } }

    func note(skew: Int64, of source: IntakeSource) async {
        state.withLock { $0.skews[source, default: []].append(skew) }
    }

    func take(_ batch: IntakeBatch) async throws {
        await withCheckedContinuation { turn in
            let isFree = state.withLock { state in
                if state.isHeld { state.held.append(turn) }
                return !state.isHeld
            }
            if isFree { turn.resume() }
            wake()
        }
        try state.withLock { state throws(Failure) in
            guard !state.isBroken else { throw Failure() }
            guard batch.number > state.positions[batch.source] ?? 0 else { return }
            state.positions[batch.source] = batch.number
            state.batches.append(batch)
        }
        wake()
    }

    var now: State { state.withLock { $0 } }

    func set(_ change: @Sendable (inout State) -> Void) {
        state.withLock { change(&$0) }
        wake()
    }

    /// Lets go what is held.
    func release() {
        let held = state.withLock { state in
            state.isHeld = false
            defer { state.held = [] }
            return state.held
        }
        for turn in held { turn.resume() }
    }

    /// Returns when the condition holds. A test that waits in vain is ended by its time limit.
    func until(_ condition: @escaping @Sendable (State) -> Bool) async {
        await withCheckedContinuation { waiter in
            state.withLock { $0.waiters.append((condition, waiter)) }
            wake()
        }
    }

    private func wake() {
        let ready = state.withLock { state in
            let all = state.waiters
            state.waiters = []
            var ready: [CheckedContinuation<Void, Never>] = []
            for entry in all {
                if entry.condition(state) { ready.append(entry.waiter) } else { state.waiters.append(entry) }
            }
            return ready
        }
        for waiter in ready { waiter.resume() }
    }
}

/// Returns when the condition holds; asks again and again, for what tells nobody when it changes.
func until(_ condition: @Sendable () async -> Bool) async throws {
    while await !condition() { try await Task.sleep(for: .milliseconds(5)) }
}
