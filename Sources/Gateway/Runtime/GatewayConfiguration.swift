import Access
import Kubernetes
import ModelTraffic
import Records
import Routing

/// One snapshot, compiled: everything a request may need to look up, never changed, swapped whole.
final class GatewayConfiguration: Sendable {
    let routing: RoutingTable
    let access: AccessTable
    /// The policy in force for each rule; the place is `CompiledRule.id`.
    let policies: [PolicyID]
    /// What stands behind each rule; the place is `CompiledRule.id`.
    let plans: [RulePlan]
    /// What methods and paths mean.
    let catalogue: ServerCatalogue
    /// Names of the servers, by cluster; empty: not known.
    let serverNames: [String]
    /// What models cost.
    let prices: PriceTable
    /// What may be spent.
    let budgetTable: BudgetTable
    /// The budgets of each rule; the place is `CompiledRule.id`.
    let budgets: [BudgetSet]
    /// For each listener (by `CompiledListener.index`): whether any policy is attached to it or behind it.
    let hasPolicy: [Bool]
    /// Limits of each listener, by `CompiledListener.index`.
    let limits: [ConnectionLimits]
    /// What becomes of requests at each listener before their route is looked for, by `CompiledListener.index`.
    let entrances: [Entrance]
    /// Value of `Strict-Transport-Security`, by listener.
    let strictTransportSecurity: [String?]
    /// Proxies in front that are trusted, by listener.
    let trustedHops: [Int]
    /// Names of the listeners, as records have them; made once.
    let entranceParts: [RecordPart]
    /// Names of the rules, as records have them, by `CompiledRule.id`.
    let routeParts: RecordParts
    /// Names of keys, policies and their rules, as records have them.
    let accessParts: AccessParts
    /// How backends are connected to.
    let upstreamLimits: Limits
    /// Annotations with values that cannot be used; the defaults apply.
    let mistakes: [Mistake]
    private let ports: [Int: PortTable]

    /// What becomes of requests at a listener.
    enum Entrance: Equatable {
        case open
        /// Plain HTTP is sent to that port instead (annotation `sallyport.dev/https-redirect: "true"`): the Gateway's
        /// first HTTPS listener.
        case redirect(port: Int)
        /// The Gateway has annotations that cannot be followed, and without them it would be open to others.
        case refused
    }

    init(routing: RoutingTable, access: AccessTable, objects: Objects) {
        self.routing = routing
        self.access = access
        let listeners = routing.listeners
        catalogue = ServerCatalogue(objects: objects)
        prices = PriceTable(objects)
        let budgetTable = BudgetTable(objects, revision: access.revision)
        self.budgetTable = budgetTable
        // What is the same for many routes is there once: it stays in the processor's caches, whichever is asked for.
        var budgetSets: Set<BudgetSet> = []
        budgets = routing.rules.map { rule in
            let set = budgetTable.budgets(
                gateway: listeners[rule.listener].gateway, listener: listeners[rule.listener].name,
                route: rule.route.reference, rule: rule.ruleName)
            return budgetSets.insert(set).memberAfterInsert
        }
        let servers = Self.servers(routing.clusters, objects, catalogue)
        let catalogue = catalogue
        serverNames = servers.map { if case .known(let server) = $0 { catalogue[server].table.name } else { "" } }
        var made: Set<RulePlan> = []
        plans = routing.rules.map { made.insert(RulePlan($0, servers: servers)).memberAfterInsert }
        policies = routing.rules.map { rule in
            access.policy(
                gateway: listeners[rule.listener].gateway, listener: listeners[rule.listener].name,
                route: rule.route.reference, rule: rule.ruleName)
        }
        var hasPolicy = [Bool](repeating: false, count: listeners.count)
        for rule in routing.rules where policies[rule.id].isAttached { hasPolicy[rule.listener] = true }
        self.hasPolicy = hasPolicy
        let settings = listeners.map(ListenerSettings.init)
        limits = settings.map { ConnectionLimits($0.limits) }
        strictTransportSecurity = settings.map(\.strictTransportSecurity)
        trustedHops = settings.map(\.trustedHops)
        mistakes = settings.flatMap(\.mistakes)
        entrances = zip(listeners, settings).map { listener, settings in
            guard !settings.isRefused else { return .refused }
            guard settings.redirectsToHTTPS, !listener.isTLS else { return .open }
            // With no HTTPS listener to go to (its certificate may be gone), plain HTTP is not the second best.
            let secure = listeners.first { $0.isTLS && $0.gateway == listener.gateway }
            return secure.map { .redirect(port: $0.port) } ?? .refused
        }
        entranceParts = listeners.map { .entrance(gateway: "\($0.gateway)", listener: $0.name) }
        routeParts = RecordParts(
            routing.rules.lazy.map { .route("\($0.route)", rule: $0.ruleName ?? "\($0.ruleIndex)") })
        accessParts = AccessParts(access)
        upstreamLimits = settings.first?.limits ?? Limits()
        ports = Dictionary(routing.ports.map { ($0.port, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// What each cluster is, in their order.
    private static func servers(
        _ clusters: [Cluster], _ objects: Objects, _ catalogue: ServerCatalogue
    ) -> [ServerStanding] {
        let images = PodImages(objects)
        return clusters.map { cluster in
            guard let service = objects.services[cluster.key.service] else { return .unknown }
            guard service.unknownAnnotations.isEmpty else { return .misnamed }
            let recognition = catalogue.server(
                of: service, images: images.images(behind: service), port: service.targetPort(cluster.key.port))
            return switch recognition {
            case .server(let server): .known(server)
            case .unknown: .unknown
            case .mistaken: .misnamed
            }
        }
    }

    /// The listeners of a port.
    func port(_ number: Int) -> PortTable? { ports[number] }

    /// How long requests that run are given when the gateway stops: the longest of all listeners.
    var drainMilliseconds: Int64 { limits.map(\.limits.drainTimeout).max() ?? Limits().drainTimeout }

    /// Connection limits of a port before a host is known: those of its first listener.
    func limits(of port: PortTable) -> ConnectionLimits {
        port.listeners.first.map { limits[$0.index] } ?? ConnectionLimits(Limits())
    }
}

extension RouteKey {
    /// Group, kind, namespace and name.
    var reference: ObjectReference {
        ObjectReference(
            group: HTTPRoute.group, kind: kind.rawValue, namespace: name.namespace, name: name.name)
    }
}

extension GatewayConfiguration {
    /// Before the first snapshot: no listener, no policy, nothing passes.
    static var closed: GatewayConfiguration {
        let nothing = Snapshot(revision: 0, objects: Objects())
        return GatewayConfiguration(
            routing: compile(nothing), access: AccessTable(nothing.objects, revision: 0), objects: nothing.objects)
    }
}
