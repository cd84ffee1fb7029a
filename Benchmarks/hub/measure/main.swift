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
