import Access
import Crypto
import Foundation
import Hub
import HubWorlds
import Kubernetes
import Synchronization
import Testing

/// An issuer that gives out ID tokens, signed here.
private final class MadeIssuer: IssuerClient {
    struct Refused: Error {}

    let key = P256.Signing.PrivateKey()
    let nonce = Mutex("")
    let groups = Mutex("ops")
    let verifiers = Mutex<[String]>([])

    func token(
        _ issuer: NamespacedName, _ login: TokenIssuer.Login, code: String, verifier: String
    ) async throws -> String {
        verifiers.withLock { $0.append(verifier) }
        guard code == "good" else { throw Refused() }
        let claims =
            #"{"iss":"https://a.example","sub":"alice","aud":"sallyport","exp":1800000600,"nonce":"\#(nonce.withLock { $0 })","groups":"\#(groups.withLock { $0 })"}"#
        let signed = Self.base64(Data(#"{"alg":"ES256","kid":"k"}"#.utf8)) + "." + Self.base64(Data(claims.utf8))
        return signed + "." + Self.base64(try key.signature(for: Data(signed.utf8)).rawRepresentation)
    }

    static func base64(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    var table: AccessTable {
        let point = key.publicKey.rawRepresentation
        let jwk =
            #"{"keys":[{"kty":"EC","crv":"P-256","kid":"k","x":"\#(Self.base64(point.prefix(32)))","y":"\#(Self.base64(point.suffix(32)))"}]}"#
        let yaml = """
            apiVersion: sallyport.dev/v1alpha1
            kind: TokenIssuer
            metadata: {name: staff, namespace: ops}
            spec:
              issuer: https://a.example
              audiences: [sallyport]
              jwks: {inline: '\(jwk)'}
              console:
                grants: [{claim: groups, values: [ops], role: Operator}]
                login:
                  clientID: sallyport
                  authorizationEndpoint: https://a.example/auth
                  tokenEndpoint: https://a.example/token
                  redirectURL: http://127.0.0.1/login/issuer
            """
        return AccessTable(
            ObjectDecoder.snapshot(files: [("a.yaml", Array(yaml.utf8))], revision: 1).objects, revision: 1)
    }
}

@Suite struct IssuerLoginTests {
    private func run(_ body: (Fixture, MadeIssuer) async throws -> Void) async throws {
        let issuer = MadeIssuer()
        let table = issuer.table
        try await Fixture.run(change: {
            $0.access = { table }
            $0.issuers = issuer
        }) { fixture in try await body(fixture, issuer) }
    }

    /// Begins a login: what the issuer is asked, and the browser's cookie.
    private func begin(_ fixture: Fixture) async throws -> (query: [String: String], cookie: String) {
        let answer = try await fixture.ask(.GET, "/login/issuer/start?name=ops%2Fstaff&to=%2Fmap")
        #expect(answer.status == 303)
        let place = try #require(answer.headers.first(name: "location"))
        let items = try #require(URLComponents(string: place)?.queryItems)
        let query = Dictionary(items.map { ($0.name, $0.value ?? "") }, uniquingKeysWith: { first, _ in first })
        return (query, try #require(answer.cookie("sallyport-login")))
    }

    @Test func aCodeBecomesASession() async throws {
        try await run { fixture, issuer in
            #expect(try await fixture.ask(.GET, "/login").text.contains("Log in with ops/staff"))
            let (query, cookie) = try await begin(fixture)
            #expect(query["response_type"] == "code")
            #expect(query["client_id"] == "sallyport")
            #expect(query["scope"] == "openid")
            #expect(query["code_challenge_method"] == "S256")
            issuer.nonce.withLock { $0 = query["nonce"] ?? "" }
            let state = try #require(query["state"])
            let answer = try await fixture.ask(
                .GET, "/login/issuer?code=good&state=\(state)", headers: [("cookie", cookie)])
            #expect(answer.status == 200)
            #expect(answer.text.contains("url=/map"))
            let session = try #require(answer.cookie("sallyport"))
            let who = try await fixture.ask(.GET, "/api/v1/session", headers: [("cookie", session)])
            #expect(who.json["name"] as? String == "ops/alice")
            #expect(who.json["role"] as? String == "Operator")
            let verifier = try #require(issuer.verifiers.withLock { $0.first })
            #expect(query["code_challenge"] == MadeIssuer.base64(Data(SHA256.hash(data: Data(verifier.utf8)))))
            let again = try await fixture.ask(
                .GET, "/login/issuer?code=good&state=\(state)", headers: [("cookie", cookie)])
            #expect(again.status == 403, "a state is good once")
        }
    }

    @Test func whatIsNotOfThisLoginIsRefused() async throws {
        try await run { fixture, issuer in
            let (query, cookie) = try await begin(fixture)
            let (other, otherCookie) = try await begin(fixture)
            issuer.nonce.withLock { $0 = query["nonce"] ?? "" }
            let state = query["state"] ?? ""
            for (cookies, path) in [
                ("", "/login/issuer?code=good&state=\(state)"), (otherCookie, "/login/issuer?code=good&state=\(state)"),
                (cookie, "/login/issuer?code=good"), (cookie, "/login/issuer?code=good&state=x"),
            ] {
                let answer = try await fixture.ask(.GET, path, headers: [("cookie", cookies)])
                #expect(answer.status == 403, "\(path)")
                #expect(answer.cookie("sallyport") == nil)
            }
            // A token of another login: its nonce is not this one's.
            let replayed = try await fixture.ask(
                .GET, "/login/issuer?code=good&state=\(other["state"] ?? "")", headers: [("cookie", otherCookie)])
            #expect(replayed.status == 403)
            #expect(replayed.cookie("sallyport") == nil)
        }
    }

    @Test func whoHasNoGrantIsNotLetIn() async throws {
        try await run { fixture, issuer in
            let (query, cookie) = try await begin(fixture)
            issuer.nonce.withLock { $0 = query["nonce"] ?? "" }
            issuer.groups.withLock { $0 = "sales" }
            let answer = try await fixture.ask(
                .GET, "/login/issuer?code=good&state=\(query["state"] ?? "")", headers: [("cookie", cookie)])
            #expect(answer.status == 403)
            #expect(answer.cookie("sallyport") == nil)
        }
    }

    @Test func anIssuerThatRefusesIsTold() async throws {
        try await run { fixture, _ in
            for (end, status) in [("error=access_denied", 403), ("code=bad", 502)] {
                let (query, cookie) = try await begin(fixture)
                let answer = try await fixture.ask(
                    .GET, "/login/issuer?\(end)&state=\(query["state"] ?? "")", headers: [("cookie", cookie)])
                #expect(answer.status == status)
                #expect(answer.cookie("sallyport") == nil)
            }
            #expect(try await fixture.ask(.GET, "/login/issuer/start?name=ops%2Fnobody").status == 404)
        }
    }
}
