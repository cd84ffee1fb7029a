import Testing

@testable import Kubernetes

@Suite struct GatewayKindTests {
    @Test func defaultsAreThoseOfTheCRDs() throws {
        let gateway = try #require(
            snapshot(
                gateway(
                    """
                    - {name: a, port: 80, protocol: HTTP}
                    - name: b
                      port: 443
                      protocol: HTTPS
                      hostname: "*.example.com"
                      tls: {certificateRefs: [{name: cert}]}
                      allowedRoutes:
                        namespaces: {from: Selector, selector: {matchLabels: {a: b}}}
                        kinds: [{kind: HTTPRoute}]
                    """)
            ).gateway)
        #expect(gateway.listeners[0].allowedRoutes == .init(namespaces: .same, kinds: []))
        #expect(gateway.listeners[0].tls == nil && gateway.listeners[0].hostname == nil)
        let tls = try #require(gateway.listeners[1].tls)
        #expect(tls.mode == "Terminate")
        #expect(tls.certificateRefs[0].group == "" && tls.certificateRefs[0].kind == "Secret")
        #expect(tls.certificateRefs[0].namespace == nil)
        #expect(
            gateway.listeners[1].allowedRoutes
                == .init(
                    namespaces: .selector(LabelSelector(matchLabels: ["a": "b"])),
                    kinds: [GroupKind(group: "gateway.networking.k8s.io", kind: "HTTPRoute")]))
        #expect(gateway.metadata.namespace == "default" && gateway.metadata.generation == 1)
        #expect(gateway.listeners[1].position?.line == 8)
    }

    @Test func whoseListenersAGatewayTakes() {
        func taken(_ spec: String) -> FromNamespaces? {
            snapshot(
                """
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: g}
                spec: {gatewayClassName: c, listeners: [{name: a, port: 80, protocol: HTTP}]\(spec)}
                """
            ).gateway?.allowedListeners
        }
        #expect(taken("") == FromNamespaces.none)
        #expect(taken(", allowedListeners: {}") == FromNamespaces.none)
        #expect(taken(", allowedListeners: {namespaces: {}}") == FromNamespaces.none)
        #expect(taken(", allowedListeners: {namespaces: {from: Same}}") == .same)
        #expect(taken(", allowedListeners: {namespaces: {from: All}}") == .all)
        #expect(taken(", allowedListeners: {namespaces: {from: Selector}}") == FromNamespaces.none)
        #expect(
            taken(", allowedListeners: {namespaces: {from: Selector, selector: {matchLabels: {a: b}}}}")
                == .selector(LabelSelector(matchLabels: ["a": "b"])))
        #expect(taken(", allowedListeners: {namespaces: {from: Some}}") == nil, "a mistake")
    }

    @Test func listenerSets() throws {
        let text = """
            apiVersion: gateway.networking.k8s.io/v1
            kind: ListenerSet
            metadata: {name: s, namespace: team}
            spec:
              parentRef: {name: g}
              listeners: [{name: a, port: 80, protocol: HTTP}]
            """
        let set = try #require(snapshot(text).objects.listenerSets[NamespacedName("team", "s")])
        #expect(set.gateway == NamespacedName("team", "g"))
        #expect(set.listeners.map(\.allowedRoutes.namespaces) == [.same])
        let other = snapshot(text.replacing("{name: g}", with: "{name: g, kind: Other, group: example.com}"))
        #expect(other.mistakes.isEmpty && other.objects.listenerSets.values.first?.gateway == nil)
        #expect(snapshot(text.replacing("parentRef: {name: g}", with: "parentRef: {}")).mistakes.count == 1)
        #expect(
            snapshot(text.replacing("protocol: HTTP", with: "protocol: HTTP, tls: {}")).objects.listenerSets.isEmpty)
    }

    @Test(arguments: [
        (
            "- {name: a, port: 0, protocol: HTTP}",
            "7 spec.listeners[0].port: must be a whole number between 1 and 65535, is 0"
        ),
        (
            "- {name: a, port: http, protocol: HTTP}",
            "7 spec.listeners[0].port: must be a whole number between 1 and 65535, is \"http\""
        ),
        ("- {name: A, port: 80, protocol: HTTP}", "7 spec.listeners[0].name: must be a DNS name"),
        ("- {port: 80, protocol: HTTP}", "7 spec.listeners[0].name: must be there"),
        ("- {name: a, port: 80}", "7 spec.listeners[0].protocol: must be there"),
        ("- {name: a, port: 80, protocol: \"H T\"}", "7 spec.listeners[0].protocol: must be HTTP, HTTPS"),
        (
            "- {name: a, port: 80, protocol: HTTP, hostname: \"a.*.b\"}",
            "7 spec.listeners[0].hostname: must be a lower-case DNS name"
        ),
        (
            "- {name: a, port: 80, protocol: HTTP, tls: {options: {a/b: c}}}",
            "7 spec.listeners[0].tls: must not be there when protocol is HTTP"
        ),
        (
            "- {name: a, port: 80, protocol: HTTPS, tls: {}}",
            "7 spec.listeners[0].tls.certificateRefs: must name a certificate"
        ),
        (
            "- {name: a, port: 80, protocol: HTTPS, tls: {mode: Passthrough}}",
            "7 spec.listeners[0].tls.mode: must be Terminate"
        ),
        ("- {name: a, port: 80, protocol: TLS}", "7 spec.listeners[0].tls: must be there when protocol is TLS"),
        ("- {name: a, port: 80, protocol: TCP, hostname: a.b}", "7 spec.listeners[0].hostname: must not be there"),
        (
            "- {name: a, port: 80, protocol: HTTP}\n- {name: a, port: 81, protocol: HTTP}",
            "7 spec.listeners: has \"a\" twice; each name must be unique"
        ),
        (
            "- {name: a, port: 80, protocol: HTTP}\n- {name: b, port: 80, protocol: HTTP}",
            "8 spec.listeners[1]: has the port, protocol and hostname"
        ),
        (
            "- {name: a, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: Any}}}",
            "7 spec.listeners[0].allowedRoutes.namespaces.from: must be one of All, Selector, Same, is \"Any\""
        ),
        (
            "- {name: a, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: Selector, selector: {matchExpressions: [{key: a, operator: In}]}}}}",
            "7 spec.listeners[0].allowedRoutes.namespaces.selector.matchExpressions[0].values: must have a value"
        ),
        ("- HTTP", "7 spec.listeners[0]: must be a map, is a string"),
        ("{}", "7 spec.listeners: must be a list, is a map"),
        ("[]", "7 spec.listeners: must have at least 1 entries"),
    ])
    func wrongListeners(listeners: String, expected: String) {
        let found = mistakes(gateway(listeners))
        #expect(found.count == 1 && found[0].hasPrefix(expected), "\(found)")
        #expect(snapshot(gateway(listeners)).gateway == nil)
        #expect(snapshot(gateway(listeners)).objects.invalid.count == 1)
    }

    @Test func whatIsAConditionIsNoMistake() {
        let listeners = """
            - {name: a, port: 80, protocol: example.com/other}
            - {name: b, port: 443, protocol: HTTPS}
            - {name: c, port: 81, protocol: HTTP, allowedRoutes: {kinds: [{kind: Nonsense}]}}
            - {name: d, port: 444, protocol: HTTPS, tls: {certificateRefs: [{group: x.y, kind: Z, name: n}]}}
            """
        #expect(mistakes(gateway(listeners)).isEmpty)
    }

    @Test func unknownFieldsOfStandardKindsAreNoted() {
        let result = snapshot(gateway("- {name: a, port: 80, protocol: HTTP, nickname: x}"))
        #expect(result.gateway != nil)
        #expect(result.notes.map(\.message) == ["no such field, it is ignored"])
        #expect(result.notes[0].path == "spec.listeners[0].nickname")
    }

    @Test func otherKinds() {
        let text = """
            apiVersion: gateway.networking.k8s.io/v1
            kind: GatewayClass
            metadata: {name: c, namespace: ignored}
            spec: {controllerName: sallyport.dev/gateway}
            ---
            apiVersion: gateway.networking.k8s.io/v1beta1
            kind: ReferenceGrant
            metadata: {name: g, namespace: n}
            spec:
              from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: m}]
              to: [{group: "", kind: Service}]
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: BackendTLSPolicy
            metadata: {name: t}
            spec:
              targetRefs: [{group: "", kind: Service, name: s, sectionName: https}]
              validation:
                hostname: a.example
                wellKnownCACertificates: System
                subjectAltNames: [{type: Hostname, hostname: "*.b"}, {type: URI, uri: "spiffe://a/b"}]
            """
        let objects = snapshot(text).objects
        #expect(snapshot(text).mistakes.isEmpty)
        #expect(objects.gatewayClasses[NamespacedName("", "c")]?.controllerName == "sallyport.dev/gateway")
        #expect(objects.referenceGrants[NamespacedName("n", "g")]?.to == [.init(group: "", kind: "Service", name: nil)])
        #expect(
            objects.backendTLSPolicies[NamespacedName("default", "t")]?.subjectAltNames
                == [.hostname("*.b"), .uri("spiffe://a/b")])
    }

    @Test(arguments: [
        ("hostname: a", "6 spec.validation: must have either caCertificateRefs or wellKnownCACertificates"),
        (
            "hostname: a, wellKnownCACertificates: System, caCertificateRefs: [{group: '', kind: ConfigMap, name: c}]",
            "6 spec.validation: must have either"
        ),
        ("hostname: a, wellKnownCACertificates: Other", "6 spec.validation.wellKnownCACertificates: must be System"),
        ("hostname: '*.a', wellKnownCACertificates: System", "6 spec.validation.hostname: must be a DNS name"),
        (
            "hostname: a, wellKnownCACertificates: System, subjectAltNames: [{type: URI, uri: nonsense}]",
            "6 spec.validation.subjectAltNames[0].uri: must be a URI"
        ),
        (
            "hostname: a, wellKnownCACertificates: System, subjectAltNames: [{type: URI, hostname: a}]",
            "6 spec.validation.subjectAltNames[0].hostname: must not be there"
        ),
    ])
    func wrongBackendTLS(validation: String, expected: String) {
        let text = """
            apiVersion: gateway.networking.k8s.io/v1
            kind: BackendTLSPolicy
            metadata: {name: t}
            spec:
              targetRefs: [{group: "", kind: Service, name: s}]
              validation: {\(validation)}
            """
        #expect(mistakes(text).contains { $0.hasPrefix(expected) }, "\(mistakes(text))")
        #expect(snapshot(text).objects.invalid.first?.targetRefs?.map(\.name) == ["s"])
    }
}
