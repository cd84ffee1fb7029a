/// The answer to a `GroupQuery`.
public struct GroupTable: Sendable, Hashable {
    /// The question.
    public var query: GroupQuery
    /// Rows, most first; of the same much in the order of their keys.
    public var rows: [GroupRow]
    /// All rows that are not among them, together; nil: there are none. Its key is empty texts.
    public var other: GroupRow?
    /// Groups that are in `other`.
    public var otherCount: Int
    /// All together.
    public var total: Measures
    /// Records of series of which the filter asks what is not counted apart: they are in no row.
    public var undecided: UInt64
    /// Times at which steps begin; one, `query.from`, where there are none.
    public var starts: [Int64]

    /// An answer.
    public init(
        query: GroupQuery, rows: [GroupRow], other: GroupRow?, otherCount: Int, total: Measures, undecided: UInt64,
        starts: [Int64]
    ) {
        self.query = query
        self.rows = rows
        self.other = other
        self.otherCount = otherCount
        self.total = total
        self.undecided = undecided
        self.starts = starts
    }
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
