/// What is known of one account: what was spent in each bucket of its window, and what running requests hold.
///
/// Not thread-safe: it belongs to the shard of the book that it is in, and is touched under that shard's lock alone.
final class SpendAccount {
    // What every request needs stands together: with many accounts each line of memory is a wait.
    @exclusivity(unchecked) private(set) var window: SpendWindow
    /// Counts changes of the window: buckets of another window are other buckets.
    @exclusivity(unchecked) private(set) var generation: UInt32 = 0
    /// Reservations that point here.
    @exclusivity(unchecked) var holders: Int32 = 0
    /// Number of the newest bucket. Never goes back, whatever the clock does.
    @exclusivity(unchecked) private(set) var newest: Int64
    /// One for each bucket that counts; the place is the number modulo the count, which stands here and not with them.
    @exclusivity(unchecked) private var amounts: UnsafeMutableBufferPointer<Int64>
    /// The sum of the buckets that count.
    @exclusivity(unchecked) private(set) var spent: Int64 = 0
    /// What running requests hold.
    @exclusivity(unchecked) private(set) var reserved: Int64 = 0
    /// The limit of the line that asked last.
    @exclusivity(unchecked) private var limit: Int64
    /// The oldest bucket that was changed since the last look; nil: none.
    @exclusivity(unchecked) private var changedSince: Int64?
    /// Where a change of it stands in the list of its shard.
    @exclusivity(unchecked) var listing = SpendListing()
    let id: UInt128
    /// Whether the line is another one than at the last look.
    @exclusivity(unchecked) private var isRenamed = true
    /// The line that asked last: names, limit and unit for reports.
    @exclusivity(unchecked) private(set) var line: SpendLine

    init(_ line: SpendLine, now: Int64) {
        id = line.account
        self.line = line
        limit = line.limit
        window = line.window
        newest = window.bucket(at: now)
        amounts = Self.buckets(of: window)
    }

    deinit { amounts.deallocate() }

    private static func buckets(of window: SpendWindow) -> UnsafeMutableBufferPointer<Int64> {
        let buckets = UnsafeMutableBufferPointer<Int64>.allocate(capacity: Int(window.depth) + 1)
        buckets.initialize(repeating: 0)
        return buckets
    }

    /// How much may still be set aside under a limit.
    func available(_ limit: Int64) -> Int64 {
        max(0, limit - min(limit, saturatingSum(spent, reserved)))
    }

    /// True when forgetting it changes nothing.
    var isIdle: Bool { holders == 0 && reserved == 0 && spent == 0 }

    /// Takes in who asks, and how long the window is now. When another window is configured, all that counted counts
    /// on as if it had been spent now: a change of the configuration is no way to spend twice.
    func renew(_ line: SpendLine, now: Int64) {
        advance(now)
        guard line.limit != limit || line.window != window else { return }
        self.line = line
        limit = line.limit
        isRenamed = true
        changed(newest)
        guard line.window != window else { return }
        let carried = spent
        window = line.window
        generation &+= 1
        newest = window.bucket(at: now)
        amounts.deallocate()
        amounts = Self.buckets(of: window)
        spent = 0
        changedSince = nil
        put(carried, in: newest)
    }

    /// Lets buckets that have left the window go.
    func advance(_ now: Int64) {
        let bucket = window.bucket(at: now)
        guard bucket > newest else { return }
        var left: Int64 = 0
        // Of those that are further away than there are places, each place is visited once.
        for number in max(newest + 1, bucket - Int64(amounts.count) + 1)...bucket {
            left = saturatingSum(left, amounts[place(number)])
            amounts[place(number)] = 0
        }
        newest = bucket
        takeOut(left)
    }

    func hold(_ amount: Int64) { reserved = saturatingSum(reserved, amount) }

    func release(_ amount: Int64) { reserved -= min(reserved, amount) }

    /// Counts what was spent, and says in which bucket.
    func book(_ amount: Int64) -> Int64 {
        put(amount, in: newest)
        return newest
    }

    /// Takes out what turned out not to have been spent. What has left the window, or has once been too large to be
    /// counted, stays as it is.
    func refund(_ booking: SpendHold.Booking) {
        guard counts(booking.bucket), amounts[place(booking.bucket)] != .max else { return }
        let amount = min(booking.amount, amounts[place(booking.bucket)])
        amounts[place(booking.bucket)] -= amount
        takeOut(amount)
        changed(booking.bucket)
    }

    /// Sets a bucket to what was stored, with the line. Not a change.
    func restore(_ amount: Int64, in bucket: Int64) {
        isRenamed = false
        if bucket > newest {
            let count = Int64(amounts.count)
            for number in max(newest + 1, bucket - count + 1)...bucket { amounts[place(number)] = 0 }
            newest = bucket
        }
        guard counts(bucket) else { return }
        amounts[place(bucket)] = max(0, amount)
        spent = amounts.reduce(0, saturatingSum)
    }

    /// Whether there is something to store.
    var isChanged: Bool { changedSince != nil }

    /// Gives the buckets that changed since the last look, with what is in them now.
    func takeChanges(_ take: (_ bucket: Int64, _ amount: Int64) -> Void) {
        guard let first = changedSince else { return }
        changedSince = nil
        eachBucket(from: first, take)
    }

    /// The line, if it is another one than at the last look.
    func takeRenaming() -> SpendLine? {
        guard isRenamed else { return nil }
        isRenamed = false
        return line
    }

    /// The buckets that count, from one on, and what is in them.
    func eachBucket(from first: Int64, _ body: (_ bucket: Int64, _ amount: Int64) -> Void) {
        for bucket in max(first, newest - window.depth)...newest { body(bucket, amounts[place(bucket)]) }
    }

    /// Milliseconds from now until an amount may be there under a limit; nil: never.
    func wait(for amount: Int64, _ limit: Int64, now: Int64) -> Int64? {
        guard amount <= limit else { return nil }
        var left = spent
        guard left > limit - amount else { return Self.pauseForOthers }
        for number in (newest - window.depth)...newest {
            left -= amounts[place(number)]
            if left <= limit - amount { return max(1, window.expiry(of: number) - now) }
        }
        return max(1, window.expiry(of: newest) - now)
    }

    /// What running requests hold comes back when they end, which may be any moment.
    private static let pauseForOthers: Int64 = 1_000

    private func put(_ amount: Int64, in bucket: Int64) {
        guard amount > 0 else { return }
        amounts[place(bucket)] = saturatingSum(amounts[place(bucket)], amount)
        spent = saturatingSum(spent, amount)
        changed(bucket)
    }

    /// What is in no bucket any more.
    private func takeOut(_ amount: Int64) {
        // Of a sum that was too large to be counted nobody knows what is left without adding up again.
        spent = spent == .max ? amounts.reduce(0, saturatingSum) : spent - amount
    }

    private func changed(_ bucket: Int64) { changedSince = min(changedSince ?? bucket, bucket) }

    private func counts(_ bucket: Int64) -> Bool { bucket <= newest && bucket >= newest - window.depth }

    private func place(_ bucket: Int64) -> Int {
        let rest = Int(bucket % Int64(amounts.count))
        return rest < 0 ? rest + amounts.count : rest
    }
}
