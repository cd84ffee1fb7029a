import Addresses
import Kubernetes

extension WorkloadPolicy {
    /// A ClusterNetworkPolicy. A rule with a part that is not understood fails closed, with a remark.
    public init(_ policy: ClusterNetworkPolicy) {
        self.init(
            source: policy.reference, position: policy.metadata.position, tier: Tier(policy.tier),
            priority: policy.priority, isStaged: policy.isStaged, subject: policy.subject, ingress: policy.ingress,
            egress: policy.egress)
    }

    /// An AdminNetworkPolicy, as the ClusterNetworkPolicy of tier Admin that came after it.
    public init(_ policy: AdminNetworkPolicy) {
        self.init(
            source: policy.reference, position: policy.metadata.position, tier: .admin, priority: policy.priority,
            isStaged: policy.isStaged, subject: policy.subject, ingress: policy.ingress, egress: policy.egress)
    }

    /// The BaselineAdminNetworkPolicy, as a ClusterNetworkPolicy of tier Baseline.
    public init(_ policy: BaselineAdminNetworkPolicy) {
        self.init(
            source: policy.reference, position: policy.metadata.position, tier: .baseline, priority: 0,
            isStaged: policy.isStaged, subject: policy.subject, ingress: policy.ingress, egress: policy.egress)
    }

    private init(
        source: ObjectReference, position: Position?, tier: Tier, priority: Int, isStaged: Bool,
        subject: AdminSubject, ingress: [AdminRule], egress: [AdminRule]
    ) {
        self.init(
            source: source, position: position, tier: tier, priority: Double(priority), isStaged: isStaged,
            subject: WorkloadSelector(subject), ingress: nil, egress: nil)
        rulePlaces = RulePlaces(ingress: ingress.map(\.position), egress: egress.map(\.position))
        self.ingress = rules(ingress, "spec.ingress")
        self.egress = rules(egress, "spec.egress")
    }

    /// nil where there are none: then the policy says nothing of that direction.
    private mutating func rules(_ rules: [AdminRule], _ path: String) -> [WorkloadRule]? {
        guard !rules.isEmpty else { return nil }
        return rules.enumerated().map { index, rule in
            let translated = WorkloadRule(rule, path: "\(path)[\(index)]")
            guard let problem = rule.problem else { return translated }
            let effect = rule.action == .accept ? "it matches nothing" : "it denies everything"
            remarks.append(Remark(path: translated.path, message: "\(problem): \(effect)"))
            return translated.failingClosed()
        }
    }
}

extension Tier {
    /// The tier of a ClusterNetworkPolicy.
    init(_ tier: ClusterNetworkPolicy.Tier) { self = tier == .admin ? .admin : .baseline }
}

extension WorkloadSelector {
    /// The subject of a policy of the cluster.
    init(_ subject: AdminSubject) {
        switch subject {
        case .namespaces(let selector): self.init(namespaces: NamespaceScope(selector))
        case .pods(let namespaces, let pods): self.init(namespaceSelector: namespaces, podSelector: pods)
        }
    }
}

extension WorkloadRule {
    /// What is not understood is left out.
    fileprivate init(_ rule: AdminRule, path: String) {
        self.init(
            path: path, name: rule.name, action: RuleAction(rule.action), peers: rule.peers.compactMap { Peer($0) },
            traffic: rule.traffic?.compactMap { TrafficTerm($0) })
    }
}

extension RuleAction {
    fileprivate init(_ action: AdminRule.Action) {
        switch action {
        case .accept: self = .accept
        case .deny: self = .deny
        case .pass: self = .pass
        }
    }
}

extension Peer {
    /// nil: it is not understood.
    fileprivate init?(_ peer: AdminRule.Peer) {
        switch peer {
        case .namespaces(let selector):
            self.init(workloads: WorkloadSelector(namespaces: WorkloadSelector.NamespaceScope(selector)))
        case .pods(let namespaces, let pods):
            self.init(workloads: WorkloadSelector(namespaceSelector: namespaces, podSelector: pods))
        case .networks(let blocks): self.init(blocks: blocks)
        case .nodes(let selector): self.init(nodes: LabelExpression(selector))
        case .domainNames(let names): self.init(names: names.map { DomainPattern($0) })
        case .unknown: return nil
        }
    }
}

extension TrafficTerm {
    /// nil: it is not understood.
    fileprivate init?(_ traffic: AdminRule.Traffic) {
        switch traffic {
        case .ports(let proto, let range): self.init(proto: proto, port: .range(range))
        case .named(let name): self.init(proto: nil, port: .named(name))
        case .unknown: return nil
        }
    }
}

extension AdminRule {
    /// Why it has to fail closed; nil: it does what it says.
    fileprivate var problem: String? {
        if !unknownFields.isEmpty { return "has fields that are not known (\(unknownFields.joined(separator: ", ")))" }
        for peer in peers {
            if case .unknown = peer { return "names a side in which nothing that is known is said" }
            if case .domainNames = peer, action != .accept { return "has domainNames, which only Accept can have" }
        }
        if traffic?.isEmpty == true { return "has an empty list of ports" }
        return isUnderstood ? nil : "names traffic in which no port is said"
    }
}
