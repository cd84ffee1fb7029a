import Kubernetes
import Testing

@testable import Access

/// Which `TokenIssuer` answers for a token, with which keys, and what its conditions say.
@Suite("Tokens: issuers")
struct TokenIssuerTests {
    private let name = NamespacedName("ai", "staff")

    private func conditions(_ door: TokenDoor, _ name: String = "staff", namespace: String = "ai") -> [String] {
        door.verifier.statuses()
            .first { $0.reference.name == name && $0.reference.namespace == namespace }?
            .conditions.map { "\($0.type) \($0.status == .true) \($0.reason): \($0.message)" } ?? []
    }

    private func urlIssuer(_ url: String = "https://login.example.com/keys") -> String {
        """
        ---
        apiVersion: sallyport.dev/v1alpha1
        kind: TokenIssuer
        metadata: {name: staff, namespace: ai}
        spec: {issuer: "\(TestClaims.issuer)", audiences: [sallyport], jwks: {url: "\(url)"}}

        """
    }

    private func keys(_ text: String) throws -> TokenKeySet { try TokenKeySet(Array(text.utf8)) }

    @Test("no issuer: no token")
    func none() {
        let door = TokenDoor("")
        #expect(door.verifier.isEmpty && door.reason(TestKey.ec.token()) == .tokenIssuerUnknown)
    }

    @Test("keys of a Secret")
    func secret() {
        let yaml = """
            ---
            apiVersion: sallyport.dev/v1alpha1
            kind: TokenIssuer
            metadata: {name: staff, namespace: ai}
            spec:
              issuer: \(TestClaims.issuer)
              audiences: [sallyport]
              jwks: {secretRef: {name: keys, key: jwks.json}}

            """
        let secret = { (namespace: String, key: String, text: String) in
            """
            ---
            apiVersion: v1
            kind: Secret
            metadata: {name: keys, namespace: \(namespace)}
            stringData: {\(key): '\(text)'}

            """
        }
        let good = TokenDoor(yaml + secret("ai", "jwks.json", keySet(TestKey.ec.jwk())))
        #expect(good.reason(TestKey.ec.token()) == nil)
        #expect(conditions(good) == ["Accepted true Accepted: ", "ResolvedRefs true ResolvedRefs: "])
        // Of another namespace, under another key, or not there.
        let missing =
            "ResolvedRefs false KeysUnavailable: there is no Secret ai/keys with the key jwks.json; its tokens are refused"
        for other in [secret("other", "jwks.json", keySet(TestKey.ec.jwk())), secret("ai", "x", "{}"), ""] {
            let door = TokenDoor(yaml + other)
            #expect(door.reason(TestKey.ec.token()) == .tokenKeysUnavailable)
            #expect(conditions(door).last == missing)
        }
        let broken = TokenDoor(yaml + secret("ai", "jwks.json", "[]"))
        #expect(broken.reason(TestKey.ec.token()) == .tokenKeysUnavailable)
        #expect(
            conditions(broken).last
                == "ResolvedRefs false KeysUnavailable: the key set has no list ''keys''; its tokens are refused"
                .replacing("''", with: "'"))
    }

    @Test("keys that were fetched, from where the issuer says now")
    func fetched() throws {
        guard case .fetched(let source)? = objects(urlIssuer()).tokenIssuers[name]?.jwks else {
            Issue.record("the issuer has no URL")
            return
        }
        let keys = try keys(keySet(TestKey.ec.jwk(), "1"))
        let good = FetchedKeys(source: source, keys: keys, problem: nil)
        #expect(TokenDoor(urlIssuer(), fetched: [name: good]).reason(TestKey.ec.token()) == nil)
        #expect(
            conditions(TokenDoor(urlIssuer(), fetched: [name: good])).last
                == "ResolvedRefs false KeysPartlyUsable: keys[0] is not an object; the other keys are used"
                .replacing("[0]", with: "[1]"))
        // Fetched for the same name from elsewhere, or for another name.
        let moved = TokenDoor(urlIssuer("https://login.example.com/other"), fetched: [name: good])
        #expect(moved.reason(TestKey.ec.token()) == .tokenKeysUnavailable)
        let stranger = TokenDoor(urlIssuer(), fetched: [NamespacedName("other", "staff"): good])
        #expect(stranger.reason(TestKey.ec.token()) == .tokenKeysUnavailable)
        let old = FetchedKeys(source: source, keys: keys, problem: "the key server answers with status 500")
        #expect(TokenDoor(urlIssuer(), fetched: [name: old]).reason(TestKey.ec.token()) == nil)
        let gone = FetchedKeys(source: source, keys: nil, problem: "the key server answers with status 500")
        #expect(TokenDoor(urlIssuer(), fetched: [name: gone]).reason(TestKey.ec.token()) == .tokenKeysUnavailable)
        #expect(
            conditions(TokenDoor(urlIssuer(), fetched: [name: gone])).last
                == "ResolvedRefs false KeysUnavailable: the key server answers with status 500; its tokens are refused")
    }

    @Test("one issuer, two objects: audiences are shared out, and the older object keeps its own")
    func conflicts() throws {
        let old = ", creationTimestamp: 2026-01-01T00:00:00Z"
        let keys = keySet(TestKey.ec.jwk())
        let others = keySet(TestKey.otherEC.jwk())
        let door = TokenDoor(
            issuer("team", namespace: "zoo", audiences: "[shared, zoo]", keys: keys, metadata: old)
                + issuer("thief", namespace: "aaa", audiences: "[shared, aaa]", keys: others)
                + issuer("late", namespace: "bbb", audiences: "[shared]", keys: others))
        let token = { (key: TestKey, audience: String) in
            key.token(TestClaims.changed([("aud", audience)]))
        }
        #expect(try door.identity(token(.ec, #""shared""#)).issuer == NamespacedName("zoo", "team"))
        #expect(door.reason(token(.otherEC, #""shared""#)) == .tokenSignature)
        #expect(try door.identity(token(.otherEC, #""aaa""#)).issuer == NamespacedName("aaa", "thief"))
        // The first audience of the token that is known decides, not the one whose key fits.
        #expect(door.reason(token(.otherEC, #"["zoo","aaa"]"#)) == .tokenSignature)
        let words = "zoo/team has an audience of this issuer and comes first"
        #expect(
            conditions(door, "thief", namespace: "aaa").first
                == "Accepted false Conflicted: \(words); in effect for its other audiences")
        #expect(conditions(door, "late", namespace: "bbb").first == "Accepted false Conflicted: \(words)")
        #expect(conditions(door, "team", namespace: "zoo").first == "Accepted true Accepted: ")
    }

    @Test("an issuer with mistakes accepts nothing, and two of one name neither")
    func broken() {
        let keys = keySet(TestKey.ec.jwk())
        for yaml in [
            issuer(keys: keys, spec: ["clockSkw: 1s"]), issuer(keys: keys) + issuer(keys: keys),
            issuer(keys: keys) + issuer(audiences: "[]", keys: keys),
        ] {
            let verifier = TokenVerifier(objects(yaml, mayHaveMistakes: true), fetched: [:], claims: [])
            #expect(verifier.isEmpty)
            #expect(verifier.statuses().allSatisfy { $0.condition("Accepted")?.reason == "Invalid" })
            #expect(!verifier.statuses().isEmpty)
        }
    }

    @Test("service accounts: the claim of the cluster, which must agree with the subject")
    func serviceAccounts() throws {
        let door = TokenDoor(keys: .ec, spec: ["serviceAccounts: true"])
        let token = { (subject: String, details: String) in
            TestKey.ec.token(
                TestClaims.changed([("sub", "\"\(subject)\"")], more: #","kubernetes.io":\#(details)"#))
        }
        let pod = #""pod":{"name":"chat-1","uid":"0b8f"}"#
        let account = #""serviceaccount":{"name":"chat","uid":"77"}"#
        let bound = try door.identity(
            token("system:serviceaccount:ai:chat", #"{"namespace":"ai",\#(pod),\#(account)}"#))
        #expect(bound.serviceAccount?.namespace == "ai" && bound.serviceAccount?.name == "chat")
        #expect(bound.serviceAccount?.podName == "chat-1" && bound.serviceAccount?.podUID == "0b8f")
        let free = try door.identity(token("system:serviceaccount:ai:chat", #"{"namespace":"ai",\#(account)}"#))
        #expect(free.serviceAccount?.name == "chat" && free.serviceAccount?.podName == nil)
        for (subject, details) in [
            ("system:serviceaccount:ai:admin", #"{"namespace":"ai",\#(account)}"#),
            ("system:serviceaccount:kube-system:chat", #"{"namespace":"ai",\#(account)}"#),
            ("alice", #"{"namespace":"ai",\#(account)}"#),
            ("system:serviceaccount:ai:chat", "{\"namespace\":\"ai\"}"),
            ("system:serviceaccount:ai:chat", "{\(account)}"),
            ("system:serviceaccount:ai:chat", "null"), ("system:serviceaccount:ai:chat", "\"ai\""),
            ("system:serviceaccount:a:b:chat", #"{"namespace":"a:b","serviceaccount":{"name":"chat"}}"#),
        ] {
            #expect(door.reason(token(subject, details)) == .tokenClaimMissing, "\(subject) \(details)")
        }
        for wrong in [#""pod":{"name":"chat-1"}"#, #""pod":null"#, #""pod":"chat-1""#, #""pod":{"name":1,"uid":2}"#] {
            let details = #"{"namespace":"ai",\#(wrong),\#(account)}"#
            #expect(door.reason(token("system:serviceaccount:ai:chat", details)) == .tokenMalformed, "\(wrong)")
        }
        #expect(door.reason(TestKey.ec.token()) == .tokenClaimMissing)
        // An issuer that is not the cluster's gives no service accounts, whatever its tokens say.
        let other = TokenDoor(keys: .ec)
        let claimed = token("system:serviceaccount:ai:chat", #"{"namespace":"ai",\#(account)}"#)
        #expect(try other.identity(claimed).serviceAccount == nil)
    }

    @Test("an old service-account token, without audience and end, is refused")
    func legacy() {
        let door = TokenDoor(keys: .ec, spec: ["serviceAccounts: true"])
        let claims = #"""
            {"iss":"\#(TestClaims.issuer)","kubernetes.io/serviceaccount/namespace":"ai","sub":"system:serviceaccount:ai:chat"}
            """#
        #expect(door.reason(TestKey.ec.token(claims)) == .tokenAudience)
    }

    @Test("key sets that have not changed are not read again")
    func reuse() throws {
        let text = issuer(keys: keySet(TestKey.ec.jwk()))
        let first = TokenDoor(text).verifier
        let second = TokenVerifier(objects(text), fetched: [:], claims: [], reusing: first)
        #expect(second.isSame(as: first))
        let changed = issuer(keys: keySet(TestKey.otherEC.jwk()))
        let third = TokenVerifier(objects(changed), fetched: [:], claims: [], reusing: second)
        #expect(!third.isSame(as: second))
    }
}
