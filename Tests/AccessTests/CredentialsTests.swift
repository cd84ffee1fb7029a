import Testing

@testable import Access

@Suite("Credentials")
struct CredentialsTests {
    private let door = Door(
        gatewayAndRoute + key("alice", 1) + key("bob", 2)
            + policy("p", rules: "  - from: [{accessKeys: {selector: {}}}, {networks: [192.168.0.0/16]}]"))
    private let alice = keyText(1).reveal { $0 }
    private let bob = keyText(2).reveal { $0 }

    @Test("a key may come in each of three headers, whatever the case of names and scheme")
    func accepted() {
        for headers in [
            [("authorization", "Bearer \(alice)")], [("Authorization", "bearer \(alice)")],
            [("AUTHORIZATION", "BEARER   \(alice)")], [("x-api-key", alice)], [("X-Api-Key", alice)],
            [("api-key", alice)], [("api-key", alice), ("accept", "*/*"), ("x-apikeys", "what")],
        ] {
            let verdict = door.ask(headers: headers)
            #expect(verdict.reason == nil, "\(headers)")
            #expect(door.table.principal(of: verdict.basis.caller)?.name == "alice")
        }
    }

    @Test("what is wrong is refused, and never taken for nothing")
    func refused() {
        let cases: [([(String, String)], Reason)] = [
            ([("authorization", "Bearer \(alice)"), ("x-api-key", alice)], .severalCredentials),
            ([("authorization", "Bearer \(alice)"), ("authorization", "Bearer \(alice)")], .severalCredentials),
            ([("x-api-key", alice), ("api-key", bob)], .severalCredentials),
            ([("x-api-key", "nonsense"), ("api-key", alice)], .severalCredentials),
            ([("x-api-key", alice), ("authorization", "Basic eDp5")], .severalCredentials),
            ([("authorization", "Basic eDp5")], .unsupportedScheme),
            ([("authorization", alice)], .unsupportedScheme),
            ([("authorization", "")], .unsupportedScheme),
            ([("authorization", "Bearer")], .unsupportedScheme),
            ([("authorization", "Bearer ")], .unsupportedScheme),
            ([("authorization", "Bearer\t\(alice)")], .unsupportedScheme),
            ([("authorization", "Bearer \(alice) ")], .malformedKey),
            ([("authorization", "Bearer \(alice),\(bob)")], .malformedKey),
            ([("authorization", "Bearer ollama")], .malformedKey),
            ([("x-api-key", "")], .malformedKey),
            ([("x-api-key", "Bearer \(alice)")], .malformedKey),
            ([("x-api-key", keyText(99).reveal { $0 })], .unknownKey),
        ]
        for (headers, reason) in cases {
            // The second address would be let in without any key.
            for source in ["10.0.0.1", "192.168.1.1"] {
                #expect(door.ask(headers: headers, from: source).reason == reason, "\(headers)")
            }
        }
        #expect(door.ask(from: "192.168.1.1").reason == nil)
        #expect(door.ask(from: "10.0.0.1").reason == .missingKey)
    }

    @Test("no key and a wrong key look the same to the caller")
    func indistinguishable() {
        let reasons = Reason.allCases.filter { $0.status == 401 }
        #expect(reasons.contains(.missingKey) && reasons.contains(.unknownKey) && reasons.contains(.expiredKey))
        #expect(Set(reasons.map { $0.body(requestID: [UInt8]("same".utf8)) }).count == 1)
        #expect(Set(reasons.map(\.name)).count == reasons.count)
    }

    @Test("expiry, revocation, networks and doubles decide in this order of time")
    func usable() {
        let door = Door(
            gatewayAndRoute + key("expiring", 1, spec: ["expires: 2026-01-01T00:00:00Z"])
                + key("revoked", 2, spec: ["revoked: true"])
                + key("bound", 3, spec: ["networks: [10.1.0.0/16, fd00::/8]"])
                + key("twin-a", 4) + key("twin-b", 4, namespace: "other")
                + policy("p", rules: "  - from: [{accessKeys: {selector: {}}}]"))
        let expiry: Int64 = 1_767_225_600
        #expect(door.ask(key: 1, now: expiry - 1).reason == nil)
        #expect(door.ask(key: 1, now: expiry).reason == .expiredKey)
        #expect(door.ask(key: 2).reason == .revokedKey)
        #expect(door.ask(key: 3, from: "10.1.2.3").reason == nil)
        #expect(door.ask(key: 3, from: "fd12::1").reason == nil)
        #expect(door.ask(key: 3, from: "10.2.2.3").reason == .keyNotBoundToNetwork)
        #expect(door.ask(key: 4).reason == .duplicateKey)
        // The record still says whose key it was.
        #expect(door.table.principal(of: door.ask(key: 2).basis.caller)?.name == "revoked")
    }

    @Test("ten thousand keys are each themselves")
    func many() {
        let door = Door((1...10_000).map { key("k\($0)", $0, namespace: "n\($0 % 7)") }.joined())
        for number in stride(from: UInt64(1), through: 10_000, by: 37) {
            let caller = door.caller([("x-api-key", keyText(number).reveal { $0 })], from: "10.0.0.1")
            #expect(door.table.principal(of: caller)?.name == "k\(number)")
        }
        #expect(door.caller([("x-api-key", keyText(10_001).reveal { $0 })], from: "::1").refusal == .unknownKey)
    }

    @Test("a broken AccessKey object opens nothing")
    func broken() {
        let twice = key("alice", 1) + key("alice", 2)
        let door = Door(
            gatewayAndRoute + twice + policy("p", rules: "  - from: [{accessKeys: {selector: {}}}]"),
            mayHaveMistakes: true)
        #expect(door.ask(key: 1).reason == .unknownKey)
        #expect(door.ask(key: 2).reason == .unknownKey)
        let states = door.table.statuses(nowSeconds: 0).filter { $0.reference.kind == "AccessKey" }
        #expect(states.allSatisfy { $0.condition("Accepted")?.reason == "Invalid" })
    }
}
