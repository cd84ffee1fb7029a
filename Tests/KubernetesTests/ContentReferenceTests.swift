import Testing

@testable import Kubernetes

@Suite struct ContentReferenceTests {
    private let text = """
        apiVersion: gateway.networking.k8s.io/v1
        kind: GatewayClass
        metadata: {name: ours}
        spec: {controllerName: sallyport.dev/gateway}
        ---
        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata: {name: g, namespace: ai}
        spec:
          gatewayClassName: ours
          tls:
            backend: {clientCertificateRef: {name: client}}
            frontend:
              default: {validation: {caCertificateRefs: [{group: "", kind: ConfigMap, name: ca}]}}
              perPort: [{port: 443, tls: {validation: {caCertificateRefs: [{group: "", kind: ConfigMap, name: ca, namespace: pki}]}}}]
          listeners:
          - {name: a, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: tls}, {name: tls, namespace: vault}]}}
          - {name: b, port: 444, protocol: HTTPS, tls: {certificateRefs: [{name: x, kind: Other, group: example.com}]}}
        ---
        apiVersion: gateway.networking.k8s.io/v1
        kind: BackendTLSPolicy
        metadata: {name: b, namespace: ai}
        spec:
          targetRefs: [{group: "", kind: Service, name: s}]
          validation: {hostname: s.example.com, caCertificateRefs: [{group: "", kind: ConfigMap, name: backend-ca}]}
        ---
        apiVersion: sallyport.dev/v1alpha1
        kind: TokenIssuer
        metadata: {name: i, namespace: ai}
        spec:
          issuer: https://login.example.com
          audiences: [a]
          jwks: {secretRef: {name: keys, key: jwks}}
        """

    private func references(
        _ text: String, controller: String = "sallyport.dev/gateway", gateways: (NamespacedName) -> Bool = { _ in true }
    ) -> [String] {
        let snapshot = snapshot(text)
        #expect(snapshot.mistakes.isEmpty, "\(snapshot.mistakes)")
        return snapshot.objects.contentReferences(controllerName: controller, gateways: gateways)
            .map { "\($0.kind) \($0.key) for \($0.by)" }.sorted()
    }

    private let others = [
        "ConfigMap ai/backend-ca for BackendTLSPolicy ai/b", "Secret ai/keys for TokenIssuer ai/i",
    ]

    @Test func everythingThatIsNamedAndMayBe() {
        #expect(
            references(text)
                == (others + [
                    "ConfigMap ai/ca for Gateway ai/g", "Secret ai/client for Gateway ai/g",
                    "Secret ai/tls for Gateway ai/g",
                ])
                .sorted())
    }

    @Test func grantsOpenOtherNamespaces() {
        func grant(_ namespace: String, _ from: String, _ to: String) -> String {
            """

            ---
            apiVersion: gateway.networking.k8s.io/v1beta1
            kind: ReferenceGrant
            metadata: {name: g, namespace: \(namespace)}
            spec: {from: [{group: gateway.networking.k8s.io, kind: Gateway, namespace: \(from)}], to: [{group: "", \(to)}]}
            """
        }
        let vault = "Secret vault/tls for Gateway ai/g"
        #expect(references(text + grant("vault", "ai", "kind: Secret")).contains(vault))
        #expect(references(text + grant("vault", "ai", "kind: Secret, name: tls")).contains(vault))
        for grant in [
            grant("vault", "ai", "kind: Secret, name: other"), grant("vault", "ai", "kind: ConfigMap"),
            grant("vault", "other", "kind: Secret"), grant("pki", "ai", "kind: Secret"),
        ] {
            #expect(!references(text + grant).contains(vault))
        }
        #expect(references(text + grant("pki", "ai", "kind: ConfigMap")).contains("ConfigMap pki/ca for Gateway ai/g"))
    }

    @Test func whatListenerSetsNameIsTheirsAlone() {
        func set(_ namespace: String, _ reference: String) -> String {
            """

            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: ListenerSet
            metadata: {name: s, namespace: \(namespace)}
            spec:
              parentRef: {name: g, namespace: ai}
              listeners: [{name: a, port: 443, protocol: HTTPS, tls: {certificateRefs: [{\(reference)}]}}]
            """
        }
        func grant(_ kind: String) -> String {
            """

            ---
            apiVersion: gateway.networking.k8s.io/v1beta1
            kind: ReferenceGrant
            metadata: {name: g, namespace: vault}
            spec:
              from: [{group: gateway.networking.k8s.io, kind: \(kind), namespace: ai}]
              to: [{group: "", kind: Secret}]
            """
        }
        let open = text.replacing(
            "gatewayClassName: ours", with: "gatewayClassName: ours\n  allowedListeners: {namespaces: {from: All}}")
        let own = "Secret team/mine for ListenerSet team/s"
        #expect(references(open + set("team", "name: mine")).contains(own))
        #expect(!references(text + set("team", "name: mine")).contains(own), "the Gateway allows none")
        #expect(!references(open + set("team", "name: mine")) { _ in false }.contains(own), "another's Gateway")
        let vault = "Secret vault/x for ListenerSet ai/s"
        let other = open + set("ai", "name: x, namespace: vault")
        #expect(references(other + grant("ListenerSet")).contains(vault))
        #expect(!references(other + grant("Gateway")).contains(vault), "a grant of the Gateway is not the set's")
    }

    @Test func gatewaysThatAreNotOursNameNothing() {
        #expect(references(text, controller: "example.com/other") == others)
        #expect(references(text) { _ in false } == others)
    }
}
