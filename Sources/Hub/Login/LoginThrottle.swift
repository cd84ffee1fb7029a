import Addresses

/// Counts failed logins by address, so that nobody can try on and on. A value: time is passed in.
struct LoginThrottle: Sendable {
    /// How many failures in how many seconds are let through.
    struct Limits: Sendable, Equatable {
        /// Failures from one address before it has to wait.
        var failures = 10
        /// Seconds after the first of them at which counting begins again.
        var window: Int64 = 300
        /// Most addresses that are counted; when there are more, what was counted first is forgotten.
        var addresses = 4096
    }

    private struct Count {
        var failures: Int
        var since: Int64
    }

    private let limits: Limits
    private var counts: [UInt128: Count] = [:]

    init(_ limits: Limits) {
        self.limits = limits
    }

    /// Seconds that the address has to wait; nil: it may try.
    func wait(_ address: Address, nowSeconds now: Int64) -> Int64? {
        guard let count = counts[Self.key(address)], count.failures >= limits.failures else { return nil }
        let left = count.since + limits.window - now
        return left > 0 ? min(left, limits.window) : nil
    }

    /// The address showed what is no good.
    mutating func fail(_ address: Address, nowSeconds now: Int64) {
        let key = Self.key(address)
        if let count = counts[key], now - count.since < limits.window {
            counts[key]?.failures = min(count.failures + 1, limits.failures)
            return
        }
        if counts.count >= limits.addresses { forget(now) }
        counts[key] = Count(failures: 1, since: now)
    }

    private mutating func forget(_ now: Int64) {
        counts = counts.filter { now - $0.value.since < limits.window }
        if counts.count >= limits.addresses, let oldest = counts.min(by: { $0.value.since < $1.value.since }) {
            counts.removeValue(forKey: oldest.key)
        }
    }

    /// Of IPv6 the /64: whoever has one address of it has them all.
    private static func key(_ address: Address) -> UInt128 {
        address.isIPv4 ? address.bits : address.bits & ~UInt128(UInt64.max)
    }
}
