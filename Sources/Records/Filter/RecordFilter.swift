/// A question about a record, with the answer yes or no: `verdict=denied and namespace=dev`. What can be asked stands in
/// `docs/filters.md`.
public struct RecordFilter: Sendable, Hashable, CustomStringConvertible {
    /// Reads a filter; the empty text is `all`.
    ///
    /// - Parameter now: microseconds since 1970 that times such as `-15m` count from; nil: such times are refused.
    public init(_ text: String, now: Int64? = nil) throws(FilterError) {}

    private init() {}

    /// Every record.
    public static var all: RecordFilter { RecordFilter() }

    /// Records that are in both.
    public func and(_ other: RecordFilter) -> RecordFilter { self }

    /// Records that are in one of them.
    public func or(_ other: RecordFilter) -> RecordFilter { self }

    /// All other records.
    public var not: RecordFilter { self }

    /// True for every record.
    public var isAll: Bool { true }

    /// True when every series answers yes or no, as long as none of its dimensions is collapsed.
    public var isDecidedBySeries: Bool { true }

    /// The answer of a scanned line.
    public func matches(_ scanner: borrowing RecordScanner, in line: UnsafeRawBufferPointer) -> Bool { true }

    /// The answer that all records of a series have.
    public func matches(_ series: Series) -> Ternary { .cannotTell }

    /// The answer of a record.
    public func matches(_ record: Record) -> Bool { true }

    /// The filter as text, always the same for the same question; reads back as the same filter.
    public var description: String { "" }
}
