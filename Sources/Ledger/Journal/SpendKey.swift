import Access

extension SpendKey {
    /// What a file says; nil: there is no such bucket.
    init?(account: UInt128, window: SpendWindow, storedBucket bucket: Int64) {
        guard (0...window.bucket(at: .max)).contains(bucket) else { return nil }
        self.init(account: account, window: window, bucket: bucket)
    }
}
