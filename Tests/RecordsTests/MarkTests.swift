import CText
import Testing

@testable import Records

/// Where texts end, as bits; and lines whose texts end elsewhere than those before.
@Suite("Ends of texts")
struct MarkTests {
    @Test("are marked alike by vectors of every width, at every place")
    func widths() {
        let seed = UInt64.random(in: 0...(.max))
        var random = SeededGenerator(seed: seed)
        var widths: Set<Int> = []
        for round in 0..<200 {
            let (offset, blocks) = (round % 67, 1 + round % 5)
            var bytes = (0..<(offset + blocks * 64)).map { _ in UInt8.random(in: 0...(.max), using: &random) }
            if round < 4 { bytes = bytes.indices.map { UInt8(truncatingIfNeeded: $0 + round * 64) } }
            let line = bytes[offset...]
            let expected = (0..<blocks).map { block in
                (0..<64).reduce(UInt64(0)) { bits, place in
                    let byte = line[offset + block * 64 + place]
                    let isMark = byte < 0x20 || byte >= 0x80 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
                    return bits | (isMark ? 1 << UInt64(place) : 0)
                }
            }
            for width in [0, 1, 16, 32, 64] {
                var marks = [UInt64](repeating: 0x5555, count: blocks + 1)
                let isThere = line.withUnsafeBufferPointer { line in
                    guard let base = line.baseAddress else { return false }
                    guard width > 0 else {
                        text_marks(base, blocks, &marks)
                        return true
                    }
                    return text_marks_by(width, base, blocks, &marks)
                }
                guard isThere else { continue }
                widths.insert(width)
                #expect(marks == expected + [0x5555], "seed \(seed), round \(round), width \(width)")
            }
        }
        #expect(widths.isSuperset(of: [0, 1]))
    }

    @Test("are found for texts of every length, beginning anywhere, whatever the line before had")
    func lengths() throws {
        let seed = UInt64.random(in: 0...(.max))
        var random = SeededGenerator(seed: seed)
        func text(_ length: Int) -> String {
            // Some have what needs a look.
            let odd =
                Int.random(in: 0..<8, using: &random) == 0
                ? ["\\", "\"", "\u{e9}", "\u{1f}"].randomElement(using: &random) : nil
            return String(repeating: "x", count: length) + (odd ?? "")
        }
        var records: [Record] = []
        for length in 0..<300 {
            var record = length % 2 == 0 ? fullRequest() : fullConnection()
            record.id = text(1 + Int.random(in: 0..<70, using: &random))
            record.explanation = text(length)
            record.policy = text(Int.random(in: 0...length, using: &random))
            record.rule = text(Int.random(in: 0..<3, using: &random))
            record.workload?.name = text(length)
            record.workload?.labels = (0..<Int.random(in: 0..<4, using: &random)).map { _ in text(length) }
            record.destination?.service = text(Int.random(in: 0..<80, using: &random))
            records += [record, record]
        }
        records.shuffle(using: &random)
        let lines = records.map { encode($0) + [UInt8(ascii: "\n")] }
        var scanner = RecordScanner()
        try Array(lines.joined()).withUnsafeBytes { all in
            var start = 0
            for (record, bytes) in zip(records, lines) {
                let line = UnsafeRawBufferPointer(rebasing: all[start..<(start + bytes.count)])
                start += bytes.count
                try scanner.scan(line, of: all)
                #expect(scanner.text(.id, in: line) == record.id, "seed \(seed)")
                #expect(scanner.text(.explanation, in: line) ?? "" == record.explanation, "seed \(seed)")
                #expect(scanner.text(.policy, in: line) ?? "" == record.policy, "seed \(seed)")
                #expect(scanner.text(.rule, in: line) ?? "" == record.rule, "seed \(seed)")
                #expect(scanner.text(.workloadName, in: line) ?? "" == record.workload?.name, "seed \(seed)")
                #expect(scanner.texts(.workloadLabels, in: line) == record.workload?.labels, "seed \(seed)")
                #expect(
                    scanner.text(.destinationService, in: line) ?? "" == record.destination?.service, "seed \(seed)")
            }
        }
    }

    @Test("a text without an end is none, also where the next line has a quotation mark")
    func endless() {
        let line = encode(fullRequest())
        var scanner = RecordScanner()
        for count in stride(from: line.count - 1, to: 0, by: -7) {
            let all = line[..<count] + [UInt8(ascii: "\n")] + line + [UInt8](repeating: UInt8(ascii: "\""), count: 200)
            Array(all).withUnsafeBytes { all in
                let cut = UnsafeRawBufferPointer(rebasing: all[..<count])
                #expect(throws: RecordLineError.self) { try scanner.scan(cut, of: all) }
            }
        }
    }
}
