import Records
import Testing

/// Lines that are written as ours are have a reader of their own. With a space in front the other one reads them, which
/// takes members in any order: both must find the same.
@Suite("Lines in the order of the schema")
struct OrderedTests {
    /// What is found in a line, or why it is none.
    private enum Found: Equatable {
        case fields([String])
        case failure(offset: Int, reason: String)
    }

    private func scan(_ line: [UInt8], _ scanner: inout RecordScanner) -> Found {
        line.withUnsafeBytes { scan($0, of: nil, &scanner) }
    }

    private func scan(
        _ line: UnsafeRawBufferPointer, of lines: UnsafeRawBufferPointer?, _ scanner: inout RecordScanner
    ) -> Found {
        do throws(RecordLineError) {
            if let lines { try scanner.scan(line, of: lines) } else { try scanner.scan(line) }
        } catch {
            return .failure(offset: error.offset, reason: error.reason)
        }
        var fields = ["\(scanner.time)"]
        for field in FieldNumber.allCases {
            let raw = scanner.raw(field, in: line).map { String(decoding: $0, as: UTF8.self) }
            let (has, number, isTrue) = (scanner.has(field), scanner.integer(field), scanner.isTrue(field))
            let texts = scanner.texts(field, in: line)
            fields.append("\(field): \(has) \(raw ?? "-") \(number ?? -1) \(isTrue) \(texts)")
        }
        // The objects that are there, also empty ones, and what a record has of them.
        fields.append((try? Record(scanner, in: line)).map { "\($0)" } ?? "no record")
        fields.append("\(Series(scanner).encoded)")
        return .fields(fields)
    }

    /// The same line, read by the one that takes any order.
    private func scanOther(_ line: [UInt8]) -> Found {
        var scanner = RecordScanner()
        let found = scan([UInt8(ascii: " ")] + line, &scanner)
        guard case .failure(let offset, let reason) = found else { return found }
        return .failure(offset: max(0, offset - 1), reason: reason)
    }

    @Test("random records are read alike, by one scanner after the other")
    func records() {
        let seed = UInt64.random(in: 0...(.max))
        var scanner = RecordScanner()
        for isStrange in [false, true] {
            var records = RandomRecords(seed: seed, isStrange: isStrange)
            for round in 0..<1_000 {
                let line = encode(records.next())
                let found = scan(line, &scanner)
                #expect(found == scanOther(line), "seed \(seed) strange \(isStrange) round \(round)")
            }
        }
    }

    @Test("lines that are changed at random are read alike, or refused at the same place for the same reason")
    func mutations() throws {
        let seed = UInt64.random(in: 0...(.max))
        var random = SeededGenerator(seed: seed)
        var records = RandomRecords(seed: seed, isStrange: true)
        let pieces = [
            "\"", "\\", "{", "}", "[", "]", ",", ":", "0", "-", ".", "9999999", "true", "null", "\\u0041", "\u{0}", " ",
            "ä", "{}", "[]", "\",\"", "},\"", "}}", "\"id\":\"z\",", "\"ai\":{},", "\"trace\":[],", "\n",
        ]
        var scanner = RecordScanner()
        var (read, refused) = (0, 0)
        for round in 0..<3_000 {
            var line = round % 4 == 0 ? encode(fullRecord()) : encode(records.next())
            for _ in 0..<Int.random(in: 1...3, using: &random) { change(&line, pieces, &random) }
            if line.isEmpty { line = [0] }
            let found = scan(line, &scanner)
            #expect(found == scanOther(line), "seed \(seed) round \(round): \(String(decoding: line, as: UTF8.self))")
            if case .fields = found { read += 1 } else { refused += 1 }
        }
        #expect(read > 100 && refused > 100, "seed \(seed)")
    }

    @Test("lines behind each other are read where they lie as they are when they are copied")
    func inPlace() {
        let seed = UInt64.random(in: 0...(.max))
        var random = SeededGenerator(seed: seed)
        var records = RandomRecords(seed: seed, isStrange: true)
        let pieces = ["\"", "\\", "{", "}", ",", " ", "\n", "   \n\n  ", "\r", "\u{0}", "ä", "{}", "9999999999"]
        var one = RecordScanner()
        var other = RecordScanner()
        for round in 0..<300 {
            // Also none behind the last, too few bytes behind it, and nothing but spaces.
            var lines: [UInt8] = []
            var ranges: [Range<Int>] = []
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                var line = encode(records.next())
                if Int.random(in: 0...2, using: &random) == 0 { change(&line, pieces, &random) }
                let start = lines.count
                lines += line
                let isWithEnd = Bool.random(using: &random)
                if !isWithEnd { ranges.append(start..<lines.count) }
                if Int.random(in: 0...9, using: &random) > 0 { lines.append(UInt8(ascii: "\n")) }
                if isWithEnd { ranges.append(start..<lines.count) }
            }
            lines += Array(repeating: UInt8(ascii: " "), count: Int.random(in: 0...80, using: &random))
            lines.withUnsafeBytes { lines in
                for range in ranges where !range.isEmpty {
                    let line = UnsafeRawBufferPointer(rebasing: lines[range])
                    let (there, copied) = (scan(line, of: lines, &one), scan(line, of: nil, &other))
                    #expect(there == copied, "seed \(seed) round \(round): \(String(decoding: line, as: UTF8.self))")
                }
            }
        }
        // Memory that the line is no part of promises nothing.
        let (line, elsewhere) = (encode(fullRecord()), [UInt8](repeating: 0, count: 4_096))
        line.withUnsafeBytes { line in
            elsewhere.withUnsafeBytes { elsewhere in
                let (there, copied) = (scan(line, of: elsewhere, &one), scan(line, of: nil, &other))
                #expect(there == copied)
            }
        }
    }

    private func change(_ line: inout [UInt8], _ pieces: [String], _ random: inout SeededGenerator) {
        guard !line.isEmpty else { return }
        let place = Int.random(in: 0..<line.count, using: &random)
        let end = min(line.count, place + Int.random(in: 0...40, using: &random))
        switch Int.random(in: 0..<6, using: &random) {
        case 0: line[place] = UInt8.random(in: 0...255, using: &random)
        case 1: line.remove(at: place)
        case 2:
            let piece = pieces.randomElement(using: &random) ?? ""
            line.insert(contentsOf: Array(piece.utf8), at: place)
        case 3: line.insert(contentsOf: line[place..<end], at: Int.random(in: 0...line.count, using: &random))
        case 4: line.removeSubrange(place..<end)
        default: line.removeSubrange(place...)
        }
    }

    private func line(_ rest: String) -> [UInt8] {
        Array(
            (#"{"time":"2026-11-23T09:00:00.123456Z","id":"x","point":"gateway","reason":"r","revision":1"# + rest).utf8
        )
    }

    @Test("texts of every length, with what needs a look at every place in them")
    func texts() {
        var scanner = RecordScanner()
        for length in 0...50 {
            let text = String(repeating: "a", count: length)
            for piece in ["", "\\n", "\\u00e4", "ä", "😀", " ", "!", "#", "\u{7f}", "\u{1}", "\\x", "\"", "\u{0}"] {
                for place in Set([0, length / 2, max(0, length - 1), length]) {
                    let whole = String(text.prefix(place)) + piece + String(text.dropFirst(place))
                    for rest in [
                        #","gateway":"\#(whole)"}"#, #","workload":{"labels":["\#(whole)","\#(text)"]}}"#,
                        #","trace":[{"rule":"\#(whole)","mode":"staged"},{"policy":"\#(text)","mode":"enforced"}]}"#,
                    ] {
                        let line = line(rest)
                        let found = scan(line, &scanner)
                        #expect(found == scanOther(line), "\(rest)")
                    }
                }
            }
        }
    }

    @Test("numbers of every length, and what is none")
    func numbers() throws {
        var scanner = RecordScanner()
        let digits = "9876543210123456789012"
        let numbers =
            (0...22).map { String(digits.prefix($0)) }
            + [
                "0", "00", "01", "0000001", "00000001", "-", "-1", "-0", "1:", "/", "12345678:", "1e3", "\u{1}", "٣",
                "7a",
            ]
        let fractions =
            ["", "."] + (1...9).map { "." + digits.prefix($0) } + [".00000a", ".0000001", ".000000", ".5.5"]
        for number in numbers {
            for (rest, fractions) in [
                (#","bytes":{"in":"#, [""]), (#","timing":{"duration":"#, fractions), (#","status":"#, [""]),
            ] {
                for fraction in fractions {
                    for end in ["}}", "}", ",\"out\":3}}", ",\"first_byte\":0.000001}}", " }}"] {
                        let line = line(rest + number + fraction + end)
                        let found = scan(line, &scanner)
                        #expect(found == scanOther(line), "\(rest + number + fraction + end)")
                    }
                }
            }
        }
        for length in 1...7 {
            let line = line(#","bytes":{"in":\#(digits.prefix(length))}}"#)
            let number = try withScan(line) { scanner, _ in scanner.integer(.bytesIn) }
            #expect(number == Int64(digits.prefix(length)))
        }
        let length = try withScan(line(#","timing":{"duration":7654321.000089}}"#)) { scanner, _ in
            scanner.microseconds(.timingDuration)
        }
        #expect(length == 7_654_321_000_089)
    }

    @Test("many entries, after a line with few")
    func entries() {
        var scanner = RecordScanner()
        for count in [1, 63, 64, 65, 300, 2] {
            let labels = (0..<count).map { "\"l\($0)\"" }.joined(separator: ",")
            let steps = (0..<count).map { #"{"policy":"p\#($0)","mode":"staged"}"# }.joined(separator: ",")
            let line = line(#","workload":{"labels":[\#(labels)]},"trace":[\#(steps)]}"#)
            let found = scan(line, &scanner)
            #expect(found == scanOther(line), "\(count)")
        }
    }
}
