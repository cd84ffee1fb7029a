import Records
import Testing

@Suite("Costs, lengths of time and measures")
struct MeasureTests {
    @Test(
        "costs are exact decimals",
        arguments: [
            ("0", 0, "0"), ("0.00039", 390_000_000, "0.00039"), ("1.50", 1_500_000_000_000, "1.5"),
            ("000012", 12_000_000_000_000, "12"),
            ("0.000000000001", 1, "0.000000000001"), ("0.0000000000001", 1, "0.000000000001"),
            ("0.0000000000010", 1, "0.000000000001"),
            ("0.00000000000110", 2, "0.000000000002"), ("-0.5", -500_000_000_000, "-0.5"), ("-0", 0, "0"),
            ("1234567890123456789.5", 1_234_567_890_123_456_789_500_000_000_000, "1234567890123456789.5"),
            ("12345678.123456789012", 12_345_678_123_456_789_012, "12345678.123456789012"),
        ] as [(String, Int128, String)])
    func costs(text: String, picodollars: Int128, written: String) throws {
        let cost = try #require(Cost(text))
        #expect(cost.picodollars == picodollars && cost.description == written)
        #expect(Cost(written) == cost)
    }

    @Test(
        "what is no decimal is no cost",
        arguments: [
            "", "-", ".", "1.", ".5", "1.2.3", "1e3", "+1", " 1", "abc", "0x1", "--1", "1,5", "1.-5",
            "123456789012345678901.x",
        ])
    func noCosts(text: String) {
        #expect(Cost(text) == nil)
    }

    @Test("costs add up to the most that there is, and no further")
    func saturation() {
        var cost = Cost(picodollars: .max - 1)
        cost += Cost(picodollars: 5)
        #expect(cost.picodollars == .max)
        cost = Cost(picodollars: .min + 1)
        cost += Cost(picodollars: -5)
        #expect(cost.picodollars == .min)
        #expect(Cost(String(repeating: "9", count: 60))?.picodollars == .max)
        #expect(Cost(picodollars: 1) < Cost(picodollars: 2))
    }

    @Test("lengths of time fall into the bucket that they do not exceed")
    func buckets() {
        for (bucket, bound) in Histogram.bounds.enumerated() {
            for (length, expected) in [(bound - 1, bucket), (bound, bucket), (bound + 1, bucket + 1)] {
                var histogram = Histogram()
                histogram.observe(length)
                #expect(histogram.counts.firstIndex(of: 1) == expected, "\(length)")
            }
        }
        var histogram = Histogram()
        for length in [0, 1, UInt64.max] { histogram.observe(length) }
        #expect(histogram.counts.first == 2 && histogram.counts.last == 1 && histogram.count == 3)
        #expect(Histogram.bounds == Histogram.bounds.sorted())
    }

    @Test("the bounds of OpenTelemetry's histograms are all there, and are told exactly")
    func bounds() {
        let http: [UInt64] = [5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000].map {
            $0 * 1_000
        }
        let ai: [UInt64] = (0..<14).map { 10_000 << $0 }
        let token: [UInt64] = [1, 5, 10, 20, 40, 60, 80, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000].map {
            $0 * 1_000
        }
        let seed = UInt64.random(in: 0...(.max))
        var random = SeededGenerator(seed: seed)
        let lengths = (0..<2_000).map { _ in
            UInt64.random(in: 0...(1 << UInt64.random(in: 1...28, using: &random)), using: &random)
        }
        var histogram = Histogram()
        for length in lengths { histogram.observe(length) }
        for bounds in [http, ai, token] {
            #expect(Set(bounds).isSubset(of: Histogram.bounds))
            #expect(
                histogram.cumulative(at: bounds) == bounds.map { bound in UInt64(lengths.count { $0 <= bound }) },
                "seed \(seed)")
        }
        for share in [0.01, 0.5, 0.9, 0.99] {
            let exact = lengths.sorted()[Int((share * 2_000).rounded(.up)) - 1]
            let estimate = histogram.quantile(share) ?? -1
            // They are in the same bucket.
            let lower = Histogram.bounds.last { $0 < exact } ?? 0
            let upper = Histogram.bounds.first { $0 >= exact } ?? Histogram.bounds[Histogram.bounds.count - 1]
            #expect((Double(min(lower, upper))...Double(upper)).contains(estimate), "seed \(seed) \(share)")
        }
        #expect(Histogram().quantile(0.5) == nil && Histogram().cumulative(at: [5_000]) == [0])
    }

    @Test("measures of records are what their values add up to")
    func sums() throws {
        let seed = UInt64.random(in: 0...(.max))
        var records = RandomRecords(seed: seed)
        let all = (0..<800).map { _ in records.next() }
        var sum = Measures()
        for record in all { try withScan(encode(record)) { sum.add($0, in: $1) } }
        #expect(sum.count == 800)
        #expect(sum.first == all.map(\.time).min() && sum.last == all.map(\.time).max())
        let bytes = all.map { UInt64($0.bytes?.in ?? 0) }.reduce(0, +)
        #expect(sum.bytesIn == bytes)
        #expect(sum.repeats == (all.contains { $0.connection?.repeats == .max } ? .max : sum.repeats))
        let tokens = all.compactMap { $0.ai?.tokens }
        #expect(sum.tokensIn == tokens.reduce(0) { $0 + UInt64($1.input) })
        #expect(sum.tokensEstimated == tokens.filter(\.isEstimate).reduce(0) { $0 + UInt64($1.input + $1.output) })
        #expect(sum.durations.count == UInt64(all.count { $0.timing != nil }))
        #expect(sum.durationSum == all.reduce(0) { $0 + UInt64($1.timing?.duration ?? 0) })
        #expect(sum.durationMaximum == all.compactMap { $0.timing?.duration }.max().map { UInt64($0) })
        #expect(sum.firstBytes.count == UInt64(all.count { $0.timing?.firstByte != nil }))
        let costs = all.compactMap { Cost($0.ai?.cost ?? "") }.reduce(into: Cost()) { $0 += $1 }
        #expect(sum.cost == costs, "seed \(seed)")
        let halves = try [all.prefix(300), all.dropFirst(300)].map { part in
            var half = Measures()
            for record in part { try withScan(encode(record)) { half.add($0, in: $1) } }
            return half
        }
        var together = halves[1]
        together += halves[0]
        #expect(together == sum, "seed \(seed)")
    }

    @Test("numbers less than 0, which only a liar says, are nothing")
    func negative() throws {
        var record = fullRequest()
        record.bytes = .init(in: -5, out: .min)
        record.ai?.tokens = .init(input: -1, output: -2, cached: 0, reasoning: 0, isEstimate: true)
        var sum = Measures()
        try withScan(encode(record)) { sum.add($0, in: $1) }
        #expect(sum.bytesIn == 0 && sum.bytesOut == 0 && sum.tokensIn == 0 && sum.tokensEstimated == 0)
    }
}
