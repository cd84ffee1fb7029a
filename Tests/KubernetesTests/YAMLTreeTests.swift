import Kubernetes
import Testing

@Suite("Documents as trees")
struct YAMLTreeTests {
    private func trees(_ text: String) throws -> [YAMLTree] { try YAMLTree.documents(Array(text.utf8)) }

    @Test("what is read is what was written, in its order")
    func reading() throws {
        let read = try trees("a: 1\nb: [x, true, {c: '1'}]\nnothing: null\n---\n# empty\n---\nz: {}\n")
        #expect(read == [["a": 1, "b": ["x", true, ["c": "1"]]], ["z": .map([])]])
    }

    @Test("what is written is read as the same")
    func roundTrip() throws {
        let tree: YAMLTree = [
            "text": "a: b # c", "number": 7, "yes": "yes", "empty": "", "list": [["a": 1, "b": [1, 2]], "x"],
            "lines": "one\ntwo\n", "map": .map([]), "none": .list([]),
        ]
        #expect(try trees(tree.yaml) == [tree])
        #expect(try YAMLTree(json: Array(tree.json.utf8)) == tree)
    }

    @Test("what is not well-formed is refused with its place")
    func refused() {
        #expect(throws: SyntaxError.self) { try YAMLTree.documents(Array("a: [".utf8)) }
        #expect(throws: SyntaxError.self) { try YAMLTree(json: Array("{".utf8)) }
    }

    @Test("a numeral that readers understand in two ways is a text, not a guess")
    func octal() throws {
        #expect(try trees("mode: 0440") == [["mode": "0440"]])
    }

    @Test("a path is set, made where it is missing, and taken away")
    func editing() {
        let tree: YAMLTree = ["a": ["b": 1, "c": 2], "d": 3]
        #expect(tree.setting("a", "b", to: 5) == ["a": ["b": 5, "c": 2], "d": 3])
        #expect(tree.setting("a", "x", "y", to: true) == ["a": ["b": 1, "c": 2, "x": ["y": true]], "d": 3])
        #expect(tree.setting("a", "b", to: nil) == ["a": ["c": 2], "d": 3])
        #expect(tree.setting("nowhere", "b", to: nil) == ["a": ["b": 1, "c": 2], "d": 3, "nowhere": .map([])])
        #expect(tree.at("a", "c") == 2)
        #expect(tree.at("a", "c", "d") == nil)
    }

    @Test("elements of a list are changed and left out; where there is no list nothing is done")
    func mapping() {
        let tree: YAMLTree = ["a": ["list": [1, 2, 3]]]
        #expect(tree.mapping("a", "list") { $0 == 2 ? nil : $0 } == ["a": ["list": [1, 3]]])
        #expect(tree.mapping("a", "other") { _ in nil } == tree)
    }
}
