/// What the tests of ListenerSets of the conformance suite ask, in our words (see ExpectationChecker).
let listenerSetExpectations: [String: String] = [
    "ListenerSetDefaultNotAllowed": """
    status Gateway gateway-default-does-not-allow-listenerset Accepted=True sets=0
    status ListenerSet listenerset-default-not-allowed Accepted=False/NotAllowed Programmed=False/NotAllowed
    """,
    "ListenerSetAllowedNamespaceNone": """
    status Gateway gateway-does-not-allow-listenerset Accepted=True sets=0
    status ListenerSet listenerset-not-allowed Accepted=False/NotAllowed Programmed=False/NotAllowed
    """,
    "ListenerSetAllowedNamespaceSame": """
    status Gateway gateway-allows-listenerset-in-same-namespace Accepted=True sets=1
    status ListenerSet listenerset-in-same-namespace Accepted=True/Accepted Programmed=True/Programmed
    listener ListenerSet:listenerset-in-same-namespace/listenerset-in-same-namespace-listener attached=0 \
    kinds=HTTPRoute,GRPCRoute Accepted=True Programmed=True ResolvedRefs=True Conflicted=False
    status ListenerSet gateway-api-listenerset-not-allowed-ns//listenerset-in-different-namespace \
    Accepted=False/NotAllowed Programmed=False/NotAllowed
    """,
    "ListenerSetAllowedNamespaceSelector": """
    status Gateway gateway-allows-listenerset-in-selected-namespace Accepted=True sets=1
    status ListenerSet gateway-api-listenerset-selector-allowed-ns//listenerset-in-selected-namespace \
    Accepted=True/Accepted Programmed=True/Programmed
    status ListenerSet gateway-api-listenerset-selector-not-allowed-ns//listenerset-not-in-selected-namespace \
    Accepted=False/NotAllowed Programmed=False/NotAllowed
    """,
    "ListenerSetAllowedRoutesNamespaces": """
    status Gateway gateway-with-listener-sets-test-allowed-routes Accepted=True sets=2
    listener ListenerSet:listenerset-test-allowed-routes-namespaces/listener-set-listener-allowed-routes-all \
    attached=3 kinds=HTTPRoute,GRPCRoute Accepted=True Programmed=True ResolvedRefs=True
    listener ListenerSet:listenerset-test-allowed-routes-namespaces/listener-set-listener-allowed-routes-same attached=1
    listener ListenerSet:listenerset-test-allowed-routes-namespaces/listener-set-listener-allowed-routes-selector \
    attached=1
    listener ListenerSet:gateway-api-ls-cross-ns//listenerset-test-allowed-routes-cross-ns/\
    listener-set-listener-allowed-routes-cross-ns-same attached=1
    listener gateway-with-listener-sets-test-allowed-routes/gateway-listener attached=0
    status HTTPRoute route-in-same-namespace Accepted=True ResolvedRefs=True
    status HTTPRoute gateway-api-routes-allowed-ns//route-in-selected-namespace Accepted=True ResolvedRefs=True
    status HTTPRoute gateway-api-routes-not-allowed-ns//route-not-in-selected-namespace Accepted=True ResolvedRefs=True
    status HTTPRoute gateway-api-ls-cross-ns//route-in-listenerset-namespace Accepted=True ResolvedRefs=True
    status HTTPRoute route-in-gateway-namespace Accepted=False/NotAllowedByListeners
    gateway gateway-with-listener-sets-test-allowed-routes:80
    GET listener-set-listener-allowed-routes-all.com/route-in-same-namespace -> infra-backend-v1
    GET listener-set-listener-allowed-routes-all.com/route-in-selected-namespace -> infra-backend-v2
    GET listener-set-listener-allowed-routes-all.com/route-not-in-selected-namespace -> infra-backend-v3
    GET listener-set-listener-allowed-routes-same.com/route-in-same-namespace -> infra-backend-v1
    GET listener-set-listener-allowed-routes-same.com/route-in-selected-namespace -> 404
    GET listener-set-listener-allowed-routes-same.com/route-not-in-selected-namespace -> 404
    GET listener-set-listener-allowed-routes-selector.com/route-in-same-namespace -> 404
    GET listener-set-listener-allowed-routes-selector.com/route-in-selected-namespace -> infra-backend-v2
    GET listener-set-listener-allowed-routes-selector.com/route-not-in-selected-namespace -> 404
    GET listener-set-listener-allowed-routes-cross-ns-same.com/route-in-listenerset-namespace -> infra-backend-v1
    GET listener-set-listener-allowed-routes-cross-ns-same.com/route-in-gateway-namespace -> 404
    """,
    "ListenerSetAllowedRoutesSupportedKinds": """
    status Gateway gateway-with-listener-sets-test-supported-route-kinds Accepted=True sets=0
    listener ListenerSet:listenerset-test-allowed-routes-supported-kinds/\
    listener-set-listener-allowed-routes-tls-only attached=0 kinds= ResolvedRefs=False/InvalidRouteKinds
    """,
    "ListenerSetDualParentRefIndependence": """
    status Gateway gateway-dual-parentref Accepted=True Programmed=True sets=1
    status HTTPRoute route-dual-parentref-both Accepted=True ResolvedRefs=True
    status HTTPRoute route-dual-parentref-one@Gateway Accepted=False/NoMatchingParent
    status HTTPRoute route-dual-parentref-one@ListenerSet Accepted=True ResolvedRefs=True
    listener gateway-dual-parentref/gw-dual-parentref-listener attached=1
    listener ListenerSet:ls-dual-parentref/ls-dual-parentref-listener attached=2
    gateway gateway-dual-parentref:80
    GET gw-dual.com/dualboth -> infra-backend-v1
    GET ls-dual.com/dualboth -> infra-backend-v1
    GET ls-dual.com/dualone -> infra-backend-v2
    """,
    "ListenerSetGatewayParentSectionNameNotFound": """
    status Gateway gateway-section-name Accepted=True sets=1
    status HTTPRoute route-via-listenerset Accepted=True ResolvedRefs=True
    status HTTPRoute route-via-gateway Accepted=False/NoMatchingParent
    gateway gateway-section-name:80
    GET ls-section-name.com/goodsection -> infra-backend-v1
    GET ls-section-name.com/badsection -> 404
    """,
    "ListenerSetRouteStatusScopedToParentRef": """
    status HTTPRoute route-parentref-gwonly@Gateway Accepted=True ResolvedRefs=True
    status HTTPRoute route-parentref-lsonly@ListenerSet Accepted=True ResolvedRefs=True
    listener gateway-parentref/gw-parentref-listener attached=1
    listener ListenerSet:listenerset-parentref/listenerset-parentref-listener attached=1
    gateway gateway-parentref:80
    GET gw-parentref.com/gwonly -> infra-backend-v1
    GET gw-parentref.com/lsonly -> 404
    GET listenerset-parentref.com/lsonly -> infra-backend-v2
    GET listenerset-parentref.com/gwonly -> 404
    """,
    "ListenerSetHTTPRouting": """
    status Gateway gateway-with-listener-sets-http-routing Accepted=True Programmed=True sets=2
    status HTTPRoute attaches-to-all-listeners Accepted=True ResolvedRefs=True
    listener gateway-with-listener-sets-http-routing/gateway-listener-1 attached=3
    listener gateway-with-listener-sets-http-routing/gateway-listener-2 attached=2
    listener ListenerSet:listener-set-http-routing-1/listener-set-http-routing-1-listener-1 attached=3
    listener ListenerSet:listener-set-http-routing-1/listener-set-http-routing-1-listener-2 attached=2
    listener ListenerSet:listener-set-http-routing-2/listener-set-http-routing-2-listener-2 attached=2
    gateway gateway-with-listener-sets-http-routing:80
    GET gateway-listener-1.com/route -> infra-backend-v1
    GET listener-set-http-routing-2-listener-2.com/route -> infra-backend-v1
    GET gateway-listener-2.com/gateway-route -> infra-backend-v2
    GET listener-set-http-routing-1-listener-1.com/gateway-route -> 404
    GET gateway-listener-1.com/gateway-section-route -> infra-backend-v3
    GET gateway-listener-2.com/gateway-section-route -> 404
    GET listener-set-http-routing-1-listener-2.com/listener-set-http-routing-1-route -> infra-backend-v2
    GET listener-set-http-routing-2-listener-1.com/listener-set-http-routing-1-route -> 404
    GET gateway-listener-1.com/listener-set-http-routing-1-route -> 404
    GET listener-set-http-routing-1-listener-1.com/listener-set-http-routing-1-section-route -> infra-backend-v3
    GET listener-set-http-routing-1-listener-2.com/listener-set-http-routing-1-section-route -> 404
    GET listener-set-http-routing-2-listener-1.com/listener-set-http-routing-2-route -> infra-backend-v2
    """,
    "ListenerSetHostnameConflict": """
    status Gateway gateway-with-listenerset-hostname-conflict Accepted=True/Accepted sets=2
    listener gateway-with-listenerset-hostname-conflict/gateway-listener Accepted=True Programmed=True Conflicted=False
    listener gateway-with-listenerset-hostname-conflict/hostname-conflict-with-gateway-listener \
    Accepted=True Programmed=True Conflicted=False
    status ListenerSet listenerset-with-hostname-conflict-with-gateway-1 Accepted=True Programmed=True/Programmed
    listener ListenerSet:listenerset-with-hostname-conflict-with-gateway-1/listener-set-1-listener Programmed=True
    listener ListenerSet:listenerset-with-hostname-conflict-with-gateway-1/hostname-conflict-with-gateway-listener \
    Accepted=False Programmed=False Conflicted=True/HostnameConflict
    listener ListenerSet:listenerset-with-hostname-conflict-with-gateway-1/\
    hostname-conflict-with-listener-set-listener Accepted=True Programmed=True Conflicted=False
    status ListenerSet listenerset-with-hostname-conflict-with-gateway-2 \
    Accepted=False/ListenersNotValid Programmed=False/ListenersNotValid
    status ListenerSet listenerset-with-hostname-conflict-with-listener-set-1 Accepted=True Programmed=True/Programmed
    listener ListenerSet:listenerset-with-hostname-conflict-with-listener-set-1/\
    hostname-conflict-with-listener-set-listener Accepted=False Programmed=False Conflicted=True/HostnameConflict
    status ListenerSet listenerset-with-hostname-conflict-with-listener-set-2 \
    Accepted=False/ListenersNotValid Programmed=False/ListenersNotValid
    """,
    "ListenerSetProtocolConflict": """
    status Gateway gateway-with-listenerset-protocol-conflict Accepted=True/Accepted sets=2
    listener gateway-with-listenerset-protocol-conflict/protocol-conflict-with-gateway-listener \
    Accepted=True Programmed=True Conflicted=False
    status ListenerSet listenerset-with-protocol-conflict-with-gateway-1 Accepted=True Programmed=True/Programmed
    listener ListenerSet:listenerset-with-protocol-conflict-with-gateway-1/listener-set-1-listener Programmed=True
    listener ListenerSet:listenerset-with-protocol-conflict-with-gateway-1/protocol-conflict-with-gateway-listener \
    Accepted=False Programmed=False Conflicted=True/ProtocolConflict
    status ListenerSet listenerset-with-protocol-conflict-with-gateway-2 \
    Accepted=False/ListenersNotValid Programmed=False
    status ListenerSet listenerset-with-protocol-conflict-with-listener-set-1 Accepted=True Programmed=True/Programmed
    listener ListenerSet:listenerset-with-protocol-conflict-with-listener-set-1/\
    protocol-conflict-with-listener-set-listener Accepted=False Programmed=False Conflicted=True/ProtocolConflict
    status ListenerSet listenerset-with-protocol-conflict-with-listener-set-2 \
    Accepted=False/ListenersNotValid Programmed=False
    """,
    "ListenerSetReferenceGrant": """
    status Gateway gateway-with-listener-sets-test-reference-grant Accepted=True sets=1
    listener gateway-with-listener-sets-test-reference-grant/gateway-listener ResolvedRefs=True
    status ListenerSet listenerset-with-reference-grant Accepted=True Programmed=True
    listener ListenerSet:listenerset-with-reference-grant/listenerset-with-reference-grant-listener ResolvedRefs=True
    status ListenerSet gateway-api-listener-sets-test-reference-grant-ns//listenerset-without-reference-grant \
    Accepted=False/ListenersNotValid Programmed=False/ListenersNotValid
    listener ListenerSet:gateway-api-listener-sets-test-reference-grant-ns//listenerset-without-reference-grant/\
    listenerset-without-reference-grant-listener ResolvedRefs=False/RefNotPermitted
    """,
]
