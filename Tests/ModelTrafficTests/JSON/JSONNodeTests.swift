import Testing

@testable import ModelTraffic

@Suite struct JSONNodeTests {
    @Test func kindsAndValues() throws {
        let root = try document(
            #"{"s":"a\nb","t":true,"f":false,"n":null,"i":-42,"d":1.0,"a":[1,"x",[]],"o":{"k":{}}}"#
        ).root
        #expect(root.kind == .object && root.count == 8)
        #expect(root["s"]?.kind == .string && root["s"]?.string == "a\nb")
        #expect(root["t"]?.bool == true && root["f"]?.bool == false && root["n"]?.isNull == true)
        #expect(root["i"]?.integer == -42 && root["i"]?.numberText == "-42" && root["i"]?.kind == .number)
        #expect(root["d"]?.integer == nil && root["d"]?.numberText == "1.0")
        #expect(root["a"]?.count == 3 && root["a"]?.elements.map(\.kind) == [.number, .string, .array])
        #expect(root["o"]?["k"]?.kind == .object && root.member("o")?.member("k")?.count == 0)
        #expect(root["missing"] == nil && root["s"]?["x"] == nil && root["a"]?["x"] == nil)
        #expect(root.members.map(\.key) == ["s", "t", "f", "n", "i", "d", "a", "o"])
        #expect(root["s"]?.bool == nil && root["s"]?.integer == nil && root["t"]?.string == nil && root.string == nil)
        #expect(root.elements.map(\.kind).isEmpty && root["a"]?.members.map(\.key).isEmpty == true)
    }

    @Test(
        arguments: [
            ("9223372036854775807", Int64.max), ("-9223372036854775808", Int64.min), ("9223372036854775808", nil),
            ("1e3", nil), ("1.0", nil), ("0", 0), ("-0", 0), ("99999999999999999999999999", nil),
        ] as [(String, Int64?)])
    func integers(_ text: String, _ value: Int64?) throws { #expect(try document(text).root.integer == value) }

    @Test func keysAreFoundAsTheyAreMeant() throws {
        let root = try document(#"{"mod\u0065l":1,"Model2":2,"\u00e9":3,"ſ":4,"":5}"#).root
        #expect(
            root["model"]?.integer == 1 && root["MODEL"] == nil && root["model2"] == nil && root["Model2"]?.integer == 2
        )
        #expect(
            root.member("é")?.integer == 3 && root["é"]?.integer == 3 && root["s"] == nil && root["ſ"]?.integer == 4)
        #expect(root[""]?.integer == 5)
    }

    @Test func texts() throws {
        let root = try document(#" [ "abc" , "\u0061", 12, {"a": 1} ] "#).root
        let elements = Array(root.elements)
        #expect(
            elements.map(\.byteCount) == [5, 8, 2, 8] && root.offset == 1 && elements.map(\.offset) == [3, 11, 21, 25])
        #expect(
            elements[0].isString("abc") && elements[1].isString("a") && !elements[0].isString("ab")
                && !elements[2].isString("12"))
        #expect(try document(#""\ud83d\ude00\t\/\u00e9""#).root.string == "😀\t/é")
    }

    @Test func membersOfManyKeys() throws {
        let text = "{" + (0..<500).map { "\"k\($0)\":[\($0)]" }.joined(separator: ",") + "}"
        let root = try document(text).root
        for index in [0, 1, 250, 499] {
            #expect(root.member("k\(index)")?.elements.first { _ in true }?.integer == Int64(index))
        }
        #expect(root.members.map { $0.value.count } == Array(repeating: 1, count: 500))
    }
}
