import Kubernetes

/// Compiles the filters of a rule or of a backend.
struct FilterCompiler {
    let backends: BackendResolver
    let referrer: BackendResolver.Referrer
    /// All matches of the rule are prefixes: only then `ReplacePrefixMatch` means something.
    let onlyPrefixes: Bool

    /// What came of it.
    struct Outcome {
        var filters = RuleFilters()
        var redirect: Redirect?
        /// Why the filters cannot be followed.
        var refusal: Problem?
        /// A mirror that does not resolve.
        var unresolved: Problem?
    }

    func compile(_ filters: [RouteFilter]) -> Outcome {
        var outcome = Outcome()
        for filter in filters { add(filter, to: &outcome) }
        if outcome.redirect != nil, outcome.filters.rewrite != nil {
            outcome.refusal = Problem("IncompatibleFilters", "RequestRedirect and URLRewrite cannot be combined")
        }
        return outcome
    }

    private func add(_ filter: RouteFilter, to outcome: inout Outcome) {
        switch filter {
        case .requestHeaders(let changes):
            once("RequestHeaderModifier", outcome.filters.requestHeaders == nil, &outcome)
            outcome.filters.requestHeaders = changes
        case .responseHeaders(let changes):
            once("ResponseHeaderModifier", outcome.filters.responseHeaders == nil, &outcome)
            outcome.filters.responseHeaders = changes
        case .rewrite(let rewrite):
            once("URLRewrite", outcome.filters.rewrite == nil, &outcome)
            checkPrefix(rewrite.path, &outcome)
            outcome.filters.rewrite = Rewrite(
                hostname: rewrite.hostname, path: rewrite.path.map(PathRewrite.init))
        case .redirect(let redirect):
            once("RequestRedirect", outcome.redirect == nil, &outcome)
            checkPrefix(redirect.path, &outcome)
            outcome.redirect = Redirect(redirect)
        case .cors(let cors):
            once("CORS", outcome.filters.cors == nil, &outcome)
            outcome.filters.cors = CORSPolicy(cors)
        case .mirror(let mirror):
            addMirror(mirror, to: &outcome)
        case .extensionRef(let ref):
            once("ExtensionRef", outcome.filters.models == nil, &outcome)
            switch modelChooser(ref) {
            case .success(let chooser): outcome.filters.models = chooser
            case .failure(let problem): outcome.refusal = problem
            }
        }
    }

    private func addMirror(_ mirror: RouteFilter.Mirror, to outcome: inout Outcome) {
        switch backends.resolve(mirror.backend, port: mirror.port, for: referrer) {
        case .success(let cluster):
            outcome.filters.mirrors.append(
                MirrorTarget(
                    destination: .cluster(cluster), numerator: mirror.numerator, denominator: mirror.denominator))
        case .failure(let problem):
            // A copy that cannot be sent harms nobody: the request itself goes on, the condition says what is wrong.
            outcome.unresolved = outcome.unresolved ?? problem
        }
    }

    private func once(_ type: String, _ isFirst: Bool, _ outcome: inout Outcome) {
        if !isFirst { outcome.refusal = Problem("IncompatibleFilters", "\(type) stands twice in one rule") }
    }

    private func checkPrefix(_ path: RouteFilter.PathChange?, _ outcome: inout Outcome) {
        guard case .replacePrefixMatch = path, !onlyPrefixes else { return }
        outcome.refusal = Problem("UnsupportedValue", "ReplacePrefixMatch needs matches of type PathPrefix only")
    }
}
