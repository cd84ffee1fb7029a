import Kubernetes

/// What the objects of a snapshot mean for the front door. Pure: the same snapshot and options give the same table.
///
/// Nothing here throws: what is wrong becomes a condition in `RoutingTable.statuses` and serves nobody. An object with
/// mistakes is as if it were not there, which never adds a route, a backend or a permission; a listener that cannot be
/// programmed keeps its host name closed, and so does a Gateway with mistakes (`GatewayClaim`); a BackendTLSPolicy that
/// cannot be read closes the Services it names. A route that cannot serve keeps what it was meant for from the routes
/// that are left (`RouteClaim`, `CompiledListener.isClaimed`).
public func compile(_ snapshot: Snapshot, options: RoutingOptions = RoutingOptions()) -> RoutingTable {
    var compilation = Compilation(snapshot, options)
    compilation.attachRoutes()
    compilation.program()
    return compilation.table()
}

/// The state of one compilation.
struct Compilation {
    let snapshot: Snapshot
    let options: RoutingOptions
    let backends: BackendResolver
    /// What Gateways and ListenerSets with mistakes keep to themselves.
    private let wrong: WrongListeners
    let classes: GatewayClasses
    /// Our Gateways, oldest first.
    let gateways: [GatewayJudgement]
    /// ListenerSets that name them.
    let listenerSets: [ListenerSetJudgement]
    /// Whose listeners are whose.
    let groups: [ListenerGroup]
    /// Listeners of each Gateway, its own first.
    private(set) var plans: [[ListenerPlan]]
    /// All routes, oldest first, with what became of each parentRef.
    private(set) var routes: [RouteProgress] = []
    private(set) var listeners: [CompiledListener] = []
    private(set) var rules: [CompiledRule] = []

    /// A route on its way.
    struct RouteProgress {
        var input: RouteInput
        var attachments: [Attachment]
        /// By place of the Gateway.
        var drafts: [Int: RouteDraft] = [:]
    }

    init(_ snapshot: Snapshot, _ options: RoutingOptions) {
        let objects = snapshot.objects
        self.snapshot = snapshot
        self.options = options
        let grants = Grants(objects)
        let resolver = CertificateResolver(objects: objects, grants: grants)
        backends = BackendResolver(objects, grants, BackendTLSIndex(objects, resolver), options)
        classes = GatewayClasses(objects, options)
        gateways = GatewayJudgement.all(objects, classes, resolver, options)
        let roster = ListenerRoster(objects, gateways, ListenerPlanner(resolver: resolver))
        (listenerSets, groups, plans) = (roster.sets, roster.groups, roster.plans)
        wrong = WrongListeners(objects, gateways, classes)
        markConflicts(&plans, groups, sharing: options.gatewaysShareAddresses, wrong: wrong)
    }

    /// Finds the listeners of every route and compiles it for its Gateways.
    mutating func attachRoutes() {
        let objects = snapshot.objects
        let inputs = objects.httpRoutes.values.map { RouteInput($0) } + objects.grpcRoutes.values.map { RouteInput($0) }
        let attacher = Attacher(objects, plans, groups, listenerSets)
        var arbiter = KindArbiter()
        for input in inputs.sorted(by: Self.isBefore) {
            var route = RouteProgress(input: input, attachments: attacher.attach(input))
            for index in route.attachments.indices { arbiter.settle(&route.attachments[index], input, plans) }
            for attachment in route.attachments {
                guard let gateway = attachment.gateway, route.drafts[gateway] == nil else { continue }
                route.drafts[gateway] = draft(input, for: gateway)
            }
            routes.append(route)
        }
        countAttached()
    }

    /// By age and name; of two kinds with one name, by kind.
    private static func isBefore(_ a: RouteInput, _ b: RouteInput) -> Bool {
        if isOlder(a.metadata, b.metadata) { return true }
        if isOlder(b.metadata, a.metadata) { return false }
        return a.key.kind.rawValue < b.key.kind.rawValue
    }

    private func draft(_ route: RouteInput, for gateway: Int) -> RouteDraft {
        let compiler = RouteCompiler(
            backends: backends, gateway: gateways[gateway].gateway.key,
            clientCertificate: gateways[gateway].clientCertificate)
        return switch route.object {
        case .http(let route): compiler.compile(route)
        case .grpc(let route): compiler.compile(route)
        }
    }

    private mutating func countAttached() {
        for route in routes {
            for attachment in route.attachments {
                guard let gateway = attachment.gateway, route.drafts[gateway]?.refusal == nil else { continue }
                for place in attachment.listeners {
                    plans[place.gateway][place.listener].attached.insert(route.input.key)
                }
            }
        }
    }

    /// Makes the listeners with their rules.
    mutating func program() {
        var routesOf: [ListenerPlace: [Int]] = [:]
        for (index, route) in routes.enumerated() {
            for place in Set(route.attachments.flatMap(\.listeners)) { routesOf[place, default: []].append(index) }
        }
        for gateway in plans.indices {
            for listener in plans[gateway].indices where plans[gateway][listener].isProgrammed {
                let place = ListenerPlace(gateway: gateway, listener: listener)
                add(plans[gateway][listener], place, routesOf[place] ?? [])
            }
        }
    }

    private mutating func add(_ plan: ListenerPlan, _ place: ListenerPlace, _ members: [Int]) {
        var builder = ListenerBuilder(
            index: listeners.count, firstRule: rules.count, plan: plan, claims: claims(plan, place, members))
        for index in members {
            guard let draft = routes[index].drafts[place.gateway] else { continue }
            builder.add(routes[index].input, draft)
        }
        let listener = builder.finish()
        listeners.append(listener)
        rules += listener.rules
    }

    /// The finished table.
    func table() -> RoutingTable {
        let denyAll =
            snapshot.unreadable.isEmpty
            ? nil : "the configuration could never be read from \(snapshot.unreadable.joined(separator: ", "))"
        return RoutingTable(
            revision: snapshot.revision, denyAll: denyAll, ports: ports(), listeners: listeners, rules: rules,
            clusters: backends.clusters, statuses: StatusWriter(compilation: self).statuses())
    }

    private func ports() -> [PortTable] {
        struct Key: Hashable {
            var port: Int
            var gateway: NamespacedName?
        }
        let share = options.gatewaysShareAddresses
        let served = Dictionary(grouping: listeners) { Key(port: $0.port, gateway: share ? nil : $0.gateway) }
        let all = plans.joined()
        return served.map { key, listeners in
            // Refused listeners of the same protocol keep their host names: nobody else may answer for them.
            let closed = all.filter {
                $0.keepsItsHost && $0.listener.port == key.port
                    && (key.gateway == nil || $0.gateway.key == key.gateway)
                    && (!$0.isHTTP || ($0.listener.protocolName == "HTTPS") == listeners[0].isTLS)
            }
            let wrong = wrong.hostnames(on: key.port, of: key.gateway)
            return PortTable(
                port: key.port, gateway: key.gateway, listeners: listeners,
                closedHostnames: closed.map(\.listener.hostname) + wrong.compactMap(\.closed),
                isClosed: wrong.contains(.unknown))
        }
        .sorted { ($0.port, $0.gateway ?? NamespacedName("", "")) < ($1.port, $1.gateway ?? NamespacedName("", "")) }
    }
}
