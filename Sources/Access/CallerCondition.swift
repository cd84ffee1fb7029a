import Addresses
import Kubernetes

/// An entry of `from`: callers. Every condition that is there must hold.
final class CallerCondition: Sendable {
    /// nil: no key is asked for.
    let keys: KeySet?
    /// nil: no token is asked for.
    let tokens: TokenMatcher?
    /// nil: no client certificate is asked for.
    let certificates: CertificateMatcher?
    /// nil: of whatever workload.
    let workloads: WorkloadMatcher?
    /// nil: from everywhere.
    let networks: PrefixSet?

    init(
        keys: KeySet?, tokens: TokenMatcher?, certificates: CertificateMatcher?, workloads: WorkloadMatcher?,
        networks: PrefixSet?
    ) {
        self.keys = keys
        self.tokens = tokens
        self.certificates = certificates
        self.workloads = workloads
        self.networks = networks
    }

    var asksForCredentials: Bool { keys != nil || tokens != nil || certificates != nil }

    func evaluate(_ question: borrowing Question) -> Outcome {
        if let networks, !networks.contains(question.source) { return .networkNotListed }
        let caller = question.caller
        if let workloads, !workloads.matches(caller.pod) { return .workloadNotListed }
        if asksForCredentials, caller.isAnonymous { return .keyMissing }
        if let keys, !(caller.key.map(keys.contains) ?? false) { return .keyNotListed }
        if let tokens, !(caller.token.map(tokens.matches) ?? false) { return .tokenNotListed }
        if let certificates, !(caller.certificate.map(certificates.matches) ?? false) { return .certificateNotListed }
        return .matched
    }
}

/// Tokens that a rule admits: a `TokenSelection`, or service accounts.
struct TokenMatcher: Sendable {
    private let namespace: String
    /// nil: every issuer of the namespace.
    private let issuers: Set<String>?
    /// nil: every subject.
    private let subjects: [Pattern]?
    private let claims: [(name: String, values: Set<ExactText>)]
    /// nil: tokens of whatever kind. Only an issuer of the policy's own namespace counts, so that nobody can make
    /// up service accounts by declaring an issuer elsewhere.
    private let serviceAccounts: [(namespace: String, name: Pattern)]?

    /// What a policy of that namespace selects.
    init(_ selection: AccessPolicy.TokenSelection, namespace: String) {
        self.namespace = namespace
        issuers = selection.issuers.isEmpty ? nil : Set(selection.issuers)
        subjects = selection.subjects.isEmpty ? nil : selection.subjects.map(Pattern.init)
        claims = selection.claims.sorted { $0.key < $1.key }.map { ($0.key, Set($0.value.map { ExactText($0) })) }
        serviceAccounts = nil
    }

    /// Service accounts that a policy of that namespace selects.
    init(_ selections: [AccessPolicy.ServiceAccountSelection], namespace: String) {
        self.namespace = namespace
        issuers = nil
        subjects = nil
        claims = []
        serviceAccounts = selections.map { ($0.namespace, Pattern($0.name)) }
    }

    func matches(_ token: TokenIdentity) -> Bool {
        guard token.issuer.namespace == namespace, issuers?.contains(token.issuer.name) ?? true,
            subjects?.contains(where: { $0.matches(token.subject) }) ?? true,
            claims.allSatisfy({ token.has($0.name, oneOf: $0.values) })
        else { return false }
        guard let serviceAccounts else { return true }
        guard let account = token.serviceAccount else { return false }
        return serviceAccounts.contains { $0.namespace == account.namespace && $0.name.matches(account.name) }
    }
}

extension TokenMatcher {
    /// True when the answer depends on claims.
    var asksForClaims: Bool { !claims.isEmpty }

    /// Whether a token may be meant of which only this is known; claims are not looked at.
    func mayMatch(issuer: NamespacedName, subject: String, account: NamespacedName?) -> Bool {
        guard issuer.namespace == namespace, issuers?.contains(issuer.name) ?? true,
            subjects?.contains(where: { $0.matches(subject) }) ?? true
        else { return false }
        guard let serviceAccounts else { return true }
        return account.map { account in
            serviceAccounts.contains { $0.namespace == account.namespace && $0.name.matches(account.name) }
        } ?? false
    }
}

extension Pattern {
    fileprivate func matches(_ text: ExactText) -> Bool { text.bytes.withUnsafeBytes { matches($0) } }
}
