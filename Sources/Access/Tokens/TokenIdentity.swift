import Kubernetes
import ModelTraffic

/// Who a verified token says is calling. Only `TokenVerifier` makes one.
public final class TokenIdentity: Sendable {
    /// The `TokenIssuer` whose token it is. A subject means nothing without it: two issuers may both know an `alice`.
    public let issuer: NamespacedName
    /// The subject, from `sub` or the claim that the issuer names; never empty, without control characters.
    public let subject: ExactText
    /// The audience of ours that the token is for.
    public let audience: ExactText
    /// `exp`, seconds since 1970.
    public let expires: Int64
    /// Seconds since 1970 from which on the token is refused: `exp` and the issuer's clock skew.
    public let validUntil: Int64
    /// Claims that are a string or a list of strings, as far as they were asked for.
    public let claims: [String: [ExactText]]
    /// The service account, for tokens of issuers that say so.
    public let serviceAccount: ServiceAccountIdentity?
    /// Where tokens of the issuer may be used; nil: from everywhere.
    let binding: SourceBinding?
    /// 128 bits that stand for issuer and subject: who shares limits with whom.
    public let limiterID: UInt128

    /// True when the claim has one of the values.
    public func has(_ claim: String, oneOf values: Set<ExactText>) -> Bool {
        claims[claim]?.contains(where: values.contains) ?? false
    }

    init(
        _ issuer: CompiledIssuer, _ token: JSONNode, times: TokenTimes, audience: ExactText, claims names: Set<String>
    ) throws(Reason) {
        self.issuer = issuer.name
        binding = issuer.binding
        self.audience = audience
        expires = times.expires
        validUntil = times.expires + issuer.skewSeconds
        guard let subject = token.member(issuer.object.subjectClaim)?.string, Self.isName(subject) else {
            throw .tokenClaimMissing
        }
        self.subject = ExactText(subject)
        serviceAccount = issuer.object.serviceAccounts ? try ServiceAccountIdentity(token, subject: subject) : nil
        var claims: [String: [ExactText]] = [:]
        for name in names {
            if let values = token.claimValues(name) { claims[name] = values }
        }
        self.claims = claims
        limiterID = identity("token", issuer.name.namespace, issuer.name.name, subject)
    }

    /// At most 1024 bytes that can be shown as they are.
    private static func isName(_ text: String) -> Bool {
        (1...1024).contains(text.utf8.count)
            && text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7f..<0xa0).contains($0.value) }
    }
}

/// A Kubernetes service account, as the cluster's own issuer says it.
public struct ServiceAccountIdentity: Hashable, Sendable {
    /// Its namespace.
    public let namespace: String
    /// Its name.
    public let name: String
    /// The pod that the token is bound to; nil: to none.
    public let podName: String?
    /// UID of that pod.
    public let podUID: String?

    /// Reads the claim `kubernetes.io`, which must say the same as the subject.
    init(_ token: JSONNode, subject: String) throws(Reason) {
        guard let details = token["kubernetes.io"], let namespace = details["namespace"]?.string,
            let name = details["serviceaccount"]?["name"]?.string,
            Names.labelProblem(namespace) == nil, Names.subdomainProblem(name) == nil,
            ExactText(subject) == ExactText("system:serviceaccount:\(namespace):\(name)")
        else { throw .tokenClaimMissing }
        self.namespace = namespace
        self.name = name
        let pod = details["pod"]
        podName = pod?["name"]?.string
        podUID = pod?["uid"]?.string
        // Bound to a pod, but which one cannot be read: it must not count as bound to none.
        if pod != nil, podName == nil || podUID == nil { throw .tokenMalformed }
    }
}
