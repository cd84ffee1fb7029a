/// What is stored of one bucket of an account.
public struct SpendEntry: Sendable, Hashable {
    /// The account, with the names and the limit that it had when it was last asked.
    public var line: SpendLine
    /// Number of the bucket in the line's window.
    public var bucket: Int64
    /// All that was spent in it, not what was added.
    public var amount: Int64

    /// An entry.
    public init(line: SpendLine, bucket: Int64, amount: Int64) {
        self.line = line
        self.bucket = bucket
        self.amount = amount
    }
}

extension SpendBook {
    /// What changed since the last call. What is only held is not among it: after a crash nobody holds anything.
    public func takeChanges() -> SpendChanges {
        var changes = SpendChanges()
        eachShard { changes.append($0.takeChanges()) }
        return changes
    }

    /// Takes in what was stored. To be called before the first reservation; entries that count no longer are left out.
    ///
    /// - Returns: false when there is not room for all: then the book must not be used, it would count too little.
    public func load(_ entries: [SpendEntry], now: Int64) -> Bool {
        var isWhole = true
        for entry in entries where entry.line.window.expiry(of: entry.bucket) > now {
            locked(1 << UInt32(truncatingIfNeeded: entry.line.account & 15)) {
                guard let account = shard(entry.line.account).account(entry.line, now: now) else {
                    isWhole = false
                    return
                }
                account.restore(entry.amount, in: entry.bucket)
            }
        }
        return isWhole
    }

    /// What counts now in every account that is remembered.
    public func report(now: Int64) -> [SpendStatus] {
        var statuses: [SpendStatus] = []
        eachShard { shard in
            for account in shard.accounts.all {
                account.advance(now)
                statuses.append(
                    SpendStatus(
                        line: account.line, spent: account.spent, reserved: account.reserved,
                        windowEnd: account.window.expiry(of: account.newest)))
            }
        }
        return statuses
    }
}

/// How much of an account is spent.
public struct SpendStatus: Sendable, Hashable {
    /// The account, with the names and the limit that it had when it was last asked.
    public var line: SpendLine
    /// What counts in the window.
    public var spent: Int64
    /// What running requests hold.
    public var reserved: Int64
    /// When nothing that is spent now will count any more: the end of the calendar window, or of the rolling one.
    /// Milliseconds since 1970.
    public var windowEnd: Int64

    /// A status.
    public init(line: SpendLine, spent: Int64, reserved: Int64, windowEnd: Int64) {
        self.line = line
        self.spent = spent
        self.reserved = reserved
        self.windowEnd = windowEnd
    }
}
