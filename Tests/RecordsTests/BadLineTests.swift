import Foundation
import Records
import Testing

@Suite("Lines that are no records")
struct BadLineTests {
    private let good = #"{"time":"2026-11-23T09:00:00.123456Z","id":"x","point":"gateway","reason":"r","revision":1"#

    private func reason(_ line: String) -> String? { reason(Array(line.utf8)) }

    /// nil: it is one.
    private func reason(_ line: [UInt8]) -> String? {
        do throws(RecordLineError) {
            _ = try Record(line: line)
            return nil
        } catch {
            #expect((0...max(line.count, 1 << 20)).contains(error.offset))
            return error.reason
        }
    }

    @Test(
        "are refused with the reason",
        arguments: [
            ("}", nil), (#","ai":{}}"#, nil), ("} \n", nil), (#","status":-5}"#, nil),
            ("", "`,` or `}` must follow"), ("}}", "the line must end"), ("} x", "the line must end"),
            (#","id":"y"}"#, "`id` is there twice"), (#","ai":{},"ai":{}}"#, "`ai` is there twice"),
            (#","ai":{"model":"a","model":"a"}}"#, "`ai.model` is there twice"),
            (#","trace":[],"trace":[]}"#, "`trace[]` is there twice"),
            (#","trace":[{"rule":"a","rule":"b","mode":"staged"}]}"#, "`trace[].rule` is there twice"),
            (#","status":"200"}"#, "`status` must be a whole number"), (#","status":2e2}"#, "`,` or `}` must follow"),
            (#","status":0200}"#, "`status` must be a whole number"),
            (#","status":null}"#, "`status` must be a whole number"),
            (#","status":}"#, "`status` must be a whole number"), (#","gateway":7}"#, "`gateway` must be a text"),
            (#","gateway":null}"#, "`gateway` must be a text"), (#","ai":[]}"#, "`ai` must be an object"),
            (#","ai":{"classes":"x"}}"#, "`ai.classes[]` must be an array"),
            (#","ai":{"classes":[7]}}"#, "`ai.classes[]` must be of texts"),
            (#","ai":{"classes":["a",]}}"#, "`ai.classes[]` must be of texts"),
            (#","trace":[7]}"#, "`trace[]` must be of objects"),
            (#","trace":{}}"#, "`trace[]` must be an array"),
            (#","suspected_theft":1}"#, "`suspected_theft` must be `true` or `false`"),
            (#","timing":{"duration":"1"}}"#, "`timing.duration` must be a number of seconds"),
            (#","timing":{"duration":1.}}"#, "`timing.duration` must have digits after its point"),
            (#","verdict":"maybe"}"#, "`verdict` must be one of `allowed`, `denied`"),
            (#","source":{"address":"10.0.0.1","port":65536}}"#, "`source.port` must be a number from 0 to 65535"),
            (#","hidden":{"lost":-1}}"#, "`hidden.lost` must be a number from 0 to 18446744073709551615"),
            (#","connection":{"transport":"tcp"}}"#, "`connection.event` is missing"),
            (#","trace":[{"rule":"a","mode":"x"}]}"#, "`trace[].mode` must be one of `enforced`, `staged`"),
            (#","\u0061i":{}}"#, "the name of a member has an escape"),
            (#","x":"\ud800"}"#, "a text has an escape that is none"),
            (#","x":"\ud800A"}"#, "a text has an escape that is none"),
            (#","x":"\udc00"}"#, "a text has an escape that is none"),
            (#","x":"\x"}"#, "a text has an escape that is none"), ("\",\"x\":\"a\u{1}\"}", "`,` or `}` must follow"),
            (",\"x\":\"a\u{1}\"}", "a text has a control character"),
            (",\"gateway\":\"a\tb\"}", "a text has a control character"),
            (#","x":"a"#, "a text must end"), (#","x":tru}"#, "a value must begin"),
            (#","x":01}"#, "a number has no digits where it must"),
            (#","x":1.}"#, "a number has no digits where it must"),
            (#","x":1e}"#, "a number has no digits where it must"),
            (#","x":-}"#, "a number has no digits where it must"), (#","x" 1}"#, "`:` must follow the name"),
            (#",x:1}"#, "the name of a member must begin"), (#",}"#, "the name of a member must begin"),
            (#","x":[1 2]}"#, "`,` or `]` must follow"), (#","x":{"a":1 "b":2}}"#, "`,` or `}` must follow"),
        ] as [(String, String?)])
    func refused(rest: String, expected: String?) {
        #expect(reason(good + rest) == expected, "\(rest)")
    }

    @Test("what every record has must be there, and the time must be one")
    func needed() {
        #expect(
            reason("") == "there is nothing" && reason("[]") == "an object must begin"
                && reason(" ") == "an object must begin")
        #expect(reason("{}") == "`time` is missing")
        for name in ["time", "id", "point", "reason", "revision"] {
            #expect(reason(good.replacing("\"\(name)\"", with: "\"other\"") + "}") == "`\(name)` is missing")
        }
        for time in [
            "", "yesterday", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-23T24:00:00Z",
            "2026-11-23T09:00:00",
        ] {
            let line = good.replacing("2026-11-23T09:00:00.123456Z", with: time) + "}"
            #expect(reason(line) == "`time` must be a time of RFC 3339", "\(time)")
        }
    }

    @Test(
        "times of other writers are read",
        arguments: [
            ("2026-11-23T09:00:00Z", 0), ("2026-11-23T10:00:00.000001+01:00", 1),
            ("2026-11-23t03:30:00.1234567-05:30", 123_456),
            ("2026-11-23T08:59:60.5z", 500_000), ("1969-12-31T23:59:59Z", -1_795_424_401_000_000),
        ] as [(String, Int64)])
    func times(text: String, offset: Int64) throws {
        let line = Array((good.replacing("2026-11-23T09:00:00.123456Z", with: text) + "}").utf8)
        let time = try withScan(line) { scanner, _ in scanner.time }
        #expect(time == 1_795_424_400_000_000 + offset)
    }

    @Test("deep nesting, huge lines and huge numbers end with an answer")
    func sizes() throws {
        let deep = String(repeating: "[", count: 200_000)
        #expect(reason(good + ",\"x\":" + deep) == "there is too much within each other")
        #expect(
            reason(good + ",\"x\":" + String(repeating: "{\"a\":", count: 200_000))
                == "there is too much within each other")
        let nested = String(repeating: "[", count: 63) + String(repeating: "]", count: 63)
        #expect(reason(good + ",\"x\":" + nested + "}") == nil)
        let filler = String(repeating: "a", count: RecordScanner.longestLine - good.utf8.count - 8)
        #expect(reason(good + ",\"x\":\"" + filler + "\"}") == nil)
        #expect(reason(good + ",\"x\":\"" + filler + "a\"}") == "the line is too long")
        let line = Array((good + ",\"status\":99999999999999999999999,\"bytes\":{\"in\":-9223372036854775809}}").utf8)
        let numbers = try withScan(line) { scanner, _ in (scanner.integer(.status), scanner.integer(.bytesIn)) }
        #expect(numbers.0 == .max && numbers.1 == .min)
        let labels = (0..<50_000).map { "\"l\($0)\"" }.joined(separator: ",")
        let read = try withScan(Array((good + ",\"workload\":{\"labels\":[\(labels)]}}").utf8)) { scanner, line in
            scanner.texts(.workloadLabels, in: line)
        }
        #expect(read.count == 50_000)
    }

    @Test("what is not UTF-8 is refused, at its place")
    func invalid() {
        for bytes in [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82], [0x80]]
            as [[UInt8]]
        {
            for name in ["gateway", "x"] {
                let line = Array((good + ",\"\(name)\":\"abc").utf8) + bytes + Array("\"}".utf8)
                #expect(reason(line) == "a text is not UTF-8", "\(bytes)")
            }
        }
    }

    @Test("a line that is cut anywhere is refused")
    func cut() throws {
        for record in [fullRecord(), fullAlarm()] {
            let line = encode(record)
            for count in 0..<line.count { #expect(reason(Array(line.prefix(count))) != nil, "\(count)") }
        }
    }

    @Test("what is changed at random is refused, or is what Foundation reads")
    func mutations() throws {
        let seed = UInt64.random(in: 0...(.max))
        var random = SeededGenerator(seed: seed)
        let seeds = [encode(fullRecord()), encode(fullConnection()), encode(fullAlarm())]
        let pieces = [
            "\"", "\\", "{", "}", "[", "]", ",", ":", "0", "-", ".", "e", "true", "null", "\\u0041", "\u{0}", " ", "ä",
            "\"id\":\"z\",",
        ]
        var accepted = 0
        for round in 0..<4_000 {
            var line = try #require(seeds.randomElement(using: &random))
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<line.count, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: line[place] = UInt8.random(in: 0...255, using: &random)
                case 1: line.remove(at: place)
                case 2: line.insert(contentsOf: Array(pieces.randomElement(using: &random)!.utf8), at: place)
                case 3:
                    let end = min(line.count, place + Int.random(in: 0...40, using: &random))
                    line.insert(contentsOf: line[place..<end], at: Int.random(in: 0...line.count, using: &random))
                default: line.removeSubrange(place..<min(line.count, place + Int.random(in: 0...40, using: &random)))
                }
                if line.isEmpty { line = [0] }
            }
            guard (try? withScan(line, { _, _ in })) != nil else { continue }
            accepted += 1
            let json = try? decode(line)
            try #require(json != nil, "seed \(seed) round \(round): \(String(decoding: line, as: UTF8.self))")
            try withScan(line) { scanner, bytes in
                for field in [FieldNumber.id, .workloadName, .alarmText, .connectionTransport, .httpPath] {
                    let expected = leaves(json ?? [:]).first { $0.path == field.name }?.value as? String
                    let text = scanner.text(field, in: bytes)
                    #expect(text == expected, "seed \(seed) round \(round) \(field)")
                }
            }
        }
        #expect(accepted > 100)
    }
}
