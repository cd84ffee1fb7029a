import Access
import Foundation
import HTTPTypes
import Hummingbird

extension HubAPI {
    /// Who is logged in.
    private struct SessionText: Encodable {
        let name: String
        let owner: String
        let means: Viewer.Means
        let role: String
        /// Absent: all.
        let namespaces: [String]?
        /// They may read prompts and answers that are stored.
        let content: Bool

        init(_ viewer: Viewer) {
            name = viewer.name
            owner = viewer.owner
            means = viewer.means
            role = viewer.role.rawValue
            namespaces = viewer.sight.names
            content = viewer.mayReadContent
        }
    }

    private struct LoginBody: Decodable {
        let key: String
    }

    func session(_ call: Call) async throws -> Response { .json(SessionText(try call.known())) }

    /// A login by a program of the page's own origin, or of none.
    func login(_ call: Call) async throws -> Response {
        let bytes = try await call.body()
        guard let body = try? JSONDecoder().decode(LoginBody.self, from: Data(bytes)) else {
            throw Problem(400, "invalid_body", "the body must be {\"key\": \"...\"}")
        }
        var credentials = Credentials()
        Array(("Bearer " + body.key).utf8).withUnsafeBytes { credentials.offer(.authorization, value: $0) }
        do {
            let (secret, viewer) = try doorkeeper.login(credentials, at: call.shown.place)
            var response = Response.json(SessionText(viewer))
            Shown.setCookie(Shown.cookieName(isTLS: isTLS), secret, isTLS: isTLS, on: &response)
            return response
        } catch {
            throw error.problem
        }
    }

    func logout(_ call: Call) async throws -> Response {
        if let secret = call.shown.session { doorkeeper.logout(secret) }
        var response = Response(status: .noContent)
        Shown.setCookie(Shown.cookieName(isTLS: isTLS), nil, isTLS: isTLS, on: &response)
        return response
    }
}
