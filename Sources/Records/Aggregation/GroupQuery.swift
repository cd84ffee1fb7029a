/// A question for numbers: what was measured, of which records, by what, over time.
public struct GroupQuery: Sendable, Hashable {
    /// Records that count.
    public var filter: RecordFilter
    /// From when, in microseconds since 1970.
    public var from: Int64
    /// To when, not itself.
    public var to: Int64
    /// Length of the steps that time is cut into, in microseconds; nil: one number for all.
    public var step: Int64?
    /// What rows differ in; empty: one row.
    public var by: [Dimension]
    /// What rows are ordered by, most first.
    public var order: Order
    /// Rows at most; what is in others is one more row together.
    public var top: Int

    /// What rows can be ordered by.
    public enum Order: String, Sendable, Hashable, CaseIterable {
        case count, repeats, bytes, packets, tokens, cost, duration
        case firstByte = "first_byte"
        case last
    }

    /// A question.
    public init(
        filter: RecordFilter = .all, from: Int64, to: Int64, step: Int64? = nil, by: [Dimension] = [],
        order: Order = .count, top: Int = 20
    ) {
        self.filter = filter
        self.from = from
        self.to = to
        self.step = step
        self.by = by
        self.order = order
        self.top = top
    }
}

/// The answer to a `GroupQuery`.
public struct GroupTable: Sendable, Hashable {
    /// The question.
    public var query: GroupQuery
    /// Rows, most first.
    public var rows: [GroupRow]
    /// All rows that are not among them, together; nil: there are none.
    public var other: GroupRow?
    /// Groups that are in `other`.
    public var otherCount: Int
    /// All together.
    public var total: Measures
    /// Records of series of which the filter asks what is not counted apart: they are in no row.
    public var undecided: UInt64
    /// Times at which steps begin; one, `query.from`, where there are none.
    public var starts: [Int64]
}

/// One row: one combination of values.
public struct GroupRow: Sendable, Hashable {
    /// A value for each dimension of `GroupQuery.by`; empty: the records do not have it.
    public var key: [String]
    /// What was measured of all its records.
    public var total: Measures
    /// What was measured in each step, as many as `GroupTable.starts`; empty where there are no steps.
    public var steps: [Measures]

    /// A row.
    public init(key: [String], total: Measures, steps: [Measures] = []) {
        self.key = key
        self.total = total
        self.steps = steps
    }
}

/// Answers a `GroupQuery` from buckets, or from records one by one, in any order.
public struct GroupEvaluation: Sendable {
    /// The question.
    public let query: GroupQuery

    /// Nothing counted yet.
    public init(_ query: GroupQuery) {
        self.query = query
    }

    /// Counts an encoded bucket.
    ///
    /// - Parameters:
    ///   - start: when it begins; it counts in the step that this is in, and not at all before `from` or from `to` on.
    ///   - series: the series of a number; asked once for each number.
    public mutating func add(
        _ bytes: UnsafeRawBufferPointer, start: Int64, series: (UInt32) -> Series
    ) throws(BucketError) {}

    /// Counts a bucket that is not encoded.
    public mutating func add(_ bucket: Bucket, series: (UInt32) -> Series) {}

    /// Counts a scanned record, if it is one that the filter asks for.
    public mutating func add(_ scanner: borrowing RecordScanner, in line: UnsafeRawBufferPointer) {}

    /// The answer so far.
    public func table() -> GroupTable {
        GroupTable(query: query, rows: [], other: nil, otherCount: 0, total: Measures(), undecided: 0, starts: [])
    }
}
