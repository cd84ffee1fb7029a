import Testing

@testable import Kubernetes

@Suite("Writing YAML") struct YAMLWriterTests {
    @Test("the text is as people write it")
    func text() {
        let tree: YAMLTree = [
            "a": 1, "b": [true, "x y", []], "c": ["d": [:], "e": [["f": "no", "g": ["h"]], ["i": "2"]]],
        ]
        #expect(
            tree.yaml == """
                a: 1
                b:
                - true
                - "x y"
                - []
                c:
                  d: {}
                  e:
                  - f: "no"
                    g:
                    - h
                  - i: "2"

                """)
        #expect(tree.json == #"{"a":1,"b":[true,"x y",[]],"c":{"d":{},"e":[{"f":"no","g":["h"]},{"i":"2"}]}}"#)
    }

    @Test("random trees read back as what was written")
    func random() throws {
        let seed = SchemaAgreementTests.seed
        print("YAMLWriterTests.random seed \(seed)")
        var random = SplitMix(state: seed)
        for round in 0..<300 {
            let tree = YAMLTree.map([.init("top", Self.tree(&random, depth: 4))])
            let yaml = try #require(try YAMLReader.read(Array(tree.yaml.utf8)).first, "seed \(seed) round \(round)")
            #expect(YAMLTree(yaml) == tree, "seed \(seed) round \(round): \(tree.yaml)")
            #expect(YAMLTree(try JSONReader.read(Array(tree.json.utf8))) == tree, "seed \(seed) round \(round)")
        }
    }

    private static let words = [
        "", "a", "no", "NULL", "~", "1", "-1", "1e3", "0x1", "a: b", "- a", "#", "a #b", "'", "\"", "\\", "{", "[a]",
        "a\nb", " a", "a ", "a  b", "\u{85}", "\u{2028}", "\u{e9}", "*a", "&a", "%", "@", "2030-01-01T00:00:00Z", ">-",
        "=", "<<", "---", "...", String(repeating: "word ", count: 60) + "end", String(repeating: "x", count: 200),
        String(repeating: "a: \"b\" #c ", count: 30) + "end", "\u{7f}", "\t", "y", "On", ".5", "1_000", "12:30",
    ]

    private static func tree(_ random: inout SplitMix, depth: Int) -> YAMLTree {
        let word = words.randomElement(using: &random)!
        switch Int.random(in: 0..<(depth > 0 ? 6 : 3), using: &random) {
        case 0: return .text(word)
        case 1: return .integer(.random(in: -1000...1_000_000, using: &random))
        case 2: return .flag(.random(using: &random))
        case 3: return .list((0..<Int.random(in: 0..<4, using: &random)).map { _ in tree(&random, depth: depth - 1) })
        default:
            var keys: [String] = []
            for key in words.shuffled(using: &random).prefix(Int.random(in: 0..<4, using: &random))
            where !key.isEmpty && key != "<<" { keys.append(key) }
            return .map(keys.map { .init($0, tree(&random, depth: depth - 1)) })
        }
    }
}
