import Addresses
import Kubernetes

/// What the naive evaluator is asked: may `source` open a connection to `destination`?
public struct NaiveQuery: Sendable {
    /// Who opens it.
    public var source: Side
    /// Whom to.
    public var destination: Side
    /// Its protocol.
    public var proto: IPProtocol
    /// The port of the destination; 0 for protocols without.
    public var port: UInt16
    /// The name under which the source learned the address of the destination.
    public var name: String?
    /// The source called a Service, which led it to the destination.
    public var isThroughService: Bool

    /// A pod or the template of a Deployment, at its address of a family, or an address.
    public enum Side: Sendable, Hashable {
        /// Namespace and name.
        case pod(NamespacedName, isIPv4: Bool)
        /// Whoever has it.
        case address(Address)
    }

    /// That question.
    public init(
        _ source: Side, _ destination: Side, _ proto: IPProtocol, _ port: UInt16, name: String? = nil,
        isThroughService: Bool = false
    ) {
        (self.source, self.destination, self.proto, self.port, self.name) = (source, destination, proto, port, name)
        self.isThroughService = isThroughService
    }
}

/// What one side of a connection says.
public struct NaiveRuling: Hashable, Sendable {
    /// Every order of policies of one priority allows it.
    public var isAllowed: Bool
    /// Some order allows it and another does not.
    public var isAmbiguous: Bool

    /// That ruling.
    public init(isAllowed: Bool, isAmbiguous: Bool) { (self.isAllowed, self.isAmbiguous) = (isAllowed, isAmbiguous) }

    init(_ outcomes: Set<Bool>) {
        isAllowed = outcomes == [true]
        isAmbiguous = outcomes.count > 1
    }
}

/// Both sides.
public struct NaiveVerdict: Hashable, Sendable {
    /// Of the policies about who opens it.
    public var egress: NaiveRuling
    /// Of the policies about whom it comes to.
    public var ingress: NaiveRuling
    /// That verdict.
    public init(egress: NaiveRuling, ingress: NaiveRuling) { (self.egress, self.ingress) = (egress, ingress) }

    /// Allowed by both.
    public var isAllowed: Bool { egress.isAllowed && ingress.isAllowed }
}

/// Answers one question at a time by reading all objects.
public struct NaiveEvaluator {
    private let cluster: NaiveCluster

    /// An evaluator of those objects.
    public init(_ objects: Objects) { cluster = NaiveCluster(objects: objects) }

    /// What policies say; with `staged` those that are only watched count too. nil: a side is not there, or has no address
    /// of the family.
    public func evaluate(_ query: NaiveQuery, staged: Bool) -> NaiveVerdict? {
        guard let source = side(query.source), let destination = side(query.destination) else { return nil }
        // No packet is of both families.
        guard source.isIPv4 == destination.isIPv4 else {
            return NaiveVerdict(egress: NaiveRuling([false]), ingress: NaiveRuling([false]))
        }
        // "A pod cannot block access to itself": at its own address no policy is asked.
        let isItself = source.side.pod.map { $0.key == destination.side.pod?.key } ?? false
        if isItself, !query.isThroughService {
            return NaiveVerdict(egress: NaiveRuling([true]), ingress: NaiveRuling([true]))
        }
        func look(_ own: NaivePod, _ other: NaiveSide, isEgress: Bool) -> NaiveLook {
            NaiveLook(
                cluster: cluster, own: own, other: other, isEgress: isEgress, isIPv4: source.isIPv4, proto: query.proto,
                port: query.port, name: query.name, isItself: isItself)
        }
        var (egress, ingress): (Set<Bool>, Set<Bool>) = ([true], [true])
        if let pod = source.side.pod {
            egress = outcomes(.admin, look(pod, destination.side, isEgress: true), staged)
        }
        if let pod = destination.side.pod, !cluster.isOwnNode(source.side, of: pod) {
            ingress = outcomes(.admin, look(pod, source.side, isEgress: false), staged)
        }
        return NaiveVerdict(egress: NaiveRuling(egress), ingress: NaiveRuling(ingress))
    }

    // MARK: Who it is

    private func side(_ asked: NaiveQuery.Side) -> (side: NaiveSide, isIPv4: Bool)? {
        switch asked {
        case .address(let address): return (cluster.side(address), address.isIPv4)
        case .pod(let key, let isIPv4):
            if let pod = cluster.livePods.first(where: { $0.key == key }) { return side(pod, isIPv4) }
            guard let object = cluster.objects.deployments[key], !cluster.podBlocks(isIPv4: isIPv4).isEmpty else {
                return nil
            }
            return (.pod(NaivePod(object), nil), isIPv4)
        }
    }

    private func side(_ pod: Pod, _ isIPv4: Bool) -> (side: NaiveSide, isIPv4: Bool)? {
        if pod.usesHostNetwork {
            let node = cluster.objects.nodes.values.first { $0.metadata.name == pod.nodeName }
            let known = (pod.addresses.isEmpty ? pod.hostAddresses : pod.addresses) + (node?.addresses ?? [])
            return known.first { $0.isIPv4 == isIPv4 }.map { (.address($0), isIPv4) }
        }
        if pod.addresses.isEmpty {
            return cluster.podBlocks(isIPv4: isIPv4).isEmpty ? nil : (.pod(NaivePod(pod), nil), isIPv4)
        }
        // Also one that another pod has as well: asked for by name, it is this pod.
        return pod.addresses.first { $0.isIPv4 == isIPv4 }.map { (.pod(NaivePod(pod), $0), isIPv4) }
    }

    // MARK: Tiers

    private enum Tier { case admin, networkPolicy, baseline, end }

    /// Everything that can come out, over all orders in which policies of one priority may be asked.
    private func outcomes(_ tier: Tier, _ look: NaiveLook, _ staged: Bool) -> Set<Bool> {
        switch tier {
        case .admin: return first(adminPolicies(staged, .admin), look) { outcomes(.networkPolicy, look, staged) }
        case .networkPolicy: return isolated(look, staged) ?? outcomes(.baseline, look, staged)
        case .baseline: return first(adminPolicies(staged, .baseline), look) { outcomes(.end, look, staged) }
        case .end: return [true]
        }
    }

    /// NetworkPolicy: what none selects goes on; what some select may do what one of their rules allows, and no more.
    private func isolated(_ look: NaiveLook, _ staged: Bool) -> Set<Bool>? {
        let objects = cluster.objects
        let policies = objects.networkPolicies.values.filter { policy in
            (staged || !policy.isStaged) && look.isSubject(policy) && look.isMeant(policy)
        }
        // With mistakes it isolates in both directions and allows nothing.
        let broken = objects.invalid.contains { object in
            guard let claim = object.policy, object.reference.kind == NetworkPolicy.kind,
                staged || !claim.isStaged, object.isLost || object.reference.namespace == look.own.key.namespace
            else { return false }
            return naivelySelects(claim.podSelector ?? .everything, look.own.labels)
        }
        if policies.isEmpty && !broken { return nil }
        // Led back to itself by a Service it comes from itself all the same.
        return [look.isItself || policies.contains { look.allows($0) }]
    }

    private struct AdminPolicy {
        var priority: Int
        var subject: AdminSubject?
        var ingress: [AdminRule]
        var egress: [AdminRule]
        /// With mistakes it denies everything.
        var isBroken = false
    }

    private func adminPolicies(_ staged: Bool, _ tier: ClusterNetworkPolicy.Tier) -> [AdminPolicy] {
        let objects = cluster.objects
        var found: [AdminPolicy] = []
        for policy in objects.clusterNetworkPolicies.values where policy.tier == tier && (staged || !policy.isStaged) {
            found.append(
                AdminPolicy(
                    priority: policy.priority, subject: policy.subject, ingress: policy.ingress, egress: policy.egress))
        }
        for policy in objects.adminNetworkPolicies.values where tier == .admin && (staged || !policy.isStaged) {
            found.append(
                AdminPolicy(
                    priority: policy.priority, subject: policy.subject, ingress: policy.ingress, egress: policy.egress))
        }
        for policy in objects.baselineAdminNetworkPolicies.values
        where tier == .baseline && (staged || !policy.isStaged) {
            found.append(
                AdminPolicy(priority: 0, subject: policy.subject, ingress: policy.ingress, egress: policy.egress))
        }
        for object in objects.invalid where object.reference.kind != NetworkPolicy.kind {
            guard let claim = object.policy, (claim.tier ?? .admin) == tier, staged || !claim.isStaged else { continue }
            // Where its place cannot be read it is asked before all others.
            let priority = claim.tier == nil ? 0 : claim.priority ?? 0
            found.append(
                AdminPolicy(priority: priority, subject: claim.subject, ingress: [], egress: [], isBroken: true))
        }
        return found
    }

    /// The lowest priority at which a rule matches decides. At one priority any policy may be asked first.
    private func first(_ policies: [AdminPolicy], _ look: NaiveLook, next: () -> Set<Bool>) -> Set<Bool> {
        for priority in Set(policies.map(\.priority)).sorted() {
            var found: Set<Bool> = []
            for policy in policies where policy.priority == priority {
                if let subject = policy.subject, !look.isSubject(subject) { continue }
                let action = policy.isBroken ? .deny : look.action(look.isEgress ? policy.egress : policy.ingress)
                switch action {
                case .accept?: found.insert(true)
                case .deny?: found.insert(false)
                case .pass?: found.formUnion(next())
                case nil: break
                }
            }
            if !found.isEmpty { return found }
        }
        return next()
    }
}
