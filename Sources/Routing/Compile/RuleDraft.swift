import Kubernetes

/// A rule of a route compiled for one Gateway, before it is put on listeners.
struct RuleDraft {
    var index: Int
    var name: String?
    var matches: [MatchDraft]
    var action: RuleAction
    var filters = RuleFilters()
    var timeouts = RuleTimeouts()
    var retry: HTTPRoute.Retry?
}

/// A match of a rule, before it has a rank in its listener.
struct MatchDraft {
    var path: PathKey
    var wantsTwoSegments = false
    var method: [UInt8]?
    var headers: [(name: [UInt8], value: [UInt8])] = []
    var queries: [(name: [UInt8], value: [UInt8])] = []
}

/// A route compiled for one Gateway.
struct RouteDraft {
    var rules: [RuleDraft] = []
    /// Why it is not accepted as a whole; then it has no rules.
    var refusal: Problem?
    /// Rules that cannot be followed while others can: they answer 500.
    var partly: Problem?
    /// The first reference that does not resolve.
    var unresolved: Problem?
}

/// The names and values of conditions, each name once (the first counts), by name. Gives nil for a regular expression.
func conditions(_ wanted: [ValueMatch]) -> [(name: [UInt8], value: [UInt8])]? {
    var byName: [String: String] = [:]
    for match in wanted {
        if match.isRegularExpression { return nil }
        if byName[match.name] == nil { byName[match.name] = match.value }
    }
    return byName.sorted { $0.key < $1.key }.map { (Array($0.key.utf8), Array($0.value.utf8)) }
}

/// The path of a prefix, split at slashes; a final slash means nothing.
func prefixKey(_ path: String) -> PathKey {
    .prefix(canonicalPath(Array(path.utf8)).split(separator: slash).map(Array.init))
}
