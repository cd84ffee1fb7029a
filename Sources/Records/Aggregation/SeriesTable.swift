/// Gives series numbers, from 0, in the order in which they are first seen. Their number is bounded: when three quarters
/// of the places are taken, new series are told apart no longer by what callers choose (port, model, tool, method);
/// when all are, what is new is counted in `Series.overflow`, number 0, which is always there.
public struct SeriesTable: ~Copyable {
    /// Series that there can be.
    public let limit: Int
    /// Series that there are, `overflow` among them.
    public private(set) var count = 1
    /// Records that were counted in `overflow`.
    public private(set) var overflowed: UInt64 = 0
    /// Records of which what callers choose was not told apart.
    public private(set) var collapsed: UInt64 = 0

    /// A table of `overflow` alone.
    public init(limit: Int = 100_000) {
        self.limit = limit
    }

    /// The number of the series of a scanned line.
    public mutating func number(of scanner: borrowing RecordScanner, in line: UnsafeRawBufferPointer) -> UInt32 { 0 }

    /// The number of a series, which becomes one of the table where there is room: to fill the table with what was
    /// stored, in the order of the stored numbers.
    public mutating func number(of series: Series) -> UInt32 { 0 }

    /// The series of a number.
    public subscript(number: UInt32) -> Series { Series.overflow }
}
