import Access
import GRDB

/// What is in `recent` and not yet in `spend`: written there little by little, because a commit that took long would delay
/// the next one.
struct SpendBacklog {
    /// A part of it, small enough for one commit.
    struct Part {
        let amounts: ArraySlice<(key: SpendKey, value: Int64)>
        /// The rows of `recent` that are not needed once this part is saved; nil: others of them have to be saved first.
        let done: Int64?

        /// Writes it, in the caller's transaction.
        func save(_ database: Database) throws {
            try LedgerRows.save(amounts, database)
            if let done { try RecentSpend.forget(upTo: done, database) }
        }
    }

    /// Buckets that are written in one commit.
    static let partSize = 256
    /// So many buckets in `recent` (16 MB), or so many rounds of the journal, and they are written. A bucket costs a
    /// hundred times as much in its place as in `recent`, and with many callers each is there many times.
    static let mostEntries = 400_000
    static let mostRounds = 600

    private var amounts: [SpendKey: Int64] = [:]
    private var entries = 0
    private var rounds = 0
    private var last: Int64 = 0
    /// What is being written, in the order of the accounts, so that neighbours share pages.
    private var writing: [(key: SpendKey, value: Int64)] = []
    private var written = 0
    private var end: Int64 = 0

    /// Takes in what a commit added to `recent`, whose last row is `last` now.
    mutating func add(_ added: some Collection<(key: SpendKey, value: Int64)>, last: Int64) {
        for (key, amount) in added { amounts[key] = amount }
        entries += added.count
        self.last = last
    }

    /// What the next commit should write; nil: nothing.
    mutating func nextPart() -> Part? {
        if writing.isEmpty { begin() }
        guard !writing.isEmpty else { return nil }
        let stop = min(written + Self.partSize, writing.count)
        return Part(amounts: writing[written..<stop], done: stop == writing.count ? end : nil)
    }

    /// The part that `nextPart` gave is in the file.
    mutating func partWasSaved() {
        written += Self.partSize
        guard written >= writing.count else { return }
        writing = []
        written = 0
    }

    private mutating func begin() {
        rounds += 1
        guard !amounts.isEmpty, entries >= Self.mostEntries || rounds >= Self.mostRounds else { return }
        writing = amounts.sorted { $0.key.account < $1.key.account }
        end = last
        amounts = [:]
        entries = 0
        rounds = 0
    }
}
