/// What the tests of Gateways of the conformance suite ask, in our words (see ExpectationChecker).
let gatewayExpectations: [String: String] = [
    "GatewayListenerUnsupportedProtocol": """
    status Gateway gateway-only-unsupported-protocols Accepted=False/ListenersNotValid
    listener gateway-only-unsupported-protocols/invalid attached=0 kinds= Accepted=False/UnsupportedProtocol
    status Gateway gateway-supported-and-unsupported-protocols Accepted=True/ListenersNotValid
    listener gateway-supported-and-unsupported-protocols/http attached=0 kinds=HTTPRoute,GRPCRoute Accepted=True/Accepted
    listener gateway-supported-and-unsupported-protocols/invalid attached=0 kinds= Accepted=False/UnsupportedProtocol
    """,
    "GatewayInfrastructure": """
    status Gateway gateway-with-infrastructure-metadata Accepted=True Programmed=True
    """,
    "GatewayInvalidParametersRef": """
    status Gateway gateway-invalid-parameters-ref Accepted=False/InvalidParameters Programmed=False
    """,
    "GatewayInvalidRouteKind": """
    listener gateway-only-invalid-route-kind/http attached=0 kinds= ResolvedRefs=False/InvalidRouteKinds
    listener gateway-supported-and-invalid-route-kind/http attached=0 kinds=HTTPRoute \
    ResolvedRefs=False/InvalidRouteKinds
    """,
    "GatewayInvalidTLSConfiguration": """
    listener gateway-certificate-nonexistent-secret/https attached=0 ResolvedRefs=False/InvalidCertificateRef \
    Programmed=False
    listener gateway-certificate-unsupported-group/https attached=0 ResolvedRefs=False/InvalidCertificateRef
    listener gateway-certificate-unsupported-kind/https attached=0 ResolvedRefs=False/InvalidCertificateRef
    listener gateway-certificate-malformed-secret/https attached=0 ResolvedRefs=False/InvalidCertificateRef
    """,
    "GatewayInvalidTLSBackendConfiguration": """
    status Gateway gateway-client-certificate-nonexistent-secret \
    ResolvedRefs=False/InvalidClientCertificateRef Accepted=True/Accepted
    status Gateway gateway-client-certificate-unsupported-group \
    ResolvedRefs=False/InvalidClientCertificateRef Accepted=True/Accepted
    status Gateway gateway-client-certificate-unsupported-kind \
    ResolvedRefs=False/InvalidClientCertificateRef Accepted=True/Accepted
    status Gateway gateway-client-certificate-malformed-secret \
    ResolvedRefs=False/InvalidClientCertificateRef Accepted=True/Accepted
    status Gateway gateway-client-certificate-missing-reference-grant \
    ResolvedRefs=False/RefNotPermitted Accepted=True/Accepted
    """,
    "GatewaySecretInvalidReferenceGrant": """
    listener gateway-secret-invalid-reference-grant/https attached=0 ResolvedRefs=False/RefNotPermitted Programmed=False
    """,
    "GatewaySecretMissingReferenceGrant": """
    listener gateway-secret-missing-reference-grant/https attached=0 ResolvedRefs=False/RefNotPermitted Programmed=False
    """,
    "GatewaySecretReferenceGrantAllInNamespace": """
    listener gateway-secret-reference-grant-all-in-namespace/https attached=0 ResolvedRefs=True Programmed=True
    """,
    "GatewaySecretReferenceGrantSpecific": """
    listener gateway-secret-reference-grant-specific/https attached=0 ResolvedRefs=True Programmed=True
    """,
    "GatewayNameMaximumLength": """
    status Gateway \
    gateway-name-maximum-length-\(String(repeating: "a", count: 225)) Accepted=True/Accepted Programmed=True
    """,
    "GatewayModifyListeners": """
    status Gateway gateway-add-listener Accepted=True Programmed=True
    listener gateway-add-listener/https attached=1 Accepted=True ResolvedRefs=True
    listener gateway-remove-listener/https attached=1 Accepted=True ResolvedRefs=True
    listener gateway-remove-listener/http attached=1 Accepted=True ResolvedRefs=True
    """,
    "GatewayOptionalAddressValue": """
    status Gateway gateway-without-address-value Accepted=True Programmed=True
    """,
    "GatewayWithAttachedRoutes": """
    listener gateway-with-one-attached-route/http attached=1 kinds=HTTPRoute Accepted=True ResolvedRefs=True
    listener gateway-with-two-attached-routes/http attached=2 kinds=HTTPRoute Accepted=True ResolvedRefs=True
    status HTTPRoute http-route-not-accepted Accepted=False/NoMatchingListenerHostname
    listener unresolved-gateway-with-one-attached-unresolved-route/tls attached=1 kinds=HTTPRoute \
    ResolvedRefs=False/InvalidCertificateRef
    status HTTPRoute http-route-4 Accepted=True ResolvedRefs=False/BackendNotFound
    """,
    "GatewayWithAttachedRoutesWithPort8080": """
    listener gateway-with-two-listeners-and-one-attached-route/http-unattached attached=0 Accepted=True
    listener gateway-with-two-listeners-and-one-attached-route/http attached=1 Accepted=True ResolvedRefs=True
    """,
    "GatewayFrontendInvalidDefaultClientCertificateValidation": """
    gateway invalid-default-client-validation-config:80
    listener invalid-default-client-validation-config/http clients=none ResolvedRefs=True Accepted=True Programmed=True
    listener invalid-default-client-validation-config/https clients=not_served \
    ResolvedRefs=False/InvalidCACertificateRef Accepted=False/NoValidCACertificate Programmed=False
    GET example.org/ -> infra-backend-v1
    """,
    "GatewayInvalidFrontendClientCertificateValidation": """
    listener gateway-with-invalid-client-cert-validation/https clients=required \
    ResolvedRefs=True Accepted=True Programmed=True
    listener gateway-with-invalid-client-cert-validation/https-unresolved clients=not_served \
    ResolvedRefs=False/InvalidCACertificateRef Accepted=False/NoValidCACertificate Programmed=False
    listener gateway-with-invalid-client-cert-validation/https-invalid-kind clients=not_served \
    ResolvedRefs=False/InvalidCACertificateKind Accepted=False/NoValidCACertificate Programmed=False
    listener gateway-with-invalid-client-cert-validation/https-grant-missing clients=not_served \
    ResolvedRefs=False/RefNotPermitted Accepted=False/NoValidCACertificate Programmed=False
    """,
    "GatewayFrontendClientCertificateValidation": """
    listener client-validation-default/https clients=required Accepted=True Programmed=True ResolvedRefs=True
    listener client-validation-default/https-with-hostname clients=required Accepted=True Programmed=True
    gateway client-validation-default:443
    status HTTPRoute client-certificate-validation-https-test Accepted=True ResolvedRefs=True
    status HTTPRoute client-certificate-validation-https-test-no-hostname Accepted=True ResolvedRefs=True
    GET example.org/ sni example.org -> infra-backend-v1
    gateway client-validation-default:8443
    GET second-example.org/ sni second-example.org -> infra-backend-v2
    """,
    "GatewayFrontendClientCertificateValidationInsecureFallback": """
    listener client-validation-insecure-fallback/https clients=optional Accepted=True Programmed=True
    listener client-validation-insecure-fallback/https-with-hostname clients=optional Accepted=True ResolvedRefs=True
    gateway client-validation-insecure-fallback:443
    status Gateway client-validation-insecure-fallback InsecureFrontendValidationMode=True/ConfigurationChanged
    GET example.org/ sni example.org -> infra-backend-v1
    gateway client-validation-insecure-fallback:8443
    GET second-example.org/ sni second-example.org -> infra-backend-v2
    """,
]
