import Testing

@testable import Kubernetes

@Suite struct JSONReaderTests {
    static func read(_ text: String) throws -> Value { try JSONReader.read(Array(text.utf8)) }

    @Test func readsEveryShapeWithItsPlace() throws {
        let value = try Self.read(#"{"a": [1, -2.5e3, true, null], "é": {"x": "y\n\u00e9\ud83d\ude00\/"} }"#)
        guard case .map(let members) = value.content else { return #expect(Bool(false)) }
        #expect(members.map(\.key) == ["a", "é"])
        #expect(value["é"]?["x"]?.text == "y\né😀/")
        #expect(members[1].mark == Value.Mark(line: 1, column: 32))
        #expect(value["é"]?.mark == Value.Mark(line: 1, column: 37))
        guard case .list(let list)? = value["a"]?.content, case .integer(1) = list[0].content,
            case .number("-2.5e3") = list[1].content, case .bool(true) = list[2].content,
            case .null = list[3].content
        else { return #expect(Bool(false), "wrong shapes") }
    }

    @Test func largeIntegersAreNumbers() throws {
        guard case .integer(.max) = try Self.read("9223372036854775807").content,
            case .number("9223372036854775808") = try Self.read("9223372036854775808").content
        else { return #expect(Bool(false), "wrong shapes") }
    }

    @Test(arguments: [
        "", " ", "{", "[", "[1", "[1,", "[1,]", "{\"a\"", "{\"a\":", "{\"a\":1,}", "{a:1}", "{'a':1}", "01", "1.", ".5",
        "+1",
        "1e", "-", "tru", "nul", "NaN", "1 2", "[] []", "\"a", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"",
        "\"\\ud800\\u0041\"",
        "\"\\udc00\"", "\"\u{1}\"", "\"a\nb\"", "{\"a\":1,\"a\":2}", "[1]//c", "\u{feff}1", "{\"a\" 1}", "[1 2]", "{,}",
        "[,]",
    ])
    func refuses(text: String) {
        #expect(throws: SyntaxError.self) { try Self.read(text) }
    }

    @Test func saysWhere() {
        do {
            _ = try Self.read("{\n  \"ä\": 1,\n  \"ä\": 2\n}")
            #expect(Bool(false), "must throw")
        } catch {
            #expect((error as? SyntaxError)?.mark == Value.Mark(line: 3, column: 3))
        }
    }

    @Test func depthIsBounded() throws {
        let nested = { String(repeating: "[", count: $0) + String(repeating: "]", count: $0) }
        _ = try Self.read(nested(DocumentLimits.depth))
        #expect(throws: SyntaxError.self) { try Self.read(nested(DocumentLimits.depth + 1)) }
        #expect(throws: SyntaxError.self) { try Self.read(String(repeating: "{\"a\":", count: 1_000_000)) }
    }
}
