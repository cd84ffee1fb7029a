/// When the keys of one issuer are fetched, and for how long they are good: a value that is told what happened.
///
/// All times are milliseconds of a clock that never goes back; `jitter` is a random number from 0 up to 1.
struct KeySetSchedule: Sendable {
    /// How patient the fetcher is. Tests have less time.
    struct Terms: Sendable {
        /// A fetch that takes longer has failed.
        var timeout: Int64 = 10_000
        /// Time from the beginning of one fetch to one that an unknown key asks for.
        var spacing: Int64 = 30_000
        /// Keys that could not be fetched anew for so long are not believed any more.
        var keep: Int64 = 86_400_000
        /// Wait after the first failure; it doubles with each further one.
        var firstRetry: Int64 = 1_000
        /// The longest wait after failures.
        var longestRetry: Int64 = 300_000
    }

    private let refresh: Int64
    private let terms: Terms
    /// When to fetch next.
    private(set) var next: Int64
    private var lastStart: Int64?
    private var lastGood: Int64?
    private var failures = 0

    /// Nothing has been fetched yet: it is time.
    ///
    /// - Parameter refresh: how long keys are used without asking again.
    init(refresh: Int64, terms: Terms, now: Int64) {
        self.refresh = refresh
        self.terms = terms
        next = now
    }

    /// A fetch begins.
    mutating func started(now: Int64) { lastStart = now }

    /// There are keys, new or unchanged. The next fetch comes a little before its time, for each issuer and replica at
    /// another moment, so that servers are not asked by all at once.
    mutating func succeeded(now: Int64, jitter: Double) {
        failures = 0
        lastGood = now
        next = now + refresh - Int64(Double(refresh) * 0.2 * jitter)
    }

    /// The fetch failed.
    mutating func failed(now: Int64, jitter: Double) {
        let wait = min(terms.firstRetry << Int64(min(failures, 20)), terms.longestRetry, max(refresh, terms.firstRetry))
        failures += 1
        next = now + wait / 2 + Int64(Double(wait) / 2 * jitter)
    }

    /// When an unknown key is a reason to fetch: now, or as soon as the last fetch is long enough ago.
    func earliest(now: Int64) -> Int64 { max(now, lastStart.map { $0 + terms.spacing } ?? now) }

    /// True when the last good keys must not be used any more.
    func isTooOld(now: Int64) -> Bool { lastGood.map { now - $0 >= terms.keep } ?? true }
}
