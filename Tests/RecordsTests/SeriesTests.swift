import Records
import Testing

@Suite("Series")
struct SeriesTests {
    /// The series that a record is counted in.
    private func series(_ record: Record, _ table: inout SeriesTable) throws -> UInt32 {
        let line = encode(record)
        return try line.withUnsafeBytes { line in
            var scanner = RecordScanner()
            try scanner.scan(line)
            return table.number(of: scanner, in: line)
        }
    }

    @Test("have the values of the record")
    func values() throws {
        var table = SeriesTable()
        let number = try series(fullRecord(), &table)
        let series = table[number]
        let expected: [Dimension: String] = [
            .point: "gateway", .verdict: "allowed", .status: "200", .statusClass: "2xx", .workloadName: "agent",
            .suspectedTheft: "true",
            .principalName: "alice", .destinationService: "ai/ollama", .destinationPort: "11434",
            .aiClasses: "Inference,ServerFetch",
            .aiModel: "fast", .connectionEvent: "closed", .stagedVerdict: "denied", .alarmName: "key_from_elsewhere",
            .destinationWorkloadName: "ollama", .connectionDisagreement: "true", .httpMethod: "POST",
        ]
        for (dimension, value) in expected { #expect(series[dimension] == value, "\(dimension)") }
        #expect(series.values.count == Dimension.allCases.count - 1)
        #expect(Series(encoded: series.encoded) == series)
        let values = Dictionary(uniqueKeysWithValues: series.values.map { ($0.dimension, $0.text) })
        #expect(Series(values) == series)
        #expect(Series([:])[.verdict] == "" && Series([.verdict: "", .reason: "r"]).values.map(\.text) == ["r"])
    }

    @Test("records are of one series where they agree in every dimension, and of no other")
    func grouping() throws {
        let seed = UInt64.random(in: 0...(.max))
        var records = RandomRecords(seed: seed, isStrange: true)
        var table = SeriesTable()
        var seen: [Series: UInt32] = [:]
        for round in 0..<1_500 {
            let record = records.next()
            let number = try series(record, &table)
            let found = table[number]
            #expect(seen[found] ?? number == number, "seed \(seed) round \(round)")
            seen[found] = number
            #expect(try series(record, &table) == number)
            #expect(table.number(of: found) == number)
            #expect(Series(encoded: found.encoded) == found, "seed \(seed) round \(round)")
            let text = found[.workloadName]
            if !found.isCollapsed(.workloadName) {
                #expect(text == record.workload?.name ?? "", "seed \(seed) round \(round)")
            }
        }
        #expect(table.count == seen.count + 1 && table.overflowed == 0)
        #expect(table.count > 100)
    }

    @Test("are found without a value being made as they are with one, also for what others write")
    func alike() throws {
        var lines = [String(decoding: encode(fullRecord()), as: UTF8.self)]
        let classes = ##""classes":["Inference","ServerFetch"]"##
        for other in ["[]", "[\"\"]", "[\"Inference\"]", "[\"Infer\\u0065nce\"]"] {
            lines.append(lines[0].replacing(classes, with: "\"classes\":\(other)"))
        }
        for length in [1, 31, 32, 33, 64, 126, 127, 128, 129, 300, 1_023, 1_024] {
            let name = String(repeating: "n", count: length)
            lines.append(lines[0].replacing("\"name\":\"agent\"", with: "\"name\":\"\(name)\""))
        }
        #expect(Set(lines).count == 17)
        var table = SeriesTable()
        var scanner = RecordScanner()
        for line in lines {
            let (found, made) = try Array(line.utf8).withUnsafeBytes { bytes in
                try scanner.scan(bytes)
                return (table[table.number(of: scanner, in: bytes)], Series(scanner))
            }
            #expect(found == made, "\(line)")
        }
    }

    @Test("what is stored is checked when it comes back")
    func stored() throws {
        var table = SeriesTable()
        let bytes = table[try series(fullRecord(), &table)].encoded
        for count in 0..<bytes.count where Series(encoded: Array(bytes.prefix(count))) != nil {
            // Cut between two values it is another series.
            #expect(Series(encoded: Array(bytes.prefix(count)))?.encoded == Array(bytes.prefix(count)))
        }
        let seed = UInt64.random(in: 0...(.max))
        var random = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            var changed = bytes
            changed[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            guard let read = Series(encoded: changed) else { continue }
            #expect(read.values.allSatisfy { !$0.text.isEmpty }, "seed \(seed)")
        }
        #expect(Series(encoded: []) == nil && Series(encoded: Array(repeating: 0, count: 8)) == Series([:]))
    }

    @Test("a table filled with what was stored gives the same numbers")
    func restored() throws {
        var records = RandomRecords(seed: 7)
        let all = (0..<500).map { _ in records.next() }
        var first = SeriesTable()
        var second = SeriesTable(seed: 99)
        let numbers = try all.map { try series($0, &first) }
        for number in 0..<first.count { #expect(second.number(of: first[UInt32(number)]) == UInt32(number)) }
        #expect(try all.map { try series($0, &second) } == numbers)
    }

    @Test("too many are told apart no longer by what callers choose, and then not at all")
    func bounded() throws {
        var table = SeriesTable(limit: 8)
        var record = fullRequest()
        var numbers: [UInt32] = []
        for model in 0..<20 {
            record.ai?.model = Array("model-\(model)".utf8)
            numbers.append(try series(record, &table))
        }
        // Number 0 is there, five are told apart, and the sixth is of all other models.
        #expect(numbers == [1, 2, 3, 4, 5] + Array(repeating: 6, count: 15))
        #expect(table.collapsed == 15 && table.overflowed == 0)
        let coarse = table[6]
        #expect(coarse.isCollapsed(.aiModel) && coarse.isCollapsed(.destinationPort) && !coarse.isCollapsed(.verdict))
        #expect(coarse[.aiModel] == "" && coarse[.verdict] == "allowed")
        for user in 0..<5 {
            record.principal?.name = "user-\(user)"
            numbers.append(try series(record, &table))
        }
        #expect(numbers.suffix(5) == [7, 0, 0, 0, 0] && table.overflowed == 4 && table.count == 8)
        #expect(table[0] == .overflow && Dimension.allCases.allSatisfy { table[0].isCollapsed($0) })
        record = fullRequest()
        record.ai?.model = Array("model-3".utf8)
        #expect(try series(record, &table) == 4)
        var small = SeriesTable(maximumBytes: 450)
        _ = try series(fullRequest(), &small)
        #expect(try series(fullConnection(), &small) == 0 && small.overflowed == 1)
    }

    @Test("a filter that answers for a series answers the same for each of its records")
    func agreement() throws {
        let seed = UInt64.random(in: 0...(.max))
        var records = RandomRecords(seed: seed, isStrange: true)
        let texts = [
            "verdict=denied", "not verdict=denied", "namespace=dev", "namespace!=ai", "status=4xx",
            "status>=400 or theft", "status", "model=gpt-5",
            "model~\"ll*\"", "class=Inference", "class", "not class=\"a,b\"", "class~\",\"", "key=alpha",
            "not key=alpha", "service=ai/ollama", "port=80", "port<100",
            "port", "theft=false", "theft", "disagreement=true", "alpha", "not beta", "verdict=denied and bytes>10",
            "verdict=denied or bytes>10",
            "workload=alpha and label.app=web", "pod", "workload~\"x*\"", "workload", "ai", "not ai",
            "staged.verdict=denied", "connection.end in (finished, reset)",
            "http.method=GET", "rule!~a", "tool=\"q\\\"uote\"", "tool", "destination", "principal", "alarm",
            "time>2026-11-23T10:00:00Z", "cost>0", "tokens>1k", "reason in (isolated, no_policy)",
            "connection.original.port=0", "source.port=0", "destination.port=0", "principal.name=\"a b\"", "ai.server",
            "budget=ai/ollama", "node=n1", "point=node",
        ]
        let filters = try texts.map { try RecordFilter($0) }
        var (told, decided) = (0, 0)
        for limit in [100_000, 40] {
            var table = SeriesTable(limit: limit)
            for round in 0..<500 {
                let record = records.next()
                let series = table[try self.series(record, &table)]
                for filter in filters {
                    let answer = filter.matches(series)
                    if filter.isDecidedBySeries { decided += answer == .cannotTell ? 0 : 1 }
                    guard answer != .cannotTell else { continue }
                    told += 1
                    #expect(
                        filter.matches(record) == (answer == .yes),
                        "seed \(seed) round \(round): \(filter) of \(series.values)")
                }
            }
        }
        #expect(told > 5_000 && decided > 5_000)
    }

    @Test("a filter of dimensions alone is decided by every series that is not collapsed")
    func decided() throws {
        var records = RandomRecords(seed: 11)
        var table = SeriesTable()
        let filters = try [
            "verdict=denied", "namespace=dev", "status=4xx or theft", "not key=x", "model~a",
            "port=80 connection.original.port",
        ].map { try RecordFilter($0) }
        for _ in 0..<500 {
            let series = table[try series(records.next(), &table)]
            for filter in filters where filter.isDecidedBySeries { #expect(filter.matches(series) != .cannotTell) }
        }
    }
}
