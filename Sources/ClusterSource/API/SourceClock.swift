import Foundation
import Synchronization

/// Time and chance for the client and the source, so that tests can have their own.
struct SourceClock: Sendable {
    /// Milliseconds of a clock that never goes back.
    var now: @Sendable () -> Int64
    /// Seconds since 1970.
    var today: @Sendable () -> Int64
    /// Waits that many milliseconds, less when the task is cancelled.
    var sleep: @Sendable (Int64) async -> Void
    /// A random number from 0 up to 1.
    var random: @Sendable () -> Double

    /// The system's.
    static let system: SourceClock = {
        let start = ContinuousClock.now
        return SourceClock(
            now: {
                let time = (ContinuousClock.now - start).components
                return time.seconds * 1000 + time.attoseconds / 1_000_000_000_000_000
            },
            today: { Int64(Date().timeIntervalSince1970) },
            sleep: { try? await Task.sleep(for: .milliseconds(max(0, $0))) },
            random: { Double.random(in: 0..<1) })
    }()

    /// Does something for at most that many milliseconds; nil: it took longer, and was cancelled.
    func within<T: Sendable>(_ limit: Int64, _ body: @escaping @Sendable () async -> T) async -> T? {
        await withTaskGroup(of: T?.self) { group in
            group.addTask { await body() }
            group.addTask {
                await self.sleep(limit)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }
}

/// When something last moved: what watches over a connection that may have died without a word.
final class Heartbeat: Sendable {
    private let clock: SourceClock
    private let last: Atomic<Int64>

    init(_ clock: SourceClock) {
        self.clock = clock
        last = Atomic(clock.now())
    }

    /// It moves.
    func beat() { last.store(clock.now(), ordering: .relaxed) }

    /// Returns when nothing has moved for that many milliseconds, or the task is cancelled.
    func waitForSilence(_ limit: Int64) async {
        while !Task.isCancelled {
            let left = last.load(ordering: .relaxed) + limit - clock.now()
            if left <= 0 { return }
            await clock.sleep(left)
        }
    }
}
