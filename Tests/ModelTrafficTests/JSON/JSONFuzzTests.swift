import Testing

@testable import ModelTraffic

/// Random texts, read by two readers that must say the same.
@Suite struct JSONFuzzTests {
    static let corpus: [[UInt8]] = [
        #"{"model":"llama3","messages":[{"role":"user","content":"Hi \ud83d\ude00 \u00e9\n"}],"stream":true,"max_tokens":10,"temperature":0.5e-1}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"x":[1,2,{"y":null}]}}}"#,
        #" [ 1 , -2.5E+3 , "é😀" , { "a" : [ true , false , null ] , "A b" : { } } , [ ] , "" ] "#,
        #"{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"j":10,"k":11,"l":12,"m":13,"n":14,"o":15,"p":16,"q":17,"r":18}"#,
        #""\u0000\u001f\"\\\/\b\f\n\r\t""#, #"{"é":1,"ſ":{"\u212a":[[[[]]]]},"ß":"\uffff"}"#, "-0.0",
        "[[[[[[[[[[0]]]]]]]]]]",
    ].map { Array($0.utf8) }

    static let pieces: [[UInt8]] =
        [
            "[", "]", "{", "}", "{\"a\":", "\"", "\\", "\\u", "\\ud83d", "\\ude00", "\\u0041", ",", ":", "0", "-",
            "1e5", ".", "E+", "null",
            "true", "NaN", "\"a\":1,", "\"A\":1,", "\"\\u0061\":1,", "\"k\":2,\"K\":3", " ", "\n", "\u{0}", "\u{1F}",
            "\u{FEFF}", "é", "É", "ſ",
            "\u{212A}", "😀", "\u{2028}", "/*", "//", "'", "[[[[[[[[", "]]]]]]]]",
        ].map { Array($0.utf8) } + [[0x80], [0xC3], [0xED, 0xA0, 0x80], [0xF0, 0x9F], [0xFF]]

    @Test func twoReadersAgree() {
        var readable = 0
        Fuzz.run("JSON", rounds: 6_000) { round, random in
            var text = Self.corpus.randomElement(using: &random) ?? []
            Fuzz.mutate(&text, Self.corpus, Self.pieces, &random)
            let wrong = Self.wrong(text)
            #expect(wrong == nil, "seed \(Fuzz.seed) round \(round): \(wrong ?? "") in \(shown(text))")
            if problem(text) == nil { readable += 1 }
            return wrong == nil
        }
        #expect(readable > 0)
    }

    /// Texts that were made from values, so that most of them are long and right.
    @Test func valuesThatWereWritten() {
        Fuzz.run("JSON values", rounds: 1_500) { round, random in
            var text: [UInt8] = []
            Self.make(&text, 0, &random)
            let wrong = Self.wrong(text) ?? (problem(text) == nil ? nil : "\(String(describing: problem(text)))")
            #expect(wrong == nil, "seed \(Fuzz.seed) round \(round): \(wrong ?? "") in \(shown(text))")
            return wrong == nil
        }
    }

    /// What is wrong with how a text is read, if anything is.
    static func wrong(_ text: [UInt8]) -> String? {
        let expected = NaiveJSON.read(text)
        do {
            let document = try JSONDocument(text)
            guard let expected else { return "read, and should not be" }
            if meaning(document.root) != expected { return "understood as \(meaning(document.root))" }
            let canonical = document.serialise()
            if document.rewritten([]) != canonical { return "another text when it is written anew" }
            if !document.isCompact, canonical == text, !text.contains(UInt8(ascii: "\\")) {
                return "taken for one that has to be written anew"
            }
            let again = try JSONDocument(canonical)
            if again.serialise() != canonical { return "another canonical text the second time" }
            if meaning(again.root) != expected { return "another meaning after serialising" }
            return nil
        } catch let problem {
            if !(0...text.count).contains(problem.offset) { return "\(problem) is outside" }
            return expected == nil ? nil : "refused: \(problem)"
        }
    }

    static func meaning(_ node: JSONNode) -> NaiveJSON {
        switch node.kind {
        case .null: .null
        case .bool: .bool(node.bool ?? false)
        case .number: .number(node.numberText ?? "")
        case .string: .string(node.string ?? "")
        case .array: .array(node.elements.map(meaning))
        case .object: .object(node.members.map { .init(key: $0.key, value: meaning($0.value)) })
        }
    }

    private static func make(_ text: inout [UInt8], _ level: Int, _ random: inout SplitMix) {
        func space(_ random: inout SplitMix) -> String {
            ["", "", " ", "\n\t"].randomElement(using: &random) ?? ""
        }
        text += space(&random).utf8
        switch Int.random(in: 0..<(level < 5 ? 7 : 4), using: &random) {
        case 0: text += (["null", "true", "false"].randomElement(using: &random) ?? "null").utf8
        case 1: text += String(Int64.random(in: .min ... .max, using: &random)).utf8
        case 2: text += "\(Double.random(in: -1...1, using: &random))".utf8
        case 3: makeString(&text, "", &random)
        case 4:
            text.append(UInt8(ascii: "["))
            for index in 0..<Int.random(in: 0...6, using: &random) {
                if index > 0 { text.append(UInt8(ascii: ",")) }
                make(&text, level + 1, &random)
            }
            text.append(UInt8(ascii: "]"))
        default:
            text.append(UInt8(ascii: "{"))
            let many = Int.random(in: 0..<20, using: &random) == 0
            for index in 0..<Int.random(in: 0...(many ? 40 : 6), using: &random) {
                if index > 0 { text.append(UInt8(ascii: ",")) }
                makeString(&text, "\(index)-", &random)
                text += (space(&random) + ":").utf8
                make(&text, many ? 5 : level + 1, &random)
            }
            text.append(UInt8(ascii: "}"))
        }
        text += space(&random).utf8
    }

    private static func makeString(_ text: inout [UInt8], _ prefix: String, _ random: inout SplitMix) {
        text += "\"\(prefix)".utf8
        for _ in 0..<Int.random(in: 0...12, using: &random) {
            text +=
                (["a", "Z", "é", "😀", "\\n", "\\u00e9", "\\ud83d\\ude00", "\\\\", "\\\"", "/", "plain text", "\u{7F}"]
                .randomElement(using: &random) ?? "").utf8
        }
        text.append(UInt8(ascii: "\""))
    }
}
