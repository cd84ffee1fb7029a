/// What was spent and what is held of every account, for all event loops and across configurations.
///
/// The life of a spend: `reserve` sets aside what a request could cost, in all of its accounts or in none; `meter`
/// counts while it runs; `settle` books what it did cost and gives the rest back. Spending and holding together never
/// pass the limit of an account, except for what had been spent already when it was reported: by one event for each
/// running stream, and by what an answer cost that said it would cost less.
///
/// Memory is bounded: accounts in which nothing counts any more are forgotten when room is needed, and when there is
/// none left, requests with new accounts are refused. Times are milliseconds since 1970; when the clock is set back,
/// spending counts in the newest bucket seen so far, and so never for too short.
public final class SpendBook: Sendable {
    // Many small locks: event loops that serve different callers do not wait for each other.
    private static let shardCount = 16
    private let shards: [SpendShard]

    /// A book for about that many accounts at once.
    public init(capacity: Int = 1 << 17) {
        let share = max(1, (capacity + Self.shardCount - 1) / Self.shardCount)
        shards = (0..<Self.shardCount).map { _ in SpendShard(capacity: share) }
    }

    /// How many accounts are remembered.
    public var count: Int {
        (0..<Self.shardCount).reduce(0) { sum, index in
            sum + locked(1 << UInt32(index)) { shards[index].accounts.count }
        }
    }

    /// Sets aside what a request could cost: of every line as much as is left, up to `wanted`; when of one of them
    /// less than `least` is left, nothing of any.
    public func reserve(_ lines: [SpendLine], now: Int64) -> SpendOutcome {
        locked(mask(lines)) {
            var entries: [SpendReservation.Entry] = []
            entries.reserveCapacity(lines.count)
            for (index, line) in lines.enumerated() {
                switch take(line, index, now: now) {
                case .success(let entry): entries.append(entry)
                case .failure(_) where line.isStaged: continue
                case .failure(let refusal):
                    for entry in entries { Self.giveBack(entry) }
                    return .denied(SpendDenial(refusal.cause, line: index, retryAfter: refusal.retryAfter))
                }
            }
            return .granted(SpendReservation(book: self, lines: lines, entries: entries, mask: mask(lines)))
        }
    }

    private struct Refusal: Error {
        let cause: SpendDenial.Cause
        let retryAfter: Int64?
    }

    private func take(_ line: SpendLine, _ index: Int, now: Int64) -> Result<SpendReservation.Entry, Refusal> {
        guard let account = shard(line.account).account(line, now: now) else {
            return .failure(Refusal(cause: .noRoom, retryAfter: 1_000))
        }
        let granted = min(line.wanted, account.available(line.limit))
        guard granted >= line.least || line.isStaged else {
            return .failure(
                Refusal(cause: .exhausted, retryAfter: account.wait(for: line.least, line.limit, now: now)))
        }
        account.hold(granted)
        account.holders += 1
        return .success(SpendReservation.Entry(line, index, account, granted: granted))
    }

    private static func giveBack(_ entry: SpendReservation.Entry) {
        var hold = entry.hold
        entry.account.release(hold.release())
        entry.account.holders -= 1
    }

    // MARK: What reservations do

    func meter(_ reservation: SpendReservation, _ soFar: SpendAmount, now: Int64) -> MeterResult {
        locked(reservation.mask) {
            guard !reservation.isOver else { return .ok }
            var result = MeterResult.ok
            for index in reservation.entries.indices {
                guard !meter(&reservation.entries[index], soFar, now: now) else { continue }
                let entry = reservation.entries[index]
                if !entry.isStaged, result == .ok { result = .exhausted(line: entry.line) }
            }
            return result
        }
    }

    func settle(_ reservation: SpendReservation, _ actual: SpendAmount?, now: Int64) {
        locked(reservation.mask) {
            guard !reservation.isOver else { return }
            reservation.isOver = true
            for index in reservation.entries.indices {
                if let actual {
                    let total = actual.of(reservation.entries[index].unit)
                    spend(&reservation.entries[index], total, now: now)
                    refund(&reservation.entries[index], total)
                }
                Self.giveBack(reservation.entries[index])
            }
        }
    }

    private func spend(_ entry: inout SpendReservation.Entry, _ total: Int64, now: Int64) {
        let account = entry.account
        let (booked, covered) = entry.hold.spend(total)
        guard booked > 0 else { return }
        let bucket = shard(account.id).update(account) { account in
            account.advance(now)
            account.release(covered)
            return account.book(booked)
        }
        if account.generation != entry.generation { entry.forgetBookings(account.generation) }
        entry.hold.note(booked, in: bucket)
    }

    private func refund(_ entry: inout SpendReservation.Entry, _ total: Int64) {
        let account = entry.account
        let refunds = entry.hold.refunds(downTo: total)
        guard account.generation == entry.generation, !refunds.isEmpty else { return }
        shard(account.id).update(account) { account in for refund in refunds { account.refund(refund) } }
    }

    /// Counts, and asks for more when all is used up; false when there is nothing.
    private func meter(_ entry: inout SpendReservation.Entry, _ soFar: SpendAmount, now: Int64) -> Bool {
        spend(&entry, soFar.of(entry.unit), now: now)
        guard entry.hold.needsMore else { return true }
        let more = min(entry.step, entry.account.available(entry.limit))
        guard more > 0 else {
            entry.isShort = true
            return false
        }
        entry.account.hold(more)
        entry.hold.extend(more)
        return true
    }

    // MARK: Locks

    func shard(_ account: UInt128) -> SpendShard {
        shards[Int(truncatingIfNeeded: account) & (Self.shardCount - 1)]
    }

    /// One bit for each shard that the lines touch.
    private func mask(_ lines: [SpendLine]) -> UInt32 {
        lines.reduce(0) { $0 | 1 << UInt32(truncatingIfNeeded: $1.account & UInt128(Self.shardCount - 1)) }
    }

    /// Runs `body` with the locks of those shards, taken in one order everywhere, so that nobody waits in a circle.
    func locked<Result: Sendable>(_ mask: UInt32, _ body: () -> Result) -> Result {
        guard mask != 0 else { return body() }
        return shards[mask.trailingZeroBitCount].lock.withLock { _ in locked(mask & (mask - 1), body) }
    }

    /// Runs `body` for every shard in turn, with its lock.
    func eachShard(_ body: (SpendShard) -> Void) {
        for index in 0..<Self.shardCount { locked(1 << UInt32(index)) { body(shards[index]) } }
    }
}

/// What `reserve` says.
public enum SpendOutcome: Sendable {
    /// The request may begin.
    case granted(SpendReservation)
    /// It may not, and holds nothing.
    case denied(SpendDenial)
}
