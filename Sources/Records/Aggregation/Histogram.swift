/// How many of many lengths of time were how long.
///
/// The bounds are those of OpenTelemetry's histograms of HTTP requests, of generative AI operations and of the time to
/// the first token, all of them together: each of the three can be told exactly.
public struct Histogram: Sendable, Hashable {
    /// Upper bounds, in microseconds, that are themselves still within; above the last there is one more bucket.
    public static let bounds: [UInt64] = [
        1_000, 5_000, 10_000, 20_000, 25_000, 40_000, 50_000, 60_000, 75_000, 80_000, 100_000, 160_000, 250_000,
        320_000, 500_000, 640_000, 750_000, 1_000_000, 1_280_000, 2_500_000, 2_560_000, 5_000_000, 5_120_000,
        7_500_000, 10_000_000, 10_240_000, 20_480_000, 40_960_000, 81_920_000,
    ]

    /// Records in each bucket, one more than there are bounds; no entries at all: none.
    public private(set) var counts: [UInt64] = []

    /// Nothing.
    public init() {}

    /// All of them.
    public var count: UInt64 { counts.reduce(0) { $0.addingSaturated($1) } }

    /// Counts one length of time, in microseconds.
    public mutating func observe(_ microseconds: UInt64) {}

    /// Counts for other bounds, each of which is one of `bounds`: not more than that long, cumulatively, as Prometheus
    /// has them, without the last, which is `count`.
    public func cumulative(at bounds: [UInt64]) -> [UInt64] { [] }

    /// The length of time, in microseconds, that this share (0...1) of all did not exceed, estimated within a bucket;
    /// nil: there are none.
    public func quantile(_ share: Double) -> Double? { nil }

    /// Adds up.
    public static func += (sum: inout Histogram, more: Histogram) {}
}

extension UInt64 {
    /// The sum, or the most that there can be.
    func addingSaturated(_ other: UInt64) -> UInt64 {
        let (sum, isOver) = addingReportingOverflow(other)
        return isOver ? .max : sum
    }
}
