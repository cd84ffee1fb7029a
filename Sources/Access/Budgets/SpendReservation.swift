/// What one running request holds. Whatever way the request ends, what is held comes back: by `settle`, or when the
/// reservation is dropped, and then what was metered stays booked.
///
/// It may be used from any thread: everything in it changes under the locks of its accounts.
public final class SpendReservation: @unchecked Sendable {
    struct Entry {
        let line: Int
        // What metering needs of the line: the whole of it has texts, and costs as much to touch.
        let unit: SpendUnit
        let limit: Int64
        let step: Int64
        let isStaged: Bool
        let account: SpendAccount
        var generation: UInt32
        /// There was less than the request needed, at the beginning or later.
        var isShort: Bool
        var hold: SpendHold

        init(_ line: SpendLine, _ index: Int, _ account: SpendAccount, granted: Int64) {
            self.line = index
            unit = line.unit
            limit = line.limit
            step = line.step
            isStaged = line.isStaged
            self.account = account
            generation = account.generation
            isShort = granted < line.least
            hold = SpendHold(line, granted: granted)
        }

        /// The account has another window now: what was booked before is in none of its buckets.
        mutating func forgetBookings(_ generation: UInt32) {
            self.generation = generation
            hold.forgetBookings()
        }
    }

    /// What was asked for.
    public let lines: [SpendLine]
    let mask: UInt32
    @exclusivity(unchecked) var entries: [Entry]
    @exclusivity(unchecked) var isOver = false
    private let book: SpendBook
    /// One of the lines is only watched.
    private let hasStaged: Bool

    init(book: SpendBook, lines: [SpendLine], entries: [Entry], mask: UInt32) {
        self.book = book
        self.lines = lines
        self.entries = entries
        self.mask = mask
        hasStaged = lines.contains(where: \.isStaged)
    }

    deinit {
        // Nobody else has it any more: no lock is needed to look.
        if !isOver { book.settle(self, nil, now: 0) }
    }

    /// How much of a line was set aside, spent or not.
    public func granted(_ line: Int) -> Int64 {
        book.locked(mask) {
            entries.first { $0.line == line }.map { saturatingSum($0.hold.held, $0.hold.booked) } ?? 0
        }
    }

    /// The first line of a budget that is only watched and that would have denied or cut the request; nil: none.
    public var stagedShortfall: Int? {
        guard hasStaged else { return nil }
        return book.locked(mask) { entries.first { $0.isShort && $0.isStaged }?.line }
    }

    /// Counts what the request has cost so far, all in all. `exhausted`: the stream must be cut now.
    public func meter(_ soFar: SpendAmount, now: Int64) -> MeterResult {
        book.meter(self, soFar, now: now)
    }

    /// Books what the request did cost, also when that is more than was set aside, and gives the rest back. Only the
    /// first call counts.
    public func settle(_ actual: SpendAmount, now: Int64) {
        book.settle(self, actual, now: now)
    }
}
