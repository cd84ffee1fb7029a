import Kubernetes

extension WorkloadPolicy {
    /// The policies of Calico, enforced and staged, in a fixed order; those with mistakes as what they deny.
    static func calico(in objects: Objects) -> [WorkloadPolicy] {
        let translation = CalicoTranslation(objects)
        let own = objects.calicoNetworkPolicies.values.sorted { $0.key < $1.key }.map(translation.policy)
        let global = objects.calicoGlobalNetworkPolicies.values.sorted { $0.key < $1.key }.map(translation.policy)
        let denials = objects.invalid.compactMap(translation.denial)
        return own + global + translation.stagedPolicies + denials
    }
}

/// Translates the policies of Calico among some objects.
struct CalicoTranslation {
    let objects: Objects
    private let sets: [CalicoSet]
    private let brokenSets: [InvalidObject]

    init(_ objects: Objects) {
        self.objects = objects
        let own = objects.calicoNetworkSets.values.sorted { $0.key < $1.key }.map { set in
            CalicoSet(set, objects.namespaces[NamespacedName("", set.metadata.namespace)])
        }
        let global = objects.calicoGlobalNetworkSets.values.sorted { $0.key < $1.key }.map { CalicoSet($0) }
        sets = own + global
        brokenSets = objects.invalid.filter { object in
            object.reference.group == CalicoTier.group
                && [CalicoNetworkSet.kind, CalicoGlobalNetworkSet.kind].contains(object.reference.kind)
        }
    }

    func policy(_ policy: CalicoNetworkPolicy) -> WorkloadPolicy {
        translate(policy.spec, of: policy.metadata, policy.reference, isStaged: policy.isStaged)
    }

    func policy(_ policy: CalicoGlobalNetworkPolicy) -> WorkloadPolicy {
        translate(policy.spec, of: policy.metadata, policy.reference, isStaged: policy.isStaged)
    }

    fileprivate func translate(
        _ spec: CalicoPolicySpec, of metadata: ObjectMeta, _ source: ObjectReference, isStaged: Bool
    ) -> WorkloadPolicy {
        let namespace = metadata.namespace.isEmpty ? nil : metadata.namespace
        var rules = CalicoRules(namespace: namespace, sets: sets, brokenSets: brokenSets)
        var policy = WorkloadPolicy(
            source: source, position: metadata.position, tier: .networkPolicy, priority: spec.order ?? .infinity,
            isStaged: isStaged, subject: WorkloadSelector(spec.subject, in: namespace),
            ingress: spec.ingress?.map { rules.translate($0, .ingress) },
            egress: spec.egress?.map { rules.translate($0, .egress) })
        policy.rulePlaces = WorkloadPolicy.RulePlaces(
            ingress: (spec.ingress ?? []).map(\.position), egress: (spec.egress ?? []).map(\.position))
        policy.remarks = rules.remarks
        if spec.isUntracked || spec.isBeforeDNAT { policy.leaveToHosts(spec.isUntracked ? "doNotTrack" : "preDNAT") }
        if let tier = tier(spec.tier) { policy.tier = tier } else { policy.denyInUnknownTier(spec.tier) }
        return policy
    }

    /// The tier of a name; nil when it is not there, or has mistakes.
    func tier(_ name: String) -> Tier? {
        switch name {
        case "default": return .networkPolicy
        case "kube-admin", "adminnetworkpolicy": return .admin
        case "kube-baseline", "baselineadminnetworkpolicy": return .baseline
        default: break
        }
        guard let tier = objects.calicoTiers[NamespacedName("", name)] else { return nil }
        return Tier(
            name: name, order: tier.order ?? .infinity, isolates: !tier.passesByDefault, breaksTiesByName: true)
    }
}

extension WorkloadSelector {
    /// The workloads that a policy of a namespace, or of none, is about.
    init(_ subject: CalicoSubject, in namespace: String?) {
        let labels = subject.namespaceSelector.map(LabelExpression.init(namespaces:)) ?? .everything
        let scope = namespace.map { NamespaceScope.named($0) } ?? (labels == .everything ? .every : .matching(labels))
        self.init(
            namespaces: scope,
            labels: LabelExpression.every([
                subject.selector.map(LabelExpression.init(endpoints:)) ?? .everything,
                subject.serviceAccountSelector.map(LabelExpression.init(serviceAccounts:)) ?? .everything,
            ]))
    }
}

// MARK: Staging

extension CalicoTranslation {
    /// The staged policies of all three kinds.
    var stagedPolicies: [WorkloadPolicy] {
        let own = objects.calicoStagedNetworkPolicies.values.sorted { $0.key < $1.key }.map { policy in
            staging(
                translate(policy.spec, of: policy.metadata, policy.reference, isStaged: true), policy.stagedAction,
                CalicoNetworkPolicy.self)
        }
        let global = objects.calicoStagedGlobalNetworkPolicies.values.sorted { $0.key < $1.key }.map { policy in
            staging(
                translate(policy.spec, of: policy.metadata, policy.reference, isStaged: true), policy.stagedAction,
                CalicoGlobalNetworkPolicy.self)
        }
        let standard = objects.calicoStagedKubernetesNetworkPolicies.values.sorted { $0.key < $1.key }.map { policy in
            var staged = WorkloadPolicy(policy.policy)
            staged.source = policy.reference
            return staging(staged, policy.stagedAction, NetworkPolicy.self)
        }
        return own + global + standard
    }

    /// What a staged policy does to the enforced one of its name.
    private func staging<Enforced: KubernetesObject>(
        _ staged: WorkloadPolicy, _ action: CalicoStagedAction, _ enforced: Enforced.Type
    ) -> WorkloadPolicy {
        var policy = staged
        var target = staged.source
        (target.group, target.kind) = (Enforced.group, Enforced.kind)
        switch action {
        case .set, .learn:
            policy.replaces = isThere(target) ? target : nil
        case .delete:
            (policy.ingress, policy.egress, policy.remarks) = (nil, nil, [])
            policy.replaces = isThere(target) ? target : nil
            if policy.replaces == nil { policy.remark("spec.stagedAction", "there is no \(target) to delete") }
        case .ignore:
            (policy.ingress, policy.egress, policy.remarks) = (nil, nil, [])
            policy.remark("spec.stagedAction", "is Ignore: nothing is staged")
        }
        return policy
    }

    private func isThere(_ target: ObjectReference) -> Bool {
        let key = NamespacedName(target.namespace, target.name)
        return objects.calicoNetworkPolicies[key]?.reference == target
            || objects.calicoGlobalNetworkPolicies[key]?.reference == target
            || objects.networkPolicies[key]?.reference == target
            || objects.invalid.contains { $0.reference == target }
    }
}

// MARK: What is denied

extension CalicoTranslation {
    private static let policyKinds: Set<String> = [
        CalicoNetworkPolicy.kind, CalicoGlobalNetworkPolicy.kind, CalicoStagedNetworkPolicy.kind,
        CalicoStagedGlobalNetworkPolicy.kind, CalicoStagedKubernetesNetworkPolicy.kind,
    ]

    /// A policy with mistakes denies everything to what it is about, as far as that can be read.
    func denial(_ object: InvalidObject) -> WorkloadPolicy? {
        let source = object.reference
        guard source.group == CalicoTier.group, Self.policyKinds.contains(source.kind) else { return nil }
        let claim = object.calico
        let namespace = object.isLost || source.namespace.isEmpty ? nil : source.namespace
        let subject = claim?.subject ?? CalicoSubject()
        var policy = WorkloadPolicy(
            source: source, position: object.position, tier: .networkPolicy, priority: claim?.order ?? -.infinity,
            isStaged: claim?.isStaged == true,
            subject: WorkloadSelector(subject, in: namespace), ingress: [], egress: [])
        policy.remark("", "has mistakes (\(object.reason)); everything is denied to what it selects")
        policy.denyEverything("")
        if source.kind == CalicoStagedKubernetesNetworkPolicy.kind {
            policy.priority = WorkloadPolicy.networkPolicyPriority
            return policy
        }
        if let name = claim?.tier {
            if let tier = tier(name) { policy.tier = tier } else { policy.denyInUnknownTier(name) }
        } else {
            policy.tier = .unknown("unknown")
        }
        return policy
    }
}

extension Tier {
    /// A tier of which nothing is known but perhaps the name: it is asked before all others.
    fileprivate static func unknown(_ name: String) -> Tier {
        Tier(name: name, order: -.infinity, isolates: true, breaksTiesByName: true)
    }
}

extension WorkloadPolicy {
    fileprivate mutating func remark(_ path: String, _ message: String) {
        remarks.append(Remark(path: path, message: message))
    }

    /// Denies everything in the directions that it has something to say of.
    fileprivate mutating func denyEverything(_ path: String) {
        let rule = WorkloadRule(path: path, action: .deny, peers: nil, traffic: nil)
        rulePlaces = RulePlaces()
        if ingress != nil { ingress = [rule] }
        if egress != nil { egress = [rule] }
    }

    fileprivate mutating func denyInUnknownTier(_ name: String) {
        tier = .unknown(name)
        denyEverything("spec.tier")
        remark(
            "spec.tier",
            "there is no Tier \(name) without mistakes; everything is denied to what the policy selects, before all tiers"
        )
    }

    /// Policies that come before connections are tracked or addresses rewritten never apply to workloads.
    fileprivate mutating func leaveToHosts(_ field: String) {
        subject.labels = .nothing
        remark("spec.\(field)", "the policy is about host endpoints, which are not looked at; it does nothing")
    }
}
