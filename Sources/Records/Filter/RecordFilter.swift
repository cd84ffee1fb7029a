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

    /// Records in which a field is one of these values, whatever is in their texts; what is no value of the field is left
    /// out, and of no values there is no record.
    public static func oneOf(_ field: FieldNumber, _ texts: [String]) -> RecordFilter {
        let subject = FilterSubject(name: field.filterName, kind: field.filterKind, sources: [.field(field)])
        return oneOf(subject, texts)
    }

    /// Records of which one end is in one of these namespaces, as `namespace in (...)` asks; of no namespaces no record.
    public static func namespaces(_ namespaces: [String]) -> RecordFilter {
        guard let subject = FilterSubject.named("namespace") else { return RecordFilter(.not(.all)) }
        return oneOf(subject, namespaces)
    }

    private static func oneOf(_ subject: FilterSubject, _ texts: [String]) -> RecordFilter {
        let reader = FilterValueReader(now: nil)
        let values = texts.compactMap { text in
            try? reader.read(FilterLexer.Token(kind: .quoted, text: text, range: 0..<0), for: subject)
        }
        return RecordFilter(values.isEmpty ? .not(.all) : .compare(subject, .oneOf(values)))
    }

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
