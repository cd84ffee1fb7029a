import Records
import Testing

@Suite("Groups")
struct GroupTests {
    private let begin: Int64 = 1_795_424_400_000_000
    private let minute: Int64 = 60_000_000

    /// Records in buckets of a minute, and their series.
    private func buckets(_ records: [Record], _ table: inout SeriesTable) throws -> [Bucket] {
        var buckets: [Int64: Bucket] = [:]
        for record in records {
            let line = encode(record)
            try line.withUnsafeBytes { line in
                var scanner = RecordScanner()
                try scanner.scan(line)
                let start = Bucket.start(of: scanner.time, length: minute)
                buckets[start, default: Bucket(start: start)].add(
                    scanner, in: line, series: table.number(of: scanner, in: line))
            }
        }
        return buckets.values.sorted { $0.start < $1.start }
    }

    @Test("are the same from buckets, from encoded buckets and from records, and what a simple count says")
    func agreement() throws {
        let seed = UInt64.random(in: 0...(.max))
        var source = RandomRecords(seed: seed)
        let records = (0..<600).map { _ in source.next() }
        var table = SeriesTable()
        let buckets = try buckets(records, &table)
        let all = (0..<table.count).map { table[UInt32($0)] }
        for (text, by, step, order) in [
            ("all", [Dimension.workloadNamespace], nil, .count),
            ("verdict=denied", [.reason, .workloadName], 10 * minute, .count),
            ("namespace=dev", [], 60 * minute, .cost), ("status=4xx", [.statusClass, .aiModel], nil, .bytes),
            ("verdict=allowed", [.aiClasses], 5 * minute, .tokens),
        ] as [(String, [Dimension], Int64?, GroupQuery.Order)] {
            let query = GroupQuery(
                filter: try RecordFilter(text), from: begin, to: begin + 90 * minute, step: step, by: by, order: order,
                top: 3)
            var (plain, coded, single) = (GroupEvaluation(query), GroupEvaluation(query), GroupEvaluation(query))
            for bucket in buckets {
                plain.add(bucket) { all[Int($0)] }
                let bytes = BucketCoder.encode(bucket.entries)
                try bytes.withUnsafeBytes { try coded.add($0, start: bucket.start) { all[Int($0)] } }
            }
            for record in records { try withScan(encode(record)) { single.add($0, in: $1) } }
            let result = plain.table()
            #expect(coded.table() == result && single.table() == result, "seed \(seed) \(text)")
            try check(result, query, records, "seed \(seed) \(text)")
        }
    }

    private func check(_ result: GroupTable, _ query: GroupQuery, _ records: [Record], _ note: String) throws {
        let wanted = records.filter { $0.time >= query.from && $0.time < query.to && query.filter.matches($0) }
        #expect(result.total.count == UInt64(wanted.count) && result.undecided == 0, "\(note)")
        #expect(
            result.rows.count <= 3
                && result.rows.reduce(0) { $0 + $1.total.count } + (result.other?.total.count ?? 0)
                    == result.total.count
        )
        let steps = result.rows + [result.other].compactMap { $0 }
        if query.step == nil { #expect(result.starts == [query.from] && steps.allSatisfy { $0.steps.isEmpty }) }
        if let step = query.step {
            for (place, start) in result.starts.enumerated() {
                let count = UInt64(wanted.count { $0.time >= start && $0.time < start + step })
                #expect(steps.reduce(0) { $0 + $1.steps[place].count } == count, "\(note)")
            }
        }
        let amounts = result.rows.map { amount(query.order, $0.total) }
        #expect(amounts == amounts.sorted(by: >), "\(note)")
    }

    private func amount(_ order: GroupQuery.Order, _ measures: Measures) -> Int128 {
        switch order {
        case .cost: measures.cost.picodollars
        case .bytes: Int128(measures.bytesIn) + Int128(measures.bytesOut)
        case .tokens: Int128(measures.tokensIn) + Int128(measures.tokensOut)
        default: Int128(measures.count)
        }
    }

    @Test("what series cannot tell is counted apart, and what was not kept apart has its own row")
    func undecided() throws {
        var table = SeriesTable(limit: 4)
        var records: [Record] = []
        for model in 0..<6 {
            var record = fullRequest()
            record.ai?.model = Array("m\(model)".utf8)
            records.append(record)
        }
        let buckets = try buckets(records, &table)
        let all = (0..<table.count).map { table[UInt32($0)] }
        func answer(_ text: String, _ by: [Dimension]) throws -> GroupTable {
            var evaluation = GroupEvaluation(GroupQuery(filter: try RecordFilter(text), from: 0, to: .max, by: by))
            for bucket in buckets { evaluation.add(bucket) { all[Int($0)] } }
            return evaluation.table()
        }
        let models = try answer("all", [.aiModel])
        #expect(models.rows.map(\.key) == [["…"], ["m0"], ["m1"]] && models.rows[0].total.count == 4)
        let one = try answer("model=m1", [])
        #expect(one.total.count == 1 && one.undecided == 4 && one.rows.map(\.key) == [[]])
        #expect(try answer("bytes>5", []).undecided == 6)
        #expect(try answer("verdict=denied", []).rows.isEmpty)
    }

    @Test("time is cut at multiples of the step, and never into too many")
    func steps() {
        let query = GroupQuery(from: begin + 1, to: begin + 3 * minute, step: minute)
        #expect(GroupEvaluation(query).table().starts == [begin, begin + minute, begin + 2 * minute])
        let long = GroupQuery(from: 0, to: .max, step: 1)
        #expect((1...GroupQuery.mostSteps + 1).contains(GroupEvaluation(long).table().starts.count))
        for query in [
            GroupQuery(from: 5, to: 5, step: 1), GroupQuery(from: .min, to: .max, step: 1),
            GroupQuery(from: 0, to: 9, step: 0),
        ] {
            #expect(query.usedStep == nil && GroupEvaluation(query).table().starts == [query.from])
        }
    }

    @Test("fewer rows than none are none")
    func top() throws {
        var evaluation = GroupEvaluation(GroupQuery(from: 0, to: .max, by: [.verdict], top: 0))
        try withScan(encode(fullRequest())) { evaluation.add($0, in: $1) }
        let table = evaluation.table()
        #expect(
            table.rows.isEmpty && table.other?.total.count == 1 && table.otherCount == 1 && table.other?.key == [""])
    }
}
