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
    /// For each series its place in `entries`, and 1; 0: it has none.
    private var places: [UInt32] = []

    /// An empty bucket.
    public init(start: Int64) {
        self.start = start
    }

    /// The beginning of the length of time that a moment is in.
    ///
    /// - Parameter length: in microseconds; a minute has 60,000,000.
    public static func start(of time: Int64, length: Int64) -> Int64 {
        let (start, isOver) = time.subtractingReportingOverflow(time.modulo(length))
        return isOver ? .min : start
    }

    /// Adds a scanned record to its series.
    public mutating func add(_ scanner: borrowing RecordScanner, in line: UnsafeRawBufferPointer, series: UInt32) {
        let place = place(of: series)
        entries[place].measures.add(scanner, in: line)
    }

    /// Adds to a series.
    public mutating func add(_ measures: Measures, series: UInt32) {
        let place = place(of: series)
        entries[place].measures += measures
    }

    /// Adds a whole bucket, of a part of the same time: minutes to an hour.
    public mutating func add(_ other: Bucket) {
        for entry in other.entries { add(entry.measures, series: entry.series) }
    }

    @inline(__always)
    private mutating func place(of series: UInt32) -> Int {
        if Int(series) < places.count, places[Int(series)] > 0 { return Int(places[Int(series)]) - 1 }
        return addEntry(series)
    }

    @inline(never)
    private mutating func addEntry(_ series: UInt32) -> Int {
        if Int(series) >= places.count {
            places += Array(repeating: 0, count: max(Int(series) + 1, places.count * 2) - places.count)
        }
        entries.append(BucketEntry(series: series, measures: Measures()))
        places[Int(series)] = UInt32(entries.count)
        return entries.count - 1
    }
}
