import Kubernetes
import Testing

@testable import Policy

/// What Calico's selectors mean, asked of labels.
@Suite struct CalicoSelectorTranslationTests {
    private let labels: [LabelExpression.Owner: [String: String]] = [
        .workload: ["app": "web", "empty": ""],
        .namespace: [LabelExpression.nameKey: "shop", "env": "prod"],
        .serviceAccount: [LabelExpression.nameKey: "robot", "team": "blue"],
    ]

    private func holds(_ expression: LabelExpression) -> Bool { expression.holds { labels[$0]?[$1] } }

    private func parse(_ text: String) throws -> CalicoSelector { try CalicoSelector.parse(text).get() }

    @Test(arguments: [
        ("", true), ("all()", true), ("!all()", false), ("app == 'web'", true), ("app == 'db'", false),
        ("app != 'db'", true), ("app != 'web'", false), ("has(app)", true), ("!has(app)", false), ("has(empty)", true),
        ("empty == ''", true), ("empty contains ''", true),
        // Of an absent label.
        ("no == ''", false), ("no != 'x'", true), ("no in {'x'}", false), ("no not in {'x'}", true), ("has(no)", false),
        ("no contains ''", false), ("no starts with ''", false), ("no ends with ''", false), ("!no contains 'x'", true),
        ("app in {'db', 'web'}", true), ("app not in {'db', 'web'}", false), ("app in {}", false),
        ("app not in {}", true),
        ("app contains 'e'", true), ("app contains 'x'", false), ("app starts with 'we'", true),
        ("app starts with 'b'", false), ("app ends with 'eb'", true), ("app ends with 'w'", false),
        ("has(app) && has(no)", false), ("has(app) || has(no)", true), ("has(no) || has(no) && has(app)", false),
        ("!(has(no) || app == 'db')", true),
        // Names and labels of others.
        ("projectcalico.org/namespace == 'shop'", true), ("projectcalico.org/namespace != 'shop'", false),
        ("projectcalico.org/namespace starts with 'sh'", true), ("projectcalico.org/serviceaccount == 'robot'", true),
        ("projectcalico.org/serviceaccount in {'a', 'b'}", false), ("has(projectcalico.org/namespace)", true),
        ("projectcalico.org/orchestrator == 'k8s'", true), ("projectcalico.org/orchestrator != 'k8s'", false),
        ("pcns.env == 'prod'", true), ("pcns.projectcalico.org/name == 'shop'", true), ("pcns.no == 'x'", false),
        ("pcsa.team == 'blue'", true), ("pcsa.projectcalico.org/name == 'robot'", true), ("env == 'prod'", false),
    ])
    func endpoints(text: String, expected: Bool) throws {
        #expect(holds(LabelExpression(endpoints: try parse(text))) == expected)
    }

    @Test(arguments: [
        ("all()", true), ("global()", false), ("!global()", true), ("env == 'prod'", true), ("env != 'prod'", false),
        ("projectcalico.org/name == 'shop'", true), ("kubernetes.io/metadata.name == 'shop'", true),
        ("projectcalico.org/namespace == 'shop'", false), ("app == 'web'", false),
        ("global() || env == 'prod'", true), ("global() || env == 'dev'", false),
    ])
    func namespaces(text: String, expected: Bool) throws {
        #expect(holds(LabelExpression(namespaces: try parse(text))) == expected)
    }

    @Test(arguments: [
        ("team == 'blue'", true), ("projectcalico.org/name == 'robot'", true), ("all()", true), ("has(env)", false),
        ("has(kubernetes.io/metadata.name)", false),
    ])
    func serviceAccounts(text: String, expected: Bool) throws {
        #expect(holds(LabelExpression(serviceAccounts: try parse(text))) == expected)
    }

    /// What is known without labels is folded away.
    @Test func isShort() throws {
        #expect(LabelExpression(endpoints: try parse("all() && has(a)")) == .label(.workload, "a", .exists))
        #expect(LabelExpression(endpoints: try parse("all() || has(a)")) == .everything)
        #expect(LabelExpression(namespaces: try parse("global() && has(a)")) == .nothing)
        #expect(LabelExpression(namespaces: try parse("global() || global()")) == .nothing)
        #expect(LabelExpression(endpoints: try parse("!(!has(a))")) == .label(.workload, "a", .exists))
    }
}
