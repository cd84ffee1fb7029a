import ModelTraffic

/// The times of a token, whole seconds since 1970.
struct TokenTimes {
    let expires: Int64
    let notBefore: Int64?
    let issuedAt: Int64?

    /// The end of the year 9999: sums with times up to there cannot overflow.
    private static let latest: Int64 = 253_402_300_799

    /// Reads `exp`, which must be there, `nbf` and `iat`. RFC 7519 allows fractions and exponents; only whole numbers
    /// are taken, because readers differ in what they make of the others.
    init(_ claims: JSONNode) throws(Reason) {
        guard let expires = try Self.time(claims["exp"]) else { throw .tokenClaimMissing }
        self.expires = expires
        notBefore = try Self.time(claims["nbf"])
        issuedAt = try Self.time(claims["iat"])
    }

    private static func time(_ node: JSONNode?) throws(Reason) -> Int64? {
        guard let node else { return nil }
        guard let time = node.integer, (0...latest).contains(time) else { throw .tokenMalformed }
        return time
    }

    /// Whether the token is valid at a time.
    ///
    /// - Parameters:
    ///   - skew: seconds by which clocks may differ.
    ///   - longest: seconds from `iat` to `exp`; nil: no limit.
    func check(nowSeconds now: Int64, skew: Int64, longest: Int64?) throws(Reason) {
        guard now < expires + skew else { throw .tokenExpired }
        if let notBefore, notBefore > now + skew { throw .tokenNotYetValid }
        if let issuedAt, issuedAt > now + skew { throw .tokenNotYetValid }
        guard let longest else { return }
        guard let issuedAt else { throw .tokenClaimMissing }
        guard expires - issuedAt <= longest else { throw .tokenLifetime }
    }
}

extension JSONNode {
    /// The values of a claim: a string is one, a list of strings is many, and `scope` is a list of words (RFC 8693).
    /// nil for everything else: what a number or an object would be equal to is a matter of taste.
    func claimValues(_ name: String) -> [ExactText]? {
        guard let node = member(name) else { return nil }
        if let text = node.string {
            guard name == "scope" else { return [ExactText(text)] }
            return text.utf8.split(separator: UInt8(ascii: " ")).map { ExactText(bytes: $0) }
        }
        guard node.kind == .array else { return nil }
        var values: [ExactText] = []
        for element in node.elements {
            guard let text = element.string else { return nil }
            values.append(ExactText(text))
        }
        return values
    }

    /// `aud`: a string or a list of strings, of which there may be none; nil for everything else.
    var audiences: [ExactText]? {
        guard self["aud"] != nil else { return [] }
        return claimValues("aud")
    }
}
