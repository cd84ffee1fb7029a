import Kubernetes

/// Compiles the rules of routes for one Gateway.
///
/// What is refused, and how far:
/// - A match that cannot be evaluated (a regular expression): the route as a whole is not accepted. Which requests that
///   match was to take away from its neighbours is unknown, so none of them is served, by any route (`RouteClaim`).
/// - A filter that cannot be followed: the rule answers 500; the others go on (`PartiallyInvalid`).
/// - A backend that cannot be used: 500 for its share.
struct RouteCompiler {
    let backends: BackendResolver
    let gateway: NamespacedName
    let clientCertificate: KeyPair?

    func compile(_ route: HTTPRoute) -> RouteDraft {
        let referrer = referrer(RouteKey(kind: .http, name: route.key))
        var draft = RouteDraft()
        for (index, rule) in route.rules.enumerated() {
            var matches: [MatchDraft] = []
            for match in rule.matches {
                switch compile(match) {
                case .success(let compiled): matches.append(compiled)
                case .failure(let problem): draft.refusal = refuse(problem, rule: index)
                }
            }
            var body = compile(rule.filters, rule.backendRefs, onlyPrefixes: onlyPrefixes(matches), referrer, &draft)
            body.index = index
            body.name = rule.name
            body.matches = matches
            body.timeouts = RuleTimeouts(
                request: rule.timeouts.request, backendRequest: rule.timeouts.backendRequest)
            body.retry = rule.retry
            draft.rules.append(body)
        }
        return finish(draft)
    }

    func compile(_ route: GRPCRoute) -> RouteDraft {
        let referrer = referrer(RouteKey(kind: .grpc, name: route.key))
        var draft = RouteDraft()
        for (index, rule) in route.rules.enumerated() {
            var matches: [MatchDraft] = []
            if rule.matches.isEmpty { matches = [grpcMatch(.prefix([]), [])] }
            for match in rule.matches {
                switch compile(match) {
                case .success(let compiled): matches.append(compiled)
                case .failure(let problem): draft.refusal = refuse(problem, rule: index)
                }
            }
            var body = compile(rule.filters, rule.backendRefs, onlyPrefixes: false, referrer, &draft)
            body.index = index
            body.name = rule.name
            body.matches = matches
            draft.rules.append(body)
        }
        return finish(draft)
    }

    private func referrer(_ route: RouteKey) -> BackendResolver.Referrer {
        BackendResolver.Referrer(route: route, gateway: gateway, clientCertificate: clientCertificate)
    }

    private func refuse(_ problem: Problem, rule: Int) -> Problem {
        Problem(problem.reason, "spec.rules[\(rule)]: \(problem.message)")
    }

    /// A route of which no rule can be followed is not accepted; its rules still answer 500, so that requests that
    /// were meant for it do not go to a wider route.
    private func finish(_ draft: RouteDraft) -> RouteDraft {
        var draft = draft
        if draft.refusal != nil {
            draft.rules = []
        } else if let partly = draft.partly, draft.rules.allSatisfy(\.isRefused) {
            draft.refusal = partly
            draft.partly = nil
        }
        return draft
    }

    private func onlyPrefixes(_ matches: [MatchDraft]) -> Bool {
        matches.allSatisfy { if case .prefix = $0.path { true } else { false } }
    }

    private func compile(_ match: HTTPRoute.Match) -> Result<MatchDraft, Problem> {
        guard let headers = conditions(match.headers), let queries = conditions(match.queryParams) else {
            return .failure(Problem("UnsupportedValue", "matches by regular expression are not supported"))
        }
        let path: PathKey
        switch match.path {
        case .exact(let text): path = .exact(canonicalPath(Array(text.utf8)))
        case .prefix(let text): path = prefixKey(text)
        case .regularExpression:
            return .failure(Problem("UnsupportedValue", "paths by regular expression are not supported"))
        }
        return .success(
            MatchDraft(path: path, method: match.method.map { Array($0.utf8) }, headers: headers, queries: queries))
    }

    /// gRPC is `POST /service/method`: nothing else is let through to a gRPC backend.
    private func compile(_ match: GRPCRoute.Match) -> Result<MatchDraft, Problem> {
        guard !match.isRegularExpression, let headers = conditions(match.headers) else {
            return .failure(Problem("UnsupportedValue", "matches by regular expression are not supported"))
        }
        let path: PathKey =
            switch (match.service, match.method) {
            case (let service?, let method?): .exact(Array("/\(service)/\(method)".utf8))
            case (let service?, nil): .prefix([Array(service.utf8)])
            case (nil, let method?): .method(Array(method.utf8))
            case (nil, nil): .prefix([])
            }
        return .success(grpcMatch(path, headers))
    }

    private func grpcMatch(_ path: PathKey, _ headers: [(name: [UInt8], value: [UInt8])]) -> MatchDraft {
        MatchDraft(path: path, wantsTwoSegments: true, method: Array("POST".utf8), headers: headers)
    }

    /// Filters and backends of a rule.
    private func compile(
        _ filters: [RouteFilter], _ refs: [BackendRef], onlyPrefixes: Bool, _ referrer: BackendResolver.Referrer,
        _ draft: inout RouteDraft
    ) -> RuleDraft {
        let compiler = FilterCompiler(backends: backends, referrer: referrer, onlyPrefixes: onlyPrefixes)
        var outcome = compiler.compile(filters)
        if outcome.redirect != nil, !refs.isEmpty {
            outcome.refusal = Problem("IncompatibleFilters", "a rule with RequestRedirect has no backendRefs")
        }
        var targets: [BackendTarget] = []
        for ref in refs {
            let (target, own) = compile(ref, compiler, referrer)
            targets.append(target)
            outcome.refusal = outcome.refusal ?? own.refusal
            outcome.unresolved = outcome.unresolved ?? own.unresolved
        }
        draft.unresolved = draft.unresolved ?? outcome.unresolved
        var rule = RuleDraft(index: 0, matches: [], action: .forward(Backends(targets)), filters: outcome.filters)
        if let refusal = outcome.refusal {
            rule.action = .refuse(refusal.message)
            draft.partly = draft.partly ?? refusal
        } else if let redirect = outcome.redirect {
            rule.action = .redirect(redirect)
        }
        return rule
    }

    private func compile(
        _ ref: BackendRef, _ compiler: FilterCompiler, _ referrer: BackendResolver.Referrer
    ) -> (BackendTarget, FilterCompiler.Outcome) {
        var outcome = compiler.compile(ref.filters)
        if outcome.filters.models != nil {
            // Which backend is chosen may hang on the model: it cannot hang on the backend.
            outcome.refusal = Problem("UnsupportedValue", "a ModelFilter is a filter of a rule, not of a backend")
        }
        let destination: BackendTarget.Destination
        switch backends.resolve(ref.ref, port: ref.port, for: referrer) {
        case .success(let cluster): destination = .cluster(cluster)
        case .failure(let problem):
            destination = .invalid(problem.message)
            outcome.unresolved = problem
        }
        let target = BackendTarget(
            destination: destination, weight: ref.weight, filters: outcome.filters, redirect: outcome.redirect)
        return (target, outcome)
    }
}

extension RuleDraft {
    /// It answers 500 to everything.
    fileprivate var isRefused: Bool { if case .refuse = action { true } else { false } }
}
