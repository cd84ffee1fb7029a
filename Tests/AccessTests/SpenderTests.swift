import Addresses
import Kubernetes
import Testing

@testable import Access

@Suite("Who is charged, and what a rule allows in tokens")
struct SpenderTests {
    private let door = Door(
        gatewayAndRoute + CallerConditionTests.keys + CallerConditionTests.issuers
            + policy(
                "p",
                rules: """
                      - name: paid
                        from: [{accessKeys: {selector: {}}}, {tokens: {}}]
                        limits: {tokens: {count: 500, window: 1m}}
                      - name: free
                        from: [{networks: [10.0.0.0/8]}]
                    """))

    private func caller(_ bearer: String?, from source: String = "10.0.0.1", _ certificate: ClientIdentity? = nil)
        -> Caller
    {
        door.caller(
            bearer.map { [("authorization", "Bearer " + $0)] } ?? [], from: source, certificate: certificate,
            now: TestClaims.now)
    }

    private func spender(_ caller: Caller, at source: String = "10.0.0.1") -> Spender {
        door.table.spender(of: caller, at: Address(source)!, text: source)
    }

    @Test("each kind of principal")
    func kinds() throws {
        let key = spender(caller(keyText(1).reveal { $0 }))
        #expect(key.subject == SpendSubject(kind: "AccessKey", namespace: "ai", name: "alice"))
        let person = spender(caller(CallerConditionTests.token()))
        #expect(person.subject == SpendSubject(kind: "Token", namespace: "ai", name: "staff/alice"))
        let partner = spender(caller(CallerConditionTests.token("https://partners.example")))
        #expect(partner.subject.name == "partners/alice" && partner != person)
        let account = spender(caller(CallerConditionTests.serviceToken))
        #expect(account.subject == SpendSubject(kind: "ServiceAccount", namespace: "web", name: "agent"))
        var content = CertificateContent.client([.dns("a.example")])
        content.notAfter = TestClaims.now + 60
        let certificate = spender(caller(nil, try ClientIdentity(content)))
        #expect(certificate.subject == SpendSubject(kind: "Certificate", namespace: "", name: "a.example"))
        let address = spender(caller(nil))
        #expect(address.subject == SpendSubject(kind: "Address", namespace: "", name: "10.0.0.1"))
        #expect(Set([key, person, partner, account, certificate, address].map(\.id)).count == 6)
    }

    @Test("whoever has one address of an IPv6 network has them all, and is one")
    func networks() {
        let ids = ["fd00::1", "fd00::ffff:1", "fd00:0:0:1::1"].map { spender(caller(nil, from: $0), at: $0).id }
        #expect(ids[0] == ids[1] && ids[0] != ids[2])
        #expect(spender(caller(nil), at: "10.0.0.1").id != spender(caller(nil), at: "10.0.0.2").id)
    }

    @Test("a line for rules that limit tokens, for nobody else")
    func lines() throws {
        let estimate = SpendEstimate(tokens: 120, leastTokens: 20)
        let alice = caller(keyText(1).reveal { $0 })
        let basis = { (caller: Caller) -> Basis in
            switch door.decide(caller) {
            case .permitted(let permit): permit.basis
            case .denied(_, let basis): basis
            }
        }
        #expect(door.table.limitsTokens(basis(alice)))
        let line = try #require(door.table.tokenLine(basis(alice), spender(alice), estimate))
        #expect(line.limit == 500 && line.unit == .tokens && line.wanted == 120 && line.least == 20)
        #expect(line.window == .rolling(Milliseconds(60_000)) && line.reason == .tokensRateLimited)
        #expect(line.subject == spender(alice).subject)
        let bob = caller(keyText(2).reveal { $0 })
        #expect(door.table.tokenLine(basis(bob), spender(bob), estimate)?.account != line.account)
        // By the address alone no tokens are limited here.
        let anonymous = caller(nil)
        #expect(!door.table.limitsTokens(basis(anonymous)))
        #expect(door.table.tokenLine(basis(anonymous), spender(anonymous), estimate) == nil)
        // Nor is anything owed for what was denied.
        let stranger = caller(nil, from: "192.168.0.1")
        guard case .denied(_, let denied) = door.decide(stranger, from: "192.168.0.1") else {
            Issue.record("a stranger was let in")
            return
        }
        #expect(!door.table.limitsTokens(denied) && door.table.tokenLine(denied, spender(stranger), estimate) == nil)
    }
}
