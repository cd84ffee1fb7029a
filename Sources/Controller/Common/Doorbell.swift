import Synchronization

/// Says that there is something to do; ringing twice before anybody came is ringing once.
final class Doorbell: Sendable {
    private struct State {
        var hasRung = false
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// There is something to do.
    func ring() {
        let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard let waiting = state.waiting else {
                state.hasRung = true
                return nil
            }
            state.waiting = nil
            return waiting
        }
        waiting?.resume()
    }

    /// Returns once somebody has rung since the last time, after that many milliseconds at the latest, or when the task
    /// is cancelled. One waits at a time.
    func wait(atMost limit: Int64, _ clock: ControllerClock) async {
        let timer = Task {
            await clock.sleep(limit)
            if !Task.isCancelled { ring() }
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isThere = state.withLock { state -> Bool in
                    if state.hasRung {
                        state.hasRung = false
                        return true
                    }
                    state.waiting = continuation
                    return false
                }
                if isThere { continuation.resume() }
            }
        } onCancel: {
            ring()
        }
        timer.cancel()
    }
}
