import Testing

@testable import Access

@Suite("Rules of a policy")
struct PolicyTests {
    private let keys =
        key("alice", 1, labels: "{team: a}") + key("bob", 2, labels: "{team: b}")
        + key("eve", 3, namespace: "elsewhere", labels: "{team: a}")

    private func door(_ rules: String, name: String = "p") -> Door {
        Door(gatewayAndRoute + keys + policy(name, rules: rules))
    }

    @Test("keys are chosen by name or label, in the policy's namespace only")
    func whichKeys() {
        let byName = door("  - from: [{accessKeys: {names: [alice, eve]}}]")
        #expect(byName.ask(key: 1).reason == nil)
        #expect(byName.ask(key: 2).reason == .noRuleMatches)
        #expect(byName.ask(key: 3).reason == .noRuleMatches)
        let byLabel = door("  - from: [{accessKeys: {selector: {matchLabels: {team: a}}}}]")
        #expect(byLabel.ask(key: 1).reason == nil)
        #expect(byLabel.ask(key: 2).reason == .noRuleMatches)
        #expect(byLabel.ask(key: 3).reason == .noRuleMatches)
        let either = door("  - from: [{accessKeys: {names: [bob], selector: {matchLabels: {team: a}}}}]")
        #expect(either.ask(key: 1).reason == nil)
        #expect(either.ask(key: 2).reason == nil)
        let all = door("  - from: [{accessKeys: {selector: {}}}]")
        #expect(all.ask(key: 2).reason == nil)
        #expect(all.ask(key: 3).reason == .noRuleMatches)
        #expect(all.ask().reason == .missingKey)
    }

    @Test("networks narrow keys, and alone admit callers without one")
    func networks() {
        let both = door("  - from: [{accessKeys: {names: [alice]}, networks: [10.0.0.0/8]}]")
        #expect(both.ask(key: 1, from: "10.9.9.9").reason == nil)
        #expect(both.ask(key: 1, from: "11.0.0.1").reason == .noRuleMatches)
        #expect(both.ask(from: "10.9.9.9").reason == .missingKey)
        let alone = door("  - from: [{networks: [10.0.0.0/8, fd00::/8]}]")
        #expect(alone.ask(from: "10.9.9.9").reason == nil)
        #expect(alone.ask(from: "fd00::9").reason == nil)
        #expect(alone.ask(key: 2, from: "10.9.9.9").reason == nil)
        #expect(alone.ask(from: "11.0.0.1").reason == .noRuleMatches)
    }

    @Test("no 'from' admits nobody, no 'to' admits everything")
    func absent() {
        let nobody = door("  - to: [{methods: [GET]}]")
        #expect(nobody.ask(key: 1, "GET", "/").reason == .noRuleMatches)
        #expect(nobody.ask("GET", "/").reason == .noRuleMatches)
        let everything = door("  - from: [{accessKeys: {names: [alice]}}]")
        #expect(everything.ask(key: 1, "BREW", "/pot").reason == nil)
        #expect(door("    []").ask(key: 1).reason == .noRuleMatches)
    }

    @Test("methods and paths belong together, and prefixes end at slashes")
    func requests() {
        let door = door(
            """
              - from: [{accessKeys: {names: [alice]}}]
                to:
                - {methods: [POST], paths: [{type: Exact, value: /api/chat}, {type: PathPrefix, value: /v1}]}
                - {methods: [GET, PURGE], paths: [{type: PathPrefix, value: /models/}]}
                - {methods: [OPTIONS]}
            """)
        let allowed = [
            ("POST", "/api/chat"), ("POST", "/v1"), ("POST", "/v1/"), ("POST", "/v1/chat/completions"),
            ("GET", "/models"), ("GET", "/models/a"), ("PURGE", "/models/a"), ("OPTIONS", "/any"), ("OPTIONS", "*"),
        ]
        for (method, path) in allowed { #expect(door.ask(key: 1, method, path).reason == nil, "\(method) \(path)") }
        let denied = [
            ("POST", "/api/chat/"), ("POST", "/api/cha"), ("POST", "/api/chats"), ("POST", "/v1beta"), ("POST", "/v"),
            ("POST", ""), ("POST", "/"), ("GET", "/api/chat"), ("post", "/api/chat"), ("POST", "/API/chat"),
            ("PURG", "/models/a"), ("PURGEX", "/models/a"), ("HEAD", "/models"), ("POST", "/api/ch%61t"),
        ]
        for (method, path) in denied {
            #expect(door.ask(key: 1, method, path).reason == .noRuleMatches, "\(method) \(path)")
        }
    }

    @Test("the first rule that matches allows; of the others the nearest is named")
    func trace() {
        let door = door(
            """
              - name: other-net
                from: [{accessKeys: {names: [alice]}, networks: [172.16.0.0/12]}]
              - name: other-key
                from: [{accessKeys: {names: [bob]}}]
              - name: read
                from: [{accessKeys: {names: [alice]}}]
                to: [{methods: [GET], paths: [{type: Exact, value: /api/tags}]}]
              - name: chat
                from: [{accessKeys: {names: [alice]}}]
                to: [{paths: [{type: Exact, value: /api/chat}]}]
            """)
        let allowed = door.ask(key: 1)
        #expect(door.table.ruleName(allowed.basis) == "chat")
        #expect(door.table.policyName(allowed.basis) == "ai/p")
        #expect(
            door.table.trace(allowed.basis).map(\.outcome) == [
                .networkNotListed, .keyNotListed, .pathNotListed, .matched,
            ])
        let denied = door.ask(key: 1, "POST", "/api/tags")
        #expect(denied.reason == .noRuleMatches)
        #expect(door.table.ruleName(denied.basis) == "read")
        #expect(
            door.table.trace(denied.basis).map(\.outcome) == [
                .networkNotListed, .keyNotListed, .methodNotListed, .pathNotListed,
            ])
        #expect(
            door.table.trace(door.ask().basis).map(\.outcome) == [
                .networkNotListed, .keyMissing, .keyMissing, .keyMissing,
            ])
    }

    @Test("a policy of very many rules still finds the last one")
    func manyRules() {
        let rules = (0..<256).map {
            "  - {name: r\($0), from: [{accessKeys: {names: [alice]}}], to: [{paths: [{type: Exact, value: /p\($0)}]}]}"
        }
        let door = door(rules.joined(separator: "\n"))
        let verdict = door.ask(key: 1, "GET", "/p255")
        #expect(verdict.reason == nil)
        #expect(door.table.ruleName(verdict.basis) == "r255")
        #expect(door.table.trace(verdict.basis).count == 32)
    }

    @Test("numbers of one revision mean nothing in another")
    func revisions() {
        let yaml = gatewayAndRoute + keys + policy("p", rules: "  - from: [{accessKeys: {selector: {}}}]")
        let old = Door(yaml, revision: 1)
        let new = Door(yaml, revision: 2)
        let caller = old.caller([("x-api-key", keyText(1).reveal { $0 })], from: "10.0.0.1")
        for (caller, place) in [(caller, new.place()), (new.caller([], from: "10.0.0.1"), old.place())] {
            guard case .denied(let denial, _) = new.decide(caller, at: place) else {
                Issue.record("a caller or place of another revision was let through")
                continue
            }
            #expect(denial.reason == .internalError)
        }
        #expect(new.table.principal(of: caller) == nil)
    }
}
