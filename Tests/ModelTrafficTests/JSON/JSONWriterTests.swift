import Testing

@testable import ModelTraffic

@Suite struct JSONWriterTests {
    private func written(_ text: String, _ edits: (JSONNode) throws -> [JSONEdit] = { _ in [] }) throws -> String {
        let document = try document(text)
        return String(decoding: document.serialise(try edits(document.root)), as: UTF8.self)
    }

    @Test(arguments: [
        (" 1.50 ", "1.50"), ("\n[ 1 , 2 ]\n", "[1,2]"), ("{ }", "{}"), ("[\t]", "[]"), ("null", "null"),
        ("-0.0E+01", "-0.0E+01"),
        (#"{ "a" : [ { "b" : true } , null ] , "c":"d" }"#, #"{"a":[{"b":true},null],"c":"d"}"#),
        (#"{"mod\u0065l":"\u00e9\/\u001f\n\t\b\f\r\"\\"}"#, "{\"model\":\"é/\\u001f\\n\\t\\b\\f\\r\\\"\\\\\"}"),
        (#"["\ud83d\ude00","\u0000","\u007f","\u2028"]"#, "[\"😀\",\"\\u0000\",\"\u{7F}\",\"\u{2028}\"]"),
        (#"{"a":{},"b":[],"c":[{}],"d":[[],[]]}"#, #"{"a":{},"b":[],"c":[{}],"d":[[],[]]}"#),
    ])
    func canonical(_ text: String, _ expected: String) throws {
        #expect(try written(text) == expected)
        #expect(try written(expected) == expected)
    }

    @Test func replaceAndSet() throws {
        let text = #"{ "model" : "a", "options": {"n": [1, 2, 3]} }"#
        #expect(
            try written(text) { [.replace(try #require($0["model"]), with: .string("b\"\n"))] }
                == #"{"model":"b\"\n","options":{"n":[1,2,3]}}"#)
        #expect(
            try written(text) {
                [
                    .set(in: $0, key: "model", to: .null),
                    .set(in: $0, key: "x", to: .array([.bool(true), .integer(-1)])),
                ]
            }
                == #"{"model":null,"options":{"n":[1,2,3]},"x":[true,-1]}"#)
        #expect(
            try written(text) { [.set(in: try #require($0["options"]), key: "y", to: .object([("k", .string("v"))]))] }
                == #"{"model":"a","options":{"n":[1,2,3],"y":{"k":"v"}}}"#)
        #expect(
            try written("{}") { [.set(in: $0, key: "é", to: .integer(1)), .set(in: $0, key: "b", to: .integer(2))] }
                == #"{"é":1,"b":2}"#)
        #expect(try written(" [1] ") { [.replace($0, with: .object([]))] } == "{}")
    }

    @Test func remove() throws {
        let text = #"{"a":1,"b":{"c":2},"d":[1,[2],3]}"#
        #expect(try written(text) { [.remove(from: $0, key: "a")] } == #"{"b":{"c":2},"d":[1,[2],3]}"#)
        #expect(try written(text) { [.remove(from: $0, key: "d"), .remove(from: $0, key: "b")] } == #"{"a":1}"#)
        #expect(try written(text) { root in ["a", "b", "d", "no"].map { .remove(from: root, key: $0) } } == "{}")
        #expect(
            try written(text) { [.remove(from: try #require($0["b"]), key: "c")] } == #"{"a":1,"b":{},"d":[1,[2],3]}"#)
        for (gone, expected) in [
            ([0], "[[2],3]"), ([1], "[1,3]"), ([2], "[1,[2]]"), ([0, 1, 2], "[]"), ([0, 2], "[[2]]"),
        ] {
            let result = try written(text) {
                let elements = Array(try #require($0["d"]).elements)
                return gone.map { .removeElement(elements[$0]) }
            }
            #expect(result == #"{"a":1,"b":{"c":2},"d":\#(expected)}"#)
        }
    }

    @Test func laterEditsWin() throws {
        let text = #"{"a":1,"b":2}"#
        #expect(try written(text) { [.set(in: $0, key: "a", to: .null), .remove(from: $0, key: "a")] } == #"{"b":2}"#)
        #expect(
            try written(text) { [.remove(from: $0, key: "a"), .set(in: $0, key: "a", to: .null)] }
                == #"{"a":null,"b":2}"#)
        #expect(
            try written(text) { [.set(in: $0, key: "c", to: .integer(1)), .set(in: $0, key: "c", to: .integer(2))] }
                == #"{"a":1,"b":2,"c":2}"#)
        #expect(try written(text) { [.set(in: $0, key: "c", to: .integer(1)), .remove(from: $0, key: "c")] } == text)
        let inner = try written(#"{"o":{"k":[1]}}"#) {
            let object = try #require($0["o"])
            return [.set(in: object, key: "k", to: .null), .replace(object, with: .integer(7))]
        }
        #expect(inner == #"{"o":7}"#)
    }

    @Test func literals() {
        let literal = JSONLiteral.object([
            ("a", .array([.null, .bool(false), .integer(.min)])), ("\u{1}", .string("é\\")), ("e", .array([])),
        ])
        #expect(
            String(decoding: literal.text, as: UTF8.self)
                == #"{"a":[null,false,-9223372036854775808],"\u0001":"é\\","e":[]}"#)
        #expect(literal == literal && literal.hashValue == literal.hashValue)
        #expect(JSONLiteral.object([("a", .null)]) != .object([("b", .null)]) && JSONLiteral.integer(1) != .string("1"))
    }
}
