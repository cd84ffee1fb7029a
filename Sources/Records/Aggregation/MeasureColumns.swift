/// Measures that are to be read.
public struct MeasureColumns: OptionSet, Sendable, Hashable {
    /// A bit for each.
    public let rawValue: UInt32

    /// Measures by their bits.
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
    public static let all = MeasureColumns(rawValue: (1 << 9) - 1)
}
