import Kubernetes
import Testing

@Suite struct LabelSelectorTests {
    @Test func emptySelectsEverything() {
        #expect(LabelSelector.everything.matches([:]))
        #expect(LabelSelector.everything.matches(["a": "b"]))
    }

    @Test func allRequirementsMustHold() {
        let selector = LabelSelector([.isIn("app", ["x", "y"]), .notIn("tier", ["db"]), .exists("team")])
        #expect(selector.matches(["app": "y", "team": ""]))
        #expect(!selector.matches(["app": "z", "team": ""]))
        #expect(!selector.matches(["app": "y", "team": "", "tier": "db"]))
        #expect(!selector.matches(["app": "y"]))
    }

    @Test func absentKeys() {
        #expect(!LabelSelector([.isIn("a", ["", "b"])]).matches([:]))
        #expect(LabelSelector([.notIn("a", ["b"])]).matches([:]))
        #expect(LabelSelector([.doesNotExist("a")]).matches(["b": "a"]))
        #expect(!LabelSelector([.doesNotExist("a")]).matches(["a": ""]))
        #expect(!LabelSelector([.exists("a")]).matches([:]))
        #expect(!LabelSelector(matchLabels: ["a": ""]).matches([:]))
    }
}

@Suite struct NamesTests {
    static let a63 = String(repeating: "a", count: 63)

    @Test(arguments: ["a", "a-b", "0", a63]) func labels(text: String) {
        #expect(Names.labelProblem(text) == nil)
        #expect(Names.subdomainProblem(text) == nil)
    }

    @Test(arguments: ["", "-a", "a-", "A", "a_b", "a\n", "é", a63 + "a"]) func badLabels(text: String) {
        #expect(Names.labelProblem(text) != nil)
    }

    @Test(arguments: ["", ".", "a.", ".a", "a..b", "a.-b", "A.b", "*.a"]) func badSubdomains(text: String) {
        #expect(Names.subdomainProblem(text) != nil)
    }

    @Test func keysAndValues() {
        for key in ["app", "App_1.x", "example.com/app", "kubernetes.io/metadata.name"] {
            #expect(Names.qualifiedNameProblem(key) == nil, "\(key)")
        }
        for key in ["", "/", "a/", "/a", "a/b/c", "Example.com/a", "-a", "a-", Self.a63 + "a"] {
            #expect(Names.qualifiedNameProblem(key) != nil, "\(key)")
        }
        for value in ["", "a", "A.b_c-d", Self.a63] { #expect(Names.labelValueProblem(value) == nil, "\(value)") }
        for value in ["-", "a b", "a/", Self.a63 + "a"] { #expect(Names.labelValueProblem(value) != nil, "\(value)") }
    }
}
