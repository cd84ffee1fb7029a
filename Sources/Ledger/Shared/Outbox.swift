import Access
import Synchronization

/// What is to be booked in the shared counters, added up by account and bucket until it is sent.
///
/// Event loops add to it while their streams run; nothing waits for the server. Bounded: with more accounts at once
/// than it keeps, additions to new ones are dropped and counted.
final class Outbox: Sendable {
    struct Key: Hashable {
        /// Under which the amounts are held.
        let replica: String
        let account: UInt128
        let window: SpendWindow
        let bucket: Int64
    }

    struct Amounts {
        /// Negative: taken back.
        var spent: Int64 = 0
        var released: Int64 = 0
    }

    private struct Content {
        var entries: [Key: Amounts] = [:]
        var dropped = 0
    }

    private static let mostEntries = 1 << 17
    private let content = Mutex(Content())

    /// Amounts that were dropped since the start.
    var dropped: Int { content.withLock { $0.dropped } }

    var isEmpty: Bool { content.withLock { $0.entries.isEmpty } }

    func add(_ key: Key, spent: Int64, released: Int64) {
        guard spent != 0 || released != 0 else { return }
        content.withLock { content in
            guard content.entries.count < Self.mostEntries || content.entries[key] != nil else {
                content.dropped += 1
                return
            }
            var amounts = content.entries[key] ?? Amounts()
            amounts.spent = Self.sum(amounts.spent, spent)
            amounts.released = Self.sum(amounts.released, released)
            content.entries[key] = amounts
        }
    }

    /// The next batch, which is then no longer here.
    func take(_ most: Int) -> [(key: Key, amounts: Amounts)] {
        content.withLock { content in
            let batch = content.entries.prefix(most).map { (key: $0.key, amounts: $0.value) }
            if batch.count == content.entries.count {
                content.entries.removeAll(keepingCapacity: true)
            } else {
                for entry in batch { content.entries[entry.key] = nil }
            }
            return batch
        }
    }

    /// Both are within 2^53, so that their sum cannot overflow.
    private static func sum(_ a: Int64, _ b: Int64) -> Int64 {
        min(max(a + b, -CounterScripts.most), CounterScripts.most)
    }
}
