/// Bytes of a bucket that are no bucket.
public struct BucketError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public var description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Writes the entries of a bucket as columns: for each measure the numbers of all entries one after the other, small ones
/// in few bytes, and columns of nothing not at all.
public enum BucketCoder {
    /// The bytes; entries are put in the order of their series.
    public static func encode(_ entries: [BucketEntry]) -> [UInt8] { [] }

    /// Reads them back, in the order of their series.
    public static func decode(_ bytes: UnsafeRawBufferPointer) throws(BucketError) -> [BucketEntry] { [] }

    /// Reads only the series, in order.
    public static func series(_ bytes: UnsafeRawBufferPointer) throws(BucketError) -> [UInt32] { [] }

    /// Adds what the entries of a group measured to the group's sum, and reads only the columns that are asked for.
    ///
    /// - Parameters:
    ///   - groups: for each series number its group's place in `sums`; negative, and beyond the end: not asked for.
    public static func sum(
        _ bytes: UnsafeRawBufferPointer, columns: MeasureColumns = .all, groups: [Int32], into sums: inout [Measures]
    ) throws(BucketError) {}
}

/// Measures that are to be read.
public struct MeasureColumns: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// `count`.
    public static let count = MeasureColumns(rawValue: 1 << 0)
    /// `repeats`.
    public static let repeats = MeasureColumns(rawValue: 1 << 1)
    /// Bytes each way.
    public static let bytes = MeasureColumns(rawValue: 1 << 2)
    /// Packets each way.
    public static let packets = MeasureColumns(rawValue: 1 << 3)
    /// All of tokens.
    public static let tokens = MeasureColumns(rawValue: 1 << 4)
    /// `cost`.
    public static let cost = MeasureColumns(rawValue: 1 << 5)
    /// Sum, maximum and histogram of durations.
    public static let durations = MeasureColumns(rawValue: 1 << 6)
    /// Sum and histogram of times to the first byte.
    public static let firstBytes = MeasureColumns(rawValue: 1 << 7)
    /// Times of the first and last record.
    public static let times = MeasureColumns(rawValue: 1 << 8)
    /// All of them.
    public static let all = MeasureColumns(rawValue: 1 << 9 - 1)
}
