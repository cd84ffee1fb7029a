import Access
import Kubernetes
import ModelTraffic
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
    /// Where plain HTTP is sent instead (annotation `sallyport.dev/https-redirect: "true"`), by listener: the port of
    /// the Gateway's first HTTPS listener.
    let httpsRedirects: [Int?]
    /// Value of `Strict-Transport-Security`, by listener.
    let strictTransportSecurity: [String?]
    /// Proxies in front that are trusted, by listener.
    let trustedHops: [Int]
    /// Names of the listeners, as records have them; made once.
    let names: [(gateway: String, listener: String)]
    /// Names of the rules, by `CompiledRule.id`.
    let routeNames: [(route: String, rule: String)]
    /// How backends are connected to.
    let upstreamLimits: Limits
    /// Annotations with values that cannot be used; the defaults apply.
    let mistakes: [Mistake]
    /// What routes with mistakes were meant for.
    private let claims: [RouteClaim]
    private let ports: [Int: PortTable]

    init(routing: RoutingTable, access: AccessTable, objects: Objects, claims: [RouteClaim] = []) {
        self.routing = routing
        self.access = access
        self.claims = claims
        let listeners = routing.listeners
        catalogue = ServerCatalogue(objects)
        prices = PriceTable(objects)
        let budgetTable = BudgetTable(objects, revision: access.revision)
        self.budgetTable = budgetTable
        budgets = routing.rules.map { rule in
            budgetTable.budgets(
                gateway: listeners[rule.listener].gateway, listener: listeners[rule.listener].name,
                route: rule.route.reference, rule: rule.ruleName)
        }
        let servers = Self.servers(routing.clusters, objects, catalogue)
        plans = routing.rules.map { RulePlan($0, servers: servers) }
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
        httpsRedirects = zip(listeners, settings).map { listener, settings in
            guard settings.redirectsToHTTPS, !listener.isTLS else { return nil }
            return listeners.first { $0.isTLS && $0.gateway == listener.gateway }?.port
        }
        names = listeners.map { ("\($0.gateway)", $0.name) }
        routeNames = routing.rules.map { ("\($0.route)", $0.ruleName ?? "\($0.ruleIndex)") }
        upstreamLimits = settings.first?.limits ?? Limits()
        ports = Dictionary(routing.ports.map { ($0.port, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Whether a route with mistakes was meant for the request: then nobody else may serve it.
    func isClaimed(_ request: RequestView, on listener: CompiledListener, matched: Int) -> Bool {
        claims.contains {
            $0.covers(gateway: listener.gateway, host: request.host, path: request.path, matched: matched)
        }
    }

    /// What each cluster is, in their order.
    private static func servers(
        _ clusters: [Cluster], _ objects: Objects, _ catalogue: ServerCatalogue
    ) -> [ServerStanding] {
        let images = PodImages(objects)
        return clusters.map { cluster in
            guard let service = objects.services[cluster.key.service] else { return .unknown }
            return catalogue.recognise(service, images: images.images(behind: service), port: cluster.key.port)
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
