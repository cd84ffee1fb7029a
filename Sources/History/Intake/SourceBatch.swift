/// A gateway or agent that sends records, and which of its lives that was: numbers of batches begin anew with each.
public struct SourceName: Hashable, Sendable, CustomStringConvertible {
    /// Who it has proved to be.
    public var name: String
    /// Chosen at random at its start.
    public var incarnation: String

    /// A source.
    public init(_ name: String, incarnation: String) {
        self.name = name
        self.incarnation = incarnation
    }

    /// What the process itself sends is counted under this.
    public static let own = SourceName("", incarnation: "")

    /// Name and incarnation.
    public var description: String { "\(name)/\(incarnation)" }
}

/// Records of a source, numbered so that nothing is lost or taken twice when a connection breaks.
public struct SourceBatch: Sendable {
    /// Whose records they are.
    public var source: SourceName
    /// Greater than that of the batch before; numbers may be left out.
    public var number: UInt64
    /// Whole lines.
    public var lines: [UInt8]
    /// How many lines.
    public var count: Int
    /// Records that the source dropped since the batch before.
    public var dropped: UInt64
    /// Microseconds that the source's clock was ahead of ours when it sent this; nil: it does not say.
    public var skew: Int64?

    /// Records of a source.
    public init(source: SourceName, number: UInt64, lines: [UInt8], count: Int, dropped: UInt64 = 0, skew: Int64? = nil)
    {
        self.source = source
        self.number = number
        self.lines = lines
        self.count = count
        self.dropped = dropped
        self.skew = skew
    }
}

/// How safe a batch is that was taken.
public enum Acknowledgement: Sendable, Hashable {
    /// It is on the disk.
    case stored
    /// The disk refuses; it is in memory, and will be on the disk when that is well again. Sending it again would not
    /// make it safer.
    case inMemory
}

/// What is known of a source.
public struct SourceStatus: Sendable, Hashable {
    /// The source.
    public var source: SourceName
    /// The last batch of it that was committed.
    public var position: UInt64 = 0
    /// When something of it came last, in microseconds since 1970.
    public var lastSeen: Int64 = 0
    /// Records that came.
    public var records: UInt64 = 0
    /// Records that said a time that cannot be; they were placed when they came.
    public var misplaced: UInt64 = 0
    /// Microseconds that its clock was ahead of ours when it was last told, now and not by any record; nil: not since
    /// the start.
    public var skew: Int64?
    /// Lines that are no records, and were left out.
    public var refused: UInt64 = 0

    init(source: SourceName) {
        self.source = source
    }

    /// Its clock agrees with ours, as far as clocks do. What the process itself sends is told by our own.
    public var isClockRight: Bool {
        guard source != .own else { return true }
        return skew.map { $0.magnitude <= TimePlacement.tolerance.magnitude } ?? false
    }

    /// Its clock is known to be wrong.
    public var isClockWrong: Bool { skew != nil && !isClockRight }
}
