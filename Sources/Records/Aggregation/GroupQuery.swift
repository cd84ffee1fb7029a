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
        case count, repeats, bytes, packets, tokens, cost
        /// The sum of durations.
        case duration
        /// The sum of times to the first byte.
        case firstByte = "first_byte"
        /// The longest duration.
        case longest
        /// When there was a record last.
        case last
    }

    /// Steps at most; a question that would have more has longer ones.
    public static let mostSteps = 10_000

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

    /// The step that is counted in: long enough that there are not too many; nil: one number for all.
    public var usedStep: Int64? {
        guard let step, step > 0, to > from else { return nil }
        let (length, isOver) = to.subtractingReportingOverflow(from)
        guard !isOver else { return nil }
        let times = (length / Int64(Self.mostSteps) + step - 1) / step
        return step.multipliedReportingOverflow(by: max(1, times)).partialValue
    }

    /// Times at which steps begin: multiples of the step, so that the same time is always in the same one.
    var starts: [Int64] {
        guard let step = usedStep else { return [from] }
        return Array(stride(from: Bucket.start(of: from, length: step), to: to, by: Int64.Stride(step)))
    }
}

extension GroupQuery.Order {
    /// How much it is, for the order.
    func amount(_ measures: Measures) -> Int128 {
        switch self {
        case .count: Int128(measures.count)
        case .repeats: Int128(measures.repeats)
        case .bytes: Int128(measures.bytesIn) + Int128(measures.bytesOut)
        case .packets: Int128(measures.packetsIn) + Int128(measures.packetsOut)
        case .tokens: Int128(measures.tokensIn) + Int128(measures.tokensOut)
        case .cost: measures.cost.picodollars
        case .duration: Int128(measures.durationSum)
        case .firstByte: Int128(measures.firstByteSum)
        case .longest: Int128(measures.durationMaximum)
        case .last: Int128(measures.last)
        }
    }
}
