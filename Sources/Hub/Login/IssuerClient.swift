import Kubernetes

/// Changes the code that an issuer gave a browser for a token, at the issuer's token endpoint.
public protocol IssuerClient: Sendable {
    /// The ID token.
    ///
    /// - Parameters:
    ///   - issuer: whose login it is; its Secret and ConfigMap are in its namespace.
    ///   - verifier: what the code was asked for with (RFC 7636).
    func token(
        _ issuer: NamespacedName, _ login: TokenIssuer.Login, code: String, verifier: String
    ) async throws -> String
}
