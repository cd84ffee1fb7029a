import Addresses
import Kubernetes
import Testing

@testable import Access

@Suite struct ConsoleTests {
    private func grant(_ table: AccessTable, _ value: String, from source: String = "10.0.0.1") throws -> ConsoleGrant?
    {
        var credentials = Credentials()
        Array(value.utf8).withUnsafeBytes { credentials.offer(.authorization, value: $0) }
        var cache = TokenCache(capacity: 4)
        let place = CallerPlace(source: try #require(Address(source)))
        return table.console(
            of: table.authenticate(credentials, at: place, cache: &cache, nowSeconds: TestClaims.now))
    }

    private func bearer(_ number: UInt64) -> String { "Bearer " + keyText(number).reveal { $0 } }

    @Test func keysOpenWhatTheySay() throws {
        let table = AccessTable(
            objects(
                key("viewer", 1, spec: ["console: {role: Viewer, namespaces: [ai]}"]) + key("plain", 2)
                    + key("bound", 3, spec: ["console: {role: Operator}", "networks: [10.1.0.0/16]"])
                    + key("ended", 4, spec: ["console: {role: Operator}", "revoked: true"])
                    + key("old", 5, spec: ["console: {role: Operator}", "expires: 2020-01-01T00:00:00Z"])), revision: 1)
        #expect(try grant(table, bearer(1)) == ConsoleGrant(role: .viewer, namespaces: ["ai"]))
        #expect(try grant(table, bearer(2)) == nil, "a key for requests opens nothing here")
        #expect(try grant(table, bearer(3)) == nil, "used from where it is not bound")
        #expect(try grant(table, bearer(3), from: "10.1.2.3") == ConsoleGrant(role: .operator))
        for number in [4, 5, 6] as [UInt64] { #expect(try grant(table, bearer(number)) == nil) }
        #expect(try grant(table, "Bearer nothing") == nil)
        #expect(table.hasConsoleGrants)
        #expect(!AccessTable(objects(key("plain", 2)), revision: 1).hasConsoleGrants)
    }

    @Test func callersOfAnotherRevisionOpenNothing() throws {
        let yaml = key("viewer", 1, spec: ["console: {role: Viewer}"])
        let (old, new) = (AccessTable(objects(yaml), revision: 1), AccessTable(objects(yaml), revision: 2))
        var credentials = Credentials()
        Array(bearer(1).utf8).withUnsafeBytes { credentials.offer(.authorization, value: $0) }
        var cache = TokenCache(capacity: 4)
        let place = CallerPlace(source: try #require(Address("10.0.0.1")))
        let caller = old.authenticate(credentials, at: place, cache: &cache, nowSeconds: TestClaims.now)
        #expect(old.console(of: caller) != nil)
        #expect(new.console(of: caller) == nil)
    }

    @Test func theFirstGrantThatFitsATokenCounts() throws {
        let console =
            "console: {grants: [{claim: groups, values: [platform, ops], role: Operator}, {claim: team, values: [a], role: Viewer, namespaces: [ai]}]}"
        let table = AccessTable(
            objects(
                issuer(keys: keySet(TestKey.ec.jwk()), spec: [console])
                    + issuer("plain", issuer: "https://other.example", keys: keySet(TestKey.ec.jwk()))), revision: 1)
        func opened(_ more: String, issuer: String = TestClaims.issuer) throws -> ConsoleGrant? {
            try grant(
                table, "Bearer " + TestKey.ec.token(TestClaims.changed([("iss", "\"\(issuer)\"")], more: more)))
        }
        #expect(try opened(#","groups":["x","ops"],"team":"a""#) == ConsoleGrant(role: .operator))
        #expect(try opened(#","groups":["x"],"team":"a""#) == ConsoleGrant(role: .viewer, namespaces: ["ai"]))
        #expect(try opened(#","groups":["Platform"],"team":"b""#) == nil)
        #expect(try opened("") == nil)
        #expect(
            try opened(#","groups":["ops"]"#, issuer: "https://other.example") == nil, "an issuer that grants nothing")
    }
}
