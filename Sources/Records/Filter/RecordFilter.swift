/// A question about a record, with the answer yes or no: `verdict=denied and namespace=dev`. What can be asked stands in
/// `docs/filters.md`.
public struct RecordFilter: Sendable, Hashable, CustomStringConvertible {
    private let node: FilterNode

    /// Reads a filter; the empty text is `all`.
    ///
    /// - Parameter now: microseconds since 1970 that times such as `-15m` count from; nil: such times are refused.
    public init(_ text: String, now: Int64? = nil) throws(FilterError) {
        node = try FilterParser.parse(text, now: now)
    }

    private init(_ node: FilterNode) {
        self.node = node
    }

    /// Every record.
    public static var all: RecordFilter { RecordFilter(.all) }

    /// Records that are in both.
    public func and(_ other: RecordFilter) -> RecordFilter { RecordFilter(.all(of: [node, other.node])) }

    /// Records that are in one of them.
    public func or(_ other: RecordFilter) -> RecordFilter { RecordFilter(.any(of: [node, other.node])) }

    /// All other records.
    public var not: RecordFilter { RecordFilter(.none(of: node)) }

    /// True for every record.
    public var isAll: Bool { node == .all }

    /// True when every series answers yes or no, as long as none of its dimensions is collapsed.
    public var isDecidedBySeries: Bool { node.isDecidedBySeries }

    /// The answer of a scanned line.
    public func matches(_ scanner: borrowing RecordScanner, in line: UnsafeRawBufferPointer) -> Bool {
        node.answer(scanner) == .yes
    }

    /// The answer that all records of a series have.
    public func matches(_ series: Series) -> Ternary { node.answer(series) }

    /// The answer of a record, which is that of its line: of text from outside, as it is written there.
    public func matches(_ record: Record) -> Bool {
        var line: [UInt8] = []
        RecordEncoder.append(record, to: &line)
        return line.withUnsafeBytes { line in
            var scanner = RecordScanner()
            guard (try? scanner.scan(line)) != nil else { return false }
            return matches(scanner, in: line)
        }
    }

    /// The filter as text, always the same for the same question; reads back as the same filter.
    public var description: String { node.text }
}
