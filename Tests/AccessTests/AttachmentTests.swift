import Kubernetes
import Testing

@testable import Access

@Suite("Where policies are attached")
struct AttachmentTests {
    private func rule(_ name: String) -> String { "  - {name: \(name), from: [{accessKeys: {selector: {}}}]}" }

    /// The policy that decides, by the name of its rule.
    private func decider(_ door: Door, _ place: PolicyID) -> String? {
        let verdict = door.ask(key: 1, at: place)
        return verdict.reason == nil ? door.table.ruleName(verdict.basis) : verdict.reason?.name
    }

    @Test("the most specific place wins")
    func precedence() {
        let levels = [
            policy("gateway", targets: ["kind: Gateway, name: front"], rules: rule("by-gateway")),
            policy("listener", targets: ["kind: Gateway, name: front, sectionName: web"], rules: rule("by-listener")),
            policy("route", targets: ["kind: HTTPRoute, name: chat"], rules: rule("by-route")),
            policy("rule", targets: ["kind: HTTPRoute, name: chat, sectionName: talk"], rules: rule("by-rule")),
        ]
        let expected = ["by-gateway", "by-listener", "by-route", "by-rule"]
        for count in 0...4 {
            let door = Door(gatewayAndRoute + key("k", 1) + levels[..<count].joined())
            #expect(decider(door, door.place()) == (count == 0 ? "no_policy" : expected[count - 1]))
            #expect(door.place().isAttached == (count > 0))
        }
        let all = Door(gatewayAndRoute + key("k", 1) + levels.joined())
        #expect(decider(all, all.place(rule: nil)) == "by-route")
        #expect(decider(all, all.place(rule: "other")) == "by-route")
        #expect(decider(all, all.place(route: "another")) == "by-listener")
        #expect(decider(all, all.place(listener: "api", route: "another")) == "by-gateway")
        #expect(decider(all, all.place(gateway: "ai/back")) == "by-rule")
        #expect(decider(all, all.place(route: "another", gateway: "ai/back")) == "no_policy")
        // Names of other namespaces are other objects.
        #expect(decider(all, all.place(namespace: "other", gateway: "other/front")) == "no_policy")
    }

    @Test("of two policies on one place the oldest wins, then the first by name; the other is told")
    func conflicts() {
        let at = { (time: String) in ", creationTimestamp: '2026-01-0\(time)T00:00:00Z'" }
        let byAge = Door(
            gatewayAndRoute + key("k", 1) + policy("a", rules: rule("of-a"), metadata: at("2"))
                + policy("b", rules: rule("of-b"), metadata: at("1")) + policy("c", rules: rule("of-c")))
        #expect(decider(byAge, byAge.place()) == "of-b")
        let byName = Door(
            gatewayAndRoute + key("k", 1) + policy("b", rules: rule("of-b")) + policy("a", rules: rule("of-a")))
        #expect(decider(byName, byName.place()) == "of-a")
        #expect(accepted(byName, "a") == "Accepted")
        #expect(accepted(byName, "b") == "Conflicted")
        #expect(accepted(byAge, "a") == "Conflicted")
    }

    @Test("an invalid policy denies what it is attached to, also beside a valid one")
    func invalid() {
        let bad = policy("bad", rules: "  - {from: [{accesKeys: {}}]}")
        let door = Door(
            gatewayAndRoute + key("k", 1) + bad + policy("a", rules: rule("of-a"))
                + policy("g", targets: ["kind: Gateway, name: front"], rules: rule("by-gateway")),
            mayHaveMistakes: true)
        #expect(decider(door, door.place()) == "invalid_policy")
        #expect(decider(door, door.place(route: "another")) == "by-gateway")
        #expect(accepted(door, "bad") == "Invalid")
        #expect(accepted(door, "a") == "Conflicted")
        #expect(accepted(door, "g") == "Accepted")
        #expect(door.table.policyName(door.ask(key: 1).basis) == "ai/bad")
    }

    @Test("a policy with mistakes whose namespace cannot be one denies everywhere")
    func lost() {
        let lost = policy("narrow", namespace: "Ai", targets: ["kind: HTTPRoute, name: chat"], rules: rule("r"))
        let wide = policy("wide", targets: ["kind: Gateway, name: front"], rules: rule("by-gateway"))
        let door = Door(gatewayAndRoute + key("k", 1) + wide + lost, mayHaveMistakes: true)
        #expect(decider(door, door.place()) == "invalid_policy")
        #expect(decider(door, door.place(route: "another")) == "invalid_policy")
    }

    @Test("an invalid policy whose targets cannot be read denies its namespace")
    func unreadable() {
        let bad = """
            ---
            apiVersion: sallyport.dev/v1alpha1
            kind: AccessPolicy
            metadata: {name: bad, namespace: ai}
            spec: {targetRefs: [{kind: HTTPRoute}], rules: []}

            """
        let own = policy(
            "own", namespace: "tenant", targets: ["kind: HTTPRoute, name: mine"], rules: rule("of-tenant"))
        let door = Door(
            gatewayAndRoute + key("k", 1) + key("t", 2, namespace: "tenant") + bad + own
                + policy("r", targets: ["kind: HTTPRoute, name: chat, sectionName: talk"], rules: rule("by-rule"))
                + policy("g", targets: ["kind: Gateway, name: front"], rules: rule("by-gateway")),
            mayHaveMistakes: true)
        #expect(decider(door, door.place()) == "invalid_policy")
        #expect(decider(door, door.place(route: "theirs", namespace: "tenant")) == "invalid_policy")
        // It could have been attached to the Gateway, and never to a route of another namespace.
        #expect(door.ask(key: 2, at: door.place(route: "mine", namespace: "tenant")).reason == nil)
    }

    @Test("an unknown value of the enforcement annotation denies")
    func annotation() {
        let door = Door(
            gatewayAndRoute + key("k", 1)
                + policy("p", rules: rule("r"), metadata: ", annotations: {sallyport.dev/enforcement: stagd}"))
        #expect(decider(door, door.place()) == "invalid_policy")
        #expect(accepted(door, "p") == "Invalid")
    }

    @Test("an annotation that is nearly ours, or ours and unknown, denies")
    func unknownAnnotation() {
        for name in ["sallyport.dev/enforcment", "salyport.dev/enforcement", "sallyport.dev/mode"] {
            let door = Door(
                gatewayAndRoute + policy("p", rules: rule("r"), metadata: ", annotations: {\(name): staged}"))
            #expect(decider(door, door.place()) == "invalid_policy", "\(name)")
            #expect(accepted(door, "p") == "Invalid")
        }
        let other = Door(gatewayAndRoute + policy("p", rules: rule("r"), metadata: ", annotations: {example.com/a: b}"))
        #expect(accepted(other, "p") == "Accepted")
    }

    @Test("a policy with mistakes that names a part which its target does not have closes the target")
    func brokenPart() {
        let target = "kind: HTTPRoute, name: chat, sectionName: tlak"
        let slips = [
            policy("part", targets: [target], rules: "  - {form: []}"),
            policy("part", targets: [target], rules: "  - {from: [{}]}"),
            policy("part", targets: [target], rules: "    []").replacing("v1alpha1", with: "v1"),
        ]
        for slip in slips {
            let wide = policy(
                "wide", targets: ["kind: Gateway, name: front"], rules: "  - {from: [{networks: ['0.0.0.0/0']}]}")
            let door = Door(gatewayAndRoute + wide + slip, mayHaveMistakes: true)
            #expect(door.ask().reason == .invalidPolicy)
        }
    }

    @Test("a part that is not there of a target that is: what has no policy of its own is denied")
    func missingPart() {
        let door = Door(
            gatewayAndRoute + key("k", 1)
                + policy("route", rules: rule("by-route"))
                + policy("part", targets: ["kind: HTTPRoute, name: chat, sectionName: tlak"], rules: rule("by-part")))
        #expect(decider(door, door.place()) == "invalid_policy")
        #expect(accepted(door, "part") == "TargetNotFound")
        let both = Door(
            gatewayAndRoute + key("k", 1)
                + policy("talk", targets: ["kind: HTTPRoute, name: chat, sectionName: talk"], rules: rule("by-rule"))
                + policy("part", targets: ["kind: HTTPRoute, name: chat, sectionName: tlak"], rules: rule("by-part")))
        #expect(decider(both, both.place()) == "by-rule")
        #expect(decider(both, both.place(rule: nil)) == "invalid_policy")
    }

    @Test("targets that are not there are told, and closed for when they come")
    func missing() {
        for target in [
            "kind: HTTPRoute, name: nope", "kind: HTTPRoute, name: chat, sectionName: nope",
            "kind: Gateway, name: front, sectionName: nope", "kind: GRPCRoute, name: chat",
        ] {
            let door = Door(
                gatewayAndRoute
                    + policy(
                        "p", targets: ["kind: Gateway, name: front, sectionName: web", target].reversed(),
                        rules: rule("r")),
                mayHaveMistakes: true)
            #expect(["TargetNotFound", "Invalid"].contains(accepted(door, "p")), "\(target)")
        }
    }

    @Test("keys that a policy names and nobody has are told")
    func missingKeys() {
        let door = Door(
            gatewayAndRoute + key("alice", 1)
                + policy("p", rules: "  - {from: [{accessKeys: {names: [alice, alcie]}}]}"))
        let condition = door.table.statuses(nowSeconds: 0).first { $0.reference.name == "p" }?.condition("ResolvedRefs")
        #expect(condition?.reason == "AccessKeyNotFound")
        #expect(condition?.message.contains("alcie") == true)
        #expect(door.ask(key: 1).reason == nil)
    }

    @Test("conditions of keys")
    func keyStatus() {
        let door = Door(
            key("a", 1) + key("b", 2, spec: ["revoked: true"]) + key("c", 3, spec: ["expires: 2026-01-01T00:00:00Z"])
                + key("d", 4) + key("e", 4))
        let reasons = door.table.statuses(nowSeconds: 1_767_225_600).map { $0.condition("Accepted")?.reason ?? "" }
        #expect(reasons == ["Accepted", "Revoked", "Expired", "Conflicted", "Conflicted"])
    }

    private func accepted(_ door: Door, _ name: String) -> String {
        let status = door.table.statuses(nowSeconds: 0).first {
            $0.reference.kind == "AccessPolicy" && $0.reference.name == name
        }
        return status?.condition("Accepted")?.reason ?? "none"
    }
}

@Suite("Staged policies")
struct StagedTests {
    private let open = "  - {name: all, from: [{accessKeys: {selector: {}}}]}"
    private let narrow = "  - {name: few, from: [{accessKeys: {names: [alice]}}]}"
    private let keys = gatewayAndRoute + key("alice", 1) + key("bob", 2)

    @Test("do not decide, and what they would have said is on the record")
    func beside() {
        let door = Door(keys + policy("live", rules: open) + policy("a-trial", rules: narrow, metadata: staged))
        let alice = door.ask(key: 1)
        #expect(alice.reason == nil)
        #expect(door.table.stagedVerdict(alice.basis) == StagedVerdict(policy: "ai/a-trial", rule: "few", reason: nil))
        let bob = door.ask(key: 2)
        #expect(bob.reason == nil)
        #expect(door.table.stagedVerdict(bob.basis)?.reason == .noRuleMatches)
        #expect(door.table.trace(bob.basis).map(\.isStaged) == [false, true])
        let nobody = door.ask()
        #expect(nobody.reason == .missingKey)
        #expect(door.table.stagedVerdict(nobody.basis)?.reason == .missingKey)
    }

    @Test("alone they let nothing pass")
    func alone() {
        let door = Door(keys + policy("trial", rules: open, metadata: staged))
        let verdict = door.ask(key: 1)
        #expect(verdict.reason == .noPolicy)
        #expect(door.table.policyName(verdict.basis) == nil)
        #expect(door.table.stagedVerdict(verdict.basis)?.reason == nil)
        #expect(door.table.stagedVerdict(verdict.basis)?.rule == "all")
    }

    @Test("one that would be overridden even when enforced says nothing")
    func overridden() {
        let atGateway = ["kind: Gateway, name: front"]
        let below = Door(
            keys + policy("live", rules: open) + policy("trial", targets: atGateway, rules: narrow, metadata: staged))
        #expect(below.table.stagedVerdict(below.ask(key: 2).basis) == nil)
        let above = Door(
            keys + policy("live", targets: atGateway, rules: open) + policy("trial", rules: narrow, metadata: staged))
        #expect(above.ask(key: 2).reason == nil)
        #expect(above.table.stagedVerdict(above.ask(key: 2).basis)?.reason == .noRuleMatches)
    }

    @Test("take no place under limits")
    func limits() {
        let limited =
            "  - {name: one, from: [{accessKeys: {selector: {}}}], limits: {requests: {count: 1, window: 1h}}}"
        let door = Door(keys + policy("live", rules: open) + policy("trial", rules: limited, metadata: staged))
        for _ in 0..<5 { #expect(door.ask(key: 1).reason == nil) }
        #expect(door.limiters.count == 0)
    }
}
