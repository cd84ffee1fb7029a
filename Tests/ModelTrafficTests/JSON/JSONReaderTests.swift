import Testing

@testable import ModelTraffic

/// The document, or a failure that names the problem.
func document(_ text: String, _ location: SourceLocation = #_sourceLocation) throws -> JSONDocument {
    do {
        return try JSONDocument(Array(text.utf8))
    } catch {
        Issue.record("\(error) in \(text.debugDescription)", sourceLocation: location)
        throw error
    }
}

/// What is wrong with a text; nil when nothing is.
func problem(_ bytes: [UInt8], _ limits: JSONLimits = .standard) -> JSONProblem? {
    do {
        _ = try JSONDocument(bytes, limits: limits)
        return nil
    } catch {
        return error
    }
}

@Suite struct JSONReaderTests {
    @Test(arguments: [
        "null", " true ", "false\n", "\t0\r", "-0", "1.5e-3", "1E+9", "-12.25", "\"\"", "[]", "{}", "[ ]", "{ }",
        #"{"a":1,"b":[true,{"c":null}]}"#, #"["\u0000","\ud83d\ude00","\/","é","😀","\uFFFF"]"#,
        #"{"":0}"#, #"{"a":{"a":{"a":1}},"b":{"a":1}}"#, #"[1,[2,[3]],{"k":[{}]}]"#, "\"\u{7F}\"",
        "123456789012345678901234567890", "1e999",
    ])
    func accepted(_ text: String) { #expect(problem(Array(text.utf8)) == nil) }

    static let refused: [(String, JSONProblem.Code, Int)] = [
        ("", .empty, 0), ("  \n", .empty, 3),
        ("\u{FEFF}{}", .byteOrderMark, 0),
        ("{} {}", .trailingBytes, 3), ("1 2", .trailingBytes, 2), ("[]]", .trailingBytes, 2),
        ("{}\u{0}", .trailingBytes, 2),
        ("nul", .unexpectedEnd, 3), ("nulL", .unexpectedByte, 3), ("True", .unexpectedByte, 0),
        ("NaN", .unexpectedByte, 0),
        ("nan", .unexpectedByte, 1), ("Infinity", .unexpectedByte, 0), ("-Infinity", .badNumber, 0),
        ("+1", .unexpectedByte, 0),
        ("01", .badNumber, 0), ("-01", .badNumber, 0), ("1.", .badNumber, 0), (".5", .unexpectedByte, 0),
        ("1e", .badNumber, 0),
        ("1e+", .badNumber, 0), ("-", .badNumber, 0), ("0x10", .trailingBytes, 1), ("1_000", .trailingBytes, 1),
        ("[1,]", .unexpectedByte, 3), ("[,1]", .unexpectedByte, 1), ("[1 2]", .unexpectedByte, 3),
        ("[", .unexpectedEnd, 1),
        ("{\"a\"}", .unexpectedByte, 4), ("{\"a\":}", .unexpectedByte, 5), ("{\"a\":1,}", .unexpectedByte, 7),
        ("{a:1}", .unexpectedByte, 1), ("{'a':1}", .unexpectedByte, 1), ("{1:2}", .unexpectedByte, 1),
        ("[}", .unexpectedByte, 1),
        ("{]", .unexpectedByte, 1), ("{\"a\":1]", .unexpectedByte, 6), ("[1}", .unexpectedByte, 2),
        ("{\"a\" 1}", .unexpectedByte, 5),
        ("{\"a\"", .unexpectedEnd, 4), ("[1", .unexpectedEnd, 2), ("{\"a\":", .unexpectedEnd, 5),
        ("// c\n1", .unexpectedByte, 0), ("/**/1", .unexpectedByte, 0), ("[1]#", .trailingBytes, 3),
        ("\u{A0}1", .unexpectedByte, 0), ("\u{0C}1", .unexpectedByte, 0), ("\u{2028}1", .unexpectedByte, 0),
        ("\"abc", .badString, 4), ("\"abc\\", .badString, 5), ("\"\\", .badString, 2),
        ("\"\\x41\"", .badEscape, 1), ("\"\\u12\"", .badEscape, 1), ("\"\\u00g0\"", .badEscape, 1),
        ("\"\\U0041\"", .badEscape, 1),
        ("\"\\'\"", .badEscape, 1), ("\"ab\\0\"", .badEscape, 3),
        ("\"\\ud800\"", .badSurrogate, 1), ("\"\\udc00\"", .badSurrogate, 1), ("\"\\ud800\\ud800\"", .badSurrogate, 1),
        ("\"\\ud83d\\u0041\"", .badSurrogate, 1), ("\"x\\ud83d\\n\"", .badSurrogate, 2),
        ("\"\\ude00\\ud83d\"", .badSurrogate, 1),
        ("\"a\nb\"", .controlCharacter, 2), ("\"\u{0}\"", .controlCharacter, 1),
        ("\"0123456789\u{1F}\"", .controlCharacter, 11),
        ("{\"a\tb\":1}", .controlCharacter, 3),
        (#"{"a":1,"a":2}"#, .duplicateKey, 7), (#"{"a":1,"\u0061":2}"#, .duplicateKey, 7),
        (#"{"":1,"":2}"#, .duplicateKey, 6),
        (#"[{"x":{"é":1,"\u00e9":2}}]"#, .duplicateKey, 14), (#"{"/":1,"\/":2}"#, .duplicateKey, 7),
        (#"{"name":1,"Name":2}"#, .caseVariantKey, 10), (#"{"a":1,"b":2,"A":3}"#, .caseVariantKey, 13),
        (#"{"tools":1,"toolſ":2}"#, .caseVariantKey, 11), (#"{"kind":1,"\u212aind":2}"#, .caseVariantKey, 10),
        (#"{"É":1,"é":2}"#, .caseVariantKey, 8), (#"{"ΣΑΣ":1,"σας":2}"#, .caseVariantKey, 12),
        (#"{"a":{"Model":1,"q":[],"mODEL":2}}"#, .caseVariantKey, 23),
    ]

    @Test(arguments: refused)
    func refusal(_ text: String, _ code: JSONProblem.Code, _ offset: Int) {
        #expect(problem(Array(text.utf8)) == JSONProblem(code: code, offset: offset), "\(text.debugDescription)")
    }

    /// Bytes that are no UTF-8: overlong, surrogates, above U+10FFFF, cut short, lone continuations.
    @Test(
        arguments: [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80],
            [0xED, 0xBF, 0xBF],
            [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80],
            [0xFF],
            [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98], [0xC3, 0x28], [0xE2, 0x28, 0xA1], [0xE2, 0x82, 0x28],
        ] as [[UInt8]])
    func invalidUTF8(_ bytes: [UInt8]) {
        for prefix in ["\"", "\"12345678", "{\"", "{\"a\":1,\"b"] {
            let text = Array(prefix.utf8) + bytes + Array("\"".utf8)
            #expect(problem(text) == JSONProblem(code: .badUTF8, offset: prefix.utf8.count))
        }
    }

    @Test func validUTF8IsKept() throws {
        for value in [0x80, 0x7FF, 0x800, 0xFFF, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0xFFFFF, 0x10FFFF] as [UInt32] {
            let scalar = try #require(Unicode.Scalar(value))
            #expect(try document("\"\(Character(scalar))\"").root.string == String(Character(scalar)))
        }
    }

    @Test func sixtyFourLevelsPassAndNoMore() {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            func nested(_ levels: Int) -> [UInt8] {
                let inner = open == "[" ? "" : "1"
                return Array(
                    (String(repeating: open, count: levels) + inner + String(repeating: close, count: levels)).utf8)
            }
            #expect(problem(nested(64)) == nil)
            #expect(problem(nested(65)) == JSONProblem(code: .tooDeep, offset: 64 * open.utf8.count))
            #expect(problem(nested(100_000))?.code == .tooDeep)
            let bomb = Array(String(repeating: open, count: 100_000).utf8)
            #expect(problem(bomb) == JSONProblem(code: .tooDeep, offset: 64 * open.utf8.count))
            // Depth is no promise of the stack: the reader has none.
            #expect(problem(nested(100_000), JSONLimits(depth: 200_000)) == nil)
        }
        let closed = Array(("[" + String(repeating: "[[]],", count: 1_000) + "[]]").utf8)
        #expect(problem(closed, JSONLimits(depth: 3)) == nil)
    }

    @Test func valuesAreCounted() {
        let text = Array("[1,{\"a\":2,\"b\":[3]}]".utf8)
        #expect(problem(text, JSONLimits(nodes: 6)) == nil)
        #expect(problem(text, JSONLimits(nodes: 5)) == JSONProblem(code: .tooManyNodes, offset: 15))
        #expect(problem(text, JSONLimits(nodes: 0)) == JSONProblem(code: .tooManyNodes, offset: 0))
    }

    @Test func manyKeysAreComparedToo() {
        func object(_ keys: [String]) -> [UInt8] {
            Array(("{" + keys.map { "\"\($0)\":0" }.joined(separator: ",") + "}").utf8)
        }
        for count in [15, 16, 17, 31, 32, 33, 1_000] {
            let keys = (0..<count).map { "key\($0)" }
            let offset = object(keys).count
            #expect(problem(object(keys)) == nil)
            #expect(problem(object(keys + ["key0"])) == JSONProblem(code: .duplicateKey, offset: offset))
            #expect(problem(object(keys + ["KEY\(count - 1)"])) == JSONProblem(code: .caseVariantKey, offset: offset))
            #expect(problem(object(keys + ["\\u004bey7"])) == JSONProblem(code: .caseVariantKey, offset: offset))
        }
    }
}
