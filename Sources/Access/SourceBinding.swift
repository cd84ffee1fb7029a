import Addresses
import Kubernetes

/// Where a key or a token may be used. All that is written must hold, so that whoever steals it needs the place too.
struct SourceBinding: Sendable {
    /// What does not hold.
    enum Slip: Sendable, CaseIterable {
        case network
        case workload
        case certificate
    }

    /// nil: from everywhere.
    private let networks: PrefixSet?
    /// nil: of whatever workload.
    private let workloads: WorkloadMatcher?
    /// nil: without a client certificate too.
    private let certificates: CertificateMatcher?

    /// A binding to everything that is given.
    ///
    /// - Throws: why the certificates cannot be told.
    init(
        networks: [Prefix], workloads: WorkloadSelection?, certificates: CertificateSelection?
    ) throws(CertificateSelection.Mistake) {
        self.networks = networks.isEmpty ? nil : PrefixSet(networks)
        self.workloads = workloads.map(WorkloadMatcher.init)
        if let certificates {
            self.certificates = try CertificateMatcher(certificates)
        } else {
            self.certificates = nil
        }
    }

    /// Where an issuer's tokens may be used.
    init(_ bindings: TokenIssuer.Bindings) throws(CertificateSelection.Mistake) {
        try self.init(
            networks: bindings.networks, workloads: bindings.workloads, certificates: bindings.certificates)
    }

    /// Nothing is written: there is no place from which it may not be used.
    var isEverywhere: Bool { networks == nil && workloads == nil && certificates == nil }

    /// What does not hold of a caller there; nil: all holds. `pod`: whose pod the caller's address is.
    func slip(at place: CallerPlace, pod: PodIdentity?) -> Slip? {
        if let networks, !networks.contains(place.source) { return .network }
        if let workloads, !workloads.matches(pod) { return .workload }
        if let certificates, !(place.certificate.map(certificates.matches) ?? false) { return .certificate }
        return nil
    }
}

extension TokenIdentity {
    /// Why the token, which is right, may not be used from there; nil: it may.
    func refusal(at place: CallerPlace, pod: PodIdentity?) -> Reason? {
        switch binding?.slip(at: place, pod: pod) {
        case nil: return isOfAnotherPod(than: pod) ? .tokenNotBoundToPod : nil
        case .network: return .tokenNotBoundToNetwork
        case .workload: return .tokenNotBoundToWorkload
        case .certificate: return .tokenNotBoundToCertificate
        }
    }

    /// True when the token was made for one pod, and the caller is known to be another. An address that is of no pod
    /// that is known says nothing: the pod may be behind a proxy, or newer than what is known.
    private func isOfAnotherPod(than pod: PodIdentity?) -> Bool {
        guard let account = serviceAccount, let name = account.podName, let pod else { return false }
        return pod.pod != name || pod.workload.namespace != account.namespace
    }
}
