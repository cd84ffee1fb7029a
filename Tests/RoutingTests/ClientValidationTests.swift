import Testing

@testable import Kubernetes
@testable import Routing

@Suite("Listeners that ask for client certificates")
struct ClientValidationTests {
    private static func pem(_ content: String) -> String {
        "-----BEGIN CERTIFICATE-----\n\(content)\n-----END CERTIFICATE-----\n"
    }

    private static let server = Secret(
        metadata: Make.metadata("server"), type: "kubernetes.io/tls",
        data: [
            "tls.crt": SecretBytes(Array(pem("AA").utf8)),
            "tls.key": SecretBytes(Array("-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----".utf8)),
        ])

    private func ref(_ kind: String, _ name: String, _ namespace: String? = nil, group: String = "") -> ObjectRef {
        ObjectRef(group: group, kind: kind, name: name, namespace: namespace, position: nil)
    }

    /// A Gateway with an HTTPS listener on 443 and one on 8443; `fill` adds what the references lead to.
    private func table(_ frontend: Gateway.FrontendTLS, _ fill: (inout Objects) -> Void = { _ in }) -> RoutingTable {
        let tls = Gateway.TLS(mode: "Terminate", certificateRefs: [ref("Secret", "server")], options: [:])
        var gateway = Make.gateway([
            Make.listener("a", port: 443, protocolName: "HTTPS", tls: tls),
            Make.listener("b", port: 8443, protocolName: "HTTPS", tls: tls), Make.listener("plain", port: 80),
        ])
        gateway.frontendTLS = frontend
        let snapshot = Make.snapshot { objects in
            objects.add(gateway)
            objects.secrets[Self.server.key] = Self.server
            for (name, namespace) in [("one", "default"), ("two", "default"), ("far", "other")] {
                let map = ConfigMap(metadata: Make.metadata(name, namespace), data: ["ca.crt": Self.pem(name)])
                objects.configMaps[map.key] = map
            }
            let empty = ConfigMap(metadata: Make.metadata("empty"), data: ["ca.pem": Self.pem("empty")])
            objects.configMaps[empty.key] = empty
            for namespace in ["default", "other"] {
                let secret = Secret(
                    metadata: Make.metadata("bundle", namespace), type: "Opaque",
                    data: ["ca.crt": SecretBytes(Array(Self.pem("secret").utf8))])
                objects.secrets[secret.key] = secret
            }
            fill(&objects)
        }
        return compile(snapshot)
    }

    private func asking(_ refs: [ObjectRef], fallback: Bool = false) -> Gateway.FrontendTLS {
        Gateway.FrontendTLS(
            defaultValidation: Gateway.ClientValidation(caCertificateRefs: refs, allowInsecureFallback: fallback),
            perPort: [:])
    }

    private func validation(_ table: RoutingTable, port: Int = 443) -> ClientValidation? {
        guard case .listener(let listener)? = table.port(port)?.selectListener(serverName: nil) else { return nil }
        return listener.clientValidation
    }

    private func reason(_ table: RoutingTable, _ condition: String) -> String? {
        table.statuses.first?.listener("a")?.condition(condition)?.reason
    }

    private func bundle(_ table: RoutingTable, port: Int = 443) -> String? {
        validation(table, port: port).map { String(decoding: $0.authorities, as: UTF8.self) }
    }

    @Test("several references are one bundle")
    func union() {
        let found = table(asking([ref("ConfigMap", "one"), ref("ConfigMap", "two"), ref("Secret", "bundle")]))
        #expect(bundle(found) == Self.pem("one") + Self.pem("two") + Self.pem("secret"))
        #expect(validation(found)?.allowsInsecureFallback == false)
        #expect(reason(found, "ResolvedRefs") == "ResolvedRefs")
        #expect(found.statuses.first?.condition("InsecureFrontendValidationMode") == nil)
    }

    @Test(
        "a reference that leads nowhere closes the listener and says why",
        arguments: [
            ("ConfigMap", "", "missing", nil, "InvalidCACertificateRef"),
            ("ConfigMap", "", "empty", nil, "InvalidCACertificateRef"),
            ("Secret", "", "server", nil, "InvalidCACertificateRef"),
            ("Secret", "", "missing", nil, "InvalidCACertificateRef"),
            ("Service", "", "one", nil, "InvalidCACertificateKind"),
            ("ConfigMap", "example.com", "one", nil, "InvalidCACertificateKind"),
            ("ConfigMap", "", "far", "other", "RefNotPermitted"), ("Secret", "", "bundle", "other", "RefNotPermitted"),
        ] as [(String, String, String, String?, String)])
    func unresolved(kind: String, group: String, name: String, namespace: String?, expected: String) {
        for fallback in [false, true] {
            let found = table(asking([ref(kind, name, namespace, group: group)], fallback: fallback))
            #expect(reason(found, "ResolvedRefs") == expected)
            #expect(reason(found, "Accepted") == "NoValidCACertificate")
            #expect(reason(found, "Programmed") == "Invalid")
            if case .listener? = found.port(443)?.selectListener(serverName: nil) {
                Issue.record("it is served without a check")
            }
            #expect(found.port(80) != nil, "what asks for no certificates goes on")
        }
    }

    @Test("a reference that is wrong beside a good one makes the bundle smaller, and is told")
    func partly() {
        let found = table(asking([ref("ConfigMap", "missing"), ref("ConfigMap", "one"), ref("Service", "x")]))
        #expect(bundle(found) == Self.pem("one"))
        #expect(reason(found, "ResolvedRefs") == "InvalidCACertificateKind")
        #expect(reason(found, "Accepted") == "Accepted")
    }

    @Test("a grant opens another namespace, for the kind that it names", arguments: ["ConfigMap", "Secret"])
    func grants(kind: String) {
        let target = kind == "ConfigMap" ? "far" : "bundle"
        func grant(_ objects: inout Objects, _ kind: String) {
            let grant = ReferenceGrant(
                metadata: Make.metadata("g", "other"),
                from: [.init(group: "gateway.networking.k8s.io", kind: "Gateway", namespace: "default")],
                to: [.init(group: "", kind: kind, name: nil)])
            objects.referenceGrants[grant.key] = grant
        }
        let frontend = asking([ref(kind, target, "other")])
        let right = table(frontend) { grant(&$0, kind) }
        #expect(bundle(right) == Self.pem(kind == "ConfigMap" ? "far" : "secret"))
        let wrong = table(frontend) { grant(&$0, kind == "Secret" ? "ConfigMap" : "Secret") }
        #expect(reason(wrong, "ResolvedRefs") == "RefNotPermitted")
        #expect(validation(wrong) == nil)
    }

    @Test("the entry of a port replaces the default, also with nothing")
    func perPort() {
        var frontend = asking([ref("ConfigMap", "one")])
        frontend.perPort[8443] = Gateway.ClientValidation(
            caCertificateRefs: [ref("ConfigMap", "two")], allowInsecureFallback: true)
        let found = table(frontend)
        #expect(bundle(found) == Self.pem("one"))
        #expect(bundle(found, port: 8443) == Self.pem("two"))
        #expect(validation(found, port: 8443)?.allowsInsecureFallback == true)
        #expect(found.statuses.first?.condition("InsecureFrontendValidationMode")?.status == .true)
        #expect(found.port(80)?.listeners.first?.clientValidation == nil, "there is no TLS on that port")
        frontend.perPort[8443] = .some(nil)
        #expect(validation(table(frontend), port: 8443) == nil)
        #expect(bundle(table(frontend)) == Self.pem("one"))
    }
}
