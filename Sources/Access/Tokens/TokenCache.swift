/// Tokens that were verified a short while ago, so that a caller pays for a signature once. One event loop owns it.
///
/// - An entry is found by the SHA-256 of the whole token: two tokens that share a part are never one.
/// - It ends when the token does, and all end when an issuer or a key changes.
/// - Only what was accepted is kept: whoever sends many wrong tokens fills nothing.
///
/// Bounded in two halves: when the younger is full, it becomes the older, and what nobody asked for goes.
public struct TokenCache: ~Copyable {
    private let half: Int
    private var young: [KeyDigest: TokenIdentity] = [:]
    private var old: [KeyDigest: TokenIdentity] = [:]
    private var verifier: TokenVerifier?
    /// How often a token was found, for metrics.
    public private(set) var hits: UInt64 = 0
    /// How often a token had to be verified, for metrics.
    public private(set) var misses: UInt64 = 0

    /// An empty cache of at most that many tokens, at least two.
    public init(capacity: Int) {
        half = max(1, capacity / 2)
    }

    /// How many tokens are kept.
    public var count: Int { young.count + old.count }

    /// What `verifier` says of the token, from memory where possible.
    ///
    /// - Parameter nowSeconds: seconds since 1970.
    public mutating func verify(
        _ token: UnsafeRawBufferPointer, with verifier: TokenVerifier, nowSeconds: Int64
    ) throws(TokenRefusal) -> TokenIdentity {
        adopt(verifier)
        // Too long to be worth a hash.
        guard token.count <= CompactToken.mostBytes else { throw TokenRefusal(reason: .tokenTooLarge, issuer: nil) }
        let digest = KeyDigest(hashing: token)
        if let known = find(digest, nowSeconds: nowSeconds) {
            hits += 1
            return known
        }
        misses += 1
        let identity = try verifier.verify(token, nowSeconds: nowSeconds)
        insert(identity, digest)
        return identity
    }

    /// Forgets everything unless the new verifier says the same as the one before.
    private mutating func adopt(_ new: TokenVerifier) {
        guard verifier !== new else { return }
        if let verifier, !verifier.isSame(as: new) {
            young.removeAll()
            old.removeAll()
        }
        verifier = new
    }

    private mutating func find(_ digest: KeyDigest, nowSeconds: Int64) -> TokenIdentity? {
        let isYoung = young[digest] != nil
        guard let identity = young[digest] ?? old.removeValue(forKey: digest) else { return nil }
        guard nowSeconds < identity.validUntil else {
            young.removeValue(forKey: digest)
            return nil
        }
        if !isYoung { insert(identity, digest) }
        return identity
    }

    private mutating func insert(_ identity: TokenIdentity, _ digest: KeyDigest) {
        if young.count >= half {
            old = young
            young = [:]
        }
        young[digest] = identity
    }
}
