import Testing

@testable import ModelTraffic

/// Any text, cut anywhere, says the same as in one piece; and the same as a reader that splits it into lines first.
@Suite struct StreamFuzzTests {
    static let corpus: [[UInt8]] = [
        "event: message_start\ndata: {\"type\":\"message_start\"}\n\nevent: ping\ndata: {}\n\n: comment\n\ndata: [DONE]\n\n",
        "data: a\r\ndata: b\r\n\r\nevent: x\r\ndata: c\r\n\r\n", "data: a\rdata: b\r\revent: x\rdata\r\r",
        "\u{FEFF}data: 1\n\nid: 3\nretry: 4\ndata: 2\n\n",
        "{\"a\":1}\n{\"b\":2}\r\n\n{\"c\":3}",
    ].map { Array($0.utf8) }
    static let pieces: [[UInt8]] = [
        "\n", "\r", "\r\n", "\n\n", "\r\n\r\n", "data", "data:", "data: x\n", "event: e\n", ":", " ", "\u{FEFF}",
        "\n\r", "xxxxxxxxxx", "id", "\t\u{0}",
    ]
    .map { Array($0.utf8) }

    @Test func eventStreams() {
        Fuzz.run("event streams", rounds: 4_000) { round, random in
            var text = Self.corpus.randomElement(using: &random) ?? []
            Fuzz.mutate(&text, Self.corpus, Self.pieces, &random)
            let limit = [12, 30, 100, 1 << 20].randomElement(using: &random) ?? 100
            let whole = hear(text, limit: limit, finish: true)
            let cuts = (0..<Int.random(in: 1...12, using: &random)).map { _ in
                Int.random(in: 0...text.count, using: &random)
            }
            let cut = hear(text, cuts: cuts, limit: limit, finish: true)
            let right = whole.events == cut.events && (limit < 1 << 20 || hear(text).events == plain(text))
            #expect(
                right,
                "seed \(Fuzz.seed) round \(round): \(whole) \(cut) \(plain(text)) limit \(limit) cut at \(cuts) in \(shown(text))"
            )
            return right
        }
    }

    @Test func lines() {
        Fuzz.run("lines", rounds: 3_000) { round, random in
            var text = Self.corpus.randomElement(using: &random) ?? []
            Fuzz.mutate(&text, Self.corpus, Self.pieces, &random)
            let limit = [1, 7, 20, 1 << 20].randomElement(using: &random) ?? 7
            let cuts = (0..<Int.random(in: 1...12, using: &random)).map { _ in
                Int.random(in: 0...text.count, using: &random)
            }
            let whole = hearLines(text, limit: limit, finish: true)
            let right = whole == hearLines(text, cuts: cuts, limit: limit, finish: true)
            #expect(right, "seed \(Fuzz.seed) round \(round): \(whole) limit \(limit) cut at \(cuts) in \(shown(text))")
            return right
        }
    }

    /// The standard's words, on the whole text at once.
    private func plain(_ bytes: [UInt8]) -> [String] {
        var rest = bytes[...]
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
        var lines: [[UInt8]] = [[]]
        for (index, byte) in zip(rest.indices, rest) {
            if byte == 0x0A, index > rest.startIndex, rest[index - 1] == 0x0D { continue }
            if byte == 0x0A || byte == 0x0D { lines.append([]) } else { lines[lines.count - 1].append(byte) }
        }
        var events: [String] = []
        var data: [UInt8]?
        var name: [UInt8] = []
        // The last line has no end.
        for line in lines.dropLast() {
            if line.isEmpty {
                if let data {
                    events.append("\(String(decoding: name, as: UTF8.self))|\(String(decoding: data, as: UTF8.self))")
                }
                (data, name) = (nil, [])
                continue
            }
            let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.count
            var value = line.dropFirst(colon + 1)
            if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
            switch String(decoding: line[..<colon], as: UTF8.self) {
            case "data": data = data.map { $0 + [0x0A] + value } ?? Array(value)
            case "event": name = Array(value)
            default: break
            }
        }
        return events
    }
}
