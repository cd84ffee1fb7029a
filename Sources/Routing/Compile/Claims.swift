import Kubernetes

/// What routes that cannot serve keep to themselves on one listener.
extension Compilation {
    /// - Parameter members: The routes that are attached to it.
    func claims(_ plan: ListenerPlan, _ place: ListenerPlace, _ members: [Int]) -> [RouteClaim] {
        let wrong = snapshot.objects.invalid.filter { object in
            guard let claim = object.claim else { return false }
            return claim.parents?.contains { means($0, plan, place) } ?? true
        }
        let missed = routes.filter { $0.attachments.contains { $0.claimed.contains(place) } }
        let refused = members.map { routes[$0] }.filter { route in
            // A match that cannot be evaluated: the route has no rules then.
            if let draft = route.drafts[place.gateway], draft.refusal != nil, draft.rules.isEmpty { return true }
            let kind = route.input.key.kind
            return wrong.contains { $0.reference.kind != kind.rawValue && overlap($0.claim, route.input) }
                || missed.contains { $0.input.key.kind != kind && overlap(RouteClaim($0.input), route.input) }
        }
        return wrong.compactMap(\.claim) + (missed + refused).map { RouteClaim($0.input) }
    }

    /// Whether a parent is that listener. One that fits no listener of the Gateway, or ListenerSet, may be any.
    private func means(_ parent: RouteClaim.Parent, _ plan: ListenerPlan, _ place: ListenerPlace) -> Bool {
        let owner = plan.owner
        guard parent.kind == owner.kind, parent.name == NamespacedName(owner.namespace, owner.name) else {
            return false
        }
        return parent.fits(plan.listener)
            || !plans[place.gateway].contains { $0.owner == owner && parent.fits($0.listener) }
    }

    /// Of HTTPRoutes and GRPCRoutes with a host name in common only one serves: where one of them is wrong, it is not
    /// known which, and so none does.
    private func overlap(_ claim: RouteClaim?, _ route: RouteInput) -> Bool {
        guard let hostnames = claim?.hostnames, !hostnames.isEmpty, !route.hostnames.isEmpty else { return true }
        return hostnames.contains { name in route.hostnames.contains { hostnamesIntersect(name, $0) } }
    }
}

extension RouteClaim {
    fileprivate init(_ route: RouteInput) {
        switch route.object {
        case .http(let route): self.init(route)
        case .grpc(let route): self.init(route)
        }
    }
}

extension RouteClaim.Parent {
    fileprivate func fits(_ listener: Gateway.Listener) -> Bool {
        (sectionName == nil || sectionName == listener.name) && (port == nil || port == listener.port)
    }
}

extension GatewayClaim.Hostname {
    /// The host name to keep closed, as listeners have it; nil: it is not known.
    var closed: String?? {
        switch self {
        case .unknown: nil
        case .any: .some(nil)
        case .name(let name): .some(name)
        }
    }
}
