/// One record with what is known of it besides its line.
public struct StoredRecord: Sendable, Hashable {
    /// Its line, without a line feed.
    public var line: [UInt8]
    /// Its place.
    public var cursor: Cursor
    /// When it happened; where its line says a time that cannot be, when it came. Microseconds since 1970.
    public var time: Int64
    /// Its line says a time that cannot be.
    public var isMisplaced: Bool
}

/// Records that a filter asks for.
public struct RecordPage: Sendable, Hashable {
    /// In the order that was asked for.
    public var records: [StoredRecord] = []
    /// Where the next page goes on; nil: there are no more.
    public var next: Cursor?
    /// How much of what happened these records are.
    public var complete = Completeness()

    /// None.
    public init() {}
}

/// How much of what happened an answer is about, in the part of time that was looked at for it.
public struct Completeness: Sendable, Hashable {
    /// Records that were only counted, because the share of lines that is kept is less than all.
    public var sampledOut: UInt64 = 0
    /// Records that were lost.
    public var lost: UInt64 = 0
    /// Blocks that could not be read.
    public var unreadable = 0
    /// False: there was so much to look through that the answer stops before its time does; `next` goes on.
    public var isWhole = true

    /// Everything.
    public init() {}
}

/// What somebody who follows is told.
public enum LiveEvent: Sendable, Hashable {
    /// A record that the filter asks for.
    case record(StoredRecord)
    /// He was too slow: so many records, of all kinds, were not looked at for him.
    case missed(UInt64)
}
