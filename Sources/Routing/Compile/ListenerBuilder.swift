import Kubernetes

/// Puts the rules of routes on one listener, in the order in which they are preferred.
struct ListenerBuilder {
    let index: Int
    let firstRule: Int
    let plan: ListenerPlan
    private var rules: [CompiledRule] = []
    private var entries: [Unranked] = []
    private var hasGRPC = false
    private let claims: [RouteClaim]

    /// A match with what its rank depends on. Host and path are not in it: the matcher goes through them in order.
    private struct Unranked {
        var hostname: String?
        var match: MatchDraft
        var rule: Int
        /// Place of the route by age, of the rule and of the match in it: the last tie-breaks.
        var order: (route: Int, rule: Int, match: Int)
    }

    init(index: Int, firstRule: Int, plan: ListenerPlan, claims: [RouteClaim]) {
        self.index = index
        self.firstRule = firstRule
        self.plan = plan
        self.claims = claims
    }

    private var routeCount = 0

    /// Adds a route. Routes must come by age.
    mutating func add(_ route: RouteInput, _ draft: RouteDraft) {
        if route.key.kind == .grpc { hasGRPC = true }
        let hostnames = effectiveHostnames(route.hostnames, listener: plan.listener.hostname)
        for rule in draft.rules {
            for hostname in Set(hostnames) {
                for (number, match) in rule.matches.enumerated() {
                    entries.append(
                        Unranked(
                            hostname: hostname, match: match, rule: rules.count,
                            order: (routeCount, rule.index, number)))
                }
            }
            rules.append(compiled(rule, route.key))
        }
        routeCount += 1
    }

    private func compiled(_ rule: RuleDraft, _ route: RouteKey) -> CompiledRule {
        CompiledRule(
            id: firstRule + rules.count, listener: index, route: route, ruleIndex: rule.index, ruleName: rule.name,
            action: rule.action,
            extras: RuleExtras(filters: rule.filters, timeouts: rule.timeouts, retry: rule.retry))
    }

    /// The listener with all that was added.
    func finish() -> CompiledListener {
        let ranked = entries.sorted(by: Self.isPreferred).enumerated().map { rank, entry in
            Matcher.Entry(
                hostname: entry.hostname, path: entry.match.path,
                match: MatchInput(
                    rank: rank, rule: entry.rule, wantsTwoSegments: entry.match.wantsTwoSegments,
                    method: entry.match.method, headers: entry.match.headers, queries: entry.match.queries))
        }
        let wantsH2C = hasGRPC || plan.gateway.metadata.annotations["sallyport.dev/h2c"] == "true"
        return CompiledListener(
            index: index, plan: plan, acceptsH2C: wantsH2C && plan.listener.protocolName == "HTTP", rules: rules,
            matcher: Matcher(ranked), claims: claims)
    }

    /// The order of the specification among matches of one host and path.
    private static func isPreferred(_ a: Unranked, _ b: Unranked) -> Bool {
        let left = (a.match.method == nil ? 1 : 0, -a.match.headers.count, -a.match.queries.count)
        let right = (b.match.method == nil ? 1 : 0, -b.match.headers.count, -b.match.queries.count)
        return left == right ? a.order < b.order : left < right
    }
}
