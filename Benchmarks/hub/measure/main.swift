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

/// All three kinds, in no order, of workloads with names of other lengths: hard to guess, as what comes from many nodes.
func mixed() -> [[UInt8]] {
    var state: UInt64 = 0x9e37_79b9_7f4a_7c15
    func next(_ most: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % most
    }
    return (0..<1_000).map { number in
        var record = [Samples.request(), Samples.connection(), Samples.connection(), Samples.denial()][next(4)]
        let name = String("retrieval-augmented-research-agent".prefix(4 + next(30)))
        record.time += Int64(number) * 10
        record.workload?.name = name
        record.workload?.pod = name + "-5d9c7b6f4-x7k2p"
        record.workload?.labels = Array(["app=\(name)", "team=research", "tier=gold", "zone=a"].prefix(1 + next(4)))
        record.source?.address = ["10.0.0.7", "10.244.13.117", "10.244.3.17", "192.168.100.200"][next(4)]
        record.principal?.owner = ["", "alice@example.com", "bob@example.com"][next(3)]
        if next(3) == 0 { record.traceContext = nil }
        if next(3) == 0 { record.timing?.firstByte = nil }
        record.bytes?.out = Int64(next(2 << next(24)))
        record.timing?.duration = Int64(next(2 << next(24)))
        var line: [UInt8] = []
        RecordEncoder.append(record, to: &line)
        return line
    }
}

for (name, all) in [
    ("request", lines(Samples.request(), count: 1_000)), ("connection", lines(Samples.connection(), count: 1_000)),
    ("denial", lines(Samples.denial(), count: 1_000)), ("mixed", mixed()),
] {
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
                guard (try? scanner.scan(UnsafeRawBufferPointer(rebasing: text[range]), of: text)) != nil else {
                    preconditionFailure("a line is no record")
                }
            }
        }
        tell("scan", scan / 1_000)
        let series = measure(500) {
            for range in ranges {
                let line = UnsafeRawBufferPointer(rebasing: text[range])
                try? scanner.scan(line, of: text)
                _ = table.number(of: scanner, in: line)
            }
        }
        tell("scan, series", series / 1_000, "(\(table.count) series)")
        let all = measure(500) {
            for range in ranges {
                let line = UnsafeRawBufferPointer(rebasing: text[range])
                try? scanner.scan(line, of: text)
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
    print(
        "buckets of \(series) entries, \(bytes.count / Int(series)) bytes each entry; a million entries are 200 of them"
    )
    for (name, columns) in [
        ("count", MeasureColumns.count), ("count, bytes, cost", [.count, .bytes, .cost]), ("all", .all),
    ] {
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
    let line = lines(Samples.request(), count: 1)[0]
    line.withUnsafeBytes { line in
        var scanner = RecordScanner()
        try? scanner.scan(line)
        for text in ["verdict=denied", "namespace=dev and status=5xx", "model~\"gpt-*\" or cost>0.05", "nobody"] {
            guard let filter = try? RecordFilter(text) else { continue }
            let thousand = measure(100) { for _ in 0..<1_000 where filter.matches(scanner, in: line) { print("?") } }
            tell("filter of one record, \(text)", thousand / 1_000)
        }
    }
}
