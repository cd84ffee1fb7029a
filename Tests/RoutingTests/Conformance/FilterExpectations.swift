/// What the tests of filters, timeouts and backends of the conformance suite ask, in our words (see
/// ExpectationChecker). What leaves on the wire is the gateway's own test; here it is what the rule says to do.
let filterExpectations: [String: String] = [
    "HTTPRoute303Redirect": "GET /see-other -> 303 http://example.com/see-other",
    "HTTPRoute307Redirect": "GET /temporary -> 307 http://example.com/temporary",
    "HTTPRoute308Redirect": "GET /permanent -> 308 http://example.com/permanent",
    "HTTPRouteRedirectHostAndStatus": """
    GET /hostname-redirect -> 302 http://example.org/hostname-redirect
    GET /host-and-status -> 301 http://example.org/host-and-status
    """,
    "HTTPRouteRedirectPath": """
    GET /original-prefix/lemon -> 302 http://example.com/replacement-prefix/lemon
    GET /original-prefix/ -> 302 http://example.com/replacement-prefix/
    GET /original-prefix?a=b -> 302 http://example.com/replacement-prefix?a=b
    GET /full/path/original -> 302 http://example.com/full-path-replacement
    GET /path-and-host -> 302 http://example.org/replacement-prefix
    GET /path-and-status -> 301 http://example.com/replacement-prefix
    GET /full-path-and-host -> 302 http://example.org/replacement-full
    GET /full-path-and-status -> 301 http://example.com/replacement-full
    """,
    "HTTPRouteRedirectPort": """
    GET /port -> 302 http://example.com:8083/port
    GET /port-and-host -> 302 http://example.org:8083/port-and-host
    GET /port-and-status -> 301 http://example.com:8083/port-and-status
    GET /port-and-host-and-status -> 302 http://example.org:8083/port-and-host-and-status
    """,
    "HTTPRouteRedirectScheme": """
    GET /scheme -> 302 https://example.com/scheme
    GET /scheme-and-host -> 302 https://example.org/scheme-and-host
    GET /scheme-and-status -> 301 https://example.com/scheme-and-status
    GET /scheme-and-host-and-status -> 302 https://example.org/scheme-and-host-and-status
    """,
    "HTTPRouteRedirectPortAndScheme": """
    GET /scheme-nil-and-port-nil -> 302 http://example.org/scheme-nil-and-port-nil
    GET /scheme-nil-and-port-80 -> 302 http://example.org/scheme-nil-and-port-80
    GET /scheme-nil-and-port-8080 -> 302 http://example.org:8080/scheme-nil-and-port-8080
    GET /scheme-https-and-port-nil -> 302 https://example.org/scheme-https-and-port-nil
    GET /scheme-https-and-port-443 -> 302 https://example.org/scheme-https-and-port-443
    GET /scheme-https-and-port-8443 -> 302 https://example.org:8443/scheme-https-and-port-8443
    gateway same-namespace-with-http-listener-on-8080
    GET /scheme-nil-and-port-nil -> 302 http://example.org:8080/scheme-nil-and-port-nil
    GET /scheme-nil-and-port-80 -> 302 http://example.org/scheme-nil-and-port-80
    GET /scheme-https-and-port-nil -> 302 https://example.org/scheme-https-and-port-nil
    gateway same-namespace-with-https-listener
    GET example.org/scheme-nil-and-port-nil sni example.org -> 302 https://example.org/scheme-nil-and-port-nil
    GET example.org/scheme-nil-and-port-443 sni example.org -> 302 https://example.org/scheme-nil-and-port-443
    GET example.org/scheme-nil-and-port-8443 sni example.org -> 302 https://example.org:8443/scheme-nil-and-port-8443
    GET example.org/scheme-http-and-port-nil sni example.org -> 302 http://example.org/scheme-http-and-port-nil
    GET example.org/scheme-http-and-port-80 sni example.org -> 302 http://example.org/scheme-http-and-port-80
    GET example.org/scheme-http-and-port-8080 sni example.org -> 302 http://example.org:8080/scheme-http-and-port-8080
    """,
    "HTTPRouteBackendRequestRedirect": """
    GET /full/a -> infra-backend-v1 302 http://example.com/redirected-full
    GET /prefix/a -> infra-backend-v1 302 http://example.com/redirected-prefix/a
    """,
    "HTTPRouteBackendURLRewrite": """
    GET /full/a -> infra-backend-v1; path /rewritten-full
    GET /prefix/a -> infra-backend-v1; path /rewritten-prefix/a
    """,
    "HTTPRouteRewriteHost": """
    GET rewrite.example/one -> infra-backend-v1; host one.example.org
    GET rewrite.example/two -> infra-backend-v2; host example.org
    GET rewrite.example/rewrite-host-and-modify-headers -> infra-backend-v2; set x-header-set=set-overwrites-values; \
    add x-header-add=header-val-1; add x-header-add-append=header-val-2; remove x-header-remove; host test.example.org
    """,
    "HTTPRouteRewritePath": """
    GET /prefix/one/two -> infra-backend-v1; path /one/two
    GET /prefix/one -> infra-backend-v1; path /one
    GET /strip-prefix/three -> infra-backend-v1; path /three
    GET /strip-prefix -> infra-backend-v1; path /
    GET /full/one/two -> infra-backend-v1; path /one
    GET /full/rewrite-path-and-modify-headers/test -> infra-backend-v1; set x-header-set=set-overwrites-values; \
    add x-header-add=header-val-1; add x-header-add-append=header-val-2; remove x-header-remove; path /test
    GET /prefix/rewrite-path-and-modify-headers/one -> infra-backend-v1; set x-header-set=set-overwrites-values; \
    add x-header-add=header-val-1; add x-header-add-append=header-val-2; remove x-header-remove; path /prefix/one
    """,
    "HTTPRouteRequestHeaderModifier": """
    GET /set -> infra-backend-v1; set x-header-set=set-overwrites-values
    GET /add -> infra-backend-v1; add x-header-add=add-appends-values
    GET /remove -> infra-backend-v1; remove x-header-remove
    GET /multiple -> infra-backend-v1; set x-header-set-1=header-set-1; set x-header-set-2=header-set-2; \
    add x-header-add-1=header-add-1; add x-header-add-2=header-add-2; add x-header-add-3=header-add-3; \
    remove x-header-remove-1; remove x-header-remove-2
    GET /case-insensitivity -> infra-backend-v1; set x-header-set=header-set; add x-header-add=header-add; \
    remove x-header-remove
    """,
    "HTTPRouteBackendRequestHeaderModifier": """
    GET /set -> infra-backend-v1; set x-header-set=set-overwrites-values
    GET /add -> infra-backend-v1; add x-header-add=add-appends-values
    GET /remove -> infra-backend-v1; remove x-header-remove
    GET /multiple -> infra-backend-v1; set x-header-set-1=header-set-1; set x-header-set-2=header-set-2; \
    add x-header-add-1=header-add-1; add x-header-add-2=header-add-2; add x-header-add-3=header-add-3; \
    remove x-header-remove-1; remove x-header-remove-2
    GET /case-insensitivity -> infra-backend-v1; set x-header-set=header-set; add x-header-add=header-add; \
    remove x-header-remove
    """,
    "HTTPRouteRequestHeaderModifierBackendWeights": """
    GET / -> 10*infra-backend-v1; set backend=infra-backend-v1 + 10*infra-backend-v2; set backend=infra-backend-v2
    """,
    "HTTPRouteResponseHeaderModifier": """
    GET /set -> infra-backend-v1; response-set x-header-set=set-overwrites-values
    GET /add -> infra-backend-v1; response-add x-header-add=add-appends-values
    GET /remove -> infra-backend-v1; response-remove x-header-remove
    GET /multiple -> infra-backend-v1; response-set x-header-set-1=header-set-1; \
    response-set x-header-set-2=header-set-2; response-add x-header-add-1=header-add-1; \
    response-add x-header-add-2=header-add-2; response-add x-header-add-3=header-add-3; \
    response-remove x-header-remove-1; response-remove x-header-remove-2
    GET /case-insensitivity -> infra-backend-v1; response-set x-header-set=header-set; \
    response-add x-header-add=header-add; response-add x-lowercase-add=lowercase-add; \
    response-add x-mixedcase-add-1=mixedcase-add-1; response-add x-mixedcase-add-2=mixedcase-add-2; \
    response-add x-uppercase-add=uppercase-add; response-remove x-header-remove
    GET /response-and-request-header-modifiers -> infra-backend-v1; set x-header-set=set-overwrites-values; \
    add x-header-add=header-val-1; add x-header-add-append=header-val-2; remove x-header-remove; \
    response-set x-header-set-1=header-set-1; response-set x-header-set-2=header-set-2; \
    response-add x-header-add-1=header-add-1; response-add x-header-add-2=header-add-2; \
    response-remove x-header-remove-1; response-remove x-header-remove-2
    """,
    "GRPCRouteRequestHeaderModifier": """
    POST /gateway_api_conformance.echo_basic.grpcecho.GrpcEcho/Echo -> grpc-infra-backend-v1 h2; \
    set x-header-set=set-overwrites-values
    POST /gateway_api_conformance.echo_basic.grpcecho.GrpcEcho/EchoTwo -> grpc-infra-backend-v2 h2; \
    set x-header-set-1=header-set-1; set x-header-set-2=header-set-2; add x-header-add-1=header-add-1; \
    add x-header-add-2=header-add-2; remove x-header-remove-1; remove x-header-remove-2
    """,
    "HTTPRouteRequestMirror": """
    GET /mirror -> infra-backend-v1; mirror infra-backend-v2
    GET /mirror-and-modify-headers -> infra-backend-v1; set x-header-set=set-overwrites-values; \
    add x-header-add=header-val-1; add x-header-add-append=header-val-2; remove x-header-remove; mirror infra-backend-v2
    """,
    "HTTPRouteRequestMultipleMirrors": """
    GET /multi-mirror -> infra-backend-v1; mirror infra-backend-v2; mirror infra-backend-v3
    GET /multi-mirror-and-modify-request-headers -> infra-backend-v1; set x-header-set=set-overwrites-values; \
    add x-header-add=header-val-1; add x-header-add-append=header-val-2; remove x-header-remove; \
    mirror infra-backend-v2; mirror infra-backend-v3
    """,
    "HTTPRouteRequestPercentageMirror": """
    GET /percent-mirror -> infra-backend-v1; mirror infra-backend-v2 20/100
    GET /percent-mirror-fraction -> infra-backend-v1; mirror infra-backend-v2 25/50
    GET /percent-mirror-and-modify-headers -> infra-backend-v1; set x-header-set=set-overwrites-values; \
    add x-header-add=header-val-1; add x-header-add-append=header-val-2; remove x-header-remove; \
    mirror infra-backend-v2 35/100
    """,
    "HTTPRouteCORS": """
    status HTTPRoute cors-multiple-origins-methods-headers Accepted=True ResolvedRefs=True
    OPTIONS /cors-1 -> infra-backend-v1; cors 3600
    GET /cors-1 -> infra-backend-v1; cors 3600
    OPTIONS /cors-2 -> infra-backend-v1; cors 5
    PUT /cors-wildcard-origin -> infra-backend-v1; cors 5
    GET /cors-wildcard-methods-headers -> infra-backend-v1; cors 5
    GET /cors-wildcard-methods-headers-unauth -> infra-backend-v1; cors 5
    """,
    "HTTPRouteTimeoutRequest": """
    GET /request-timeout -> infra-backend-v1; timeout 500
    GET /disable-request-timeout -> infra-backend-v1; timeout 0
    """,
    "HTTPRouteTimeoutBackendRequest": """
    GET /backend-timeout -> infra-backend-v1; backend-timeout 500
    GET /disable-backend-timeout -> infra-backend-v1; backend-timeout 0
    """,
    "HTTPRouteRetry": """
    GET /retry/code-500-attempts-3 -> infra-backend-v3; retry 3 of 500
    GET /retry/code-all-attempts-2 -> infra-backend-v3; retry 2 of 500,502,503,504
    """,
    "HTTPRouteRetryConnectionError": "GET /retry/no-status-code-attempts-3 -> infra-backend-v3; retry 3",
    "HTTPRouteRetryWithTimeouts": """
    GET /retry/backend-request-timeout-200ms -> infra-backend-v3; backend-timeout 200; retry 2
    GET /retry/request-timeout-200ms -> infra-backend-v3; timeout 400; backend-timeout 200; retry 5 of 500
    """,
    "HTTPRouteBackendProtocolH2C": "GET / -> infra-backend-v1:8081 h2",
    "HTTPRouteBackendProtocolWebSocket": "GET / -> infra-backend-v1:8082",
]
