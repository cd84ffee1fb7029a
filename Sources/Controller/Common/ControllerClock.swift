import Foundation

/// Time and chance, so that tests can have their own.
struct ControllerClock: Sendable {
    /// Milliseconds of a clock that never goes back.
    var now: @Sendable () -> Int64
    /// Seconds since 1970.
    var today: @Sendable () -> Int64
    /// Waits that many milliseconds, less when the task is cancelled.
    var sleep: @Sendable (Int64) async -> Void
    /// From 0 to 1.
    var chance: @Sendable () -> Double

    /// The system's.
    static let system: ControllerClock = {
        let start = ContinuousClock.now
        return ControllerClock(
            now: {
                let time = (ContinuousClock.now - start).components
                return time.seconds * 1000 + time.attoseconds / 1_000_000_000_000_000
            },
            today: { Int64(Date().timeIntervalSince1970) },
            sleep: { try? await Task.sleep(for: .milliseconds(max(0, $0))) },
            chance: { Double.random(in: 0...1) })
    }()

    /// The time of day as objects have it: `2026-01-02T03:04:05Z`.
    var text: String { Self.text(today()) }

    /// The same with microseconds, as Leases have it.
    var microText: String { String(text.dropLast()) + ".000000Z" }

    static func text(_ seconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
    }
}
