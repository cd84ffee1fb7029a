import Testing

@testable import Kubernetes

@Suite struct YAMLReaderTests {
    static func read(_ text: String) throws -> [Value] { try YAMLReader.read(Array(text.utf8)) }

    static func shape(_ text: String) throws -> String {
        switch try read("v: " + text)[0]["v"]!.content {
        case .null: "null"
        case .bool(let flag): "bool \(flag)"
        case .integer(let number): "integer \(number)"
        case .number(let text): "number \(text)"
        case .string(let text): "string \(text)"
        case .list: "list"
        case .map: "map"
        case .broken(let why): "broken \(why)"
        }
    }

    @Test(arguments: [
        ("", "null"), ("~", "null"), ("null", "null"), ("true", "bool true"), ("False", "bool false"),
        ("yes", "string yes"), ("off", "string off"), ("y", "string y"), ("'true'", "string true"),
        ("\"12\"", "string 12"), ("12", "integer 12"), ("-3", "integer -3"), ("+3", "number +3"), ("010", "number 010"),
        ("0x1F", "number 0x1F"), ("0o17", "number 0o17"), ("0b11", "number 0b11"), ("1_000", "number 1_000"),
        ("1.5", "number 1.5"), (".5", "number .5"), ("1.", "number 1."), ("1e3", "number 1e3"), (".inf", "number .inf"),
        ("9223372036854775808", "number 9223372036854775808"), ("1.2.3", "string 1.2.3"), ("1.2.3.4", "string 1.2.3.4"),
        ("10.0.0.0/8", "string 10.0.0.0/8"), ("1h", "string 1h"), ("12:30", "string 12:30"),
        ("2027-01-01T00:00:00Z", "string 2027-01-01T00:00:00Z"), ("0x", "string 0x"), (".", "string ."),
        ("1e", "string 1e"),
        ("!!str 12", "string 12"), ("!!int '12'", "integer 12"), ("! 12", "string 12"), ("[]", "list"), ("{}", "map"),
        ("|\n  a\n  b", "string a\nb"), (">-\n  a\n  b", "string a b"),
    ])
    func scalars(text: String, expected: String) throws {
        #expect(try Self.shape(text) == expected)
    }

    @Test func foreignTagsAreBroken() throws {
        #expect(try Self.shape("!Ref x").hasPrefix("broken the tag"))
        #expect(try Self.shape("!!binary aGk=").hasPrefix("broken the tag"))
    }

    @Test func documentsKeepTheirLines() throws {
        let text = "# c\n---\na: 1\n---\n\n---\nb:\n  - 2\n...\n---\nc: |\n  x\n  ---y\n--- # end\nd: 4\n"
        let values = try Self.read(text)
        #expect(
            values.compactMap { if case .map(let m) = $0.content { m[0].key } else { nil } } == ["a", "b", "c", "d"])
        #expect(values.map(\.mark.line) == [3, 7, 11, 15])
        #expect(values[1]["b"]?.mark == Value.Mark(line: 8, column: 3))
        #expect(values[2]["c"]?.text == "x\n---y\n")
    }

    @Test func directivesAndCarriageReturns() throws {
        #expect(try Self.read("%YAML 1.1\n---\na: 1\n").count == 1)
        let values = try Self.read("a: 1\r\n---\r\nb: 2\r\n")
        #expect(values.count == 2 && values[1].mark.line == 3)
        #expect(try Self.read("# only a comment\n").isEmpty)
        #expect(try Self.read("").isEmpty)
        #expect(try Self.read("---\n---\n").isEmpty)
    }

    @Test func errorsSayWhereInTheFileAndNotWhat() {
        do {
            _ = try Self.read("a: 1\n---\nb: 2\n---\npassword: hunter2\n c: [\n")
            #expect(Bool(false), "must throw")
        } catch {
            #expect((error as? SyntaxError)?.mark.line ?? 0 >= 5)
            #expect(!"\(error)".contains("hunter2"))
        }
    }

    @Test func keysTwiceAreRefused() {
        for text in ["a: 1\na: 2\n", "x: {b: 1, b: 2}\n", "a: 1\n\"a\": 2\n"] {
            #expect(throws: SyntaxError.self) { try Self.read(text) }
        }
    }

    @Test func aliasesAndMerges() throws {
        let value = try Self.read("a: &x\n  k: 1\nb: *x\nc:\n  <<: *x\n  l: 2\nd:\n  <<: *x\n  k: 3\n")[0]
        #expect(value["b"]?["k"] != nil && value["c"]?["k"] != nil && value["c"]?["l"] != nil)
        guard case .integer(3)? = value["d"]?["k"]?.content else { return #expect(Bool(false), "own key must win") }
    }

    @Test func anchorsDoNotReachIntoOtherDocuments() {
        #expect(throws: SyntaxError.self) { try Self.read("a: &x 1\n---\nb: *x\n") }
    }

    @Test func textThatLooksLikeAliasesIsText() throws {
        let text = "a: |\n  *bold* and &c {x: [y]}: z\n  - *item\nb: \"*x\"\n"
        #expect(try Self.read(text)[0]["a"]?.text?.hasPrefix("*bold*") == true)
    }
}

/// Inputs that are small and ask for much.
@Suite(.timeLimit(.minutes(2))) struct YAMLBombTests {
    static func outcome(_ text: String) -> String {
        do {
            var count = 0
            for value in try YAMLReader.read(Array(text.utf8)) { count += Self.nodes(value) }
            return "\(count <= 2 * (text.utf8.count + 10_000) ? "bounded" : "unbounded")"
        } catch {
            return "refused"
        }
    }

    static func nodes(_ value: Value) -> Int {
        switch value.content {
        case .list(let values): values.reduce(1) { $0 + nodes($1) }
        case .map(let members): members.reduce(1) { $0 + nodes($1.value) }
        default: 1
        }
    }

    static func laughs(_ item: (Int) -> String) -> String { (1...40).map { item($0) + "\n" }.joined() }

    @Test func billionLaughs() {
        let lists = "a0: &a0 [x]\n" + Self.laughs { "a\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1), *a\($0 - 1)]" }
        #expect(Self.outcome(lists) == "bounded")
        let blocks = "a0: &a0\n  - x\n" + Self.laughs { "a\($0): &a\($0)\n  - *a\($0 - 1)\n  - *a\($0 - 1)" }
        #expect(Self.outcome(blocks) == "bounded")
        let merges = "a0: &a0\n  k: x\n" + Self.laughs { "a\($0): &a\($0)\n  l: *a\($0 - 1)\n  r: *a\($0 - 1)" }
        #expect(Self.outcome(merges) == "bounded")
    }

    @Test func laughsInKeys() {
        let forms: [(Int) -> String] = [
            { "a\($0): &a\($0) {[*a\($0 - 1), *a\($0 - 1)]: x}" }, { "? &a\($0) [*a\($0 - 1), *a\($0 - 1)]\n: x" },
            { "? &a\($0)\n  - *a\($0 - 1)\n  - *a\($0 - 1)\n: x" }, { "&a\($0) [*a\($0 - 1), *a\($0 - 1)] : x" },
            { "a\($0): &a\($0) {*a\($0 - 1) : x, y: *a\($0 - 1)}" }, { "a\($0): &a\($0) {*a\($0 - 1), b}" },
            { "a\($0): &a\($0) [[*a\($0 - 1), *a\($0 - 1)]: x]" },
        ]
        for (index, form) in forms.enumerated() {
            #expect(Self.outcome("a0: &a0 [x]\n" + Self.laughs(form)) == "refused", "form \(index)")
        }
    }

    @Test(arguments: [100, 500, 990, 5_000, 100_000]) func depth(_ depth: Int) {
        for text in [
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth),
            String(repeating: "{a: ", count: depth) + "1" + String(repeating: "}", count: depth),
            String(repeating: "- ", count: depth) + "x", String(repeating: "? ", count: depth) + "x",
            String(repeating: "[\n", count: depth), String(repeating: "{? ", count: depth),
            String(repeating: "[?", count: depth), String(repeating: "!x &y [", count: depth),
            (0..<min(depth, 1_500)).map { String(repeating: " ", count: $0) + "a:\n" }.joined(),
        ] {
            #expect(Self.outcome(text) != "unbounded")
        }
    }

    @Test func keysInsideKeys() {
        #expect(Self.outcome(String(repeating: "{x,", count: 90) + String(repeating: "}", count: 90)) == "refused")
        #expect(Self.outcome(String(repeating: "{", count: 90) + String(repeating: "}", count: 90)) == "refused")
        #expect(Self.outcome("a: |\n" + String(repeating: "  {{ if .x }} {{ .y }}\n", count: 500)) == "bounded")
    }

    @Test func chainsOfAliases() {
        let chain = { (count: Int) in
            "a0: &a0 [x]\n" + (1...count).map { "a\($0): &a\($0) [*a\($0 - 1)]\n" }.joined()
        }
        #expect(Self.outcome(chain(1_900)) == "bounded")
        #expect(Self.outcome(chain(50_000)) == "refused")
    }

    @Test func manyOfEverything() {
        for piece in [
            "a", "- ", "[],", "{},", "&a ", "*a ", "!a ", "? ", ": ", "|\n", "\"", "'", "#", "%", "---\n", "...\n",
            "\t",
        ] {
            _ = Self.outcome(String(repeating: piece, count: 20_000))
        }
    }
}
