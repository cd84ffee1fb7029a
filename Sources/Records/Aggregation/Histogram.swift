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

    /// Counts as they are stored; nil: there is not one for each bucket.
    init?(counts: [UInt64]) {
        guard counts.isEmpty || counts.count == Self.bounds.count + 1 else { return nil }
        self.counts = counts.contains { $0 > 0 } ? counts : []
    }

    /// All of them.
    public var count: UInt64 { counts.reduce(0) { $0.addingSaturated($1) } }

    /// Counts one length of time, in microseconds.
    public mutating func observe(_ microseconds: UInt64) {
        if counts.isEmpty { counts = Array(repeating: 0, count: Self.bounds.count + 1) }
        let bucket = Self.bucket(of: microseconds)
        counts[bucket] = counts[bucket].addingSaturated(1)
    }

    /// Adds to one bucket.
    mutating func add(_ count: UInt64, bucket: Int) {
        if counts.isEmpty { counts = Array(repeating: 0, count: Self.bounds.count + 1) }
        counts[bucket] = counts[bucket].addingSaturated(count)
    }

    /// The bucket of a length of time.
    static func bucket(of microseconds: UInt64) -> Int {
        // The number of bits says nearly where. All bounds of as many bits are compared: an answer that nobody can guess
        // costs more than the comparisons that it saves.
        let place = places.first[microseconds.bitWidth &- microseconds.leadingZeroBitCount]
        return place.bucket &+ (microseconds > place.bounds.0 ? 1 : 0) &+ (microseconds > place.bounds.1 ? 1 : 0)
            &+ (microseconds > place.bounds.2 ? 1 : 0)
    }

    private static let places = Places(bounds)

    /// For each number of bits the bucket of the least number that has as many, and the bounds that have as many.
    private struct Places: @unchecked Sendable {
        // Never changed.
        let first: UnsafePointer<(bucket: Int, bounds: (UInt64, UInt64, UInt64))>

        init(_ bounds: [UInt64]) {
            let first = UnsafeMutablePointer<(bucket: Int, bounds: (UInt64, UInt64, UInt64))>.allocate(capacity: 65)
            for bits in 0...64 {
                let among = bounds.filter { UInt64.bitWidth - $0.leadingZeroBitCount == bits }
                precondition(among.count <= 3, "more than three bounds have as many bits")
                let three = among + Array(repeating: UInt64.max, count: 3 - among.count)
                let below = bounds.count { UInt64.bitWidth - $0.leadingZeroBitCount < bits }
                (first + bits).initialize(to: (below, (three[0], three[1], three[2])))
            }
            self.first = UnsafePointer(first)
        }
    }

    /// Counts for other bounds, each of which is one of `bounds`: not more than that long, cumulatively, as Prometheus
    /// has them, without the last, which is `count`.
    public func cumulative(at bounds: [UInt64]) -> [UInt64] {
        guard !counts.isEmpty else { return bounds.map { _ in 0 } }
        return bounds.map { bound in
            zip(Self.bounds, counts).reduce(0) { $1.0 <= bound ? $0.addingSaturated($1.1) : $0 }
        }
    }

    /// The length of time, in microseconds, that this share (0...1) of all did not exceed, estimated within a bucket;
    /// nil: there are none. Of what is above the last bound, the last bound is all that is known.
    public func quantile(_ share: Double) -> Double? {
        let all = count
        guard all > 0 else { return nil }
        let rank = Double(all) * min(max(share, 0), 1)
        var below: Double = 0
        for (bucket, count) in counts.enumerated() where count > 0 {
            if below + Double(count) >= rank {
                guard bucket < Self.bounds.count else { break }
                let lower = bucket == 0 ? 0 : Double(Self.bounds[bucket - 1])
                let inside = min(max((rank - below) / Double(count), 0), 1)
                return lower + (Double(Self.bounds[bucket]) - lower) * inside
            }
            below += Double(count)
        }
        return Self.bounds.last.map { Double($0) }
    }

    /// Adds up.
    public static func += (sum: inout Histogram, more: Histogram) {
        guard !more.counts.isEmpty else { return }
        guard !sum.counts.isEmpty else {
            sum = more
            return
        }
        for index in more.counts.indices { sum.counts[index] = sum.counts[index].addingSaturated(more.counts[index]) }
    }
}

extension UInt64 {
    /// The sum, or the most that there can be.
    @inline(__always)
    func addingSaturated(_ other: UInt64) -> UInt64 {
        let (sum, isOver) = addingReportingOverflow(other)
        return isOver ? .max : sum
    }
}
