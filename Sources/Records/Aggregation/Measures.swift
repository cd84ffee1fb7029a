/// What was measured of many records together.
public struct Measures: Sendable, Hashable {
    /// Records.
    public var count: UInt64 = 0
    /// Attempts that have no record of their own (`connection.repeats`).
    public var repeats: UInt64 = 0
    /// Bytes that came from the sources.
    public var bytesIn: UInt64 = 0
    /// Bytes that were answered.
    public var bytesOut: UInt64 = 0
    /// Packets that came from the sources.
    public var packetsIn: UInt64 = 0
    /// Packets that were answered.
    public var packetsOut: UInt64 = 0
    /// Tokens in, cached ones among them.
    public var tokensIn: UInt64 = 0
    /// Tokens out, those of reasoning among them.
    public var tokensOut: UInt64 = 0
    /// Tokens in that were read from a cache.
    public var tokensCached: UInt64 = 0
    /// Tokens out that were reasoning.
    public var tokensReasoning: UInt64 = 0
    /// Of the tokens in and out together: those that no server reported.
    public var tokensEstimated: UInt64 = 0
    /// Dollars.
    public var cost = Cost()
    /// Durations together, in microseconds.
    public var durationSum: UInt64 = 0
    /// The longest, in microseconds.
    public var durationMaximum: UInt64 = 0
    /// Times to the first byte together, in microseconds.
    public var firstByteSum: UInt64 = 0
    /// Records with a duration by its length.
    public var durations = Histogram()
    /// Records with a first byte by the time to it.
    public var firstBytes = Histogram()
    /// Time of the first record, in microseconds since 1970; nothing while `count` is 0.
    public var first: Int64 = .max
    /// Time of the last.
    public var last: Int64 = .min

    /// Nothing.
    public init() {}

    /// Adds a scanned record.
    public mutating func add(_ scanner: borrowing RecordScanner, in line: UnsafeRawBufferPointer) {}

    /// Adds up; what does not fit stays at the most that does.
    public static func += (sum: inout Measures, more: Measures) {}
}
