/// What the records of one series agree in: a value for each dimension that they have.
///
/// It is one run of bytes, in which it is also stored and compared; `Series(encoded:)` reads it back: eight bytes whose
/// bits say which dimensions are collapsed, then for each dimension that has a value its number, the length in one byte
/// or two, and the text, in the order of the fields.
public struct Series: Hashable, Sendable {
    /// The bytes to store. The same series always has the same.
    public let encoded: [UInt8]

    /// Bytes that a value has at most. Of what is longer, no value is kept: the dimension is collapsed.
    public static let longestValue = 1_023

    init(unchecked encoded: [UInt8]) {
        self.encoded = encoded
    }

    /// Reads what was stored; nil: it is nothing that a series was stored as.
    public init?(encoded: [UInt8]) {
        guard encoded.count >= 8 else { return nil }
        self.init(unchecked: encoded)
        var index = 8
        var last = -1
        while index < encoded.count {
            guard let dimension = Dimension(rawValue: encoded[index]), let order = dimension.order, order > last,
                let value = value(at: index), !value.isEmpty, !isCollapsed(dimension),
                String(validating: encoded[value], as: UTF8.self) != nil
            else { return nil }
            (index, last) = (value.upperBound, order)
        }
    }

    /// A series with these values; what is empty is not there.
    public init(_ values: [Dimension: String]) {
        self.init(values, collapsed: [])
    }

    init(_ values: [Dimension: String], collapsed: Set<Dimension>) {
        var key = SeriesKey()
        for dimension in Dimension.inOrder {
            if collapsed.contains(dimension) { key.collapse(dimension) }
            guard let value = values[dimension], !collapsed.contains(dimension) else { continue }
            let text = dimension == .aiClasses ? value.replacingCommas : value
            Array(text.utf8).withUnsafeBytes { key.append(dimension, $0) }
        }
        self.init(unchecked: key.bytes)
    }

    /// The series that a scanned record is of, with nothing collapsed but what is too long.
    public init(_ scanner: borrowing RecordScanner) {
        var key = SeriesKey()
        key.readSlowly(scanner, collapsing: [])
        self.init(unchecked: key.bytes)
    }

    /// The series of all records that found no place among the others.
    public static let overflow = Series([:], collapsed: Set(Dimension.inOrder))

    /// The value of a dimension; empty: its records do not have it, or it was not kept apart (`isCollapsed`).
    public subscript(dimension: Dimension) -> String {
        if dimension == .statusClass { return self[.status].isEmpty ? "" : "\(self[.status].prefix(1))xx" }
        guard let range = range(of: dimension) else { return "" }
        let text = String(decoding: encoded[range], as: UTF8.self)
        return dimension == .aiClasses ? String(text.map { $0 == "\u{1f}" ? "," : $0 }) : text
    }

    /// True when the records of this series may differ in the dimension, because there were too many values.
    public func isCollapsed(_ dimension: Dimension) -> Bool {
        let bit = Int((dimension == .statusClass ? .status : dimension).rawValue)
        return encoded[bit / 8] & (1 << UInt8(bit % 8)) != 0
    }

    /// Every dimension that is not empty, in order.
    public var values: [(dimension: Dimension, text: String)] {
        Dimension.inOrder.compactMap { range(of: $0) == nil ? nil : ($0, self[$0]) }
    }

    /// The bytes of a value; nil: there is none.
    func range(of dimension: Dimension) -> Range<Int>? {
        var index = 8
        while index < encoded.count, let value = value(at: index) {
            if encoded[index] == dimension.rawValue { return value }
            index = value.upperBound
        }
        return nil
    }

    /// The bytes of the value whose dimension stands here.
    private func value(at index: Int) -> Range<Int>? {
        guard index + 1 < encoded.count else { return nil }
        let first = Int(encoded[index + 1])
        if first < 0x80 {
            let start = index + 2
            return start + first <= encoded.count ? start..<(start + first) : nil
        }
        guard index + 2 < encoded.count else { return nil }
        let start = index + 3
        let length = first & 0x7f | Int(encoded[index + 2]) << 7
        return length >= 0x80 && length <= Self.longestValue && start + length <= encoded.count
            ? start..<(start + length) : nil
    }
}

extension Dimension {
    /// The stored dimensions in the order of their fields, in which they stand in `Series.encoded`.
    static let inOrder: [Dimension] = allCases.filter { $0.field != nil }.sorted { $0.fieldNumber < $1.fieldNumber }

    /// Its place in `inOrder`; nil: it is not stored.
    var order: Int? { Self.orders[Int(rawValue)] }

    private static let orders: [Int?] = allCases.map { inOrder.firstIndex(of: $0) }

    private var fieldNumber: Int { field.map { Int($0.rawValue) } ?? .max }
}

extension String {
    fileprivate var replacingCommas: String { String(map { $0 == "," ? "\u{1f}" : $0 }) }
}
