import Testing

@testable import Kubernetes

@Suite("Patterns of names")
struct PatternTests {
    @Test(
        "what matches",
        arguments: [
            ("llama3", "llama3", true), ("llama3", "llama3:1b", false), ("llama3", "Llama3", false),
            ("llama3*", "llama3", true), ("llama3*", "llama3:1b", true), ("llama3*", "llama2", false),
            ("*:1b", "llama3.2:1b", true), ("*:1b", ":1b", true), ("*:1b", "1b", false),
            ("*", "", true), ("*", "anything/at all", true), ("**", "", true), ("", "", true), ("", "a", false),
            ("a*a", "a", false), ("a*a", "aa", true), ("a*a", "aba", true), ("ab*ba", "aba", false),
            ("a*b*c", "abc", true), ("a*b*c", "a-b-b-c", true), ("a*b*c", "acb", false), ("a*b*c", "ac", false),
            ("*aab*", "aaab", true), ("*ab*ab*", "aab", false), ("*ab*ab*", "abab", true),
            ("é*", "é", true), ("é*", "e\u{301}", false), ("?", "a", false), ("[a]", "a", false), (".*", "a", false),
        ])
    func pairs(pattern: String, text: String, matches: Bool) {
        #expect(Pattern(pattern).matches(text) == matches, "\(pattern) \(text)")
        #expect([Pattern("no"), Pattern(pattern)].match(text) == matches)
        #expect(![Pattern]().match(text))
    }

    @Test("the same as the plainest matcher, on random names of few letters")
    func property() {
        let seed = UInt64.random(in: 0...(.max))
        print("patterns: seed \(seed)")
        var random = SplitMix(state: seed)
        let word = { (letters: String, most: Int) in
            String((0..<Int.random(in: 0...most, using: &random)).map { _ in letters.randomElement(using: &random)! })
        }
        for _ in 0..<20_000 {
            let (pattern, text) = (word("ab*", 8), word("ab", 10))
            let right = Self.naive(Array(pattern.utf8)[...], Array(text.utf8)[...])
            #expect(Pattern(pattern).matches(text) == right, "seed \(seed): \(pattern) \(text)")
        }
    }

    /// A star stands for nothing, or for one byte and a star.
    private static func naive(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        if first == UInt8(ascii: "*") {
            return naive(pattern.dropFirst(), text) || (!text.isEmpty && naive(pattern, text.dropFirst()))
        }
        return text.first == first && naive(pattern.dropFirst(), text.dropFirst())
    }

    /// A matcher that tries stars again after a miss would be at it for longer than there will be computers.
    @Test("patterns of nothing but trouble", .timeLimit(.minutes(1)))
    func pathological() {
        let text = String(repeating: "a", count: 20_000)
        let stars = String(repeating: "a*", count: 127)
        #expect(Pattern(stars).matches(text))
        #expect(!Pattern(stars + "b").matches(text))
        #expect(!Pattern("*" + stars + "b*").matches(text))
        #expect(!Pattern(String(repeating: "*a", count: 120) + "*b*a").matches(text))
        #expect(Pattern(String(repeating: "*", count: 256)).matches(text))
        let long = String(repeating: "a", count: 250)
        #expect(!Pattern("*\(long)b*").matches(text) && Pattern("*\(long)*").matches(text))
    }
}
