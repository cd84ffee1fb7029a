import Records
import Testing

@testable import sallyport

/// What would let a denied request through, in words and as YAML; that it does is tried by the tests from outside.
@Suite struct RequestAdviceTests {
    private static let address = Record.Endpoint(address: "10.0.0.7", port: 51_234)

    private static func denied(
        _ result: String, reason: String = "no_rule_matches", source: Record.Endpoint = address,
        principal: Record.Principal? = nil
    ) -> Record {
        var record = Record(time: 0, id: "a", verdict: .denied, reason: reason, source: source)
        record.policy = "ai/chat"
        record.rule = "talk"
        record.place.route = "HTTPRoute ai/model"
        record.principal = principal
        record.trace = [Record.Step(policy: "ai/chat", rule: "talk", isStaged: false, result: result)]
        var http = Record.HTTP()
        (http.method, http.path) = (Array("POST".utf8), Array("/v1/chat/completions".utf8))
        record.http = http
        var ai = Record.AI()
        (ai.server, ai.classes) = ("ollama", ["Inference"])
        record.ai = ai
        return record
    }

    private static func key(_ name: String, _ namespace: String = "ai") -> Record.Principal {
        Record.Principal(kind: "access_key", name: name, namespace: namespace, owner: "")
    }

    private func yaml(_ record: Record) -> String? { RequestAdvice(record).changes.first?.yaml }

    @Test(arguments: [
        ("token", "user-7", "ai", "ai/staff", "- tokens: {issuers: [staff], subjects: [user-7]}"),
        ("service_account", "agent", "agents", "ai/cluster", "- serviceAccounts: [{namespace: agents, name: agent}]"),
        ("access_key", "bob", "ai", "", "- accessKeys: {names: [bob]}"),
    ])
    func `a caller is listed by what it has shown`(
        kind: String, name: String, namespace: String, owner: String, entry: String
    ) {
        let who = Record.Principal(kind: kind, name: name, namespace: namespace, owner: owner)
        let rule = yaml(Self.denied("key_not_listed", principal: who))
        #expect(
            rule == """
                - name: allow-\(name)
                  from:
                  \(entry)
                  to:
                  - classes: [Inference]
                """)
    }

    @Test func `keys and issuers of another namespace cannot be listed`() {
        let changes = RequestAdvice(Self.denied("key_not_listed", principal: Self.key("bob", "web"))).changes
        #expect(changes.map(\.text) == ["A rule of AccessPolicy ai/chat that lists access key bob."])
        #expect(changes.map(\.yaml) == [""])
        let token = Record.Principal(kind: "token", name: "user", namespace: "web", owner: "web/staff")
        #expect(yaml(Self.denied("token_not_listed", principal: token)) == "")
    }

    @Test func `an address is listed alone, in both families`() {
        let four = yaml(Self.denied("network_not_listed", principal: Self.key("bob")))
        #expect(four?.contains("networks: [\"10.0.0.7/32\"]") == true)
        let six = Record.Endpoint(address: "fd00::7", port: 1)
        #expect(yaml(Self.denied("network_not_listed", source: six))?.contains("[\"fd00::7/128\"]") == true)
    }

    @Test func `names from outside stay text`() {
        var record = Self.denied("model_not_listed", reason: "model_not_allowed")
        record.ai?.model = Array("a, b]: {c}\n- x".utf8)
        #expect(yaml(record) == "- classes: [Inference]\n  models: [\"a, b]: {c}\\n- x\"]")
        for word in ["true", "No", "1e3", "~", "", "-a", "#a"] {
            record.ai?.model = Array(word.utf8)
            let expected = word.isEmpty ? "- classes: [Inference]" : "- classes: [Inference]\n  models: [\"\(word)\"]"
            #expect(yaml(record) == expected)
        }
    }

    @Test func `a star in a name is never advised, for it would be any name`() {
        var record = Self.denied("model_not_listed", reason: "model_not_allowed")
        record.ai?.model = Array("gpt-*".utf8)
        #expect(RequestAdvice(record).changes.isEmpty)
        record.ai?.model = [0xFF]
        #expect(yaml(record) == "- classes: [Inference]")
    }

    @Test(arguments: [
        ("tools/call", "tools"), ("prompts/get", "prompts"), ("resources/read", "resources"),
    ])
    func `what an MCP request uses is listed by kind`(method: String, list: String) {
        var record = Self.denied("tool_not_listed", reason: "tool_not_allowed")
        record.ai?.mcpMethod = Array(method.utf8)
        record.ai?.tool = Array("shell".utf8)
        #expect(yaml(record) == "- classes: [Inference]\n  \(list): [shell]")
    }

    @Test(arguments: [
        ("rate_limited", "limits.requests"), ("tokens_rate_limited", "limits.tokens"),
        ("too_many_concurrent", "limits.concurrency"), ("invalid_policy", "AccessPolicy ai/chat without mistakes"),
        ("unpriced_model", "A price for the model"), ("unknown_endpoint", "has no POST /v1/chat/completions"),
        ("misnamed_server", "sallyport.dev/server"), ("budget_exhausted", "Budget that applies there"),
    ])
    func `what no rule changes is said`(reason: String, words: String) {
        let changes = RequestAdvice(Self.denied("matched", reason: reason)).changes
        #expect(changes.count == 1)
        #expect(changes.first?.text.contains(words) == true)
        #expect(changes.first?.yaml == "")
    }

    @Test func `a place without a policy gets one for whoever asked, or words where nobody knows who did`() {
        var record = Self.denied("", reason: "no_policy", principal: Self.key("alice"))
        (record.policy, record.rule, record.trace) = ("", "", [])
        #expect(yaml(record)?.contains("name: model, namespace: ai") == true)
        #expect(yaml(record)?.contains("    - accessKeys: {names: [alice]}") == true)
        record.principal = nil
        #expect(
            RequestAdvice(record).changes.map(\.text) == [
                "An AccessPolicy for HTTPRoute ai/model, with a rule for who asks."
            ])
        record.place.route = ""
        #expect(RequestAdvice(record).changes.isEmpty)
    }

    @Test func `what happened after the rules has no advice`() {
        #expect(RequestAdvice(Self.denied("matched", reason: "session_not_yours")).changes.isEmpty)
    }
}
