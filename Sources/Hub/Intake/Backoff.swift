/// How long to wait before the next attempt: twice as long each time, up to a limit, and a part of it by chance, so that
/// those who lost the same hub do not all come back at once.
struct Backoff: Sendable {
    let first: Duration
    let longest: Duration
    private var failures = 0

    init(first: Duration, longest: Duration) {
        self.first = first
        self.longest = longest
    }

    /// It worked: the next failure is the first again.
    mutating func reset() { failures = 0 }

    /// The time to wait after one more failure.
    ///
    /// - Parameter chance: from 0 to 1.
    mutating func next(chance: Double) -> Duration {
        let whole = min(longest, first * (1 << min(failures, 20)))
        failures += 1
        return whole * (0.5 + 0.5 * chance)
    }
}
