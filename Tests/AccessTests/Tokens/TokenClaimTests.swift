import Foundation
import Kubernetes
import Testing

@testable import Access

/// What a token's claims may try. All tokens here are rightly signed.
@Suite("Tokens: claims")
struct TokenClaimTests {
    let door = TokenDoor(keys: .ec)
    private let now = TestClaims.now

    private func reason(_ changes: (String, String?)..., door: TokenDoor? = nil, now: Int64 = TestClaims.now) -> Reason?
    {
        (door ?? self.door).reason(TestKey.ec.token(TestClaims.changed(changes)), now: now)
    }

    @Test("who it is")
    func identity() throws {
        let identity = try door.identity(TestKey.ec.token())
        #expect(identity.issuer == NamespacedName("ai", "staff"))
        #expect(identity.subject.description == "alice" && identity.audience.description == "sallyport")
        #expect(identity.expires == now + 600 && identity.validUntil == now + 630)
        #expect(identity.serviceAccount == nil && identity.claims.isEmpty)
    }

    @Test("exp: must be there; its second is the first that is too late; the skew is on top")
    func expiry() {
        #expect(reason(("exp", nil)) == .tokenClaimMissing)
        #expect(reason(now: now + 629) == nil)
        #expect(reason(now: now + 630) == .tokenExpired)
        let strict = TokenDoor(keys: .ec, spec: ["clockSkew: 0s"])
        #expect(reason(door: strict, now: now + 599) == nil)
        #expect(reason(door: strict, now: now + 600) == .tokenExpired)
        #expect(reason(("exp", "0")) == .tokenExpired)
    }

    @Test(
        "times are whole numbers: texts, fractions, exponents, negative and huge ones are refused",
        arguments: [
            "\"1900000000\"", "\"\"", "-1", "-9223372036854775808", "9223372036854775807", "9223372036854775808",
            "18446744073709551616", "1e400", "1.9e9", "19e8", "1900000000.0", "1900000000.5", "253402300800", "null",
            "true", "[1900000000]", "{}", "99999999999999999999999999999999999999999",
        ])
    func times(value: String) {
        for name in ["exp", "nbf", "iat"] { #expect(reason((name, value)) == .tokenMalformed, "\(name): \(value)") }
    }

    @Test("numbers that are none")
    func numbers() {
        for value in ["NaN", "Infinity", "-Infinity", "0x71", "01900000000", "+1900000000", "1_900_000_000"] {
            #expect(reason(("exp", value)) == .tokenMalformed, "\(value)")
        }
    }

    @Test("nbf and iat in the future, beyond the skew")
    func future() {
        for name in ["nbf", "iat"] {
            #expect(reason((name, "\(now + 30)")) == nil)
            #expect(reason((name, "\(now + 31)")) == .tokenNotYetValid)
            #expect(reason((name, nil)) == nil)
            #expect(reason((name, "253402300799")) == .tokenNotYetValid)
        }
    }

    @Test("a lifetime that is bounded needs iat")
    func lifetime() {
        let door = TokenDoor(keys: .ec, spec: ["maximumLifetime: 10m"])
        #expect(reason(("iat", "\(now)"), door: door) == nil)
        #expect(reason(("iat", "\(now - 1)"), door: door) == .tokenLifetime)
        #expect(reason(("iat", nil), door: door) == .tokenClaimMissing)
        #expect(reason(("exp", "253402300799"), door: door) == .tokenLifetime)
    }

    @Test(
        "iss is the whole text: no prefix, slash, case, or what Unicode holds for equal",
        arguments: [
            "https://login.example.com/staff/", "https://login.example.com/staf", "https://login.example.com/staff2",
            "https://login.example.com/staff#", "https://login.example.com/staff\\u0000", "https://login.example.com",
            "https://LOGIN.example.com/staff", "http://login.example.com/staff", " https://login.example.com/staff",
            "https://login.example.com/staff ", "https://login.example.com:443/staff", "",
            "https://login.example.com/staff/../staff", "https://login.example.com.evil.example/staff",
        ])
    func issuers(name: String) {
        #expect(reason(("iss", "\"\(name)\"")) == .tokenIssuerUnknown)
    }

    @Test("iss by bytes")
    func issuerBytes() {
        let door = TokenDoor(issuer(issuer: "\"https://caf\\u00e9.example\"", keys: keySet(TestKey.ec.jwk())))
        #expect(reason(("iss", #""https://caf\u00e9.example""#), door: door) == nil)
        #expect(reason(("iss", #""https://cafe\u0301.example""#), door: door) == .tokenIssuerUnknown)
    }

    @Test("iss of another type", arguments: ["1", "null", "[\"https://login.example.com/staff\"]", "{}"])
    func issuerTypes(value: String) {
        #expect(reason(("iss", value)) == .tokenMalformed)
        #expect(reason(("iss", nil)) == .tokenMalformed)
    }

    @Test("aud: a text or a list of texts, and one of them is ours")
    func audiences() throws {
        let door = TokenDoor(
            issuer(audiences: "[sallyport, \"https://models.example.com\"]", keys: keySet(TestKey.ec.jwk())))
        for value in [#""sallyport""#, #"["sallyport"]"#, #"["x","https://models.example.com","y"]"#] {
            #expect(reason(("aud", value), door: door) == nil, "\(value)")
        }
        for value in [
            #""Sallyport""#, #""sallyport ""#, #""sallyport2""#, #""sally""#, #""x""#, #"["x","y"]"#, "[]", #""""#,
            #""sallyport\u0000""#, #""x sallyport""#, #""*""#, #"[""]"#,
        ] {
            #expect(reason(("aud", value), door: door) == .tokenAudience, "\(value)")
        }
        for value in ["1", "null", "true", "{}", #"{"sallyport":1}"#, #"["sallyport",1]"#, #"[["sallyport"]]"#] {
            #expect(reason(("aud", value), door: door) == .tokenMalformed, "\(value)")
        }
        #expect(reason(("aud", nil), door: door) == .tokenAudience)
        let token = TestKey.ec.token(TestClaims.changed([("aud", #"["x","https://models.example.com","sallyport"]"#)]))
        #expect(try door.identity(token).audience.description == "https://models.example.com")
    }

    @Test("claims that are there twice, or differ by case, are not a token")
    func duplicates() {
        for more in [
            #","sub":"bob""#, #","aud":"x""#, #","exp":1"#, #","Sub":"bob""#, #","s\u0075b":"bob""#, #","ISS":"x""#,
            #","a":{"b":1,"b":2}"#,
        ] {
            #expect(door.reason(TestKey.ec.token(TestClaims.changed(more: more))) == .tokenMalformed, "\(more)")
        }
        for claims in ["[]", "\"alice\"", "null", "1", "", "{} {}"] {
            #expect(door.reason(TestKey.ec.token(claims)) == .tokenMalformed, "\(claims)")
        }
    }

    @Test(
        "a subject is a text that can be shown",
        arguments: [
            nil, "1", "null", "\"\"", "[\"alice\"]", "{}",
            #""a\u0000""#, #""a\nb""#, #""a\u009b""#, #""a\u007f""#,
        ])
    func subjects(value: String?) {
        #expect(reason(("sub", value)) == .tokenClaimMissing)
        #expect(reason(("sub", "\"\(String(repeating: "a", count: 1025))\"")) == .tokenClaimMissing)
    }

    @Test("the subject may be another claim")
    func subjectClaim() throws {
        let door = TokenDoor(keys: .ec, spec: ["subjectClaim: email"])
        let token = TestKey.ec.token(TestClaims.changed(more: #","email":"alice@example.com""#))
        #expect(try door.identity(token).subject.description == "alice@example.com")
        #expect(door.reason(TestKey.ec.token()) == .tokenClaimMissing)
    }

    @Test("required claims, exactly")
    func required() {
        let door = TokenDoor(keys: .ec, spec: ["requiredClaims: {tenant: [blue, green], scope: inference}"])
        let ask = { (tenant: String, scope: String) in
            door.reason(TestKey.ec.token(TestClaims.changed([("tenant", tenant), ("scope", scope)])))
        }
        #expect(ask(#""blue""#, #""inference""#) == nil)
        #expect(ask(#"["red","green"]"#, #""email inference openid""#) == nil)
        for tenant in [
            #""red""#, #""Blue""#, #""blue ""#, #""blue green""#, "[]", "1", "null", #"["red"]"#, #"["blue",1]"#,
        ] {
            #expect(ask(tenant, #""inference""#) == .tokenClaimMissing, "\(tenant)")
        }
        for scope in [#""inference2""#, #""Inference""#, #""""#, "null", #""a,inference""#] {
            #expect(ask(#""blue""#, scope) == .tokenClaimMissing, "\(scope)")
        }
        #expect(door.reason(TestKey.ec.token()) == .tokenClaimMissing)
    }

    @Test("claims that policies ask for are kept, and no others")
    func kept() throws {
        let door = TokenDoor(keys: .ec, claims: ["groups", "team", "level", "absent"])
        let more = #","groups":["a","b"],"team":"x","level":3,"secret":"s""#
        let identity = try door.identity(TestKey.ec.token(TestClaims.changed(more: more)))
        #expect(identity.claims == ["groups": [ExactText("a"), ExactText("b")], "team": [ExactText("x")]])
        #expect(identity.has("groups", oneOf: [ExactText("b"), ExactText("c")]))
        #expect(!identity.has("groups", oneOf: [ExactText("c")]) && !identity.has("absent", oneOf: [ExactText("")]))
    }

    @Test("one subject of two issuers is two callers")
    func twoIssuers() throws {
        let door = TokenDoor(
            issuer("one", issuer: "https://one.example", keys: keySet(TestKey.ec.jwk()))
                + issuer("two", issuer: "https://two.example", keys: keySet(TestKey.otherEC.jwk())))
        let one = TestClaims.changed([("iss", "\"https://one.example\"")])
        let two = TestClaims.changed([("iss", "\"https://two.example\"")])
        let first = try door.identity(TestKey.ec.token(one))
        let second = try door.identity(TestKey.otherEC.token(two))
        #expect(first.subject == second.subject)
        #expect(first.issuer.name == "one" && second.issuer.name == "two" && first.limiterID != second.limiterID)
        // The key of one says nothing for the other.
        #expect(door.reason(TestKey.ec.token(two)) == .tokenSignature)
        #expect(door.reason(TestKey.otherEC.token(one)) == .tokenSignature)
    }

    @Test("a refusal names the issuer once the token is meant for it, and asks to come back when keys are missing")
    func refusals() throws {
        let door = TokenDoor(
            """
            ---
            apiVersion: sallyport.dev/v1alpha1
            kind: TokenIssuer
            metadata: {name: staff, namespace: ai}
            spec: {issuer: "\(TestClaims.issuer)", audiences: [sallyport], jwks: {url: "https://login.example.com/keys"}}

            """)
        guard case .failure(let refusal) = door.ask(TestKey.ec.token()) else {
            Issue.record("accepted without keys")
            return
        }
        #expect(refusal.reason == .tokenKeysUnavailable && refusal.issuer == NamespacedName("ai", "staff"))
        #expect(refusal.denial.retryAfterSeconds == 10 && refusal.reason.status == 503)
        guard case .failure(let other) = door.ask(TestKey.ec.token(TestClaims.changed([("iss", "\"x\"")]))) else {
            Issue.record("accepted an unknown issuer")
            return
        }
        #expect(other.issuer == nil && other.denial == Denial(.tokenIssuerUnknown))
    }
}
