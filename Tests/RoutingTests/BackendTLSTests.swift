import Testing

@testable import Kubernetes
@testable import Routing

@Suite("BackendTLSPolicy")
struct BackendTLSTests {
    private static let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"

    private func policy(
        _ name: String, created: Int64? = nil, section: String? = nil, refs: [String] = ["ca"], known: String? = nil
    ) -> BackendTLSPolicy {
        BackendTLSPolicy(
            metadata: Make.metadata(name, created: created),
            targetRefs: [TargetRef(group: "", kind: "Service", name: "s", sectionName: section, position: nil)],
            caCertificateRefs: refs.map {
                ObjectRef(group: "", kind: "ConfigMap", name: $0, namespace: nil, position: nil)
            }, wellKnownCACertificates: known, hostname: "\(name).example.com", subjectAltNames: [], options: [:])
    }

    private func table(_ policies: [BackendTLSPolicy], invalid: [InvalidObject] = []) -> RoutingTable {
        compile(
            Make.snapshot { objects in
                objects.add(Make.gateway([Make.listener("l")]))
                objects.add(Make.service())
                objects.add(Make.route("r", [Make.rule()]))
                let ca = ConfigMap(metadata: Make.metadata("ca"), data: ["ca.crt": Self.pem])
                objects.configMaps[ca.key] = ca
                for policy in policies { objects.backendTLSPolicies[policy.key] = policy }
                objects.invalid = invalid
            })
    }

    private func outcome(_ table: RoutingTable) -> String {
        table.port(80).map { table.outcome(TestRequest(), on: $0) } ?? "no port"
    }

    @Test("the older policy wins, then the name; a policy for the port wins over one for the Service")
    func precedence() {
        #expect(
            table([policy("young", created: 9), policy("old", created: 1)]).clusters[0].key.tls?.serverName
                == "old.example.com")
        #expect(table([policy("b"), policy("a")]).clusters[0].key.tls?.serverName == "a.example.com")
        let both = table([policy("all", created: 1), policy("port", created: 9, section: "")])
        #expect(both.clusters[0].key.tls?.serverName == "port.example.com")
    }

    @Test("the authorities of the system, on request only")
    func system() {
        #expect(table([policy("a", refs: [], known: "System")]).clusters[0].key.tls?.trust == .system)
        let strange = table([policy("a", refs: [], known: "Anyone")])
        #expect(strange.clusters.isEmpty)
        let status = strange.statuses.first { $0.object.reference.kind == "BackendTLSPolicy" }
        #expect(status?.parents.first?.condition("Accepted")?.reason == "Invalid")
    }

    @Test("one good authority of several is enough, and only it is trusted")
    func partly() {
        let found = table([policy("a", refs: ["missing", "ca"])])
        #expect(found.clusters[0].key.tls?.trust == .authorities(Array(Self.pem.utf8)))
        let status = found.statuses.first { $0.object.reference.kind == "BackendTLSPolicy" }
        #expect(status?.parents.first?.condition("Accepted")?.status == .true)
        #expect(status?.parents.first?.condition("ResolvedRefs")?.reason == "InvalidCACertificateRef")
    }

    @Test("a policy that has mistakes closes what it names, and all of its namespace when that cannot be read")
    func mistakes() {
        let reference = ObjectReference(
            group: BackendTLSPolicy.group, kind: BackendTLSPolicy.kind, namespace: "default", name: "bad")
        func invalid(_ target: String?) -> InvalidObject {
            let refs = target.map { [TargetRef(group: "", kind: "Service", name: $0, sectionName: nil, position: nil)] }
            return InvalidObject(
                reference: reference, targetRefs: refs, reason: "hostname: must be there", position: nil)
        }
        #expect(outcome(table([], invalid: [invalid("s")])) == "500")
        #expect(outcome(table([], invalid: [invalid(nil)])) == "500")
        #expect(outcome(table([], invalid: [invalid("other")])) == "503", "another Service is not concerned")
    }

    @Test("PEM is looked at as far as its blocks")
    func pem() {
        #expect(hasPEMCertificate(Array(Self.pem.utf8)))
        #expect(hasPEMCertificate(Array(("a comment\r\n" + Self.pem.replacing("\n", with: "\r\n")).utf8)))
        #expect(!hasPEMCertificate(Array("Hello world".utf8)))
        #expect(!hasPEMCertificate(Array("-----BEGIN CERTIFICATE-----\nAAAA\n".utf8)))
        #expect(!hasPEMCertificate(Array("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n".utf8)))
        #expect(!hasPEMCertificate(Array("-----BEGIN CERTIFICATE-----\nAAAA\n-----END PRIVATE KEY-----\n".utf8)))
        #expect(!hasPEMCertificate([0xff, 0xfe, 0x00]))
        #expect(
            !hasPEMPrivateKey(
                Array("-----BEGIN ENCRYPTED PRIVATE KEY-----\nA\n-----END ENCRYPTED PRIVATE KEY-----".utf8)))
        #expect(hasPEMPrivateKey(Array("-----BEGIN EC PRIVATE KEY-----\nA\n-----END EC PRIVATE KEY-----".utf8)))
    }
}
