import Kubernetes
import ModelTraffic

/// Keys that were fetched for an issuer, and from where.
public struct FetchedKeys: Sendable {
    /// Where they come from: keys from elsewhere are not the issuer's, even under the same name.
    public var source: TokenIssuer.URLSource
    /// The keys; nil: there are none (yet), or the last good ones are too old.
    public var keys: TokenKeySet?
    /// What went wrong the last time, in words for the issuer's conditions; nil: nothing.
    public var problem: String?

    /// What was fetched from there.
    public init(source: TokenIssuer.URLSource, keys: TokenKeySet?, problem: String?) {
        self.source = source
        self.keys = keys
        self.problem = problem
    }
}

/// A `TokenIssuer` with its keys, ready to judge claims.
struct CompiledIssuer: Sendable {
    let object: TokenIssuer
    /// nil: tokens of this issuer cannot be checked.
    let keys: TokenKeySet?
    /// Why there are no keys, or what is not right with them; nil: all is well.
    let keyProblem: String?
    /// Where its tokens may be used; nil: from everywhere.
    let binding: SourceBinding?
    private let requiredClaims: [(name: String, values: Set<ExactText>)]

    var name: NamespacedName { object.key }
    var skewSeconds: Int64 { object.clockSkew.count / 1000 }

    init(_ object: TokenIssuer, binding: SourceBinding?, keys: Result<TokenKeySet, KeyTrouble>, note: String?) {
        self.object = object
        self.binding = binding
        switch keys {
        case .success(let keys):
            self.keys = keys
            keyProblem = note ?? (keys.notes.isEmpty ? nil : keys.notes.joined(separator: "; "))
        case .failure(let trouble):
            self.keys = nil
            keyProblem = trouble.words
        }
        requiredClaims = object.requiredClaims.sorted { $0.key < $1.key }
            .map { ($0.key, Set($0.value.map(ExactText.init))) }
    }

    /// True when the other one, of another snapshot, judges every token as this one does.
    func isSame(as other: Self) -> Bool { object == other.object && keys == other.keys }

    /// Verifies the signature; the keys to try are few.
    func verify(_ token: borrowing CompactToken) throws(Reason) {
        guard object.algorithms.contains(token.header.algorithm) else { throw .tokenAlgorithm }
        guard let keys else { throw .tokenKeysUnavailable }
        let candidates = keys.candidates(id: token.header.keyID, token.header.algorithm)
        guard !candidates.isEmpty else { throw .tokenKeyUnknown }
        for key in candidates
        where key.verifies(token.signature, of: token.signed, with: token.header.algorithm) { return }
        throw .tokenSignature
    }

    /// Judges the claims of a token whose signature is right.
    func identify(
        _ claims: JSONNode, audience: ExactText, keeping names: Set<String>, nowSeconds: Int64
    ) throws(Reason) -> TokenIdentity {
        let times = try TokenTimes(claims)
        try times.check(
            nowSeconds: nowSeconds, skew: skewSeconds, longest: object.maximumLifetime.map { $0.count / 1000 })
        for (name, values) in requiredClaims {
            guard claims.claimValues(name)?.contains(where: values.contains) ?? false else {
                throw .tokenClaimMissing
            }
        }
        return try TokenIdentity(self, claims, times: times, audience: audience, claims: names)
    }
}

/// Why an issuer has no keys.
struct KeyTrouble: Error {
    let words: String

    init(_ words: String) {
        self.words = words
    }
}
