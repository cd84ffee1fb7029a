import ClusterSource
import Foundation
import Kubernetes
import Logging

/// The way to a cluster, as it was asked for; nothing is read or opened before it is used.
struct ClusterAccess: Hashable, Sendable, CustomStringConvertible {
    /// nil: in a pod its own account, else the files that kubectl reads.
    var kubeconfig: String?
    /// nil: the current one.
    var context: String?

    var description: String { context.map { "cluster \($0)" } ?? "the cluster" }

    /// A client of its API server.
    ///
    /// - Parameter part: what the API server's log calls us beside the version; nil: no more.
    /// - Throws: `Failure` when nothing says where it is.
    func client(as part: String? = nil, logger: Logger) throws -> APIClient {
        do throws(ClusterError) {
            let location =
                kubeconfig == nil && context == nil
                ? try ClusterLocation.found() : try ClusterLocation.kubeconfig(path: kubeconfig, context: context)
            let name = "sallyport/\(Version.text)" + (part.map { " \($0)" } ?? "")
            return try APIClient(location, userAgent: name, logger: logger)
        } catch {
            throw Failure(
                .usage, "which cluster? \(error)", advice: "name a file with --kubeconfig, or a context with --context")
        }
    }

    /// Does something with a client, and ends it.
    func withClient<Result>(_ body: (APIClient) async throws -> Result) async throws -> Result {
        let client = try client(logger: .silent)
        defer { client.shutdown() }
        do {
            return try await body(client)
        } catch let error as APIError {
            throw Failure(api: error)
        } catch let error as ClusterError {
            throw Failure(.unavailable, "\(error)")
        }
    }

    /// Reads all its objects, once.
    ///
    /// - Throws: `Failure` when there is no answer.
    func read(_ scope: Scope = .withoutContents) async throws -> Snapshot {
        try await withClient { client in
            // A server that does not answer is worth an error here, not patience.
            _ = try await client.read("/version")
            let source = APIServerSource(client: client, scope: scope, logger: .silent)
            defer { source.stop() }
            return try await source.load(within: 60_000)
        }
    }
}

extension APIClient {
    /// The objects of the cluster for as long as something runs.
    func source(_ scope: Scope, logger: Logger) -> APIServerSource {
        APIServerSource(client: self, scope: scope, logger: logger)
    }

    /// The public keys of the cluster's service accounts: the text of a JWKS.
    func tokenKeys() async throws -> [UInt8] { try await read("/openid/v1/jwks") }

    /// `iss` of those tokens.
    func tokenIssuer() async throws -> String {
        struct Discovery: Decodable { let issuer: String }
        let document = try await read("/.well-known/openid-configuration")
        return try JSONDecoder().decode(Discovery.self, from: Data(document)).issuer
    }
}

extension Logger {
    /// Says nothing: what is wrong is in what is given back.
    static var silent: Logger { Logger(label: "objects") { _ in SwiftLogNoOpLogHandler() } }
}

extension Failure {
    /// What an API server says against us, and what to do about it.
    init(api error: APIError) {
        if error.isForbidden || error.isUnauthorized {
            self.init(.notPermitted, "\(error)", advice: "use a context that may, with --context")
        } else if error.isTemporary {
            self.init(.unavailable, "\(error)")
        } else {
            self.init(.badInput, "\(error)")
        }
    }
}
