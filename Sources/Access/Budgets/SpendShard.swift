import Synchronization

/// A part of the accounts, behind one lock.
///
/// The accounts stand beside the lock and not inside of it, because a request that touches several parts holds several
/// locks at once. `SpendBook.locked` is the only way to them.
final class SpendShard: @unchecked Sendable {
    let lock = Mutex<Void>(())
    @exclusivity(unchecked) private(set) var accounts = AccountTable()
    @exclusivity(unchecked) private var changes = SpendChangeList()
    private let capacity: Int
    private var lookAgain = Int64.min
    /// How long a part in which nobody can be forgotten waits before it looks again, in milliseconds.
    private static let pauseWhenFull: Int64 = 1_000

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// The account of a line, made when there is none; nil when there is no room for it.
    func account(_ line: SpendLine, now: Int64) -> SpendAccount? {
        if let account = accounts[line.account] {
            update(account) { $0.renew(line, now: now) }
            return account
        }
        guard accounts.count < capacity || makeRoom(now: now) else { return nil }
        let account = SpendAccount(line, now: now)
        accounts.insert(account)
        return account
    }

    /// Changes an account, and remembers what changed.
    func update<Result>(_ account: SpendAccount, _ change: (SpendAccount) -> Result) -> Result {
        defer { changes.note(account) }
        return change(account)
    }

    /// What changed since the last look.
    func takeChanges() -> SpendChanges { changes.take(of: accounts.all) }

    private func makeRoom(now: Int64) -> Bool {
        guard now >= lookAgain else { return false }
        accounts.removeAll { account in
            account.advance(now)
            return account.isIdle
        }
        // Nearly full: rest before the next look, or every new caller would pay for a whole one.
        if accounts.count > capacity / 8 * 7 { lookAgain = now + Self.pauseWhenFull }
        return accounts.count < capacity
    }
}
