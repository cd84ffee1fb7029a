import Access
import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import Kubernetes
import Synchronization

/// Logins at an issuer that have begun: what was sent along, until the browser comes back. Bounded, and short-lived.
final class IssuerLogins: Sendable {
    /// One of them.
    struct Begun: Sendable {
        let issuer: NamespacedName
        let verifier: String
        let nonce: String
        let target: String
        let began: Int64
    }

    private let begun = Mutex<[KeyDigest: Begun]>([:])
    private static let most = 1024
    private static let lifetime: Int64 = 600

    /// Keeps what belongs to a state.
    func keep(_ login: Begun, under state: SessionSecret) {
        begun.withLock { begun in
            begun = begun.filter { login.began - $0.value.began < Self.lifetime }
            if begun.count >= Self.most, let oldest = begun.min(by: { $0.value.began < $1.value.began }) {
                begun.removeValue(forKey: oldest.key)
            }
            begun[state.digest] = login
        }
    }

    /// Gives it out, once.
    func take(_ state: SessionSecret, nowSeconds now: Int64) -> Begun? {
        begun.withLock { begun in
            guard let login = begun.removeValue(forKey: state.digest), now - login.began < Self.lifetime else {
                return nil
            }
            return login
        }
    }
}

/// OpenID Connect, the authorisation code with PKCE (RFC 7636): who logs in at an issuer comes back with a code, which is
/// changed for an ID token; `Access` verifies that like any other token.
extension ConsolePages {
    var issuerRoutes: [Route] {
        guard let client = configuration.issuers else { return [] }
        return [
            Route(
                .get, "/login/issuer/start", .anyone, "Begins a login at an issuer.",
                [
                    Parameter("name", .text(most: 512), isNeeded: true, "`namespace/name` of the TokenIssuer."),
                    Parameter("to", .text(most: 2000), "Where to go then."),
                ], gives: .text("text/html"), begin),
            Route(
                .get, "/login/issuer", .anyone, "Where the issuer sends the browser back to.",
                [
                    Parameter("code", .text(most: 4096), "What is changed for a token."),
                    Parameter("state", .text(most: 64), "Which login it is."),
                    Parameter("iss", .text(most: 1024), "Who sends it (RFC 9207)."),
                    Parameter("session_state", .text(most: 1024), "Not looked at."),
                    Parameter("error", .text(most: 256), "Why there is no code."),
                    Parameter("error_description", .text(most: 2000), "The same in words; not shown."),
                    Parameter("error_uri", .text(most: 2000), "Not looked at."),
                    Parameter("scope", .text(most: 2000), "Not looked at."),
                ], gives: .text("text/html"), { call in try await finish(call, client) }),
        ]
    }

    private func begin(_ call: Call) async throws -> Response {
        guard let (issuer, login) = doorkeeper.logins.first(where: { $0.issuer.description == call.arguments["name"] })
        else { throw Problem(404, "no_such_issuer", "nobody logs in there") }
        var generator = SystemRandomNumberGenerator()
        let (state, verifier) = (SessionSecret(using: &generator), SessionSecret(using: &generator))
        let nonce = state.seal("nonce")
        let text = verifier.reveal { $0 }
        logins.keep(
            IssuerLogins.Begun(
                issuer: issuer, verifier: text, nonce: nonce, target: Self.local(call.arguments["to"] ?? "/"),
                began: call.now / 1_000_000), under: state)
        let challenge = Data(SHA256.hash(data: Data(text.utf8))).base64EncodedString()
            .replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
        let query = [
            ("response_type", "code"), ("client_id", login.clientID), ("redirect_uri", login.redirectURL),
            ("scope", (["openid"] + login.scopes.filter { $0 != "openid" }).joined(separator: " ")),
            ("state", state.reveal { $0 }), ("nonce", nonce), ("code_challenge", challenge),
            ("code_challenge_method", "S256"),
        ].map { "\($0)=\(Self.encoded($1))" }.joined(separator: "&")
        let separator = login.authorizationEndpoint.contains("?") ? "&" : "?"
        var response = Response.goTo(login.authorizationEndpoint + separator + query)
        // Binds the login to this browser. The way back comes from another site: only then may such a cookie be sent.
        let cookie = state.reveal {
            "\(Self.stateCookie(isTLS))=\($0); Path=/; HttpOnly; SameSite=Lax; Max-Age=600\(isTLS ? "; Secure" : "")"
        }
        response.headers.append(HTTPField(name: .setCookie, value: cookie))
        return response
    }

    private func finish(_ call: Call, _ client: any IssuerClient) async throws -> Response {
        let shown = call.arguments["state"].flatMap { SessionSecret($0) }
        let cookie = Shown.cookie(Self.stateCookie(isTLS), of: call.request).flatMap { SessionSecret($0) }
        guard let shown, let cookie, shown.digest == cookie.digest,
            let begun = logins.take(shown, nowSeconds: call.now / 1_000_000),
            let login = doorkeeper.logins.first(where: { $0.issuer == begun.issuer })?.login
        else { return loginPage(to: "/", says: "That login was too old, or not of this browser.", status: .forbidden) }
        guard let code = call.arguments["code"] else {
            return loginPage(to: begun.target, says: "The issuer did not let you in.", status: .forbidden)
        }
        let token: String
        do {
            token = try await client.token(begun.issuer, login, code: code, verifier: begun.verifier)
        } catch {
            return loginPage(to: begun.target, says: "The issuer did not answer as it should.", status: .badGateway)
        }
        do {
            let secret = try doorkeeper.login(
                token: token, of: begun.issuer, nonce: begun.nonce, at: call.shown.place)
            // A strict cookie is not sent with a redirect that began at another site: a page of ours goes on by itself.
            var response = Self.html(Template.fill(ConsoleAssets.text("entered.html"), ["to": begun.target]))
            Shown.setCookie(Shown.cookieName(isTLS: isTLS), secret, isTLS: isTLS, on: &response)
            return response
        } catch {
            return loginPage(
                to: begun.target, says: "You are known there, but may not look at the console.", status: .forbidden)
        }
    }

    private static func stateCookie(_ isTLS: Bool) -> String { isTLS ? "__Host-sallyport-login" : "sallyport-login" }

    private static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }
}
