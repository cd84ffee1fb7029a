import Records
import Synchronization

/// What the writing thread shows to everybody else.
final class HistoryState: Sendable {
    /// What is in memory: because the disk refuses, or because it is asked for often.
    struct Memory: Sendable {
        var blocks: [Waiting] = []
        /// Encoded sums and their minutes.
        var buckets: [(minute: Int64, entries: [UInt8])] = []
        /// What was committed, of the last hour.
        var recent: RecentSums
    }

    /// The part of what was stored that questions have to know.
    struct Chain: Sendable {
        var runs: Runs
        /// Number of the next record.
        var sequence: UInt64
        var fives: Int64
        var hours: Int64
        var days: Int64
    }

    let status = Mutex(HistoryStatus())
    let sources = Mutex<[SourceName: SourceStatus]>([:])
    let totals = Mutex<[UInt32: Measures]>([:])
    let memory: Mutex<Memory>
    let chain: Mutex<Chain>
    let names: SeriesNames
    let live: LiveRing

    init(chain: Chain, names: SeriesNames, recent: RecentSums, liveBytes: Int) {
        self.chain = Mutex(chain)
        memory = Mutex(Memory(recent: recent))
        self.names = names
        live = LiveRing(limit: liveBytes, next: chain.sequence)
    }
}

/// A block that is not committed yet.
struct Waiting: Sendable {
    let block: PackedBlock
    /// For who follows; forgotten once it was shown to them.
    var unpacked: Block?
    /// See `BlockRow`.
    var taken: UInt64
    var lost: UInt64
    /// Records before it whose numbers nobody will see.
    var skipped: UInt64 = 0
}
