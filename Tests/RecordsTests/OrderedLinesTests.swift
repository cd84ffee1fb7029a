import Testing

@testable import Records

/// The reader of lines that are written as ours are takes all of those, and none that are written in another way: what
/// it does not take costs twice.
@Suite("Which lines are ours")
struct OrderedLinesTests {
    /// Whether the quick reader takes a line.
    private func isTaken(_ line: [UInt8]) -> Bool {
        let padded = line + [UInt8](repeating: 0, count: LineBytes.margin)
        return padded.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return false }
            var reader = LineReader()
            return reader.readOrdered(LineBytes(base: base, count: line.count))
        }
    }

    /// The bytes between members of all objects, and the members between them: places at which a line may be taken apart.
    private func commas(_ line: [UInt8], depth wanted: Int) -> [Int] {
        var (depth, isText, isEscaped) = (0, false, false)
        var found: [Int] = []
        for (place, byte) in line.enumerated() {
            if isText {
                if byte == UInt8(ascii: "\""), !isEscaped { isText = false }
                isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isText = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: ",") where depth == wanted: found.append(place)
            default: break
            }
        }
        return found
    }

    @Test("every line that the encoder writes, with and without its end, also with objects of nothing")
    func taken() {
        let seed = UInt64.random(in: 0...(.max))
        var (taken, empty) = (0, 0)
        for record in [fullRecord(), fullRequest(), fullConnection(), fullAlarm()] {
            #expect(isTaken(encode(record)), "\(record.id)")
        }
        for isStrange in [false, true] {
            var records = RandomRecords(seed: seed, isStrange: isStrange)
            for round in 0..<2_000 {
                let line = encode(records.next())
                let said = "seed \(seed), round \(round): \(String(decoding: line, as: UTF8.self))"
                let (isRight, isRightWithEnd) = (isTaken(line), isTaken(line + [UInt8(ascii: "\n")]))
                #expect(isRight && isRightWithEnd, "\(said)")
                if isRight { taken += 1 }
                // A record has one where a part says nothing, such as a source of no address. No text of these has both
                // signs.
                if String(decoding: line, as: UTF8.self).contains("{}") { empty += 1 }
            }
        }
        #expect(taken == 4_000 && empty > 100, "seed \(seed)")
    }

    @Test("objects of nothing in their places, and in none that is not theirs")
    func nothing() {
        let begin = #"{"time":"2026-11-23T09:00:00.123456Z","id":"x","point":"gateway","reason":"r","revision":1"#
        for (rest, isRight) in [
            (#","source":{},"workload":{},"gateway":"g"}"#, true), (#","hidden":{}}"#, true),
            (#","destination":{"workload":{}},"hidden":{}}"#, true),
            (#","destination":{"service":"s","workload":{}}}"#, true),
            (#","hidden":{},"alarm":{"name":"n"}}"#, true), (#","hidden":{ }}"#, false), (#","hidden":{,}}"#, false),
            (#","hidden":{},"source":{}}"#, false), (#","hidden":{},"hidden":{}}"#, false), (#","gateway":{}}"#, false),
            (#","nobody":{}}"#, false), (#","trace":{}}"#, false), (#","hidden":{}"#, false),
            (#","hidden":{}]"#, false),
            (#","source":{"workload":{}}}"#, false), (#","revision":{}}"#, false),
        ] {
            let isTaken = isTaken(Array((begin + rest).utf8))
            #expect(isTaken == isRight, "\(rest)")
        }
    }

    @Test("none whose members are in another order, there twice, unknown, or have spaces between them")
    func refused() {
        let seed = UInt64.random(in: 0...(.max))
        var random = SeededGenerator(seed: seed)
        var records = RandomRecords(seed: seed, isStrange: true)
        for round in 0..<1_000 {
            let line = encode(records.next())
            let ends = commas(line, depth: 1) + [line.count - 1]
            let members = zip([0] + ends.dropLast(), ends).map { Array(line[($0 + 1)..<$1]) }
            func joined(_ members: [[UInt8]]) -> [UInt8] {
                [UInt8(ascii: "{")] + Array(members.joined(separator: [UInt8(ascii: ",")])) + [UInt8(ascii: "}")]
            }
            let said = "seed \(seed), round \(round)"
            #expect(joined(members) == line, "\(said)")
            let place = Int.random(in: 1..<members.count, using: &random)
            var changed = members
            changed.swapAt(place - 1, place)
            #expect(!isTaken(joined(changed)), "\(said): another order at \(place)")
            changed = members
            changed.insert(members[place], at: place)
            #expect(!isTaken(joined(changed)), "\(said): twice at \(place)")
            changed = members
            changed.insert(Array("\"nobody\":\"knows\"".utf8), at: place)
            #expect(!isTaken(joined(changed)), "\(said): unknown at \(place)")
            for depth in 1...3 {
                guard let comma = commas(line, depth: depth).randomElement(using: &random) else { continue }
                for place in [comma, comma + 1] {
                    var spaced = line
                    spaced.insert(UInt8(ascii: " "), at: place)
                    #expect(!isTaken(spaced), "\(said): a space at \(place)")
                }
            }
        }
    }
}
