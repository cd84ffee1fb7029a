import Records

// Measures what one record costs until it is in the buckets: one core, nothing else. Prints nanoseconds, decides nothing.

let clock = ContinuousClock()

/// Nanoseconds of one turn, the best of many: others use the machine too.
func measure(_ turns: Int, _ body: () -> Void) -> Double {
    var best = Duration.seconds(1_000)
    for _ in 0..<turns { best = min(best, clock.measure(body)) }
    return Double(best.components.attoseconds) / 1e9 + Double(best.components.seconds) * 1e9
}

func tell(_ name: String, _ nanoseconds: Double, _ note: String = "") {
    let tenths = Int(nanoseconds * 10)
    print("  \(name): \(tenths / 10).\(tenths % 10) ns \(note)")
}

/// Lines that differ in what differs from record to record.
func lines(_ sample: Record, count: Int) -> [[UInt8]] {
    (0..<count).map { number in
        var record = sample
        record.time += Int64(number) * 10
        record.id += "\(number)"
        record.source?.port = UInt16(40_000 + number % 20_000)
        record.workload?.name += "-\(number % 50)"
        record.bytes?.out += Int64(number * 17)
        record.timing?.duration += Int64(number * 97)
        var line: [UInt8] = []
        RecordEncoder.append(record, to: &line)
        return line
    }
}

for (name, sample) in [
    ("request", Samples.request()), ("connection", Samples.connection()), ("denial", Samples.denial()),
] {
    let all = lines(sample, count: 1_000)
    let text = all.flatMap { $0 }
    var ranges: [Range<Int>] = []
    for line in all { ranges.append((ranges.last?.upperBound ?? 0)..<((ranges.last?.upperBound ?? 0) + line.count)) }
    print("\(name), \(text.count / all.count) bytes")
    var scanner = RecordScanner()
    var table = SeriesTable(limit: 100_000)
    var bucket = Bucket(start: 0)
    text.withUnsafeBytes { text in
        let scan = measure(500) {
            for range in ranges {
                guard (try? scanner.scan(UnsafeRawBufferPointer(rebasing: text[range]))) != nil else {
                    preconditionFailure("a line is no record")
                }
            }
        }
        tell("scan", scan / 1_000)
        let series = measure(500) {
            for range in ranges {
                let line = UnsafeRawBufferPointer(rebasing: text[range])
                try? scanner.scan(line)
                _ = table.number(of: scanner, in: line)
            }
        }
        tell("scan, series", series / 1_000, "(\(table.count) series)")
        let all = measure(500) {
            for range in ranges {
                let line = UnsafeRawBufferPointer(rebasing: text[range])
                try? scanner.scan(line)
                bucket.add(scanner, in: line, series: table.number(of: scanner, in: line))
            }
        }
        tell("scan, series, bucket", all / 1_000, "(\(bucket.entries.count) entries)")
    }
}

// Buckets: how long a million entries take to be decoded and summed by group.
do {
    let series: UInt32 = 5_000
    var measures = Measures()
    (measures.count, measures.bytesIn, measures.bytesOut) = (37, 45_000, 1_200_000)
    (measures.durationSum, measures.durationMaximum) = (9_000_000, 1_100_000)
    (measures.first, measures.last) = (1_795_424_400_000_000, 1_795_424_459_000_000)
    measures.cost = Cost(picodollars: 14_430_000_000)
    (measures.tokensIn, measures.tokensOut) = (44_400, 12_950)
    for length: UInt64 in [12_000, 80_000, 400_000, 1_000_000] { measures.durations.observe(length) }
    let bytes = BucketCoder.encode((0..<series).map { BucketEntry(series: $0, measures: measures) })
    let groups = (0..<series).map { Int32($0 % 20) }
    print("buckets of \(series) entries, \(bytes.count / Int(series)) bytes each entry; a million entries are 200 of them")
    for (name, columns) in [("count", MeasureColumns.count), ("count, bytes, cost", [.count, .bytes, .cost]), ("all", .all)] {
        var sums = [Measures](repeating: Measures(), count: 20)
        let one = measure(100) {
            bytes.withUnsafeBytes { try? BucketCoder.sum($0, columns: columns, groups: groups, into: &sums) }
        }
        tell("one entry, \(name)", one / Double(series), "(\(Int(one * 200 / 1e4))/100 ms for a million)")
    }
    var table = SeriesTable(limit: 100_000)
    for number in 0..<series { _ = table.number(of: Series([.workloadName: "w\(number)", .verdict: "denied"])) }
    let all = (1..<table.count).map { table[UInt32($0)] }
    if let filter = try? RecordFilter("verdict=denied and workload~\"w1*\"") {
        let one = measure(100) { for series in all where filter.matches(series) == .cannotTell { print("?") } }
        tell("filter of one series", one / Double(all.count))
    }
}
