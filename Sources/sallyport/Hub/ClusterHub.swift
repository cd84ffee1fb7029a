import ClusterSource
import Foundation
import Hub
import Kubernetes

/// The hub of a cluster, reached by way of its API server: whoever may make tokens for one of the hub's two accounts, and may
/// speak to its Service, may look.
struct ClusterHub {
    let client: APIClient

    /// Opens it, works, and leaves it.
    func open<Result: Sendable>(_ body: @Sendable (ConsoleClient) async throws -> Result) async throws -> Result {
        let token = try await token()
        let base = client.address(
            ofService: NamespacedName(Installation.Namespaces.system, Installation.Services.hub),
            port: Installation.Ports.console)
        return try await body(
            ConsoleClient(through: base, key: token) { [client] in try await client.relay($0, deadline: $1) })
    }

    /// A token of the viewer's account, for an hour, that only the hub takes.
    func token() async throws -> String {
        let request = TokenRequest(
            spec: .init(audiences: [Installation.consoleAudience], expirationSeconds: 3_600))
        let answer = try await client.create(
            .serviceAccounts, ViewerAccount.name, subresource: "token", Array(try JSONEncoder().encode(request)))
        return try JSONDecoder().decode(TokenRequest.self, from: Data(answer)).status?.token ?? ""
    }

    /// `TokenRequest` authentication.k8s.io/v1, as far as it is needed.
    private struct TokenRequest: Codable {
        struct Spec: Codable {
            var audiences: [String]
            var expirationSeconds: Int
        }
        struct Status: Codable {
            var token: String
        }
        var apiVersion = "authentication.k8s.io/v1"
        var kind = "TokenRequest"
        var spec: Spec
        var status: Status?
    }
}

extension APIResource {
    /// `ServiceAccount`.
    fileprivate static let serviceAccounts = APIResource(
        group: "", version: "v1", plural: "serviceaccounts", kind: "ServiceAccount")
}
