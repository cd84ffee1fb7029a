import Kubernetes
import ModelTraffic

/// Parts of a token throw the reason for which it is refused.
extension Reason: Error {}

/// A token that is not accepted: why, and whose it says it is.
public struct TokenRefusal: Error, Hashable, Sendable {
    /// Why.
    public let reason: Reason
    /// The issuer that the token names and is meant for; its signature need not be right. nil: none of ours.
    public let issuer: NamespacedName?

    /// What the caller is answered.
    public var denial: Denial { Denial(of: reason) }
}

/// The token issuers of one snapshot with their keys, compiled. Never changes, and is shared by all event loops.
public final class TokenVerifier: Sendable {
    let issuers: [CompiledIssuer]
    /// Issuer, then audience: the one `TokenIssuer` that answers for both.
    private let index: [ExactText: [ExactText: Int]]
    private let claims: Set<String>
    private let objectStatuses: [ObjectStatus]

    /// Compiles all issuers; wrong ones accept no token.
    ///
    /// - Parameters:
    ///   - fetched: what was fetched for issuers whose keys are at a URL.
    ///   - claims: names of the claims that policies ask for; others are not kept.
    ///   - previous: key sets that it has are not read again.
    public init(
        _ objects: Objects, fetched: [NamespacedName: FetchedKeys], claims: Set<String>,
        reusing previous: TokenVerifier? = nil
    ) {
        var compiler = TokenIssuerCompiler(objects, fetched: fetched, previous: previous)
        compiler.compile()
        issuers = compiler.issuers
        index = compiler.index
        objectStatuses = compiler.statuses
        self.claims = claims
    }

    /// True when there is no issuer: every token is refused.
    public var isEmpty: Bool { issuers.isEmpty }

    /// Conditions of all `TokenIssuer`s, by namespace and name.
    public func statuses() -> [ObjectStatus] { objectStatuses }

    /// Says who the token is of, or why it is refused.
    ///
    /// What comes from outside is looked up in what is configured, and never the other way: nothing is fetched, opened
    /// or asked because of a token. Reasons that need the signature to be right are given only when it is.
    ///
    /// - Parameter nowSeconds: seconds since 1970.
    public func verify(_ token: UnsafeRawBufferPointer, nowSeconds: Int64) throws(TokenRefusal) -> TokenIdentity {
        let parts: CompactToken
        let (place, audience): (Int, ExactText)
        do throws(Reason) {
            parts = try CompactToken(token)
            (place, audience) = try find(parts.claims)
        } catch {
            throw TokenRefusal(reason: error, issuer: nil)
        }
        let issuer = issuers[place]
        do throws(Reason) {
            try issuer.verify(parts)
            return try issuer.identify(parts.claims, audience: audience, keeping: claims, nowSeconds: nowSeconds)
        } catch {
            throw TokenRefusal(reason: error, issuer: issuer.name)
        }
    }

    /// The issuer that the token names, if the token is meant for us: by exactly this text, with no laxity about
    /// slashes, case or what comes after.
    private func find(_ claims: JSONNode) throws(Reason) -> (Int, ExactText) {
        guard let name = claims["iss"]?.string, let wanted = claims.audiences else { throw .tokenMalformed }
        guard let audiences = index[ExactText(name)] else { throw .tokenIssuerUnknown }
        for audience in wanted {
            if let place = audiences[audience] { return (place, audience) }
        }
        throw .tokenAudience
    }

    /// True when every token that one of both accepts means the same to the other.
    func isSame(as other: TokenVerifier) -> Bool {
        self === other
            || claims == other.claims && index == other.index
                && issuers.elementsEqual(other.issuers) { $0.isSame(as: $1) }
    }
}
