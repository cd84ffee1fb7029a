/// What one request holds of one account. A state machine without clock, lock or account: whoever keeps the account
/// does what it returns.
///
/// `held` was set aside and is not spent; metering moves it, bit by bit, to `booked`.
public struct SpendHold: Sendable {
    /// The most that the request said it could cost.
    let wanted: Int64
    /// How much more is asked for at once.
    let step: Int64
    /// Set aside and not yet spent.
    public private(set) var held: Int64
    /// Spent so far.
    private(set) var booked: Int64 = 0
    /// In which buckets it was booked, oldest first, so that what turns out not to have been spent is taken out where
    /// it was put in. Nearly always one; the newest stands apart and needs no memory of its own.
    private var newest = Booking(bucket: .min, amount: 0)
    private var older: [Booking] = []

    /// An amount in a bucket.
    public struct Booking: Hashable, Sendable {
        /// Number of the bucket.
        public var bucket: Int64
        /// How much, never negative.
        public var amount: Int64
    }

    /// A hold of what a line was granted.
    public init(_ line: SpendLine, granted: Int64) {
        wanted = line.wanted
        step = line.step
        held = granted
    }

    /// Counts what was spent so far, which never shrinks while a request runs.
    ///
    /// - Returns: what is to be booked, and how much of it is covered by what was held.
    public mutating func spend(_ total: Int64) -> (booked: Int64, covered: Int64) {
        let delta = max(0, total - booked)
        let covered = min(held, delta)
        held -= covered
        booked += delta
        return (delta, covered)
    }

    /// Remembers where an amount that `spend` gave was booked.
    public mutating func note(_ amount: Int64, in bucket: Int64) {
        guard amount > 0 else { return }
        if newest.bucket != bucket {
            if newest.amount > 0 { older.append(newest) }
            newest = Booking(bucket: bucket, amount: 0)
        }
        newest.amount = saturatingSum(newest.amount, amount)
    }

    /// True when what was set aside is used up and the request may go on spending.
    public var needsMore: Bool { held == 0 && booked != wanted }

    /// True when less than an amount is left of what was set aside, and the request may go on to need more.
    public func wouldUse(_ amount: Int64) -> Bool {
        held < amount && (booked > wanted || saturatingSum(held, booked) < wanted)
    }

    /// Takes in what was set aside in addition.
    public mutating func extend(_ amount: Int64) {
        held = saturatingSum(held, amount)
    }

    /// Gives up what is held, and says how much that was.
    public mutating func release() -> Int64 {
        defer { held = 0 }
        return held
    }

    /// Forgets where amounts were booked: then they stay booked.
    mutating func forgetBookings() {
        older = []
        newest = Booking(bucket: .min, amount: 0)
    }

    /// Takes back what was booked beyond what was spent in the end: out of the oldest buckets first, so that what
    /// stays counts for longer rather than for shorter.
    public mutating func refunds(downTo total: Int64) -> [Booking] {
        var excess = max(0, booked - max(0, total))
        guard excess > 0 else {
            forgetBookings()
            return []
        }
        booked -= excess
        var refunds: [Booking] = []
        if newest.amount > 0 { older.append(newest) }
        for booking in older where excess > 0 {
            let amount = min(excess, booking.amount)
            excess -= amount
            refunds.append(Booking(bucket: booking.bucket, amount: amount))
        }
        forgetBookings()
        return refunds
    }
}

/// The sum, or the largest number when it would be larger. Both are not negative.
func saturatingSum(_ a: Int64, _ b: Int64) -> Int64 {
    let (sum, overflow) = a.addingReportingOverflow(b)
    return overflow ? .max : sum
}
