import Kubernetes
import Testing

@testable import Access

@Suite("Which callers a rule admits")
struct CallerConditionTests {
    static let account =
        #","kubernetes.io":{"namespace":"web","serviceaccount":{"name":"agent","uid":"u"}}"#

    /// Tokens of `alice`, groups as given.
    static func token(_ issuer: String = TestClaims.issuer, subject: String = "alice", more: String = "") -> String {
        TestKey.ed.token(
            TestClaims.changed([("iss", "\"\(issuer)\""), ("sub", "\"\(subject)\"")], more: more))
    }

    static let serviceToken = token(
        "https://cluster.example", subject: "system:serviceaccount:web:agent", more: account)

    /// Two issuers of people, one of service accounts, and one that another namespace made up.
    static let issuers =
        issuer(keys: keySet(TestKey.ed.jwk()))
        + issuer("partners", issuer: "https://partners.example", keys: keySet(TestKey.ed.jwk()))
        + issuer(
            "cluster", issuer: "https://cluster.example", keys: keySet(TestKey.ed.jwk()),
            spec: ["serviceAccounts: true"])
        + issuer(
            "made-up", namespace: "evil", issuer: "https://evil.example", keys: keySet(TestKey.ed.jwk()),
            spec: ["serviceAccounts: true"])

    static let keys = key("alice", 1) + key("bob", 2)

    private func reason(
        _ from: String, bearer: String?, at source: String = "10.0.0.1", more: String = "",
        certificate: ClientIdentity? = nil, now: Int64 = TestClaims.now
    ) -> Reason? {
        let rules = "  - from: [\(from)]"
        let door = Door(gatewayAndRoute + Self.keys + Self.issuers + more + policy("p", rules: rules))
        let headers = bearer.map { [("authorization", "Bearer " + $0)] } ?? []
        let caller = door.caller(headers, from: source, certificate: certificate, now: now)
        if case .denied(let denial, _) = door.decide(caller, from: source) { return denial.reason }
        return nil
    }

    private func allows(_ from: String, _ bearer: String?, at source: String = "10.0.0.1", more: String = "") -> Bool {
        reason(from, bearer: bearer, at: source, more: more) == nil
    }

    @Test("tokens by issuer of the policy's own namespace, by subject and by claims")
    func tokens() {
        let alice = Self.token(more: #","groups":["dev","ops"],"scope":"read write","level":3"#)
        #expect(allows("{tokens: {}}", alice))
        #expect(allows("{tokens: {issuers: [staff, gone]}}", alice))
        #expect(reason("{tokens: {issuers: [partners]}}", bearer: alice) == .noRuleMatches)
        #expect(allows("{tokens: {issuers: [partners]}}", Self.token("https://partners.example")))
        #expect(reason("{tokens: {}}", bearer: Self.token("https://evil.example", more: "")) != nil)
        #expect(allows("{tokens: {subjects: ['al*', bob]}}", alice))
        #expect(!allows("{tokens: {subjects: [Alice, bob]}}", alice))
        #expect(allows("{tokens: {claims: {groups: [ops]}}}", alice))
        #expect(allows("{tokens: {claims: {groups: [x, dev], scope: [write]}}}", alice))
        #expect(!allows("{tokens: {claims: {groups: [ops], scope: [admin]}}}", alice))
        #expect(!allows("{tokens: {claims: {groups: [op]}}}", alice))
        #expect(!allows("{tokens: {claims: {level: ['3']}}}", alice))
        #expect(!allows("{tokens: {claims: {missing: [x]}}}", alice))
        #expect(reason("{tokens: {}}", bearer: nil) == .missingKey)
        #expect(reason("{tokens: {}}", bearer: keyText(1).reveal { $0 }) == .noRuleMatches)
    }

    @Test("service accounts only from issuers of the policy's own namespace that say they are such")
    func serviceAccounts() {
        let agent = "{serviceAccounts: [{namespace: web, name: agent}]}"
        #expect(allows(agent, Self.serviceToken))
        #expect(allows("{serviceAccounts: [{namespace: web, name: 'a*'}]}", Self.serviceToken))
        #expect(!allows("{serviceAccounts: [{namespace: web, name: other}]}", Self.serviceToken))
        #expect(!allows("{serviceAccounts: [{namespace: ai, name: agent}]}", Self.serviceToken))
        // Somebody else's issuer says the same, with a right signature.
        let subject = "system:serviceaccount:web:agent"
        let evil = Self.token("https://evil.example", subject: subject, more: Self.account)
        #expect(reason(agent, bearer: evil) == .noRuleMatches)
        // So does one of people, whose claims nobody has checked.
        let person = Self.token(subject: subject, more: Self.account)
        #expect(reason(agent, bearer: person) == .noRuleMatches)
        #expect(reason(agent, bearer: nil) == .missingKey)
        #expect(reason(agent, bearer: keyText(1).reveal { $0 }) == .noRuleMatches)
    }

    @Test("several methods in one rule: each lets its own callers in")
    func several() throws {
        let from = """
            {accessKeys: {names: [alice]}}, {tokens: {issuers: [staff]}}, \
            {serviceAccounts: [{namespace: web, name: agent}]}, {certificates: {dnsNames: [a.example]}}, \
            {networks: [192.168.0.0/16]}
            """
        #expect(allows(from, keyText(1).reveal { $0 }))
        #expect(allows(from, Self.token()))
        #expect(allows(from, Self.serviceToken))
        #expect(allows(from, nil, at: "192.168.3.4"))
        #expect(!allows(from, keyText(2).reveal { $0 }))
        #expect(!allows(from, Self.token("https://partners.example")))
        #expect(reason(from, bearer: nil) == .missingKey)
        // A wrong credential is never less than none.
        #expect(reason(from, bearer: keyText(9).reveal { $0 }, at: "192.168.3.4") == .unknownKey)
        #expect(reason(from, bearer: Self.token("https://nobody.example"), at: "192.168.3.4") == .tokenIssuerUnknown)
    }

    @Test("certificates: alone, beside a key, and expired")
    func certificates() throws {
        let right = try ClientIdentity(.client([.dns("a.example")]))
        let wrong = try ClientIdentity(.client([.dns("b.example")]))
        let from = "{certificates: {dnsNames: [a.example]}}"
        let key = keyText(1).reveal { $0 }
        #expect(reason(from, bearer: nil, certificate: right, now: 1_500) == nil)
        #expect(reason(from, bearer: nil, certificate: right, now: 2_001) == .certificateExpired)
        #expect(reason(from, bearer: nil, certificate: wrong, now: 1_500) == .missingKey)
        #expect(reason(from, bearer: nil, now: 1_500) == .missingKey)
        let both = "{accessKeys: {names: [alice]}, certificates: {dnsNames: [a.example]}}"
        #expect(reason(both, bearer: key, certificate: right, now: 1_500) == nil)
        #expect(reason(both, bearer: key, certificate: wrong, now: 1_500) == .noRuleMatches)
        #expect(reason(both, bearer: key, now: 1_500) == .noRuleMatches)
        #expect(reason(both, bearer: nil, certificate: right, now: 1_500) == .missingKey)
        // Expired certificates make no caller without one.
        #expect(
            reason("{accessKeys: {names: [alice]}}", bearer: key, certificate: right, now: 3_000) == .certificateExpired
        )
    }

    @Test("workloads and networks narrow, and are enough alone")
    func workloads() {
        let pods =
            pod("agent-1", ["10.0.0.5"], namespace: "web", owner: "StatefulSet agent")
            + pod("other-1", ["10.0.0.6"], namespace: "web", owner: "StatefulSet other")
        let key = keyText(1).reveal { $0 }
        let agent = "workloads: {names: [{kind: StatefulSet, namespace: web, name: agent}]}"
        #expect(allows("{\(agent)}", nil, at: "10.0.0.5", more: pods))
        #expect(!allows("{\(agent)}", nil, at: "10.0.0.6", more: pods))
        #expect(!allows("{\(agent)}", nil, at: "10.0.0.7", more: pods))
        #expect(allows("{workloads: {namespaces: [web]}}", nil, at: "10.0.0.6", more: pods))
        #expect(allows("{accessKeys: {names: [alice]}, \(agent)}", key, at: "10.0.0.5", more: pods))
        #expect(!allows("{accessKeys: {names: [alice]}, \(agent)}", key, at: "10.0.0.6", more: pods))
        #expect(allows("{\(agent), networks: [10.0.0.0/24]}", nil, at: "10.0.0.5", more: pods))
        #expect(!allows("{\(agent), networks: [10.0.1.0/24]}", nil, at: "10.0.0.5", more: pods))
    }

    @Test("who is named in records, and who is charged")
    func principals() throws {
        let door = Door(gatewayAndRoute + Self.keys + Self.issuers)
        let asks = { (bearer: String?) in
            door.caller(bearer.map { [("authorization", "Bearer " + $0)] } ?? [], from: "10.0.0.1", now: TestClaims.now)
        }
        let person = try #require(door.table.principal(of: asks(Self.token())))
        #expect(person.kind == "token" && person.name == "alice" && person.namespace == "ai")
        let account = try #require(door.table.principal(of: asks(Self.serviceToken)))
        #expect(account.kind == "service_account" && account.name == "agent" && account.namespace == "web")
        #expect(door.table.principal(of: asks(nil)) == nil)
    }
}
