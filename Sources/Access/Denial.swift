/// Every reason for which a request is refused or fails: the one list of them. To add one, add one line.
///
/// A line has three columns: the stable name, used in records and metrics; the status, and the `code` that the caller
/// is told (`=`: the name itself); the explanation. Where the caller's code is the name, the caller is told the
/// explanation too, so it may say nothing about keys, rules, addresses or upstreams that only we know. Where it is
/// another, the caller is told what `sharedMessages` has for that code, and the explanation is for the record alone.
public enum Reason: Row, CaseIterable, Sendable {
    // Who is calling. To the caller these are all the same: no key and a wrong key look alike.
    case missingKey = "missing_key | 401 invalid_api_key | no key was sent, and this needs one"
    case malformedKey = "malformed_key | 401 invalid_api_key | form or checksum of the key is wrong"
    case unknownKey = "unknown_key | 401 invalid_api_key | no AccessKey has the hash of the key that was sent"
    case expiredKey = "expired_key | 401 invalid_api_key | the key's expiry has passed"
    case revokedKey = "revoked_key | 401 invalid_api_key | the key is revoked"
    case duplicateKey = "duplicate_key | 401 invalid_api_key | several AccessKeys have this hash: none is used"
    case invalidKey = "invalid_key | 401 invalid_api_key | the AccessKey has mistakes"
    case keyNotBoundToNetwork = "key_not_bound_to_network | 401 invalid_api_key | the key is not for this address"
    case severalCredentials = "several_credentials | 401 invalid_api_key | more than one credential was sent"
    case unsupportedScheme = "unsupported_scheme | 401 invalid_api_key | the Authorization header is not a bearer token"

    // What the caller may do.
    case noPolicy = "no_policy | 403 = | No access policy is attached here, so nothing may pass."
    case invalidPolicy = "invalid_policy | 403 access_denied | the AccessPolicy in force has mistakes"
    case noRuleMatches = "no_rule_matches | 403 access_denied | no rule of the policy in force allows this request"

    // How much the caller may do.
    case rateLimited = "rate_limited | 429 rate_limit_exceeded | the caller has used up the request rate of the rule"
    case tooManyConcurrent = "too_many_concurrent | 429 = | Too many requests at once. Wait for one to end."
    case tokensRateLimited =
        "tokens_rate_limited | 429 rate_limit_exceeded | the caller has used up the tokens of the rule"
    case budgetExhausted = "budget_exhausted | 429 insufficient_quota | a Budget has less left than the request needs"
    case invalidBudget = "invalid_budget | 403 access_denied | a Budget that applies here has mistakes"
    case unpricedModel = "unpriced_model | 403 access_denied | a Budget counts dollars here, and the model has no price"
    case countersUnavailable = "counters_unavailable | 503 overloaded | the shared counters do not answer"
    case ledgerUnavailable = "ledger_unavailable | 503 overloaded | what is spent could not be stored for too long"
    case limiterFull = "limiter_full | 503 overloaded | no memory is left for another caller's limits"

    // Requests that cannot be read in one way only.
    case invalidRequestLine = "invalid_request_line | 400 = | The request line is malformed."
    case invalidMethod = "invalid_method | 400 = | The request method is malformed."
    case invalidPath = "invalid_path | 400 = | The request path is malformed or could be read in two ways."
    case invalidHost = "invalid_host | 400 = | The host is missing, repeated, malformed or contradictory."
    case invalidHeader = "invalid_header | 400 = | A request header is malformed."
    case ambiguousFraming = "ambiguous_framing | 400 = | The length of the request body could be read in two ways."
    case invalidChunk = "invalid_chunk | 400 = | The chunked request body is malformed."
    case invalidContentLength = "invalid_content_length | 400 = | The content length is malformed or wrong."
    case invalidUpgrade = "invalid_upgrade | 400 = | The protocol upgrade is malformed or not supported here."
    case credentialInURL = "credential_in_url | 400 = | Keys are not accepted in the URL. Send them in a header."
    case methodNotAllowed = "method_not_allowed | 405 = | The request method is not supported."
    case requestTimeout = "request_timeout | 408 = | The request did not arrive in time."
    case bodyTooLarge = "body_too_large | 413 = | The request body is larger than allowed."
    case uriTooLong = "uri_too_long | 414 = | The request target is longer than allowed."
    case expectationFailed = "expectation_failed | 417 = | The expectation of the request is not supported."
    case headerTooLarge = "header_too_large | 431 = | The request headers are larger than allowed."
    case tooManyHeaders = "too_many_headers | 431 = | The request has more headers than allowed."
    case unsupportedVersion = "unsupported_version | 505 = | The HTTP version is not supported."

    // Where it would go.
    case routeNotFound = "route_not_found | 404 = | Nothing is served at this host and path."
    case misdirectedRequest = "misdirected_request | 421 = | This connection is not for this host. Open another one."
    case invalidRoute = "invalid_route | 500 = | The route for this request is misconfigured."
    case backendUnresolved = "backend_unresolved | 500 upstream_unavailable | a backend of the route cannot be resolved"
    case upstreamUnreachable = "upstream_unreachable | 502 upstream_unavailable | the upstream takes no connection"
    case upstreamTLSFailed = "upstream_tls_failed | 502 upstream_unavailable | the upstream's TLS could not be verified"
    case upstreamReset = "upstream_reset | 502 upstream_unavailable | the upstream closed before it had answered"
    case upstreamInvalid = "upstream_invalid | 502 upstream_unavailable | the upstream's answer is malformed"
    case noHealthyUpstream = "no_healthy_upstream | 503 upstream_unavailable | no endpoint of the backend can be used"
    case upstreamTimeout = "upstream_timeout | 504 = | The server behind this gateway did not answer in time."

    // What we ourselves are up to.
    case clientClosed = "client_closed | 499 = | The client closed before the response was complete."
    case overloaded = "overloaded | 503 = | The gateway is overloaded. Try again later."
    case shuttingDown = "shutting_down | 503 = | The gateway is shutting down."
    case configurationUnreadable = "configuration_unreadable | 503 = | The gateway has no readable configuration yet."
    case internalError = "internal_error | 500 = | The gateway failed."

    /// What callers are told for codes that several reasons share.
    static let sharedMessages: [String: String] = [
        "invalid_api_key":
            "A valid access key is needed, in the header Authorization (as Bearer), x-api-key or api-key.",
        "access_denied": "The access policy does not allow this request.",
        "rate_limit_exceeded": "Too many requests. Try again later.",
        "insufficient_quota": "The budget for these requests is used up.",
        "overloaded": "The gateway is overloaded. Try again later.",
        "upstream_unavailable": "The server behind this gateway is not available.",
    ]
}

/// A request that does not pass: why, and when to come back.
public struct Denial: Hashable, Sendable {
    /// Why.
    public var reason: Reason
    /// Seconds after which it makes sense to try again (`Retry-After`); nil where waiting does not help.
    public var retryAfterSeconds: Int?

    /// True when a client must not try again by itself, to be said with `x-should-retry: false`: there are clients
    /// that sleep for as long as `Retry-After` says, and nobody wants to find a program asleep until next month.
    public var forbidsRetry: Bool {
        guard let seconds = retryAfterSeconds else { return reason == .budgetExhausted }
        return seconds > Self.longestSleep
    }

    /// Seconds that a client may sleep.
    private static let longestSleep = 60

    /// A denial.
    public init(_ reason: Reason, retryAfterSeconds: Int? = nil) {
        self.reason = reason
        self.retryAfterSeconds = retryAfterSeconds
    }
}
