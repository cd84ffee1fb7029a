import Addresses
import Kubernetes
import Testing

@testable import Access

@Suite("Keys and tokens that are bound to a place")
struct BindingTests {
    private static let pods =
        pod("agent-1", ["10.0.0.5"], namespace: "web", owner: "StatefulSet agent")
        + pod("agent-2", ["10.0.0.6"], namespace: "web", owner: "StatefulSet agent")
        + pod("other-1", ["10.0.0.7"], namespace: "ai", owner: "StatefulSet other")

    /// One key and one issuer with these bindings, flow style.
    private func door(_ bindings: [String], serviceAccounts: Bool = false) -> Door {
        let issuerSpec =
            (bindings.isEmpty ? [] : ["bindings: {\(bindings.joined(separator: ", "))}"])
            + (serviceAccounts ? ["serviceAccounts: true"] : [])
        return Door(
            gatewayAndRoute + Self.pods + key("alice", 1, spec: bindings)
                + issuer(keys: keySet(TestKey.ed.jwk()), spec: issuerSpec)
                + policy("p", rules: "  - from: [{accessKeys: {selector: {}}}, {tokens: {}}, {networks: [0.0.0.0/0]}]"))
    }

    private let sentKey = [("x-api-key", keyText(1).reveal { $0 })]
    private let sentToken = [("authorization", "Bearer " + TestKey.ed.token())]

    private func expect(
        _ door: Door, at source: String, certificate: ClientIdentity? = nil, key keyReason: Reason?,
        token tokenReason: Reason?, now: Int64 = TestClaims.now, _ place: SourceLocation = #_sourceLocation
    ) {
        for (headers, wanted) in [(sentKey, keyReason), (sentToken, tokenReason)] {
            let caller = door.caller(headers, from: source, certificate: certificate, now: now)
            #expect(caller.refusal == wanted, sourceLocation: place)
            #expect(caller.isSuspectedTheft == (wanted != nil), sourceLocation: place)
            // The record says whose it is, also when it is refused.
            #expect(door.table.principal(of: caller) != nil, sourceLocation: place)
            guard case .denied(let denial, _) = door.decide(caller, from: source) else {
                #expect(wanted == nil, "let through", sourceLocation: place)
                continue
            }
            #expect(denial.reason == wanted && denial.reason.code == "invalid_api_key", sourceLocation: place)
        }
    }

    @Test("nothing is bound unless it says so")
    func free() {
        expect(door([]), at: "203.0.113.9", key: nil, token: nil)
        expect(door([]), at: "10.0.0.5", key: nil, token: nil)
    }

    @Test("what every request asks of a key is what its entry says")
    func cores() {
        let specs = [
            [], ["networks: [10.0.0.0/24]"], ["workloads: {namespaces: [web]}"], ["revoked: true"],
            ["expires: '2001-01-01T00:00:00Z'"], ["expires: '2999-01-01T00:00:00Z'", "networks: [0.0.0.0/0]"],
        ]
        let twins = key("twin-1", 90) + key("twin-2", 90)
        let keys = specs.enumerated().map { key("k\($0.offset)", UInt64($0.offset + 1), spec: $0.element) }.joined()
        let table = Door(gatewayAndRoute + Self.pods + keys + twins, mayHaveMistakes: true).table
        #expect(table.keys.entries.count == specs.count + 2)
        var reasons: Set<Reason?> = []
        for (number, entry) in table.keys.entries.enumerated() {
            let index = KeyIndex(value: Int32(number))
            #expect(table.keys.limiterID(index) == entry.limiterID && table.keys.spender(index) == entry.spender)
            if entry.refusal != .duplicateKey { #expect(table.keys.find(entry.digest) == index) }
            for source in ["10.0.0.5", "10.0.0.9", "192.0.2.1"] {
                guard let address = Address(source) else { continue }
                let place = CallerPlace(source: address)
                let pod = table.workloads.pod(address)
                for now in [0, entry.expires - 1, entry.expires] {
                    let slip = entry.binding?.slip(at: place, pod: pod)
                    let expected: Reason? =
                        entry.refusal
                        ?? (now >= entry.expires
                            ? .expiredKey
                            : slip.map { $0 == .network ? .keyNotBoundToNetwork : .keyNotBoundToWorkload })
                    #expect(table.keys.refusal(index, at: place, pod: pod, nowSeconds: now) == expected)
                    reasons.insert(expected)
                }
            }
        }
        #expect(
            reasons == [nil, .expiredKey, .revokedKey, .duplicateKey, .keyNotBoundToNetwork, .keyNotBoundToWorkload])
    }

    @Test("networks")
    func networks() {
        let door = door(["networks: [10.0.0.0/24, 'fd00::/8']"])
        expect(door, at: "10.0.0.9", key: nil, token: nil)
        expect(door, at: "fd00::9", key: nil, token: nil)
        expect(door, at: "10.0.1.9", key: .keyNotBoundToNetwork, token: .tokenNotBoundToNetwork)
    }

    @Test("workloads; of an address without a pod nobody knows that it is one of them")
    func workloads() {
        let agent = door(["workloads: {names: [{kind: StatefulSet, namespace: web, name: agent}]}"])
        expect(agent, at: "10.0.0.5", key: nil, token: nil)
        expect(agent, at: "10.0.0.6", key: nil, token: nil)
        expect(agent, at: "10.0.0.7", key: .keyNotBoundToWorkload, token: .tokenNotBoundToWorkload)
        expect(agent, at: "10.0.0.8", key: .keyNotBoundToWorkload, token: .tokenNotBoundToWorkload)
        expect(door(["workloads: {namespaces: [web]}"]), at: "10.0.0.6", key: nil, token: nil)
        // Without a namespace it is one of the object's own.
        let own = door(["workloads: {names: [{kind: StatefulSet, name: other}]}"])
        expect(own, at: "10.0.0.7", key: nil, token: nil)
        expect(own, at: "10.0.0.5", key: .keyNotBoundToWorkload, token: .tokenNotBoundToWorkload)
    }

    @Test("certificates")
    func certificates() throws {
        let door = door(["certificates: {dnsNames: [a.example]}"])
        let content = { (name: String) in
            var content = CertificateContent.client([.dns(name)])
            content.notAfter = TestClaims.now + 60
            return content
        }
        let (right, wrong) = (try ClientIdentity(content("a.example")), try ClientIdentity(content("b.example")))
        let refusals: (Reason, Reason) = (.keyNotBoundToCertificate, .tokenNotBoundToCertificate)
        expect(door, at: "10.0.0.5", certificate: right, key: nil, token: nil)
        expect(door, at: "10.0.0.5", certificate: wrong, key: refusals.0, token: refusals.1)
        expect(door, at: "10.0.0.5", key: refusals.0, token: refusals.1)
    }

    @Test("all that is written must hold")
    func together() {
        let door = door(["networks: [10.0.0.0/24]", "workloads: {namespaces: [web]}"])
        expect(door, at: "10.0.0.5", key: nil, token: nil)
        expect(door, at: "10.0.0.7", key: .keyNotBoundToWorkload, token: .tokenNotBoundToWorkload)
        expect(door, at: "10.0.1.5", key: .keyNotBoundToNetwork, token: .tokenNotBoundToNetwork)
    }

    @Test("a key that is revoked or expired is not stolen, but dead")
    func dead() {
        let networks = "networks: [10.0.0.0/24]"
        let door = Door(
            key("old", 1, spec: [networks, "expires: 2020-01-01T00:00:00Z"])
                + key("gone", 2, spec: [networks, "revoked: true"]))
        for (number, reason) in [(UInt64(1), Reason.expiredKey), (2, .revokedKey)] {
            let caller = door.caller(
                [("x-api-key", keyText(number).reveal { $0 })], from: "192.0.2.1", now: TestClaims.now)
            #expect(caller.refusal == reason && !caller.isSuspectedTheft)
        }
        #expect(!door.caller([], from: "192.0.2.1").isSuspectedTheft)
    }

    @Test("a service account's token that was made for a pod is that pod's")
    func boundToPod() {
        let door = door([], serviceAccounts: true)
        let asks = { (name: String, namespace: String, source: String) in
            let pod = name.isEmpty ? "" : #","pod":{"name":"\#(name)","uid":"u"}"#
            let more =
                #","kubernetes.io":{"namespace":"\#(namespace)","serviceaccount":{"name":"agent","uid":"u"}\#(pod)}"#
            let claims = TestClaims.changed([("sub", "\"system:serviceaccount:\(namespace):agent\"")], more: more)
            return door.caller(
                [("authorization", "Bearer " + TestKey.ed.token(claims))], from: source, now: TestClaims.now)
        }
        #expect(asks("agent-1", "web", "10.0.0.5").refusal == nil)
        let stolen = asks("agent-1", "web", "10.0.0.6")
        #expect(stolen.refusal == .tokenNotBoundToPod && stolen.isSuspectedTheft)
        #expect(door.table.principal(of: stolen)?.name == "agent")
        // A pod of the same name elsewhere is another pod.
        #expect(asks("other-1", "web", "10.0.0.7").refusal == .tokenNotBoundToPod)
        #expect(asks("other-1", "ai", "10.0.0.7").refusal == nil)
        // Of an address that is of no pod nobody knows whose it is; and a token for no pod is for all.
        #expect(asks("agent-1", "web", "10.0.0.99").refusal == nil)
        #expect(asks("", "web", "10.0.0.6").refusal == nil)
    }

    @Test("an issuer whose bindings cannot be followed has no tokens")
    func broken() {
        let yaml = issuer(
            keys: keySet(TestKey.ed.jwk()), spec: ["bindings: {certificates: {dnsNames: ['*.example.com', a.example]}}"]
        )
        let table = AccessTable(objects(yaml, mayHaveMistakes: true), revision: 1)
        let state = table.tokens.statuses().first?.condition("Accepted")
        #expect(state?.status == .false && state?.reason == "Invalid")
        let subjects = issuer(
            keys: keySet(TestKey.ed.jwk()), spec: ["bindings: {certificates: {subjects: ['no equals sign']}}"])
        let door = Door(subjects, mayHaveMistakes: true)
        #expect(door.caller(sentToken, from: "10.0.0.1", now: TestClaims.now).refusal == .tokenIssuerUnknown)
        #expect(door.table.tokens.statuses().first?.condition("Accepted")?.message.contains("bindings") == true)
    }

    @Test("what was verified before a binding changed is judged by the new one")
    func cached() {
        let cacheable = { (networks: String) in
            AccessTable(
                objects(issuer(keys: keySet(TestKey.ed.jwk()), spec: ["bindings: {networks: [\(networks)]}"])),
                revision: 1)
        }
        var cache = TokenCache(capacity: 4)
        var credentials = Credentials()
        let text = Array(TestKey.ed.token().utf8)
        text.withUnsafeBytes { credentials.offer(.xAPIKey, value: $0) }
        let place = CallerPlace(source: .init("10.0.0.5")!)
        for (networks, wanted) in [
            ("10.0.0.0/8", nil), ("192.168.0.0/16", Reason.tokenNotBoundToNetwork), ("10.0.0.0/24", nil),
        ] {
            let caller = cacheable(networks)
                .authenticate(credentials, at: place, cache: &cache, nowSeconds: TestClaims.now)
            #expect(caller.refusal == wanted)
        }
    }

    @Test("while an issuer's keys are missing, callers are told when to come back")
    func keysUnavailable() {
        let yaml =
            gatewayAndRoute
            + issuer(keys: "").replacing("inline: ''", with: "url: 'https://login.example.com/keys'")
            + policy("p", rules: "  - from: [{tokens: {}}]")
        let verdict = Door(yaml).ask(headers: sentToken, now: TestClaims.now)
        #expect(verdict.reason == .tokenKeysUnavailable && verdict.retryAfterSeconds == 10)
        #expect(verdict.basis.denial?.retryAfterSeconds == 10)
    }
}
