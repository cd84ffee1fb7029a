import Foundation
import Testing

@testable import Kubernetes

@Suite struct CalicoSelectorTests {
    private func read(_ text: String) throws -> CalicoSelector { try CalicoSelector.parse(text).get() }

    @Test(arguments: [
        ("", "all()"), (" \t ", "all()"), ("all()", "all()"), ("all( )", "all()"), ("global()", "global()"),
        ("a == 'b'", "a == \"b\""), ("a=='b'", "a == \"b\""), ("a == 'say \"hi\"'", "a == 'say \"hi\"'"),
        ("a == ''", "a == \"\""), ("a != \"b\"", "a != \"b\""), ("!a == 'b'", "a != \"b\""),
        ("!!a == 'b'", "a == \"b\""),
        ("! ! !has(a)", "!has(a)"), ("has( a/b.c_d-e )", "has(a/b.c_d-e)"), ("!(!has(a))", "!(!has(a))"),
        ("!(a != 'b')", "!(a != \"b\")"), ("!(!(!has(a)))", "!(!(!has(a)))"),
        ("a in {'x', \"y\"}", "a in {\"x\", \"y\"}"), ("a in{'x',}", "a == \"x\""), ("a in {}", "a in {}"),
        ("a not in { 'y','x' }", "a not in {\"x\", \"y\"}"), ("a notin {'x'}", "a != \"x\""),
        ("a not in {}", "a not in {}"),
        ("a contains 'x'", "a contains \"x\""), ("a starts with 'x'", "a starts with \"x\""),
        ("a startswith'x'", "a starts with \"x\""), ("a ends \t with 'x'", "a ends with \"x\""),
        ("has(a) && has(b) || has(c)", "(has(a) && has(b)) || has(c)"),
        ("has(a) && (has(b) || has(c))", "has(a) && (has(b) || has(c))"),
        ("((has(a)))", "has(a)"), ("!(has(a) && has(b)) && has(c)", "!(has(a) && has(b)) && has(c)"),
        ("in in {'in'}", "in == \"in\""), ("not == 'x'", "not == \"x\""), ("all == 'x'", "all == \"x\""),
        ("has == 'x'", "has == \"x\""), ("contains contains 'contains'", "contains contains \"contains\""),
        ("a == 'ü&&'", "a == \"ü&&\""),
    ])
    func reads(text: String, printed: String) throws {
        let selector = try read(text)
        #expect(selector.description == printed)
        #expect(try read(printed) == selector)
    }

    @Test(arguments: [
        ("a", 2, "==, !=, in, not in, contains, starts with or ends with"), ("a = 'b'", 3, "==, !=, in"),
        ("a == b", 6, "a value in quotes"), ("a == 'b", 8, "the closing '"), ("a == \"b'", 9, "the closing \""),
        ("a == 'ü' x", 10, "&&, || or the end"), ("a innx {'b'}", 3, "==, !=, in"), ("a in 'b'", 6, "{"),
        ("a in {'b' 'c'}", 11, ", or }"), ("a in {,}", 7, "a value in quotes or }"),
        ("a in {'b', c}", 12, "a value in quotes or }"),
        ("a in {'b'", 10, ", or }"), ("has()", 5, "a label"), ("has(a", 6, ")"), ("has (a)", 5, "==, !=, in"),
        ("all(a)", 5, ")"), ("(has(a)", 8, ")"), ("has(a))", 7, "&&, || or the end"), ("&& has(a)", 1, "a label, has("),
        ("has(a) &&", 10, "a label, has("), ("has(a) & has(b)", 8, "&&, || or the end"), ("!", 2, "a label, has("),
        ("a == 'b'\n", 9, "&&, || or the end"), ("a\nin {'b'}", 2, "==, !=, in"), ("()", 2, "a label, has("),
        ("ü == 'b'", 1, "a label, has("), ("a starts 'x'", 3, "==, !=, in"),
        ("a == 'b' && == 'c'", 13, "a label, has("),
        (String(repeating: "a", count: 513) + " == 'b'", 1, "a label of at most 512 characters"),
        (String(repeating: "(", count: 65) + "all()", 66, "at most 64 parentheses"),
    ])
    func refuses(text: String, character: Int, expected: String) {
        guard case .failure(let problem) = CalicoSelector.parse(text) else {
            Issue.record("\(text) was read")
            return
        }
        #expect(problem.character == character && problem.expected.hasPrefix(expected), "\(problem)")
        #expect("\(problem)".hasPrefix("must be a selector of Calico: at character \(character) expected "))
    }

    @Test func depth() throws {
        let open = String(repeating: "(", count: CalicoSelector.depth)
        #expect(try read(open + "all()" + String(repeating: ")", count: CalicoSelector.depth)) == .all)
        // Negations without parentheses need no depth.
        #expect(try read(String(repeating: "!", count: 100_001) + "all()") == .not(.all))
    }

    /// Whatever can be said is printed so that reading it gives the same.
    @Test func printingAndReadingAgree() throws {
        let seed = FuzzTests.environment["SALLYPORT_FUZZ_SEED"].flatMap(UInt64.init) ?? .random(in: 0 ... .max)
        print("CalicoSelectorTests.printingAndReadingAgree seed \(seed)")
        var random = SplitMix(state: seed)
        for round in 0..<3_000 {
            let selector = Self.selector(depth: Int.random(in: 0...5, using: &random), &random)
            #expect(
                CalicoSelector.parse("\(selector)") == .success(selector), "seed \(seed) round \(round): \(selector)")
        }
    }

    static func selector(depth: Int, _ random: inout SplitMix) -> CalicoSelector {
        let texts = ["", "a", "b c", "\"", "'", "&&", "}", "ü"]
        let key = ["a", "in", "has", "pcns.x/y", "not-", "_./-"].randomElement(using: &random)!
        func text() -> String { texts.randomElement(using: &random)! }
        func part() -> CalicoSelector { selector(depth: depth - 1, &random) }
        switch Int.random(in: 0..<(depth == 0 ? 7 : 10), using: &random) {
        case 0: return .all
        case 1: return .global
        case 2: return .label(key, .exists)
        case 3: return .label(key, .isIn(Set((0..<Int.random(in: 0...3, using: &random)).map { _ in text() })))
        case 4: return .label(key, .contains(text()))
        case 5: return .label(key, .startsWith(text()))
        case 6: return .label(key, .endsWith(text()))
        case 7: return .not(part())
        case 8: return .and((0..<Int.random(in: 2...3, using: &random)).map { _ in part() })
        default: return .or((0..<Int.random(in: 2...3, using: &random)).map { _ in part() })
        }
    }

    /// Texts near selectors: no crash, and what is read is printed so that it can be read again.
    @Test func fuzz() {
        let environment = FuzzTests.environment
        let seed = environment["SALLYPORT_FUZZ_SEED"].flatMap(UInt64.init) ?? .random(in: 0 ... .max)
        let seconds = environment["SALLYPORT_FUZZ_SECONDS"].flatMap(Double.init)
        print("CalicoSelectorTests.fuzz seed \(seed)")
        var random = SplitMix(state: seed)
        let end = Date().addingTimeInterval(seconds ?? 0)
        let pieces = [
            "a", "==", "!=", "!", "'x'", "\"y\"", "in", "not", "{", "}", ",", "(", ")", "&&", "||", "has(", "all()",
            "global()", "contains", "starts", "ends", "with", " ", "\t", "'", "\"", "=", "&", "|", "\n", "ü", "\u{0}",
            "a/b",
        ]
        var rounds = 0
        var readable = 0
        while seconds == nil ? rounds < 20_000 : Date() < end {
            rounds += 1
            var text = "\(Self.selector(depth: Int.random(in: 0...3, using: &random), &random))"
            if Bool.random(using: &random) { text = "" }
            for _ in 0..<Int.random(in: 0...8, using: &random) {
                let at = text.unicodeScalars.indices.randomElement(using: &random) ?? text.startIndex
                text.insert(contentsOf: pieces.randomElement(using: &random)!, at: at)
            }
            switch CalicoSelector.parse(text) {
            case .success(let selector):
                readable += 1
                #expect(CalicoSelector.parse("\(selector)") == .success(selector), "seed \(seed): \(text)")
            case .failure(let problem):
                let isInside = (1...text.unicodeScalars.count + 1).contains(problem.character)
                #expect(isInside, "seed \(seed): \(problem) in \(text)")
            }
        }
        #expect(seconds != nil || (readable > 100 && readable < rounds), "\(readable) of \(rounds)")
    }
}
