import NIOCore
import Testing
import X509

@testable import Gateway

@Suite("TLS, backend side", .serialized)
struct TLSClientTests {
    private let authority: TestAuthority
    init() throws { authority = try TestAuthority() }

    private func terms(_ name: String?, _ identities: [UpstreamTLS.Identity] = []) throws -> UpstreamTLS {
        UpstreamTLS(
            name: "BackendTLSPolicy test/backend", roots: .authorities(try authority.pem), serverName: name,
            identities: identities)
    }

    /// Connects to a backend with this certificate; nil: all is well.
    private func failure(of certificate: CertificateSource, _ terms: UpstreamTLS) async throws -> UpstreamTLSFailure? {
        let server = try await TLSTestServer.start(
            TLSPort(listeners: [TLSListener(id: 1, hostname: nil, certificates: [certificate])]))
        defer { Task { try await server.stop() } }
        do {
            let connection = try await TLSTestConnection.open(
                try TLSClient(terms, protocols: [.http1]), port: server.port)
            try await connection.close()
            return nil
        } catch let failure as UpstreamTLSFailure {
            return failure
        }
    }

    @Test("the names of the certificate decide, not its common name")
    func names() async throws {
        #expect(try await failure(of: try authority.leaf("db.test"), terms("db.test")) == nil)
        #expect(try await failure(of: try authority.leaf("DB.Test"), terms("db.test")) == nil)
        let wrong = UpstreamTLSFailure.wrongIdentity("a certificate for other.test")
        #expect(try await failure(of: try authority.leaf("other.test"), terms("db.test")) == wrong)
        let commonNameOnly = try authority.leaf([], commonName: "db.test")
        #expect(try await failure(of: commonNameOnly, terms("db.test")) == .wrongIdentity("a certificate for no names"))
    }

    @Test("a wildcard covers one whole label and nothing else")
    func wildcards() async throws {
        let wildcard = try authority.leaf("*.svc.test")
        #expect(try await failure(of: wildcard, terms("a.svc.test")) == nil)
        for name in ["svc.test", "a.b.svc.test", "asvc.test"] {
            #expect(try await failure(of: wildcard, terms(name)) != nil, "\(name)")
        }
        for bad in ["*.test", "a*.svc.test", "*", "a.*.test"] {
            #expect(try await failure(of: try authority.leaf(bad), terms("a.svc.test")) != nil, "\(bad)")
        }
    }

    @Test("a NUL in a name makes it match nothing")
    func embeddedNUL() async throws {
        let tricked = try authority.leaf([.dnsName("db.test\0.evil.test")], commonName: "tricked")
        #expect(try await failure(of: tricked, terms("db.test")) != nil)
        let uri = try authority.leaf([.uniformResourceIdentifier("spiffe://db\0.evil")], commonName: "uri")
        #expect(try await failure(of: uri, terms("db.test", [.uri("spiffe://db")])) != nil)
    }

    @Test("subjectAltNames are asked for instead of the host name")
    func alternativeNames() async throws {
        let spiffe = try authority.leaf(
            [.uniformResourceIdentifier("spiffe://cluster/ns/ai"), .dnsName("real.test")], commonName: "spiffe")
        #expect(try await failure(of: spiffe, terms("any.test", [.uri("spiffe://cluster/ns/ai")])) == nil)
        #expect(try await failure(of: spiffe, terms("any.test", [.uri("no"), .hostname("real.test")])) == nil)
        #expect(try await failure(of: spiffe, terms("any.test", [.uri("spiffe://CLUSTER/ns/ai")])) != nil)
        #expect(try await failure(of: spiffe, terms("real.test", [.uri("spiffe://cluster/ns/other")])) != nil)
    }

    @Test("a backend with an address instead of a name")
    func addresses() async throws {
        let certificate = try authority.leaf([.ipAddress(.init(contentBytes: [127, 0, 0, 1]))], commonName: "ip")
        #expect(try await failure(of: certificate, terms("127.0.0.1")) == nil)
        #expect(try await failure(of: certificate, terms("127.0.0.2")) != nil)
    }

    @Test("expired, not yet valid, of another authority, for clients: refused in the handshake")
    func untrusted() async throws {
        let names: [GeneralName] = [.dnsName("db.test")]
        let bad = [
            try authority.leaf(names, from: -7200, to: -60), try authority.leaf(names, from: 600, to: 7200),
            try authority.leaf(names, usage: .clientAuth), try TestAuthority("Other").leaf("db.test"),
        ]
        for certificate in bad {
            guard case .handshake? = try await failure(of: certificate, terms("db.test")) else {
                Issue.record("accepted, or refused for another reason")
                continue
            }
        }
    }

    @Test("an authority of our own is not believed by those who believe the system's")
    func systemRoots() async throws {
        let system = UpstreamTLS(name: "system", roots: .system, serverName: "db.test")
        guard case .handshake? = try await failure(of: try authority.leaf("db.test"), system) else {
            Issue.record("accepted")
            return
        }
    }

    @Test("terms that could not refuse anybody are a problem")
    func emptyTerms() throws {
        let cases: [UpstreamTLS] = [
            try terms(nil), try terms(""), try terms("a b"), try terms("db.test", [.uri("")]),
            try terms("db.test", [.hostname("*.com")]), try terms("db.test", [.address("nowhere")]),
        ]
        for bad in cases {
            #expect(throws: CertificateProblem.self) { try TLSClient(bad, protocols: []) }
        }
        let noRoots = UpstreamTLS(name: "x", roots: .authorities([]), serverName: "db.test")
        #expect(throws: CertificateProblem(name: "x", reason: .noAuthorities)) { try TLSClient(noRoots, protocols: []) }
    }

    @Test("a backend that is silent ends at the deadline; one that does not speak TLS at once")
    func silence() async throws {
        let silent = try await PlainTestServer.start(answer: nil)
        let client = try TLSClient(try terms("db.test"), protocols: [])
        await #expect(throws: UpstreamTLSFailure.timeout) {
            try await TLSTestConnection.open(client, port: silent.port, timeout: .milliseconds(50))
        }
        try await silent.stop()
        let plain = try await PlainTestServer.start(answer: "HTTP/1.1 400 Bad Request\r\n\r\n")
        await #expect(throws: UpstreamTLSFailure.self) { try await TLSTestConnection.open(client, port: plain.port) }
        try await plain.stop()
    }

    @Test("equal terms share one client, and a change of configuration forgets the rest")
    func cache() throws {
        let clients = TLSClients()
        let one = try clients.client(for: try terms("one.test"), protocols: [.http2])
        #expect(try clients.client(for: try terms("one.test"), protocols: [.http2]) === one)
        #expect(try clients.client(for: try terms("one.test"), protocols: [.http1]) !== one)
        #expect(try clients.client(for: try terms("two.test"), protocols: [.http2]) !== one)
        clients.keep([try terms("two.test")])
        #expect(try clients.client(for: try terms("one.test"), protocols: [.http2]) !== one)
    }
}
