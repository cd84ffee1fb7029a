import Records

/// Where the console's records and numbers come from: the history, or what a test made up.
public protocol HubData: Sendable {
    /// A page of records.
    func page(_ question: PageQuestion) async throws -> HubPage
    /// Numbers.
    func groups(_ query: GroupQuery) async throws -> GroupTable
    /// Every record with the id, oldest first; a connection has several.
    func find(id: String) async throws -> [[UInt8]]
    /// The prompt and the answer that a policy has stored of a request; nil: nothing is, or not any more.
    ///
    /// - Throws: `ContentProblem` when it is there and cannot be read.
    func content(id: String) async throws -> RecordContent?
    /// Keeps a record of the hub's own, and returns when it is there for good.
    func note(_ line: [UInt8]) async throws
    /// Records from now on, or from after a cursor on. A reader that is too slow misses some and is told how many.
    func follow(_ filter: RecordFilter, after cursor: String?) -> AsyncStream<HubEvent>
    /// How the history is.
    func status() async -> HubStatus
}

/// A cursor that is none, or is of another history.
public struct CursorError: Error, Sendable {
    /// That error.
    public init() {}
}

/// Why a prompt or an answer that is stored cannot be read.
public struct ContentProblem: Error, Sendable, Equatable {
    /// In words.
    public var text: String

    /// That problem.
    public init(_ text: String) { self.text = text }
}

/// A question for records.
public struct PageQuestion: Sendable {
    /// Which.
    public var filter: RecordFilter
    /// From when, in microseconds since 1970.
    public var from: Int64
    /// To when, not itself.
    public var to: Int64
    /// Those after this one only; nil: from the start.
    public var cursor: String?
    /// At most so many.
    public var limit: Int
    /// The newest come first.
    public var newestFirst: Bool

    /// A question.
    public init(
        filter: RecordFilter, from: Int64, to: Int64, cursor: String? = nil, limit: Int = 100, newestFirst: Bool = true
    ) {
        self.filter = filter
        self.from = from
        self.to = to
        self.cursor = cursor
        self.limit = limit
        self.newestFirst = newestFirst
    }
}

/// The answer to a `PageQuestion`.
public struct HubPage: Sendable {
    /// Lines of JSON, without their ends.
    public var lines: [[UInt8]]
    /// Where to go on; nil: there are no more.
    public var next: String?
    /// How much of what happened they are.
    public var complete: Completeness

    /// A page.
    public init(lines: [[UInt8]], next: String?, complete: Completeness) {
        self.lines = lines
        self.next = next
        self.complete = complete
    }
}

/// How much of what happened is there as records. What is not is counted all the same.
public struct Completeness: Sendable, Encodable, Equatable {
    /// The share of ordinary records that are kept, 0 to 1; denials are always kept.
    public var share: Double
    /// Records that were lost on their way, in the time that was asked for.
    public var lost: UInt64
    /// The time of the oldest record that is there, in microseconds since 1970; nil: there is none.
    public var oldest: Int64?

    /// That much.
    public init(share: Double = 1, lost: UInt64 = 0, oldest: Int64? = nil) {
        self.share = share
        self.lost = lost
        self.oldest = oldest
    }
}

/// What a live stream says.
public enum HubEvent: Sendable {
    /// A record, and the cursor after it.
    case record([UInt8], cursor: String)
    /// So many were missed, because the reader was too slow.
    case missed(UInt64)
}

/// How the history is.
public struct HubStatus: Sendable, Encodable {
    /// Somebody who sends records.
    public struct Source: Sendable, Encodable {
        /// Its name.
        public var name: String
        /// When it was last heard, in microseconds since 1970.
        public var lastSeen: Int64
        /// How far its clock is from ours, in microseconds.
        public var clockSkew: Int64
        /// Records that it dropped.
        public var dropped: UInt64

        /// A source.
        public init(name: String, lastSeen: Int64, clockSkew: Int64 = 0, dropped: UInt64 = 0) {
            self.name = name
            self.lastSeen = lastSeen
            self.clockSkew = clockSkew
            self.dropped = dropped
        }
    }

    /// `disk`, or `memory` while the disk cannot be written.
    public var storage: String
    /// Why records are only in memory; nil: they are not.
    public var storageProblem: String?
    /// Bytes on the disk.
    public var bytes: UInt64
    /// The time of the oldest record, in microseconds since 1970; nil: there is none.
    public var oldest: Int64?
    /// Records that were dropped, by cause.
    public var dropped: [String: UInt64]
    /// Last link of the chain of hashes.
    public var head: String
    /// Who sends.
    public var sources: [Source]

    /// A state.
    public init(
        storage: String = "disk", storageProblem: String? = nil, bytes: UInt64 = 0, oldest: Int64? = nil,
        dropped: [String: UInt64] = [:], head: String = "", sources: [Source] = []
    ) {
        self.storage = storage
        self.storageProblem = storageProblem
        self.bytes = bytes
        self.oldest = oldest
        self.dropped = dropped
        self.head = head
        self.sources = sources
    }
}
