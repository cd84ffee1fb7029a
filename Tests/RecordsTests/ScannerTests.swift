import Foundation
import Records
import Testing

@Suite("Reading of lines")
struct ScannerTests {
    @Test("every field of a full record is found, as Foundation finds it")
    func full() throws {
        let line = encode(fullRecord())
        let found = leaves(try decode(line))
        try withScan(line) { scanner, line in
            for field in FieldNumber.allCases {
                let values = found.filter { $0.path == field.name }.map(\.value)
                let isThere = scanner.has(field)
                #expect(isThere, "\(field)")
                switch field.field.kind {
                case .string:
                    let texts = scanner.texts(field, in: line)
                    #expect(texts == values.compactMap { $0 as? String }, "\(field)")
                case .integer:
                    let number = scanner.integer(field)
                    #expect(number == values.first.flatMap { $0 as? Int }.map(Int64.init), "\(field)")
                case .boolean:
                    let isTrue = scanner.isTrue(field)
                    #expect(isTrue && values.first as? Bool == true, "\(field)")
                case .seconds:
                    let seconds = try #require(values.first as? Double)
                    let length = scanner.microseconds(field)
                    #expect(length == Int64((seconds * 1_000_000).rounded()), "\(field)")
                }
            }
            let (time, first) = (scanner.time, scanner.text(.aiClasses, in: line))
            #expect(time == fullRecord().time && first == "Inference")
            let status = scanner.raw(.status, in: line).map { Array($0) }
            #expect(status == Array("200".utf8))
        }
    }

    @Test("one scanner reads many lines, and remembers nothing of those before")
    func many() throws {
        var scanner = RecordScanner()
        let lines = [encode(fullRecord()), encode(fullConnection()), encode(fullAlarm()), encode(fullRequest())]
        for line in lines + lines.reversed() {
            try line.withUnsafeBytes { line in
                try scanner.scan(line)
                let record = try Record(scanner, in: line)
                #expect(encode(record) == Array(line))
                let (isConnection, rules) = (scanner.has(.connectionEvent), scanner.texts(.traceRule, in: line))
                #expect(isConnection == (record.connection != nil))
                #expect(rules == record.trace.map(\.rule))
            }
        }
    }

    @Test("records come back as they were")
    func roundTrip() throws {
        for record in [fullRecord(), fullRequest(), fullConnection(), fullAlarm()] {
            #expect(try Record(line: encode(record)) == record)
        }
        let seed = UInt64.random(in: 0...(.max))
        var records = RandomRecords(seed: seed, isStrange: true)
        for round in 0..<1_000 {
            let line = encode(records.next())
            let read = try Record(line: line)
            #expect(encode(read) == line, "seed \(seed) round \(round)")
        }
        var plain = RandomRecords(seed: seed)
        for round in 0..<1_000 {
            var record = plain.next()
            // There is no place in a line for these.
            if record.http != nil { record.http?.userAgent = [] }
            #expect(try Record(line: encode(record)) == normalized(record), "seed \(seed) round \(round)")
        }
    }

    /// Without what is not written where there is nothing to say.
    private func normalized(_ record: Record) -> Record {
        var record = record
        if record.source?.address == "" { record.source?.port = nil }
        if record.destination?.endpoint.address == "" { record.destination?.endpoint.port = nil }
        return record
    }

    @Test("members in another order, with spaces, and members of a newer source are read alike")
    func otherWriters() throws {
        let seed = UInt64.random(in: 0...(.max))
        var random = SeededGenerator(seed: seed)
        for round in 0..<200 {
            let record = try Record(line: encode(fullRecord()))
            let json = try JSONSerialization.jsonObject(with: Data(encode(record)))
            let text = write(json, &random)
            #expect(try Record(line: Array(text.utf8)) == record, "seed \(seed) round \(round)\n\(text)")
        }
    }

    /// JSON with members in any order, spaces and members that nobody knows.
    private func write(_ value: Any, _ random: inout SeededGenerator, name: String = "") -> String {
        let space = [" ", "", "\t", "\n "].randomElement(using: &random) ?? ""
        switch value {
        case let object as [String: Any]:
            var members = object.map { "\"\($0)\"\(space):\(space)\(write($1, &random, name: $0))" }
            if Bool.random(using: &random) {
                members.append("\"newer\":{\"a\":[1,-2.5e7,null,{\"b\":\"\\u00e4\\n\"}],\"\":[]}")
            }
            if Bool.random(using: &random) { members.append("\"x\":[{},true,false,\"]}\"]") }
            return "{" + space + members.shuffled(using: &random).joined(separator: ",\(space)") + "\(space)}"
        case let array as [Any]:
            return "[" + space + array.map { write($0, &random) }.joined(separator: "\(space),") + "]"
        case let text as String: return "\"\(text)\""
        default:
            if ["suspected_theft", "stream", "estimate", "disagreement"].contains(name) { return "true" }
            if let seconds = value as? Double, Self.lengths.contains(name) { return String(format: "%.6f", seconds) }
            return "\(value)"
        }
    }

    private static let lengths = ["duration", "first_byte", "upstream_connect", "upstream_first_byte"]
}
