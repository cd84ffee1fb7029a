import Records
import Testing

@Suite("Buckets and groups")
struct BucketTests {
    /// Entries of all kinds.
    private func entries(_ random: inout SeededGenerator, count: Int) -> [BucketEntry] {
        (0..<count).map { number in
            var measures = Measures()
            func some(_ most: UInt64 = 1 << 20) -> UInt64 {
                Bool.random(using: &random) ? 0 : UInt64.random(in: 0...most, using: &random)
            }
            measures.count = some() + 1
            (measures.bytesIn, measures.bytesOut, measures.packetsIn) = (some(.max), some(), some(127))
            (measures.tokensIn, measures.tokensEstimated, measures.repeats) = (some(), some(128), some(.max))
            measures.cost = Cost(
                picodollars: Int128(some(.max)) * Int128(some()) * (Bool.random(using: &random) ? -1 : 1))
            (measures.durationSum, measures.durationMaximum, measures.firstByteSum) = (some(), some(), some())
            for _ in 0..<some(5) { measures.durations.observe(some(.max)) }
            for _ in 0..<some(2) { measures.firstBytes.observe(some()) }
            measures.first = Int64.random(in: .min ... .max, using: &random)
            measures.last = Int64.random(in: .min ... .max, using: &random)
            return BucketEntry(
                series: UInt32(number * 3) + UInt32.random(in: 0...2, using: &random), measures: measures)
        }
    }

    private func decode(_ bytes: [UInt8]) throws -> [BucketEntry] {
        let read = bytes.withUnsafeBytes { bytes in
            Result<[BucketEntry], BucketError> { () throws(BucketError) in try BucketCoder.decode(bytes) }
        }
        return try read.get()
    }

    @Test("come back as they were written, in the order of their series")
    func roundTrip() throws {
        let seed = UInt64.random(in: 0...(.max))
        var random = SeededGenerator(seed: seed)
        for count in [0, 1, 2, 100, 1_000] {
            let entries = entries(&random, count: count)
            let bytes = BucketCoder.encode(entries.shuffled(using: &random))
            #expect(try decode(bytes) == entries, "seed \(seed)")
            let numbers = try bytes.withUnsafeBytes { try BucketCoder.series($0) }
            #expect(numbers == entries.map(\.series))
        }
        let ends = [0, 1, UInt32.max].map { BucketEntry(series: $0, measures: Measures()) }
        #expect(try decode(BucketCoder.encode(ends)) == ends)
    }

    @Test("what is little takes little")
    func size() {
        var measures = Measures()
        (measures.count, measures.first, measures.last) = (3, 1_795_424_400_000_000, 1_795_424_400_000_000)
        let bytes = BucketCoder.encode((0..<1_000).map { BucketEntry(series: $0, measures: measures) })
        #expect(bytes.count < 4_100)
    }

    @Test("sums of groups are the sums of their entries, of the columns that are asked for")
    func sums() throws {
        let seed = UInt64.random(in: 0...(.max))
        var random = SeededGenerator(seed: seed)
        let entries = entries(&random, count: 500)
        let bytes = BucketCoder.encode(entries)
        // Series beyond the end have no group.
        let groups = (0..<1_200).map { _ in Int32.random(in: -1...5, using: &random) }
        for columns in [
            MeasureColumns.all, .count, [.count, .cost], [.durations, .times], .firstBytes,
            [.tokens, .bytes, .repeats, .packets],
        ] {
            var sums = [Measures](repeating: Measures(), count: 5)
            try bytes.withUnsafeBytes { try BucketCoder.sum($0, columns: columns, groups: groups, into: &sums) }
            var expected = [Measures](repeating: Measures(), count: 5)
            for entry in entries where Int(entry.series) < groups.count {
                let group = groups[Int(entry.series)]
                if (0..<5).contains(group) { expected[Int(group)] += only(columns, entry.measures) }
            }
            #expect(sums == expected, "seed \(seed) \(columns)")
        }
    }

    private func only(_ columns: MeasureColumns, _ all: Measures) -> Measures {
        var some = Measures()
        if columns.contains(.count) { some.count = all.count }
        if columns.contains(.repeats) { some.repeats = all.repeats }
        if columns.contains(.bytes) { (some.bytesIn, some.bytesOut) = (all.bytesIn, all.bytesOut) }
        if columns.contains(.packets) { (some.packetsIn, some.packetsOut) = (all.packetsIn, all.packetsOut) }
        if columns.contains(.tokens) {
            (some.tokensIn, some.tokensOut, some.tokensCached) = (all.tokensIn, all.tokensOut, all.tokensCached)
            (some.tokensReasoning, some.tokensEstimated) = (all.tokensReasoning, all.tokensEstimated)
        }
        if columns.contains(.cost) { some.cost = all.cost }
        if columns.contains(.durations) {
            (some.durationSum, some.durationMaximum, some.durations) = (
                all.durationSum, all.durationMaximum, all.durations
            )
        }
        if columns.contains(.firstBytes) { (some.firstByteSum, some.firstBytes) = (all.firstByteSum, all.firstBytes) }
        if columns.contains(.times) { (some.first, some.last) = (all.first, all.last) }
        return some
    }

    @Test("what is cut or changed is refused, or is some bucket")
    func damaged() throws {
        let seed = UInt64.random(in: 0...(.max))
        var random = SeededGenerator(seed: seed)
        let bytes = BucketCoder.encode(entries(&random, count: 40))
        for count in 0..<bytes.count {
            let cut = Array(bytes.prefix(count))
            guard let read = try? decode(cut) else { continue }
            // Between columns nothing is missing but columns.
            #expect(read.count == 40, "seed \(seed) \(count)")
        }
        for _ in 0..<4_000 {
            var changed = bytes
            for _ in 0...Int.random(in: 0...2, using: &random) {
                changed[Int.random(in: 0..<changed.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if let read = try? decode(changed) { #expect(read.count <= changed.count, "seed \(seed)") }
        }
        #expect(throws: BucketError.self) { try decode([]) }
        #expect(throws: BucketError.self) { try decode([2, 0]) }
        #expect(throws: BucketError.self) {
            try decode([1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01])
        }
    }

    @Test("a bucket counts each series by itself, and minutes add up to hours")
    func buckets() throws {
        var (minute, next, hour) = (Bucket(start: 0), Bucket(start: 60_000_000), Bucket(start: 0))
        var measures = Measures()
        measures.count = 1
        for series in [5, 2, 5, 9, 2, 5] as [UInt32] { minute.add(measures, series: series) }
        next.add(measures, series: 2)
        hour.add(minute)
        hour.add(next)
        #expect(minute.entries.map(\.series) == [5, 2, 9] && minute.entries.map(\.measures.count) == [3, 2, 1])
        #expect(hour.entries.map(\.series) == [5, 2, 9] && hour.entries.map(\.measures.count) == [3, 3, 1])
        try withScan(encode(fullRequest())) { minute.add($0, in: $1, series: 9) }
        #expect(minute.entries[2].measures.tokensIn == 1_200)
        #expect(Bucket.start(of: 61_000_000, length: 60_000_000) == 60_000_000)
        #expect(
            Bucket.start(of: -1, length: 60_000_000) == -60_000_000
                && Bucket.start(of: .min, length: 60_000_000) == .min)
    }
}
