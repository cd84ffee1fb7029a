/// What the tests of matching and attachment of the conformance suite ask, in our words (see ExpectationChecker).
let matchingExpectations: [String: String] = [
    "HTTPRouteSimpleSameNamespace": """
    status HTTPRoute gateway-conformance-infra-test Accepted=True/Accepted ResolvedRefs=True/ResolvedRefs
    GET / -> infra-backend-v1
    """,
    "HTTPRouteCrossNamespace": """
    gateway backend-namespaces
    status HTTPRoute web/cross-namespace Accepted=True ResolvedRefs=True
    GET / -> gateway-conformance-web-backend/web-backend
    """,
    "HTTPRouteExactPathMatching": """
    GET /one -> infra-backend-v1
    GET /two -> infra-backend-v2
    GET / -> 404
    GET /one/example -> 404
    GET /two/ -> 404
    GET /Two -> 404
    """,
    "HTTPRouteMatching": """
    GET / -> infra-backend-v1
    GET /example -> infra-backend-v1
    GET / {version: one} -> infra-backend-v1
    GET /v2 -> infra-backend-v2
    GET /v2/ -> infra-backend-v2
    GET /v2/example -> infra-backend-v2
    GET /v2example -> infra-backend-v1
    GET / {version: two} -> infra-backend-v2
    GET /foo/v2/example -> infra-backend-v1
    """,
    "HTTPRouteMatchingAcrossRoutes": """
    GET example.com/ -> infra-backend-v1
    GET example.com/example -> infra-backend-v1
    GET example.net/example -> infra-backend-v1
    GET example.com/example {version: one} -> infra-backend-v1
    GET example.com/v2 -> infra-backend-v2
    GET example.com/v2/example -> infra-backend-v2
    GET example.com/ {version: two} -> infra-backend-v2
    GET example.com/v2/ {version: two} -> infra-backend-v2
    GET example.net/v2 -> infra-backend-v1
    GET example.net/ {version: two} -> infra-backend-v1
    GET example.org/v2 -> 404
    """,
    "HTTPRoutePathMatchOrder": """
    GET /match/exact/one -> infra-backend-v3
    GET /match/exact -> infra-backend-v2
    GET /match -> infra-backend-v1
    GET /match/prefix/one/any -> infra-backend-v2
    GET /match/prefix/any -> infra-backend-v1
    GET /match/any -> infra-backend-v3
    GET /match/ -> infra-backend-v3
    GET /matchall -> 404
    """,
    "HTTPRouteHeaderMatching": """
    GET / {version: one} -> infra-backend-v1
    GET / {version: two} -> infra-backend-v2
    GET / {version: two, color: orange} -> infra-backend-v1
    GET / {color: blue} -> infra-backend-v1
    GET / {color: green} -> infra-backend-v1
    GET / {color: red} -> infra-backend-v2
    GET / {color: yellow} -> infra-backend-v2
    GET / {color: purple} -> 404
    GET / {color: orange} -> 404
    GET / {some-other-header: one} -> 404
    GET / -> 404
    """,
    "HTTPRouteMethodMatching": """
    POST / -> infra-backend-v1
    GET / -> infra-backend-v2
    HEAD / -> 404
    GET /path1 -> infra-backend-v1
    PUT / {version: one} -> infra-backend-v2
    POST /path2 {version: two} -> infra-backend-v3
    PATCH /path3 -> infra-backend-v1
    DELETE /path4 {version: three} -> infra-backend-v1
    PUT / -> 404
    DELETE /path4 -> 404
    PATCH /path5 -> infra-backend-v1
    PATCH / {version: four} -> infra-backend-v2
    """,
    "HTTPRouteQueryParamMatching": """
    GET /?animal=whale -> infra-backend-v1
    GET /?animal=dolphin -> infra-backend-v2
    GET /?animal=dolphin&color=blue -> infra-backend-v3
    GET /?ANIMAL=Whale -> infra-backend-v3
    GET /?animal=whale&otherparam=irrelevant -> infra-backend-v1
    GET /?animal=dolphin&color=yellow -> infra-backend-v2
    GET /?color=blue -> 404
    GET /?animal=dog -> 404
    GET /?animal=whaledolphin -> 404
    GET / -> 404
    GET /path1?animal=whale -> infra-backend-v1
    GET /?animal=whale {version: one} -> infra-backend-v2
    GET /path2?animal=whale {version: two} -> infra-backend-v3
    GET /path3?animal=shark -> infra-backend-v1
    GET /path4?animal=kraken {version: three} -> infra-backend-v1
    GET /?animal=shark -> 404
    GET /path4?animal=kraken -> 404
    GET /path5?animal=hydra -> infra-backend-v1
    GET /?animal=hydra {version: four} -> infra-backend-v3
    """,
    "HTTPRouteHostnameIntersection": """
    gateway httproute-hostname-intersection
    status HTTPRoute specific-host-matches-listener-specific-host Accepted=True ResolvedRefs=True
    status HTTPRoute no-intersecting-hosts Accepted=False/NoMatchingListenerHostname
    listener httproute-hostname-intersection/listener-1 attached=2 Accepted=True ResolvedRefs=True
    listener httproute-hostname-intersection/listener-2 attached=1 Accepted=True ResolvedRefs=True
    listener httproute-hostname-intersection/listener-3 attached=1 Accepted=True ResolvedRefs=True
    GET very.specific.com/s1 -> infra-backend-v1
    GET non.matching.com/s1 -> 404
    GET foo.nonmatchingwildcard.io/s1 -> 404
    GET foo.wildcard.io/s1 -> 404
    GET very.specific.com/non-matching-prefix -> 404
    GET foo.wildcard.io/s2 -> infra-backend-v2
    GET bar.wildcard.io/s2 -> infra-backend-v2
    GET foo.bar.wildcard.io/s2 -> infra-backend-v2
    GET non.matching.com/s2 -> 404
    GET wildcard.io/s2 -> 404
    GET very.specific.com/s2 -> 404
    GET foo.wildcard.io/non-matching-prefix -> 404
    GET very.specific.com/s3 -> infra-backend-v3
    GET foo.specific.com/s3 -> 404
    GET foo.wildcard.io/s3 -> 404
    GET foo.anotherwildcard.io/s4 -> infra-backend-v1
    GET bar.anotherwildcard.io/s4 -> infra-backend-v1
    GET foo.bar.anotherwildcard.io/s4 -> infra-backend-v1
    GET anotherwildcard.io/s4 -> 404
    GET foo.wildcard.io/s4 -> 404
    GET foo.anotherwildcard.io/non-matching-prefix -> 404
    GET specific.but.wrong.com/s5 -> 404
    GET wildcard.io/s5 -> 404
    gateway httproute-hostname-intersection-all
    GET first.com/ -> infra-backend-v2
    GET sub.first.com/ -> infra-backend-v2
    GET second.com/ -> infra-backend-v2
    GET sub.second.com/ -> infra-backend-v2
    GET third.com/ -> 404
    GET sub.third.com/ -> 404
    """,
    "HTTPRouteListenerHostnameMatching": """
    gateway httproute-listener-hostname-matching
    status HTTPRoute backend-v1 Accepted=True
    status HTTPRoute backend-v3@listener-3 Accepted=True ResolvedRefs=True
    status HTTPRoute backend-v3@listener-4 Accepted=True ResolvedRefs=True
    GET bar.com/ -> infra-backend-v1
    GET foo.bar.com/ -> infra-backend-v2
    GET baz.bar.com/ -> infra-backend-v3
    GET boo.bar.com/ -> infra-backend-v3
    GET multiple.prefixes.bar.com/ -> infra-backend-v3
    GET multiple.prefixes.foo.com/ -> infra-backend-v3
    GET foo.com/ -> 404
    GET no.matching.host/ -> 404
    """,
    "HTTPRouteListenerPortMatching": """
    gateway httproute-listener-port-matching:80
    GET foo.com/ -> infra-backend-v1
    GET bar.com/ -> 404
    gateway httproute-listener-port-matching:8080
    GET foo.com/ -> infra-backend-v2
    GET bar.com/ -> infra-backend-v2
    GET foo.bar.com/ -> 404
    gateway httproute-listener-port-matching:8090
    GET foo.com/ -> infra-backend-v3
    GET no.matching.host/ -> 404
    """,
    "HTTPRouteMultipleGateways": """
    status HTTPRoute multiple-gateways-shared-route Accepted=True ResolvedRefs=True
    GET /shared -> infra-backend-v1
    GET /other -> infra-backend-v2
    gateway all-namespaces
    GET /shared -> infra-backend-v1
    GET /other -> infra-backend-v3
    """,
    "HTTPRouteNamedRule": """
    GET /named -> infra-backend-v1; name named-rule
    GET /unnamed -> infra-backend-v2
    """,
    "HTTPRouteHTTPSListener": """
    gateway same-namespace-with-https-listener
    status HTTPRoute httproute-https-test Accepted=True ResolvedRefs=True
    status HTTPRoute httproute-https-test-no-hostname Accepted=True ResolvedRefs=True
    GET example.org/ sni example.org -> infra-backend-v1
    GET unknown-example.org/ sni unknown-example.org -> 404
    GET second-example.org/ sni second-example.org -> infra-backend-v2
    """,
    "HTTPRouteHTTPSListenerDetectMisdirectedRequests": """
    gateway same-namespace-with-https-listener
    listener same-namespace-with-https-listener/https OverlappingTLSConfig=True/OverlappingHostnames
    GET example.org/detect-misdirected-requests sni example.org -> infra-backend-v1
    GET second-example.org/detect-misdirected-requests sni example.org -> 421
    GET unknown-example.org/detect-misdirected-requests sni example.org -> 404
    GET second-example.org/detect-misdirected-requests sni second-example.org -> infra-backend-v2
    GET example.org/detect-misdirected-requests sni second-example.org -> 421
    GET unknown-example.org/detect-misdirected-requests sni second-example.org -> 421
    GET third-example.wildcard.org/detect-misdirected-requests sni third-example.wildcard.org -> infra-backend-v3
    GET fith-example.wildcard.org/detect-misdirected-requests sni third-example.wildcard.org -> infra-backend-v3
    GET fourth-example.wildcard.org/detect-misdirected-requests sni third-example.wildcard.org -> 421
    GET second-example.org/detect-misdirected-requests sni third-example.wildcard.org -> 421
    GET unknown-example.org/detect-misdirected-requests sni third-example.wildcard.org -> 421
    GET fourth-example.wildcard.org/detect-misdirected-requests sni fourth-example.wildcard.org -> infra-backend-v1
    GET fith-example.wildcard.org/detect-misdirected-requests sni fourth-example.wildcard.org -> 421
    GET example.org/detect-misdirected-requests sni unknown-example.org -> infra-backend-v1
    GET unknown-example.org/detect-misdirected-requests sni unknown-example.org -> 404
    """,
    "GatewayHTTPListenerIsolation": """
    gateway http-listener-isolation
    GET bar.com/empty-hostname -> infra-backend-v1
    GET bar.com/wildcard-example-com -> 404
    GET bar.com/wildcard-foo-example-com -> 404
    GET bar.com/abc-foo-example-com -> 404
    GET bar.example.com/empty-hostname -> 404
    GET bar.example.com/wildcard-example-com -> infra-backend-v1
    GET bar.example.com/wildcard-foo-example-com -> 404
    GET bar.example.com/abc-foo-example-com -> 404
    GET bar.foo.example.com/empty-hostname -> 404
    GET bar.foo.example.com/wildcard-example-com -> 404
    GET bar.foo.example.com/wildcard-foo-example-com -> infra-backend-v1
    GET bar.foo.example.com/abc-foo-example-com -> 404
    GET abc.foo.example.com/empty-hostname -> 404
    GET abc.foo.example.com/wildcard-example-com -> 404
    GET abc.foo.example.com/wildcard-foo-example-com -> 404
    GET abc.foo.example.com/abc-foo-example-com -> infra-backend-v1
    gateway http-listener-isolation-with-hostname-intersection
    GET bar.com/empty-hostname -> infra-backend-v1
    GET bar.com/wildcard-example-com -> 404
    GET bar.com/wildcard-foo-example-com -> 404
    GET bar.com/abc-foo-example-com -> 404
    GET bar.example.com/empty-hostname -> 404
    GET bar.example.com/wildcard-example-com -> infra-backend-v1
    GET bar.example.com/wildcard-foo-example-com -> 404
    GET bar.example.com/abc-foo-example-com -> 404
    GET bar.foo.example.com/empty-hostname -> 404
    GET bar.foo.example.com/wildcard-example-com -> 404
    GET bar.foo.example.com/wildcard-foo-example-com -> infra-backend-v1
    GET bar.foo.example.com/abc-foo-example-com -> 404
    GET abc.foo.example.com/empty-hostname -> 404
    GET abc.foo.example.com/wildcard-example-com -> 404
    GET abc.foo.example.com/wildcard-foo-example-com -> 404
    GET abc.foo.example.com/abc-foo-example-com -> infra-backend-v1
    """,
    "GRPCExactMethodMatching": """
    POST /gateway_api_conformance.echo_basic.grpcecho.GrpcEcho/Echo -> grpc-infra-backend-v1 h2
    POST /gateway_api_conformance.echo_basic.grpcecho.GrpcEcho/EchoTwo -> grpc-infra-backend-v2 h2
    POST /gateway_api_conformance.echo_basic.grpcecho.GrpcEcho/EchoThree -> 404
    """,
    "GRPCRouteHeaderMatching": """
    POST /s.S/Echo {version: one} -> grpc-infra-backend-v1 h2
    POST /s.S/Echo {version: two} -> grpc-infra-backend-v2 h2
    POST /s.S/Echo {version: two, color: orange} -> grpc-infra-backend-v1 h2
    POST /s.S/Echo {color: blue} -> grpc-infra-backend-v1 h2
    POST /s.S/Echo {color: green} -> grpc-infra-backend-v1 h2
    POST /s.S/Echo {color: red} -> grpc-infra-backend-v2 h2
    POST /s.S/Echo {color: yellow} -> grpc-infra-backend-v2 h2
    POST /s.S/Echo {color: purple} -> 404
    POST /s.S/Echo {some-other-header: one} -> 404
    """,
    "GRPCRouteListenerHostnameMatching": """
    gateway grpcroute-listener-hostname-matching
    POST bar.com/s.S/Echo -> grpc-infra-backend-v1 h2
    POST foo.bar.com/s.S/Echo -> grpc-infra-backend-v2 h2
    POST baz.bar.com/s.S/Echo -> grpc-infra-backend-v3 h2
    POST multiple.prefixes.bar.com/s.S/Echo -> grpc-infra-backend-v3 h2
    POST multiple.prefixes.foo.com/s.S/Echo -> grpc-infra-backend-v3 h2
    POST foo.com/s.S/Echo -> 404
    POST no.matching.host/s.S/Echo -> 404
    """,
    "GRPCRouteNamedRule": """
    POST /gateway_api_conformance.echo_basic.grpcecho.GrpcEcho/Echo -> grpc-infra-backend-v1 h2; name named-rule
    POST /gateway_api_conformance.echo_basic.grpcecho.GrpcEcho/EchoTwo -> grpc-infra-backend-v2 h2
    """,
    "GRPCRouteWeight": """
    POST /s.S/Echo -> 70*grpc-infra-backend-v1 h2 + 30*grpc-infra-backend-v2 h2
    """,
    "HTTPRouteWeight": """
    GET / -> 70*infra-backend-v1 + 30*infra-backend-v2
    """,
    "HTTPRouteServiceTypes": """
    status HTTPRoute service-types Accepted=True ResolvedRefs=True
    GET /manual-endpointslices -> manual-endpointslices
    GET /headless -> headless
    GET /headless-manual-endpointslices -> headless-manual-endpointslices
    """,
]
