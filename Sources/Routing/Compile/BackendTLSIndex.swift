import Kubernetes

/// Which BackendTLSPolicy decides for a Service, and what it says.
struct BackendTLSIndex {
    /// What a policy was found to be.
    struct Judged {
        var policy: BackendTLSPolicy
        var trust: BackendTLS.Trust?
        /// Why it is not accepted.
        var refusal: Problem?
        /// Why a reference of it does not resolve.
        var unresolved: Problem?
        /// Targets that another policy has.
        var conflict: Problem?
    }

    private(set) var policies: [Judged] = []
    private var byTarget: [Target: Int] = [:]
    private var naming: [NamespacedName: [Int]] = [:]
    /// Policies with mistakes: what they are attached to must not be spoken to in the clear.
    private var invalidServices: [NamespacedName: String] = [:]
    private var invalidNamespaces: [String: String] = [:]
    /// One whose namespace could not be read either: it may have been for any Service.
    private var lost: String?

    private struct Target: Hashable {
        var service: NamespacedName
        var port: String?
    }

    init(_ objects: Objects, _ resolver: CertificateResolver) {
        for policy in objects.backendTLSPolicies.values.sorted(by: { isOlder($0.metadata, $1.metadata) }) {
            add(Self.judge(policy, resolver))
        }
        for invalid in objects.invalid where invalid.reference.kind == BackendTLSPolicy.kind {
            addInvalid(invalid)
        }
    }

    private static func judge(_ policy: BackendTLSPolicy, _ resolver: CertificateResolver) -> Judged {
        var judged = Judged(policy: policy)
        if let known = policy.wellKnownCACertificates, !known.isEmpty {
            if known == "System" {
                judged.trust = .system
            } else {
                judged.refusal = Problem("Invalid", "wellKnownCACertificates \(known) is not known; System is")
            }
            return judged
        }
        var pem: [UInt8] = []
        for ref in policy.caCertificateRefs {
            let namespace = policy.metadata.namespace
            switch resolver.authorities(ref, from: namespace, crossing: false, invalidKind: "InvalidKind") {
            case .success(let bytes): pem += bytes
            case .failure(let problem): judged.unresolved = problem
            }
        }
        if pem.isEmpty {
            judged.refusal = Problem(
                "NoValidCACertificate", judged.unresolved?.message ?? "no caCertificateRefs are given")
        } else {
            judged.trust = .authorities(pem)
        }
        return judged
    }

    /// Older policies are added first and keep their targets.
    private mutating func add(_ judged: Judged) {
        var judged = judged
        var targets: [Target] = []
        for ref in judged.policy.targetRefs where ref.group.isEmpty && ref.kind == "Service" {
            let target = Target(
                service: NamespacedName(judged.policy.metadata.namespace, ref.name), port: ref.sectionName)
            if naming[target.service]?.last != policies.count {
                naming[target.service, default: []].append(policies.count)
            }
            if let owner = byTarget[target] {
                judged.conflict = Problem(
                    "Conflicted", "the older BackendTLSPolicy \(policies[owner].policy.key) has the same target")
            } else {
                targets.append(target)
            }
        }
        for target in targets { byTarget[target] = policies.count }
        policies.append(judged)
    }

    private mutating func addInvalid(_ invalid: InvalidObject) {
        let words = "\(invalid.reference) has mistakes: \(invalid.reason)"
        let services = (invalid.targetRefs ?? []).filter { $0.kind == "Service" }
        if invalid.isLost { lost = words }
        if services.isEmpty { invalidNamespaces[invalid.reference.namespace] = words }
        for ref in services { invalidServices[NamespacedName(invalid.reference.namespace, ref.name)] = words }
    }

    /// The policy of a Service's port: one for this port before one for all; nil when there is none.
    func policy(_ service: NamespacedName, portName: String) -> Int? {
        byTarget[Target(service: service, port: portName)] ?? byTarget[Target(service: service, port: nil)]
    }

    /// All policies that name a Service, the losers of a conflict too: they all get a status.
    func policies(naming service: NamespacedName) -> [Int] { naming[service] ?? [] }

    /// Why nothing may be sent to a Service whatever valid policies say: a policy for it that cannot be read.
    func obstacle(_ service: NamespacedName) -> String? {
        lost ?? invalidServices[service] ?? invalidNamespaces[service.namespace]
    }

    /// TLS as the policy says, with what this Gateway shows.
    func tls(_ index: Int, clientCertificate: KeyPair?) -> Result<BackendTLS, Problem> {
        let judged = policies[index]
        guard let trust = judged.trust, judged.refusal == nil else {
            let why = judged.refusal?.message ?? "it has no authorities"
            return .failure(Problem("BackendTLSPolicyInvalid", "BackendTLSPolicy \(judged.policy.key): \(why)"))
        }
        let hostname = judged.policy.hostname
        let names = judged.policy.subjectAltNames
        return .success(
            BackendTLS(
                serverName: hostname, subjectAltNames: names.isEmpty ? [.hostname(hostname)] : names, trust: trust,
                clientCertificate: clientCertificate))
    }
}
