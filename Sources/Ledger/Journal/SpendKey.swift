import Access

/// One bucket of one account.
struct SpendKey: Hashable {
    let account: UInt128
    let window: SpendWindow
    let bucket: Int64

    /// Accounts are hashes, and seldom have more than one bucket that waits.
    func hash(into hasher: inout Hasher) { hasher.combine(account) }

    init(_ entry: SpendEntry) {
        account = entry.line.account
        window = entry.line.window
        bucket = entry.bucket
    }

    /// What a file says; nil: there is no such bucket.
    init?(account: UInt128, window: SpendWindow, storedBucket bucket: Int64) {
        guard (0...window.bucket(at: .max)).contains(bucket) else { return nil }
        self.account = account
        self.window = window
        self.bucket = bucket
    }
}
