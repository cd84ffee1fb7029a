/// What the tests of references, grants and BackendTLSPolicies of the conformance suite ask, in our words (see
/// ExpectationChecker).
let referenceExpectations: [String: String] = [
    "HTTPRouteDisallowedKind": """
    status HTTPRoute disallowed-kind Accepted=False/NotAllowedByListeners
    listener tlsroutes-only/tls attached=0
    """,
    "HTTPRouteInvalidBackendRefUnknownKind": """
    status HTTPRoute invalid-backend-ref-unknown-kind Accepted=True ResolvedRefs=False/InvalidKind
    GET / -> 500
    """,
    "HTTPRouteInvalidCrossNamespaceBackendRef": """
    status HTTPRoute invalid-cross-namespace-backend-ref Accepted=True ResolvedRefs=False/RefNotPermitted
    GET / -> 500
    """,
    "HTTPRouteInvalidCrossNamespaceParentRef": """
    status HTTPRoute web/invalid-cross-namespace-parent-ref Accepted=False/NotAllowedByListeners
    listener same-namespace/http attached=0
    GET / -> 404
    """,
    "HTTPRouteInvalidNonExistentBackendRef": """
    status HTTPRoute invalid-nonexistent-backend-ref Accepted=True ResolvedRefs=False/BackendNotFound
    GET / -> 500
    """,
    "HTTPRouteInvalidParentRefNotMatchingListenerPort": """
    status HTTPRoute httproute-listener-not-matching-route-port Accepted=False/NoMatchingParent
    listener same-namespace/http attached=0
    """,
    "HTTPRouteInvalidParentRefNotMatchingSectionName": """
    status HTTPRoute httproute-listener-not-matching-section-name Accepted=False/NoMatchingParent
    listener same-namespace/http attached=0
    """,
    "HTTPRouteInvalidParentRefSectionNameNotMatchingPort": """
    status HTTPRoute httproute-listener-section-name-not-matching-port Accepted=False/NoMatchingParent
    listener gateway-with-one-not-matching-port-and-section-name-route/http attached=0
    """,
    "HTTPRouteInvalidReferenceGrant": """
    status HTTPRoute reference-grant Accepted=True ResolvedRefs=False/RefNotPermitted
    GET / -> 500
    """,
    "HTTPRouteReferenceGrant": """
    status HTTPRoute reference-grant Accepted=True ResolvedRefs=True/ResolvedRefs
    GET / -> gateway-conformance-web-backend/web-backend
    """,
    "HTTPRoutePartiallyInvalidViaInvalidReferenceGrant": """
    status HTTPRoute invalid-reference-grant Accepted=True ResolvedRefs=False/RefNotPermitted
    GET /v2 -> 500
    GET / -> gateway-conformance-app-backend/app-backend-v1
    """,
    "HTTPRouteNoBackendRefs": """
    status HTTPRoute omitted-backendrefs Accepted=True ResolvedRefs=True
    GET /omitted-no-forward -> 500
    GET /empty-no-forward -> 500
    GET /forward -> infra-backend-v1
    """,
    "BackendTLSPolicy": """
    status HTTPRoute backendtlspolicy Accepted=True ResolvedRefs=True
    status BackendTLSPolicy normative-test Accepted=True/Accepted ResolvedRefs=True/ResolvedRefs
    GET abc.example.com/backendtlspolicy -> backendtlspolicy-test:443 tls abc.example.com as abc.example.com
    GET abc.example.com/backendtlspolicy-host-mismatch -> backendtlspolicy-host-mismatch-test:443 \
    tls mismatch.example.com as mismatch.example.com
    GET abc.example.com/backendtlspolicy-cert-mismatch -> backendtlspolicy-cert-mismatch-test:443 \
    tls abc.example.com as abc.example.com
    gateway same-namespace-with-https-listener
    GET https-listener.org/backendtlspolicy sni https-listener.org -> backendtlspolicy-test:443 \
    tls abc.example.com as abc.example.com
    """,
    "BackendTLSPolicyGRPCRoute": """
    status GRPCRoute backendtlspolicy-grpcroute Accepted=True ResolvedRefs=True
    status BackendTLSPolicy grpc-normative-test Accepted=True/Accepted ResolvedRefs=True/ResolvedRefs
    POST abc.example.com/gateway_api_conformance.echo_basic.grpcecho.GrpcEcho/Echo -> \
    backendtlspolicy-grpc-test:443 h2 tls abc.example.com as abc.example.com
    POST abc.example.com/gateway_api_conformance.echo_basic.grpcecho.GrpcEcho/EchoTwo -> \
    backendtlspolicy-grpc-host-mismatch-test:443 h2 tls mismatch.example.com as mismatch.example.com
    """,
    "BackendTLSPolicyConflictResolution": """
    status HTTPRoute backendtlspolicy-conflict-resolution Accepted=True ResolvedRefs=True
    status BackendTLSPolicy conflicted-without-section-name-1 Accepted=True/Accepted
    status BackendTLSPolicy conflicted-without-section-name-2 Accepted=False/Conflicted
    status BackendTLSPolicy conflicted-with-section-name-1 Accepted=True/Accepted
    status BackendTLSPolicy conflicted-with-section-name-2 Accepted=False/Conflicted
    status BackendTLSPolicy not-conflicted-with-section-name Accepted=True/Accepted
    status BackendTLSPolicy not-conflicted-without-section-name Accepted=True/Accepted
    GET abc.example.com/backendtlspolicy-conflicted-without-section-name -> \
    backendtlspolicy-conflicted-without-section-name-test:443 tls other.example.com as other.example.com
    GET abc.example.com/backendtlspolicy-conflicted-with-section-name -> \
    backendtlspolicy-conflicted-with-section-name-test:443 tls other.example.com as other.example.com
    GET abc.example.com/backendtlspolicy-not-conflicted-with-section-name -> \
    backendtlspolicy-not-conflicted-test:443 tls other.example.com as other.example.com
    GET abc.example.com/backendtlspolicy-not-conflicted-without-section-name -> \
    backendtlspolicy-not-conflicted-test:8443 tls abc.example.com as abc.example.com
    """,
    "BackendTLSPolicyInvalidCACertificateRef": """
    status HTTPRoute backendtlspolicy-invalid-ca-certificate-ref Accepted=True
    status BackendTLSPolicy nonexistent-ca-certificate-ref Accepted=False/NoValidCACertificate \
    ResolvedRefs=False/InvalidCACertificateRef
    status BackendTLSPolicy malformed-ca-certificate-ref Accepted=False/NoValidCACertificate \
    ResolvedRefs=False/InvalidCACertificateRef
    GET abc.example.com/backendtlspolicy-nonexistent-ca-certificate-ref -> 500
    GET abc.example.com/backendtlspolicy-malformed-ca-certificate-ref -> 500
    """,
    "BackendTLSPolicyInvalidKind": """
    status HTTPRoute backendtlspolicy-invalid-kind-test Accepted=True
    status BackendTLSPolicy invalid-kind Accepted=False/NoValidCACertificate ResolvedRefs=False/InvalidKind
    GET abc.example.com/backendtlspolicy-invalid-kind -> 500
    """,
    "BackendTLSPolicySANValidation": """
    status HTTPRoute backendtlspolicy-san-test Accepted=True ResolvedRefs=True
    status BackendTLSPolicy san-dns Accepted=True/Accepted
    status BackendTLSPolicy multiple-mismatch-sans Accepted=True/Accepted
    GET abc.example.com/backendtlspolicy-san-dns -> \
    backendtlspolicy-san-dns-test:443 tls abc.example.com as abc.example.com
    GET abc.example.com/backendtlspolicy-san-dns-mismatch -> \
    backendtlspolicy-san-dns-mismatch-test:443 tls abc.example.com as dce.example.com
    GET abc.example.com/backendtlspolicy-san-uri -> \
    backendtlspolicy-san-uri-test:443 tls abc.example.com as spiffe://abc.example.com/test-identity
    GET abc.example.com/backendtlspolicy-san-uri-mismatch -> \
    backendtlspolicy-san-uri-mismatch-test:443 tls abc.example.com as spiffe://def.example.com/test-identity
    GET abc.example.com/backendtlspolicy-multiple-sans -> backendtlspolicy-multiple-sans-test:443 \
    tls abc.example.com as spiffe://abc.example.com/test-identity|abc.example.com
    GET abc.example.com/backendtlspolicy-multiple-mismatch-sans -> backendtlspolicy-multiple-mismatch-sans-test:443 \
    tls abc.example.com as spiffe://def.example.com/test-identity|def.example.com
    """,
    "GatewayTLSBackendClientCertificate": """
    gateway gateway-tls-backend-client-certificate
    status HTTPRoute gateway-tls-backend-client-certificate Accepted=True ResolvedRefs=True
    status BackendTLSPolicy gateway-tls-backend-client-certificate-test Accepted=True/Accepted
    status Gateway gateway-tls-backend-client-certificate ResolvedRefs=True/ResolvedRefs
    GET abc.example.com/ -> tls-backend-with-client-cert-validation:443 \
    tls abc.example.com as abc.example.com with tls-checks-client-certificate
    """,
]
