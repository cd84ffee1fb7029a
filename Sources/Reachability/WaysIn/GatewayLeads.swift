import Kubernetes
import Policy

/// What Gateways lead to: Services that routes name which are attached to them.
struct GatewayLeads {
    private let objects: Objects
    private let services: ServiceTable
    private let invalid: Set<ObjectReference>
    private let grants: [String: [ReferenceGrant]]

    init(_ objects: Objects, _ services: ServiceTable) {
        self.objects = objects
        self.services = services
        invalid = Set(objects.invalid.map(\.reference))
        grants = Dictionary(grouping: objects.referenceGrants.values, by: \.metadata.namespace)
    }

    /// A route, whatever its kind.
    private struct Route {
        let kind: String
        let metadata: ObjectMeta
        let parents: [ParentRef]
        let backends: [(ref: ObjectRef, port: Int?)]

        init(_ route: HTTPRoute) {
            kind = HTTPRoute.kind
            metadata = route.metadata
            parents = route.parentRefs
            backends = route.rules.flatMap { Self.backends($0.backendRefs, $0.filters) }
        }

        init(_ route: GRPCRoute) {
            kind = GRPCRoute.kind
            metadata = route.metadata
            parents = route.parentRefs
            backends = route.rules.flatMap { Self.backends($0.backendRefs, $0.filters) }
        }

        /// Copies of requests are requests too.
        private static func backends(_ refs: [BackendRef], _ filters: [RouteFilter]) -> [(ref: ObjectRef, port: Int?)] {
            let used = refs.filter { $0.weight > 0 }
            let mirrors = (filters + used.flatMap(\.filters)).compactMap { filter -> (ref: ObjectRef, port: Int?)? in
                if case .mirror(let mirror) = filter { (mirror.backend, mirror.port) } else { nil }
            }
            return used.map { ($0.ref, $0.port) } + mirrors
        }
    }

    /// Every Gateway, by namespace and name.
    func all() -> [(Gateway, Leads)] {
        var byParent: [Parent: [(Route, ParentRef)]] = [:]
        let routes =
            objects.httpRoutes.values.sorted { $0.key < $1.key }.map(Route.init)
            + objects.grpcRoutes.values.sorted { $0.key < $1.key }.map(Route.init)
        for route in routes {
            for parent in route.parents where parent.group == Gateway.group {
                let key = NamespacedName(parent.namespace ?? route.metadata.namespace, parent.name)
                byParent[Parent(kind: parent.kind, name: key), default: []].append((route, parent))
            }
        }
        return objects.gateways.values.sorted { $0.key < $1.key }.map { gateway in
            var leads = Leads(services, invalid: invalid)
            let sets = objects.listenerSets(of: gateway)
            let places =
                [(Gateway.kind, gateway.key, gateway.listeners)] + sets.map { (ListenerSet.kind, $0.key, $0.listeners) }
            for (kind, name, listeners) in places {
                for (route, parent) in byParent[Parent(kind: kind, name: name)] ?? []
                where isAttached(route, parent, listeners, in: name.namespace) {
                    add(route, &leads)
                }
            }
            return (gateway, leads)
        }
    }

    /// What routes name: a Gateway, or a ListenerSet that adds to one.
    private struct Parent: Hashable {
        var kind: String
        var name: NamespacedName
    }

    private func isAttached(
        _ route: Route, _ parent: ParentRef, _ listeners: [Gateway.Listener], in namespace: String
    ) -> Bool {
        listeners.contains { listener in
            if let name = parent.sectionName, name != listener.name { return false }
            if let port = parent.port, port != listener.port { return false }
            let kinds = listener.allowedRoutes.kinds
            guard kinds.isEmpty || kinds.contains(GroupKind(group: Gateway.group, kind: route.kind)) else {
                return false
            }
            switch listener.allowedRoutes.namespaces {
            case .none: return false
            case .same: return route.metadata.namespace == namespace
            case .all: return true
            case .selector(let selector):
                let name = route.metadata.namespace
                let labels = objects.namespaces[NamespacedName("", name)]?.metadata.labels
                return selector.matches(labels ?? ["kubernetes.io/metadata.name": name])
            }
        }
    }

    private func add(_ route: Route, _ leads: inout Leads) {
        let namespace = route.metadata.namespace
        for (ref, port) in route.backends {
            let name = NamespacedName(ref.namespace ?? namespace, ref.name)
            guard ref.group.isEmpty, ref.kind == Service.kind else {
                leads.fail("\(ref.kind) \(name) is no Service")
                continue
            }
            guard name.namespace == namespace || isGranted(route, name) else {
                leads.fail("no ReferenceGrant lets \(route.kind) \(route.metadata.key) refer to Service \(name)")
                continue
            }
            guard let port else {
                leads.fail("\(route.kind) \(route.metadata.key) names no port of Service \(name)")
                continue
            }
            leads.add(name, .int(port))
        }
    }

    private func isGranted(_ route: Route, _ target: NamespacedName) -> Bool {
        (grants[target.namespace] ?? []).contains { grant in
            grant.from.contains {
                $0.group == Gateway.group && $0.kind == route.kind && $0.namespace == route.metadata.namespace
            }
                && grant.to.contains {
                    $0.group.isEmpty && $0.kind == Service.kind && ($0.name == nil || $0.name == target.name)
                }
        }
    }
}
