import Kubernetes

extension AccessPolicy {
    /// With the value `staged`, the policy is only watched.
    static let enforcementAnnotation = "sallyport.dev/enforcement"

    /// True: it is only watched.
    public var isStaged: Bool { metadata.annotations[Self.enforcementAnnotation] == "staged" }

    /// Conditions: `Accepted`, true when the policy is in effect on all its targets, and `ResolvedRefs`, true when all
    /// keys that it names exist.
    func status(
        problem: String?, targets: [(TargetRef, PolicyCompiler.TargetProblem)], missingKeys: [String]
    ) -> ObjectStatus {
        ObjectStatus(
            reference: reference,
            conditions: [accepted(problem: problem, targets: targets), resolved(missingKeys)],
            position: metadata.position)
    }

    private func resolved(_ missingKeys: [String]) -> Condition {
        guard !missingKeys.isEmpty else { return condition("ResolvedRefs", true, "ResolvedRefs", "") }
        let names = Set(missingKeys).sorted().joined(separator: ", ")
        return condition("ResolvedRefs", false, "AccessKeyNotFound", "no AccessKey of this namespace: \(names)")
    }

    private func accepted(problem: String?, targets: [(TargetRef, PolicyCompiler.TargetProblem)]) -> Condition {
        if let problem { return condition("Accepted", false, "Invalid", "\(problem); its targets are denied") }
        guard let first = targets.first?.1 else {
            return targetRefs.isEmpty
                ? condition("Accepted", false, "Invalid", "no target is named")
                : condition("Accepted", true, "Accepted", isStaged ? "staged: watched, and not enforced" : "")
        }
        var message = targets.map { "\($0.0.text): \($0.1.text)" }.joined(separator: "; ")
        if targets.count < targetRefs.count { message += "; in effect on its other targets" }
        return condition("Accepted", false, first.reason, message)
    }

    private func condition(_ type: String, _ holds: Bool, _ reason: String, _ message: String) -> Condition {
        Condition(
            type: type, status: holds ? .true : .false, reason: reason, message: message,
            observedGeneration: metadata.generation)
    }
}

extension PolicyCompiler.TargetProblem {
    fileprivate var reason: String {
        switch self {
        case .notSupported: "Invalid"
        case .notFound: "TargetNotFound"
        case .taken: "Conflicted"
        }
    }

    fileprivate var text: String {
        switch self {
        case .notSupported: "policies attach to Gateway, HTTPRoute and GRPCRoute only"
        case .notFound: "does not exist"
        case .taken(let other): "\(other) is attached there and comes first"
        }
    }
}

extension TargetRef {
    /// `HTTPRoute name` or `HTTPRoute name/section`.
    fileprivate var text: String { "\(kind) \(name)" + (sectionName.map { "/\($0)" } ?? "") }
}

extension KeyTable {
    /// Condition `Accepted` of every key: true when it can be used now.
    func statuses(of keys: [NamespacedName: AccessKey], nowSeconds: Int64) -> [ObjectStatus] {
        entries.compactMap { entry in
            guard let key = keys[NamespacedName(entry.details.namespace, entry.details.name)] else { return nil }
            let (reason, message) = entry.state(nowSeconds: nowSeconds)
            return ObjectStatus(
                reference: key.reference,
                conditions: [
                    Condition(
                        type: "Accepted", status: reason == "Accepted" ? .true : .false, reason: reason,
                        message: message, observedGeneration: key.metadata.generation)
                ],
                position: key.metadata.position)
        }
    }
}

extension KeyTable.Entry {
    fileprivate func state(nowSeconds: Int64) -> (reason: String, message: String) {
        switch refusal {
        case .revokedKey?: ("Revoked", "the key is revoked")
        case .duplicateKey?: ("Conflicted", "another AccessKey has the same hash; neither can be used")
        case .some: ("Invalid", "another object with this name has mistakes")
        case nil: nowSeconds >= expires ? ("Expired", "the key has expired") : ("Accepted", "")
        }
    }
}
