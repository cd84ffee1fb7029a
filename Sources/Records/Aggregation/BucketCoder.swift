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
///
/// The bytes are the version, the number of entries, and columns, each with its name and length: who does not ask for a
/// column steps over it, and one that is not known.
public enum BucketCoder {
    private static let version: UInt8 = 1

    /// The bytes; entries are put in the order of their series.
    public static func encode(_ entries: [BucketEntry]) -> [UInt8] {
        let entries = entries.sorted { $0.series < $1.series }
        var writer = ColumnWriter()
        writer.byte(version)
        writer.number(UInt64(entries.count))
        var series = ColumnWriter()
        var last: UInt32 = 0
        for entry in entries {
            series.number(UInt64(entry.series - last))
            last = entry.series
        }
        writer.column(Column.series, series)
        for (name, path) in Column.numbers where entries.contains(where: { $0.measures[keyPath: path] != 0 }) {
            var column = ColumnWriter()
            for entry in entries { column.number(entry.measures[keyPath: path]) }
            writer.column(name, column)
        }
        for (name, path) in Column.histograms
        where entries.contains(where: { !$0.measures[keyPath: path].counts.isEmpty }) {
            var column = ColumnWriter()
            for entry in entries { append(entry.measures[keyPath: path], to: &column) }
            writer.column(name, column)
        }
        if entries.contains(where: { $0.measures.cost.picodollars != 0 }) {
            var column = ColumnWriter()
            for entry in entries { column.signed(entry.measures.cost.picodollars) }
            writer.column(Column.cost, column)
        }
        if !entries.isEmpty { writer.column(Column.times, times(entries)) }
        return writer.bytes
    }

    /// Only buckets that are not empty, each with its number.
    private static func append(_ histogram: Histogram, to column: inout ColumnWriter) {
        let counts = histogram.counts.enumerated().filter { $0.element > 0 }
        column.byte(UInt8(counts.count))
        for (bucket, count) in counts {
            column.byte(UInt8(bucket))
            column.number(count)
        }
    }

    /// The earliest, and then for each entry its first after that, and its last after that.
    private static func times(_ entries: [BucketEntry]) -> ColumnWriter {
        var column = ColumnWriter()
        let earliest = entries.map(\.measures.first).min() ?? 0
        column.signed(Int128(earliest))
        for entry in entries {
            column.number(UInt64(bitPattern: entry.measures.first &- earliest))
            column.number(UInt64(bitPattern: entry.measures.last &- entry.measures.first))
        }
        return column
    }

    /// Reads them back, in the order of their series.
    public static func decode(_ bytes: UnsafeRawBufferPointer) throws(BucketError) -> [BucketEntry] {
        let numbers = try series(bytes)
        // Each entry is a group of its own.
        var sums = ColumnSums(count: numbers.count)
        try sum(bytes, .all, places: numbers.indices.map { Int32($0) }, into: &sums)
        return numbers.enumerated().map { BucketEntry(series: $1, measures: sums.measures($0)) }
    }

    /// Reads only the series, in order.
    public static func series(_ bytes: UnsafeRawBufferPointer) throws(BucketError) -> [UInt32] {
        var (count, columns) = try head(bytes)
        guard let (name, column) = try next(&columns), name == Column.series else {
            throw BucketError("the series are missing")
        }
        return try series(column, count)
    }

    /// Adds what the entries of a group measured to the group's sum, and reads only the columns that are asked for.
    ///
    /// - Parameters:
    ///   - groups: for each series number its group's place in `sums`; negative, and beyond the end: not asked for.
    public static func sum(
        _ bytes: UnsafeRawBufferPointer, columns: MeasureColumns = .all, groups: [Int32], into sums: inout [Measures]
    ) throws(BucketError) {
        let count = Int32(sums.count)
        let places = try series(bytes).map { series in
            let group = Int(series) < groups.count ? groups[Int(series)] : -1
            return group < count ? group : -1
        }
        guard places.contains(where: { $0 >= 0 }) else { return }
        var more = ColumnSums(count: sums.count)
        try sum(bytes, columns, places: places, into: &more)
        for place in sums.indices { sums[place] += more.measures(place) }
    }

    // MARK: reading

    private static func head(_ bytes: UnsafeRawBufferPointer) throws(BucketError) -> (count: Int, rest: ColumnReader) {
        var reader = ColumnReader(bytes)
        let first = reader.byte()
        guard reader.isWhole, first == version else { throw BucketError("version \(first) is not known") }
        let count = reader.number()
        // Each entry takes a byte at least.
        guard reader.isWhole, count <= UInt64(bytes.count) else { throw BucketError("the number of entries is wrong") }
        return (Int(count), reader)
    }

    /// The next column; nil: there is none.
    private static func next(
        _ reader: inout ColumnReader
    ) throws(BucketError) -> (name: UInt8, column: ColumnReader)? {
        guard reader.hasMore else { return nil }
        let name = reader.byte()
        let length = reader.number()
        guard reader.isWhole, let column = reader.column(length) else {
            throw BucketError("column \(name) is cut off")
        }
        return (name, column)
    }

    private static func series(_ column: ColumnReader, _ count: Int) throws(BucketError) -> [UInt32] {
        var column = column
        var last: UInt64 = 0
        var all: [UInt32] = []
        all.reserveCapacity(count)
        for _ in 0..<count {
            last = last.addingSaturated(column.number())
            guard last <= UInt64(UInt32.max) else { throw BucketError("a series is too large a number") }
            all.append(UInt32(last))
        }
        guard column.isDone else { throw BucketError("the series are cut off") }
        return all
    }

    /// - Parameter places: for each entry its place in `sums`; negative: none.
    static func sum(
        _ bytes: UnsafeRawBufferPointer, _ wanted: MeasureColumns, places: [Int32], into sums: inout ColumnSums
    ) throws(BucketError) {
        var (count, columns) = try head(bytes)
        guard count == places.count else { throw BucketError("there are \(count) entries, not \(places.count)") }
        while let (name, column) = try next(&columns) {
            guard let set = Column.sets[name], wanted.contains(set) else { continue }
            var column = column
            try sums.add(name, &column, places)
            guard column.isDone else { throw BucketError("column \(name) is cut off") }
        }
    }
}

/// Names of columns. They are stored: none is ever given to another.
enum Column {
    static let series: UInt8 = 0
    static let cost: UInt8 = 16
    static let times: UInt8 = 17
    /// `durationMaximum`, which is no sum.
    static let maximum: UInt8 = 13

    static let numbers: [(name: UInt8, path: any WritableKeyPath<Measures, UInt64> & Sendable)] = [
        (1, \.count), (2, \.repeats), (3, \.bytesIn), (4, \.bytesOut), (5, \.packetsIn), (6, \.packetsOut),
        (7, \.tokensIn), (8, \.tokensOut), (9, \.tokensCached), (10, \.tokensReasoning), (11, \.tokensEstimated),
        (12, \.durationSum), (13, \.durationMaximum), (14, \.firstByteSum),
    ]

    static let histograms: [(name: UInt8, path: any WritableKeyPath<Measures, Histogram> & Sendable)] = [
        (18, \.durations), (19, \.firstBytes),
    ]

    static let sets: [UInt8: MeasureColumns] = [
        1: .count, 2: .repeats, 3: .bytes, 4: .bytes, 5: .packets, 6: .packets, 7: .tokens, 8: .tokens, 9: .tokens,
        10: .tokens, 11: .tokens, 12: .durations, 13: .durations, 14: .firstBytes, 16: .cost, 17: .times,
        18: .durations, 19: .firstBytes,
    ]
}
