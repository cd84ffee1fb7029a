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
    case keyNotBoundToWorkload = "key_not_bound_to_workload | 401 invalid_api_key | the key is not for this workload"
    case keyNotBoundToCertificate =
        "key_not_bound_to_certificate | 401 invalid_api_key | the key needs a client certificate that was not shown"
    case certificateExpired = "certificate_expired | 401 invalid_api_key | the client certificate has expired"
    case severalCredentials = "several_credentials | 401 invalid_api_key | more than one credential was sent"
    case unsupportedScheme = "unsupported_scheme | 401 invalid_api_key | the Authorization header is not a bearer token"

    // Tokens (JWT). Those with 401 are to the caller what a wrong key is.
    case tokenTooLarge = "token_too_large | 401 invalid_api_key | the token has more than 16384 bytes"
    case tokenMalformed = "token_malformed | 401 invalid_api_key | the token is not strictly what a signed JWT is"
    case tokenUnsupported = "token_unsupported | 401 invalid_api_key | the header asks for what is not done here"
    case tokenAlgorithm = "token_algorithm | 401 invalid_api_key | the issuer may not use this algorithm"
    case tokenIssuerUnknown = "token_issuer_unknown | 401 invalid_api_key | no TokenIssuer has the token's issuer"
    case tokenAudience = "token_audience | 401 invalid_api_key | the token is not meant for us"
    case tokenKeyUnknown = "token_key_unknown | 401 invalid_api_key | the issuer has no key for this token"
    case tokenSignature = "token_signature | 401 invalid_api_key | the token's signature is wrong"
    case tokenExpired = "token_expired | 401 invalid_api_key | the token has expired"
    case tokenNotYetValid = "token_not_yet_valid | 401 invalid_api_key | the token begins, or was issued, in the future"
    case tokenLifetime = "token_lifetime | 401 invalid_api_key | the token lives longer than its issuer's tokens may"
    case tokenClaimMissing = "token_claim_missing | 401 invalid_api_key | a claim is missing, or has a wrong value"
    case tokenNotBoundToNetwork =
        "token_not_bound_to_network | 401 invalid_api_key | the issuer's tokens are not for this address"
    case tokenNotBoundToWorkload =
        "token_not_bound_to_workload | 401 invalid_api_key | the issuer's tokens are not for this workload"
    case tokenNotBoundToCertificate =
        "token_not_bound_to_certificate | 401 invalid_api_key | the token needs a client certificate that was not shown"
    case tokenNotBoundToPod = "token_not_bound_to_pod | 401 invalid_api_key | the token was made for another pod"
    case tokenKeysUnavailable = "token_keys_unavailable | 503 = | Tokens cannot be checked now. Try again later."

    // What the caller may do.
    case noPolicy = "no_policy | 403 = | No access policy is attached here, so nothing may pass."
    case invalidPolicy = "invalid_policy | 403 access_denied | the AccessPolicy in force has mistakes"
    case noRuleMatches = "no_rule_matches | 403 access_denied | no rule of the policy in force allows this request"
    case unknownEndpoint =
        "unknown_endpoint | 403 operation_not_allowed | the server's table has no such method and path"
    case misnamedServer = "misnamed_server | 403 operation_not_allowed | the Service names a server that is not known"
    case operationNotAllowed = "operation_not_allowed | 403 = | This operation is not allowed with your credentials."
    case modelNotAllowed = "model_not_allowed | 403 = | This model is not allowed with your credentials."
    case toolNotAllowed = "tool_not_allowed | 403 = | This tool is not allowed with your credentials."
    case mediaHostNotAllowed =
        "media_host_not_allowed | 403 = | A media URL of the request names a host that the server may not fetch from."
    case fieldNotAllowed = "field_not_allowed | 403 = | The request has a field that its protocol does not have."
    case originNotAllowed = "origin_not_allowed | 403 = | Pages of this origin may not use this server."
    case sessionNotYours = "session_not_yours | 404 session_not_found | the MCP session was opened by another caller"
    case unknownModel = "unknown_model | 404 model_not_found | the ModelFilter of the route knows no such model"

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
    case invalidBody = "invalid_body | 400 = | The request body is malformed or could be read in two ways."
    case encodedBody = "encoded_body | 415 unsupported_encoding | the body is compressed, and has to be judged"
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
        "operation_not_allowed": "This operation is not allowed with your credentials.",
        "session_not_found": "There is no such session. Open a new one.",
        "model_not_found": "There is no such model here.",
        "unsupported_encoding": "The request body must not be compressed here.",
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
    /// What is wrong in particular, for the caller too: our own words, nothing of what was sent. Empty: the reason says all.
    public var detail: String
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

    /// What waiting helps against by itself: keys of an issuer are fetched again soon.
    init(of reason: Reason) {
        self.init(reason, retryAfterSeconds: reason == .tokenKeysUnavailable ? 10 : nil)
    }

    /// A denial.
    public init(_ reason: Reason, retryAfterSeconds: Int? = nil, detail: String = "") {
        self.reason = reason
        self.detail = detail
        self.retryAfterSeconds = retryAfterSeconds
    }
}
