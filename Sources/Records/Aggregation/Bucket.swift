/// What was measured of one series in one length of time.
public struct BucketEntry: Sendable, Hashable {
    /// The series, as a `SeriesTable` numbers them.
    public var series: UInt32
    /// What was measured.
    public var measures: Measures

    /// An entry.
    public init(series: UInt32, measures: Measures) {
        self.series = series
        self.measures = measures
    }
}

/// What was measured in one length of time, by series. Adding to it costs no search.
public struct Bucket: Sendable {
    /// When it begins, in microseconds since 1970.
    public let start: Int64
    /// What was measured, in the order in which the series were first seen.
    public private(set) var entries: [BucketEntry] = []

    /// An empty bucket.
    public init(start: Int64) {
        self.start = start
    }

    /// Adds a scanned record to its series.
    public mutating func add(
        _ scanner: borrowing RecordScanner, in line: UnsafeRawBufferPointer, series: UInt32
    ) {}

    /// Adds to a series.
    public mutating func add(_ measures: Measures, series: UInt32) {}

    /// Adds a whole bucket, of a part of the same time.
    public mutating func add(_ other: Bucket) {}
}
