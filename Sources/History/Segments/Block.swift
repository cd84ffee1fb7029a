/// The records of one block, unpacked, with what is known of each without reading its line.
final class Block: Sendable {
    /// One record in it.
    struct Entry {
        /// Where its line is, without the line feed.
        var line: Range<Int>
        /// Where it was placed in time.
        var time: Int64
        /// Its line says another time.
        var isMisplaced: Bool
        var series: UInt32
    }

    /// Sequence number of the first record.
    let first: UInt64
    let entries: [Entry]
    private let raw: [UInt8]

    var end: UInt64 { first + UInt64(entries.count) }
    /// Bytes that it holds in memory.
    var weight: Int { raw.count + entries.count * MemoryLayout<Entry>.stride }

    /// Nil: the index does not fit the lines.
    init?(raw: [UInt8], linesLength: Int, count: Int, first: UInt64) {
        // An entry of the index has at least three bytes.
        guard linesLength <= raw.count, count <= raw.count / 3,
            let entries = raw.withUnsafeBytes({ Self.entries($0, linesLength, count) })
        else { return nil }
        self.raw = raw
        self.first = first
        self.entries = entries
    }

    func withLine<T>(_ entry: Entry, _ body: (UnsafeRawBufferPointer) throws -> T) rethrows -> T {
        try raw.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[entry.line])) }
    }

    func line(_ entry: Entry) -> [UInt8] { Array(raw[entry.line]) }

    private static func entries(_ raw: UnsafeRawBufferPointer, _ linesLength: Int, _ count: Int) -> [Entry]? {
        var reader = VarintReader(raw, from: linesLength)
        guard let kinds = reader.next(), kinds <= UInt64(count) else { return nil }
        var series: [UInt32] = []
        series.reserveCapacity(Int(kinds))
        for _ in 0..<kinds {
            guard let id = reader.next().flatMap(UInt32.init(exactly:)) else { return nil }
            series.append(id)
        }
        var entries: [Entry] = []
        entries.reserveCapacity(count)
        var place = 0
        var time: Int64 = 0
        for _ in 0..<count {
            guard let length = reader.next(), let later = reader.nextSigned(), let kind = reader.next(),
                length >= 1, length <= UInt64(linesLength - place), kind >> 1 < kinds
            else { return nil }
            time &+= later
            entries.append(
                Entry(
                    line: place..<(place + Int(length) - 1), time: time, isMisplaced: kind & 1 == 1,
                    series: series[Int(kind >> 1)]))
            place += Int(length)
        }
        return place == linesLength && reader.isAtEnd ? entries : nil
    }
}
