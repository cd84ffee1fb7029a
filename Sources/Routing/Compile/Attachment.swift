import Kubernetes

/// What the two kinds of route have in common.
struct RouteInput {
    enum Object {
        case http(HTTPRoute)
        case grpc(GRPCRoute)
    }

    var key: RouteKey
    var metadata: ObjectMeta
    var hostnames: [String]
    var parentRefs: [ParentRef]
    var object: Object

    var groupKind: GroupKind { GroupKind(group: gatewayGroup, kind: key.kind.rawValue) }

    init(_ route: HTTPRoute) {
        key = RouteKey(kind: .http, name: route.key)
        (metadata, hostnames, parentRefs, object) = (route.metadata, route.hostnames, route.parentRefs, .http(route))
    }

    init(_ route: GRPCRoute) {
        key = RouteKey(kind: .grpc, name: route.key)
        (metadata, hostnames, parentRefs, object) = (route.metadata, route.hostnames, route.parentRefs, .grpc(route))
    }

    /// A reference to the route object.
    var reference: ObjectReference {
        ObjectReference(
            group: gatewayGroup, kind: key.kind.rawValue, namespace: metadata.namespace, name: metadata.name)
    }
}

/// A listener's place: of its Gateway among ours, and in it.
struct ListenerPlace: Hashable {
    var gateway: Int
    var listener: Int
}

/// What became of one parentRef of a route.
struct Attachment {
    var ref: ParentRef
    /// Place of the Gateway among ours; nil: there is no such Gateway.
    var gateway: Int?
    var listeners: [ListenerPlace] = []
    /// Listeners that the route may have been meant for, though it is not attached there because of a slip: its
    /// requests are nobody else's.
    var claimed: [ListenerPlace] = []
    /// Why it is attached to no listener.
    var problem: Problem?
}

/// Decides which listeners routes attach to.
struct Attacher {
    let objects: Objects
    let plans: [[ListenerPlan]]
    private let groups: [ObjectReference: ListenerGroup]
    /// Why ListenerSets of ours have no listeners.
    private let refusals: [NamespacedName: Problem]

    init(
        _ objects: Objects, _ plans: [[ListenerPlan]], _ groups: [ListenerGroup], _ sets: [ListenerSetJudgement]
    ) {
        self.objects = objects
        self.plans = plans
        self.groups = Dictionary(uniqueKeysWithValues: groups.map { ($0.owner, $0) })
        refusals = Dictionary(
            uniqueKeysWithValues: sets.compactMap { set in set.refusal.map { (set.set.key, $0) } })
    }

    /// One outcome per parentRef that is ours to judge.
    func attach(_ route: RouteInput) -> [Attachment] {
        route.parentRefs.compactMap { ref in
            guard ref.group == gatewayGroup, ref.kind == Gateway.kind || ref.kind == ListenerSet.kind else {
                return nil
            }
            let key = NamespacedName(ref.namespace ?? route.metadata.namespace, ref.name)
            let owner = ObjectReference(group: ref.group, kind: ref.kind, namespace: key.namespace, name: key.name)
            if let group = groups[owner] { return attach(route, ref, group) }
            return problem(ref.kind, key).map { Attachment(ref: ref, problem: Problem("NoMatchingParent", $0)) }
        }
    }

    /// Why a parent has no listeners of ours; nil: it is another controller's to speak about.
    private func problem(_ kind: String, _ key: NamespacedName) -> String? {
        let isKnown = kind == Gateway.kind ? objects.gateways[key] != nil : objects.listenerSets[key] != nil
        guard isKnown else {
            return objects.hasMistakes(kind, key) ? "\(kind) \(key) has mistakes" : "there is no \(kind) \(key)"
        }
        // A Gateway of another class, and what adds to one.
        return kind == Gateway.kind
            ? nil : refusals[key].map { "ListenerSet \(key) is not accepted: \($0.message)" }
    }

    private func attach(_ route: RouteInput, _ ref: ParentRef, _ group: ListenerGroup) -> Attachment {
        let (gateway, parent) = (group.gateway, "\(ref.kind) \(ref.name)")
        var outcome = Attachment(ref: ref, gateway: gateway)
        let all = group.listeners
        let named = all.filter { fits(ref, plans[gateway][$0].listener) }
        let allowed = named.filter { allows(plans[gateway][$0], route) }
        // A listener that is not there is a slip in its name or port. A Namespace with mistakes may have the labels.
        let missed =
            named.isEmpty
            ? all.filter { allows(plans[gateway][$0], route) || isUnknown(plans[gateway][$0], route) }
            : named.filter { isUnknown(plans[gateway][$0], route) }
        outcome.claimed = missed.map { ListenerPlace(gateway: gateway, listener: $0) }
        let fitting = allowed.filter {
            !effectiveHostnames(route.hostnames, listener: plans[gateway][$0].listener.hostname).isEmpty
        }
        outcome.listeners = fitting.map { ListenerPlace(gateway: gateway, listener: $0) }
        if named.isEmpty {
            let section = ref.sectionName.map { " named \($0)" } ?? ""
            let port = ref.port.map { " on port \($0)" } ?? ""
            outcome.problem = Problem("NoMatchingParent", "\(parent) has no listener\(section)\(port)")
        } else if allowed.isEmpty {
            outcome.problem = Problem(
                "NotAllowedByListeners",
                "no listener of \(parent) takes \(route.key.kind.rawValue) of namespace "
                    + route.metadata.namespace)
        } else if fitting.isEmpty {
            outcome.problem = Problem(
                "NoMatchingListenerHostname", "none of the host names fits a listener of \(parent)")
        }
        return outcome
    }

    private func fits(_ ref: ParentRef, _ listener: Gateway.Listener) -> Bool {
        (ref.sectionName == nil || ref.sectionName == listener.name) && (ref.port == nil || ref.port == listener.port)
    }

    private func allows(_ plan: ListenerPlan, _ route: RouteInput) -> Bool {
        guard plan.supportedKinds.contains(route.groupKind) else { return false }
        return plan.listener.allowedRoutes.namespaces.takes(
            route.metadata.namespace, own: plan.namespace, objects)
    }
}

extension Attacher {
    /// Whether the listener asks for labels of the route's namespace that cannot be read.
    private func isUnknown(_ plan: ListenerPlan, _ route: RouteInput) -> Bool {
        guard case .selector = plan.listener.allowedRoutes.namespaces, plan.supportedKinds.contains(route.groupKind),
            objects.namespaces[NamespacedName("", route.metadata.namespace)] == nil
        else { return false }
        return objects.invalid.contains {
            $0.reference.kind == Namespace.kind && $0.reference.group == Namespace.group
                && ($0.reference.name == route.metadata.namespace || $0.isLost)
        }
    }
}

/// On one listener, HTTPRoutes and GRPCRoutes must not have host names in common: the older route keeps them.
struct KindArbiter {
    private var claims: [ListenerPlace: [RouteKey.Kind: HostClaims]] = [:]

    /// Takes listeners away from a route where an older route of the other kind has its host names. Routes must come
    /// by age.
    mutating func settle(_ attachment: inout Attachment, _ route: RouteInput, _ plans: [[ListenerPlan]]) {
        guard !attachment.listeners.isEmpty else { return }
        let other: RouteKey.Kind = route.key.kind == .http ? .grpc : .http
        attachment.listeners.removeAll { place in
            let listener = plans[place.gateway][place.listener].listener
            let names = effectiveHostnames(route.hostnames, listener: listener.hostname).map { $0 ?? listener.hostname }
            if let claimed = claims[place]?[other], names.contains(where: claimed.overlaps) { return true }
            for name in names { claims[place, default: [:]][route.key.kind, default: HostClaims()].insert(name) }
            return false
        }
        if attachment.listeners.isEmpty {
            attachment.problem = Problem(
                "Conflicted", "an older \(other.rawValue) on the same listener has a host name in common")
        }
    }
}
