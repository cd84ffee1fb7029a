/// How the history does.
public struct HistoryStatus: Sendable, Hashable {
    /// Where records go.
    public enum Mode: Sendable, Hashable {
        /// To the disk.
        case disk
        /// The disk refuses: the newest records are in memory, and older ones go when that is full.
        case memory(reason: String)
    }

    /// Where the chain of blocks ends.
    public struct Head: Sendable, Hashable {
        /// Number of the last record.
        public var sequence: UInt64
        /// Hash of the last block, in hexadecimal digits: whoever knows it notices every change of what came before.
        public var hash: String
    }

    /// Why records are missing.
    public struct Dropped: Sendable, Hashable {
        /// They came faster than they could be taken in.
        public var queue: UInt64 = 0
        /// The disk refused, and memory was full.
        public var memory: UInt64 = 0
        /// Sources said that they dropped them.
        public var source: UInt64 = 0
        /// They were no records.
        public var refused: UInt64 = 0

        /// All of them.
        public var all: UInt64 { queue + memory + source + refused }
    }

    /// Where records go.
    public var mode = Mode.disk
    /// What was found damaged at start and where it is now; nil: nothing. Somebody should look.
    public var damage: String?
    /// What else somebody should look at: segments that are missing, sums or checkpoints that cannot be written.
    public var problems: [String] = []
    /// Bytes of segments.
    public var segmentBytes: Int64 = 0
    /// Bytes of the tables.
    public var tableBytes: Int64 = 0
    /// Time of the oldest record whose line is there, in microseconds since 1970; nil: there is none.
    public var oldest: Int64?
    /// Records that came since the start.
    public var taken: UInt64 = 0
    /// Of those, records whose line was kept.
    public var kept: UInt64 = 0
    /// Records that were dropped since the start.
    public var dropped = Dropped()
    /// The share of records whose line is kept.
    public var detailShare: Double = 1
    /// Where the chain ends; nil: it has no block.
    public var head: Head?
    /// Series that there are.
    public var series = 0
    /// Records that were counted without telling their series apart, because there were too many.
    public var overflowed: UInt64 = 0
    /// Streams that follow.
    public var followers = 0
    /// Sources, the one that was seen last at the end.
    public var sources: [SourceStatus] = []
    /// The clock jumped: nothing is deleted by age until it has run steadily for an hour.
    public var isClockUnsteady = false
    /// Commits since the start.
    public var commits: UInt64 = 0
    /// Microseconds that the longest of them took.
    public var longestCommit: Int64 = 0

    /// Nothing yet.
    public init() {}
}
