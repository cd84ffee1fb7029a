import Kubernetes

/// The limits of a rule, made ready for asking. Times are nanoseconds of a clock that never goes back.
///
/// The request rate is the generic cell rate algorithm: one number a caller, no timers, and exact at any rate.
struct CompiledLimits: Hashable, Sendable {
    /// Nanoseconds that one request uses up; 0: no limit of the rate.
    let interval: Int64
    /// How far ahead of the clock a caller may be: the burst times the interval.
    let allowance: Int64
    /// Most requests at once; nil: no limit.
    let concurrency: Int32?

    /// True when there is nothing to ask.
    var isUnlimited: Bool { interval == 0 && concurrency == nil }

    /// Numbers that make no sense (decoding refuses them) let nothing pass.
    init(_ limits: AccessPolicy.Limits) {
        concurrency = limits.concurrency.map { Int32(clamping: max(0, $0)) }
        guard let rate = limits.requests else {
            (interval, allowance) = (0, 0)
            return
        }
        let window = max(1, rate.window.count).multipliedReportingOverflow(by: 1_000_000)
        let length = window.overflow ? Self.farAway : min(window.partialValue, Self.farAway)
        guard rate.count > 0, rate.burst > 0, rate.window.count > 0 else {
            (interval, allowance) = (length, 0)
            return
        }
        // Rounded up: a limit is never exceeded because of a fraction.
        interval = (length - 1) / Int64(rate.count) + 1
        let burst = interval.multipliedReportingOverflow(by: Int64(rate.burst))
        allowance = burst.overflow ? Self.farAway : min(burst.partialValue, Self.farAway)
    }

    /// About 73 years: far enough never to be reached, near enough never to overflow when added to a time.
    private static let farAway = Int64.max / 4
}

/// What asking for a place under the limits gives.
enum Reservation: Hashable, Sendable {
    case granted
    /// The rate is used up; a request would pass after this many nanoseconds.
    case tooFast(wait: Int64)
    case tooMany
    /// The registry can remember no more callers.
    case noRoom
}

/// What one caller has used of one rule's limits. A state machine: no clock, no lock.
struct CallerUsage: Hashable, Sendable {
    /// When everything that was granted so far would have been used up at the steady rate.
    private(set) var paidUntil: Int64 = .min
    /// Requests that have not ended.
    private(set) var inFlight: Int32 = 0

    /// Takes a place, or says why there is none; nothing is taken then.
    mutating func reserve(_ limits: CompiledLimits, now: Int64) -> Reservation {
        if let most = limits.concurrency, inFlight >= most { return .tooMany }
        if limits.interval > 0 {
            let next = max(paidUntil, now) + limits.interval
            let ahead = next - now
            guard ahead <= limits.allowance else { return .tooFast(wait: ahead - limits.allowance) }
            paidUntil = next
        }
        if limits.concurrency != nil { inFlight += 1 }
        return .granted
    }

    /// Gives a place back.
    mutating func release() {
        inFlight = max(0, inFlight - 1)
    }

    /// True when forgetting it changes nothing.
    func isIdle(now: Int64) -> Bool { inFlight == 0 && paidUntil <= now }
}
