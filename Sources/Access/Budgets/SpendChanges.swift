/// One bucket of one account.
public struct SpendKey: Hashable, Sendable {
    /// The account.
    public let account: UInt128
    /// The window that the bucket is one of.
    public let window: SpendWindow
    /// Its number in the window.
    public let bucket: Int64

    /// Accounts are hashes, and seldom have more than one bucket that waits.
    public func hash(into hasher: inout Hasher) { hasher.combine(account) }

    /// A bucket.
    public init(account: UInt128, window: SpendWindow, bucket: Int64) {
        self.account = account
        self.window = window
        self.bucket = bucket
    }
}

/// What has to be stored.
public struct SpendChanges: Sendable {
    /// Buckets with all that is in them. Of a bucket that is there twice the last one counts.
    public var amounts: [(key: SpendKey, value: Int64)] = []
    /// Accounts whose names, limit or window are new.
    public var lines: [SpendLine] = []

    /// Nothing.
    public init() {}

    /// True when nothing changed.
    public var isEmpty: Bool { amounts.isEmpty && lines.isEmpty }

    /// Lets what was changed again go: where nobody can store it, it grows no further than accounts and buckets do.
    public mutating func keepLast() {
        let last = Dictionary(amounts.map { ($0.key, $0.value) }) { $1 }
        let names = Dictionary(lines.map { ($0.account, $0) }) { $1 }
        amounts = last.map { ($0.key, $0.value) }
        lines = Array(names.values)
    }

    /// Takes in what changed later.
    public mutating func append(_ later: SpendChanges) {
        amounts += later.amounts
        lines += later.lines
    }
}

/// Where in the list of its shard the last change of an account stands.
struct SpendListing {
    /// Which list: they are counted as they are taken.
    var list: UInt32 = .max
    var place: Int32 = 0
}

/// What changed in the accounts of a shard. It is written down when it happens, where the account is at hand: to go through
/// the accounts afterwards would be to fetch them from memory once more.
struct SpendChangeList {
    private var changes = SpendChanges()
    private var number: UInt32 = 0
    /// More changed than is listed: all accounts are to be looked at.
    private(set) var isFull = false
    /// The most buckets that are listed. In the time of a commit there are some hundreds.
    static let most = 1 << 13

    /// Takes down what changed in an account since the last time.
    mutating func note(_ account: SpendAccount) {
        guard account.isChanged else { return }
        if let line = account.takeRenaming() { changes.lines.append(line) }
        account.takeChanges { bucket, amount in
            set(SpendKey(account: account.id, window: account.window, bucket: bucket), amount, account)
        }
        guard changes.amounts.count >= Self.most else { return }
        isFull = true
        changes = SpendChanges()
        number &+= 1
    }

    private mutating func set(_ key: SpendKey, _ amount: Int64, _ account: SpendAccount) {
        let listing = account.listing
        if listing.list == number, changes.amounts[Int(listing.place)].key == key {
            changes.amounts[Int(listing.place)].value = amount
            return
        }
        account.listing = SpendListing(list: number, place: Int32(changes.amounts.count))
        changes.amounts.append((key, amount))
    }

    /// Gives what is listed, or all there is in these accounts where more changed than that.
    mutating func take(of accounts: some Sequence<SpendAccount>) -> SpendChanges {
        defer {
            isFull = false
            changes = SpendChanges()
            number &+= 1
        }
        guard isFull else { return changes }
        var all = SpendChanges()
        for account in accounts {
            all.lines.append(account.line)
            account.eachBucket(from: .min) { bucket, amount in
                all.amounts.append((SpendKey(account: account.id, window: account.window, bucket: bucket), amount))
            }
        }
        return all
    }
}
