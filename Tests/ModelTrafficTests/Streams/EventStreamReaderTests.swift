import Testing

@testable import ModelTraffic

/// What a stream said: one entry an event, `name|data`, and where in the whole text it ended.
struct Heard: Equatable {
    var events: [String] = []
    var ends: [Int] = []
}

/// Reads a text in the pieces that the cuts make.
func hear(_ text: [UInt8], cuts: [Int] = [], limit: Int = 1 << 20, finish: Bool = false) -> Heard {
    var reader = EventStreamReader(limit: limit)
    return hear(text, cuts, finish, { reader.next($0, from: $1) }, { reader.finish() })
}

/// The same for lines.
func hearLines(_ text: [UInt8], cuts: [Int] = [], limit: Int = 1 << 20, finish: Bool = false) -> Heard {
    var reader = LineReader(limit: limit)
    return hear(text, cuts, finish, { reader.next($0, from: $1) }, { reader.finish() })
}

private func hear(
    _ text: [UInt8], _ cuts: [Int], _ finish: Bool, _ next: (UnsafeRawBufferPointer, Int) -> StreamStep,
    _ last: () -> StreamStep
) -> Heard {
    var heard = Heard()
    func note(_ step: StreamStep, _ base: Int) -> Int? {
        switch step {
        case .more: return nil
        case .tooLong(let end):
            heard.events.append("too long")
            heard.ends.append(base + end)
            return end
        case .event(let event):
            heard.events.append(
                "\(String(decoding: event.name, as: UTF8.self))|\(String(decoding: event.data, as: UTF8.self))")
            heard.ends.append(base + event.end)
            return event.end
        }
    }
    var from = 0
    for cut in cuts.sorted() + [text.count] {
        // A copy of exactly the piece: what is read outside of it would be seen by the sanitiser.
        let piece = Array(text[from..<cut])
        piece.withUnsafeBytes { bytes in
            var at = 0
            while let end = note(next(bytes, at), from) { at = end }
        }
        from = cut
    }
    if finish { _ = note(last(), text.count) }
    return heard
}

@Suite struct EventStreamReaderTests {
    static let streams: [(String, [String])] = [
        ("data: a\n\n", ["|a"]), ("data:a\n\n", ["|a"]), ("data:  a \n\n", ["| a "]), ("data\n\n", ["|"]),
        ("data:\n\n", ["|"]), ("data: \n\n", ["|"]),
        ("data: a\ndata: b\n\n", ["|a\nb"]), ("data\ndata\n\n", ["|\n"]), ("data:\ndata: x\ndata\n\n", ["|\nx\n"]),
        ("event: add\ndata: 1\n\n", ["add|1"]), ("data: 1\nevent:add\n\n", ["add|1"]),
        ("event: a\nevent: b\ndata: 1\n\n", ["b|1"]),
        ("event: a\nevent\ndata: 1\n\n", ["|1"]), ("event: a\n\ndata: 1\n\n", ["|1"]),
        (": ping\n\ndata: 1\n\n", ["|1"]), (":\ndata: 1\n: x\n\n", ["|1"]),
        ("id: 7\nretry: 10\ndata: 1\nfoo\n\n", ["|1"]),
        ("data: 1\r\n\r\ndata: 2\r\n\r\n", ["|1", "|2"]), ("data: 1\r\rdata: 2\r\r", ["|1", "|2"]),
        ("data: 1\n\r\ndata: 2\r\n\r", ["|1", "|2"]),
        ("data: 1\r\n\ndata: 2\n\r", ["|1", "|2"]), ("data: 1\r\ndata: 2\rdata: 3\ndata: 4\r\n\r\n", ["|1\n2\n3\n4"]),
        ("\n\n\r\n\r\rdata: 1\n\n\n\n", ["|1"]), ("data: 1\n", []), ("data: 1", []), ("", []), ("\n", []),
        ("\u{FEFF}data: 1\n\n", ["|1"]), ("\u{FEFF}\ndata: 1\n\n", ["|1"]), ("\u{FEFF}data: 1\ndata: 2\n\n", ["|1\n2"]),
        ("\u{FEFF}\u{FEFF}data: 1\n\ndata: 2\n\n", ["|2"]), ("\n\u{FEFF}data: 1\n\ndata: 2\n\n", ["|2"]),
        ("\u{FEFF}event: x\ndata: 1\n\n", ["x|1"]),
        ("Data: 1\n\n data: 1\n\ndata : 1\n\ndatax: 1\n\ndat: 1\n\n", []), ("data: a:b: c\n\n", ["|a:b: c"]),
        ("data: \u{0}é😀\u{B}\t\n\n", ["|\u{0}é😀\u{B}\t"]),
        ("data: [DONE]\n\n", ["|[DONE]"]), ("data: 1\n\ndata: 2", ["|1"]),
    ]

    @Test(arguments: streams)
    func events(_ text: String, _ expected: [String]) {
        let bytes = Array(text.utf8)
        let whole = hear(bytes)
        #expect(whole.events == expected, "\(text.debugDescription)")
        for cut in 0...bytes.count {
            #expect(hear(bytes, cuts: [cut]).events == expected, "\(text.debugDescription) cut at \(cut)")
        }
        #expect(hear(bytes, cuts: Array(0..<bytes.count)).events == expected, "\(text.debugDescription) byte by byte")
    }

    @Test func endsAreExact() {
        #expect(hear(Array("data: 1\n\n: c\n\ndata: 2\r\n\r\nevent: x\n".utf8)).ends == [9, 25])
        #expect(hear(Array("data: 1\n\ndata: 2\n\n".utf8), cuts: [4, 12]).ends == [9, 18])
        // The LF of the blank line is in the next piece: the event has ended before it.
        #expect(hear(Array("data: 1\r\n\r\ndata: 2\n\n".utf8), cuts: [10]).ends == [10, 20])
    }

    @Test func boundaries() {
        var reader = EventStreamReader()
        func read(_ text: String) -> Int {
            Array(text.utf8).withUnsafeBytes { piece in
                var at = 0
                while case .event(let event) = reader.next(piece, from: at) { at = event.end }
            }
            return reader.boundary
        }
        #expect(read("data: 1\n\n: ping\n\ndata: 2") == 17)
        #expect(read("3") == 0)
        #expect(read("\n\r") == 2)
        #expect(read("\nda") == 1)
        #expect(read("ta: 4\n") == 0)
        #expect(read("") == 0)
        #expect(read("\n") == 1)
    }

    @Test func eventsThatAreTooLong() {
        let long = "data: " + String(repeating: "x", count: 95)
        for (text, expected) in [
            (long + "\n\ndata: 1\n\n", ["too long", "|1"]),
            (String(long.dropLast()) + "\r\n\r\ndata: 1\n\n", ["|" + long.dropFirst(6).dropLast(), "|1"]),
            ("data: 1\n\n" + long + "y\r\rdata: 2\n\n", ["|1", "too long", "|2"]),
            (String(repeating: "data: 12345\n", count: 10) + "\ndata: 1\n\n", ["too long", "|1"]),
            (String(repeating: "x: 9012\r\n", count: 11) + "data: 1\n\ndata: 2\n\n", ["too long", "|2"]),
            (": " + long + "\n\ndata: 2\n\n", ["too long", "|2"]),
        ] {
            let bytes = Array(text.utf8)
            for cuts in [[]] + (0...bytes.count).map({ [$0] }) + [Array(0..<bytes.count)] {
                #expect(
                    hear(bytes, cuts: cuts, limit: 100).events == expected, "\(text.debugDescription) cut at \(cuts)")
            }
        }
    }

    @Test func endOfTheStream() {
        for (text, expected) in [
            ("data: 1", ["|1"]), ("data: 1\n", ["|1"]), ("data: 1\ndata: 2", ["|1\n2"]),
            ("event: e\ndata: 1\r", ["e|1"]), ("data: 1\n\nda", ["|1"]),
            (": c", []), ("", []), ("data: 1\n\n", ["|1"]),
        ] {
            for cut in 0...text.utf8.count {
                #expect(
                    hear(Array(text.utf8), cuts: [cut], finish: true).events == expected, "\(text.debugDescription)")
            }
        }
    }
}
