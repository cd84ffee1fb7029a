import Testing

@testable import Telemetry

@Suite("Patterns of filters")
struct PatternTests {
    @Test(
        "are found as RE2 finds them",
        arguments: [
            ("abc", "xxabcxx", true), ("^abc$", "abc", true), ("^abc$", "abcd", false), ("a.c", "a\nc", false),
            ("a|bc", "xbc", true), ("^(a|b)*c$", "ababc", true), ("^(a|b)*c$", "abxc", false),
            ("^a{2,3}$", "a", false), ("^a{2,3}$", "aaa", true), ("^a{2,3}$", "aaaa", false), ("^a{2}$", "aa", true),
            ("^a{2,}$", "aaaaa", true), ("^a+?b??$", "aaab", true), ("[a-c]+", "xbx", true), ("^[^a-c]+$", "xyz", true),
            ("^[^a-c]+$", "xbz", false), ("^[]a]+$", "]a]", true), ("^[a-]+$", "a-a", true), ("^\\d+$", "123", true),
            ("^\\D+$", "12a", false), ("^\\w+$", "a_1", true), ("^\\s$", " ", true), ("^[\\d.]+$", "1.2", true),
            ("\\bfoo\\b", "a foo b", true), ("\\bfoo\\b", "afoo", false), ("\\Bfoo", "afoo", true),
            ("(?i)^ABC", "abcd", true), ("(?i)[A-C]x", "bX", true), ("^/v1/(?:chat|models)/?$", "/v1/models", true),
            ("", "anything", true), ("a{", "a{", true), ("a{x}", "a{x}", true), ("^\\.$", ".", true),
            ("\\Aab\\z", "ab", true),
            ("^(a*)*$", "aaab", false), ("()*b", "b", true), ("é+", "caféé", true),
        ])
    func found(pattern: String, text: String, isFound: Bool) throws {
        #expect(try LinearPattern(pattern).isFound(in: text) == isFound)
    }

    @Test(
        "what is none is refused with its place",
        arguments: [
            "(", ")", "a)", "[a", "*a", "a**", "\\", "\\q", "(?P<x>a)", "a{3,2}", "a{2000}", "[z-a]", "[\\d-z]",
        ])
    func refused(pattern: String) throws {
        let error = #expect(throws: PatternError.self) { try LinearPattern(pattern) }
        #expect(try #require(error).description.count > 10)
    }

    @Test("what would run for hours does not", .timeLimit(.minutes(1)))
    func hostile() throws {
        let pattern = try LinearPattern("^(a+)+$")
        #expect(!pattern.isFound(in: String(repeating: "a", count: 5000) + "b"))
        #expect(throws: PatternError.self) { try LinearPattern("((a{100}){100}){100}") }
        #expect(throws: PatternError.self) { try LinearPattern("((((){1000}){1000}){1000}){1000}") }
        #expect(throws: PatternError.self) { try LinearPattern(String(repeating: "(", count: 10_000)) }
    }

    @Test(
        "selectors of labels",
        arguments: [
            ("app=agent", true), ("app==agent", true), ("app!=agent", false), ("app", true), ("!app", false),
            ("app in (x, agent)", true), ("app notin (x,y)", true), ("app notin (agent)", false), ("tier", false),
            ("!tier", true), ("tier!=a", true), ("k8s:app=agent", true), ("any:app=agent", true),
            ("reserved:app=agent", false), ("app=agent,!tier", true), ("app=agent, tier=a", false),
            ("io.kubernetes.pod.namespace=agents", true), ("reserved:host", false),
        ])
    func labels(text: String, fits: Bool) throws {
        let labels = ["k8s:app=agent", "k8s:io.kubernetes.pod.namespace=agents"]
        #expect(try LabelQuery(text).matches(labels) == fits)
    }

    @Test("a label without a value")
    func reserved() throws {
        #expect(try LabelQuery("reserved:host").matches(["reserved:host"]))
        #expect(try LabelQuery("host").matches(["reserved:host"]))
    }

    @Test(
        "selectors that are none", arguments: ["", "a,", "=b", "a in b", "a in (b", "a foo (b)", "a b=c", "a=b c", "!"])
    func noSelector(text: String) {
        #expect(throws: PatternError.self) { try LabelQuery(text) }
    }

    @Test(
        "names with stars",
        arguments: [
            ("*.example.com", "a.b.example.com", true), ("*.example.com", "example.com", false), ("A.b.", "a.B", true),
            ("a*b*c", "aXbYc", true), ("a*b*c", "aXcYb", false), ("*", "", true), ("a*a", "a", false),
            ("ab", "a", false),
        ])
    func names(pattern: String, name: String, fits: Bool) throws {
        #expect(try NamePattern(domain: pattern).matches(name) == fits)
    }

    @Test(
        "nodes and their clusters",
        arguments: [
            ("n*", "n1", true), ("default/n1", "n1", true), ("other/n1", "n1", false), ("other/", "other/n1", true),
            ("*/n1", "x/n1", true), ("n2", "n1", false), ("n1", "", false),
        ])
    func nodes(pattern: String, name: String, fits: Bool) throws {
        #expect(try NodePattern(pattern).matches(name) == fits)
    }

    @Test("names that are none", arguments: ["", ".", "a b", "a/b/c"])
    func noName(text: String) {
        #expect(throws: PatternError.self) { try NodePattern(text) }
    }
}
