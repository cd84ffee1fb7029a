import Kubernetes

extension WorkloadPolicy {
    /// What is left of a policy that has mistakes: it denies what it was about, or everything that it may have been
    /// about. nil: the object is no policy between workloads.
    public init?(invalid object: InvalidObject) {
        guard let claim = object.policy else { return nil }
        self.init(
            source: object.reference, position: object.position, tier: .networkPolicy, isStaged: claim.isStaged,
            subject: .everything, ingress: [], egress: [],
            remarks: [Remark(path: "", message: "has mistakes, and denies what it is about: \(object.reason)")])
        if object.reference.group == NetworkPolicy.group {
            isolate(object, claim)
        } else {
            deny(claim)
        }
    }

    /// A NetworkPolicy isolates in both directions, and its rules allow nothing.
    private mutating func isolate(_ object: InvalidObject, _ claim: PolicyClaim) {
        priority = Self.networkPolicyPriority
        subject = WorkloadSelector(
            namespaces: object.isLost ? .every : .named(object.reference.namespace),
            labels: LabelExpression(claim.podSelector ?? .everything))
    }

    /// A policy of the cluster denies everything at its place; where that is unknown, before all others.
    private mutating func deny(_ claim: PolicyClaim) {
        tier = claim.tier.map { Tier($0) } ?? .admin
        priority = claim.tier == nil ? 0 : Double(claim.priority ?? 0)
        subject = claim.subject.map { WorkloadSelector($0) } ?? .everything
        let rules = [WorkloadRule(path: "spec", action: .deny, peers: nil, traffic: nil)]
        (ingress, egress) = (rules, rules)
    }
}
