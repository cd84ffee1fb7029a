import Access
import Kubernetes
import NIOCore
import NIOSSL
import Synchronization
import Testing
import X509

@testable import Gateway

@Suite("Client certificates on a listener", .serialized)
struct ClientCertificateTests {
    private let authority: TestAuthority
    private let callers: TestAuthority
    private let server: CertificateSource
    private let chat = GeneralName.uniformResourceIdentifier("spiffe://example.org/ns/ai/sa/chat")

    init() throws {
        authority = try TestAuthority()
        callers = try TestAuthority("Callers")
        server = try authority.leaf("a.example.com")
    }

    private func port(_ bundle: [UInt8], isRequired: Bool = true) -> TLSPort {
        TLSPort(listeners: [
            TLSListener(
                id: 1, hostname: "a.example.com", certificates: [server],
                clients: ClientVerification(authorities: bundle, isRequired: isRequired),
                gateway: NamespacedName("ai", "front"))
        ])
    }

    private func client(_ certificate: CertificateSource?, _ version: TLSVersion = .tlsv13) -> SessionClient {
        SessionClient(authority: authority, version: version, certificate: certificate)
    }

    /// Certificates that must never do, whatever the mode, with what is wrong with each.
    private func badCertificates() throws -> [(String, CertificateSource)] {
        typealias Form = ClientCertificateForm
        let stranger = try TestAuthority("Callers")
        let middle = try TestAuthority("Middle", issuer: callers)
        let below = try TestAuthority("Below", issuer: middle)
        var forms: [(String, Form)] = []
        func add(_ what: String, _ change: (inout Form) -> Void) {
            var form = Form(names: [.dnsName("good.test")])
            change(&form)
            forms.append((what, form))
        }
        add("expired") { ($0.from, $0.to) = (-7200, -60) }
        add("not yet valid") { ($0.from, $0.to) = (600, 7200) }
        add("for servers only") { $0.usages = [.serverAuth] }
        add("for anything but not for clients") { $0.usages = [.any] }
        add("an authority") { $0.isAuthority = true }
        add("one that signs certificates") {
            $0.isAuthority = true
            $0.keyUsage = KeyUsage(digitalSignature: true, keyCertSign: true)
        }
        add("a key that does not sign") { $0.keyUsage = KeyUsage(keyEncipherment: true) }
        add("NUL in a DNS name") { $0.names = [.dnsName("good.test\u{0}.evil.test")] }
        add("line end in a DNS name") { $0.names = [.dnsName("good.test\r\nx: y")] }
        add("NUL in a URI") { $0.names = [.uniformResourceIdentifier("spiffe://example.org/a\u{0}b")] }
        add("NUL in a mail address") { $0.names = [.rfc822Name("a@b.test\u{0}")] }
        add("NUL in the common name") { $0.subject = [(.commonName, "good\u{0}evil")] }
        add("control character in the organisation") { $0.subject = [(.organization, "a\u{1b}[2Jb")] }
        add("NUL in a directory name") {
            $0.names = [.directoryName((try? DistinguishedName { CommonName("a\u{0}b") }) ?? DistinguishedName())]
        }
        add("two SPIFFE IDs") { $0.names = [chat, .uniformResourceIdentifier("spiffe://example.org/other")] }
        add("a SPIFFE ID and another URI") { $0.names = [.uniformResourceIdentifier("https://x.test"), chat] }
        add("a SPIFFE ID without path") { $0.names = [.uniformResourceIdentifier("spiffe://example.org")] }
        add("a SPIFFE ID in capitals") { $0.names = [.uniformResourceIdentifier("SPIFFE://example.org/a")] }
        add("a SPIFFE ID with ..") { $0.names = [.uniformResourceIdentifier("spiffe://example.org/a/../b")] }
        add("an address of three bytes") { $0.names = [.ipAddress(.init(contentBytes: [1, 2, 3]))] }
        return try forms.map { ($0.0, try callers.client($0.1)) } + [
            ("another authority of that name", try stranger.client()),
            ("the server's authority", try authority.client()),
            ("self-signed", try TestAuthority.selfSigned()),
            (
                "self-signed with the authority's name",
                try TestAuthority.selfSigned(Form(subject: [(.commonName, "Callers")]))
            ),
            ("below an authority that must not have any below", try below.client(showing: [below, middle])),
        ]
    }

    @Test("a certificate that is wrong never passes, not even where none is needed", arguments: [true, false])
    func bad(isRequired: Bool) async throws {
        let server = try await TLSTestServer.start(port(try callers.pem, isRequired: isRequired))
        var refused = 0
        for (what, certificate) in try badCertificates() {
            for version in [TLSVersion.tlsv12, .tlsv13] {
                let line: String?
                do { line = try await client(certificate, version).line(port: server.port) } catch {
                    // A client of this library would not even load it.
                    let caller = try Caller(certificate, version == .tlsv12 ? "-tls1_2" : "-tls1_3")
                    let output = try await openssl(server, caller.showing).output
                    line = output.contains("listener=") ? output : nil
                }
                #expect(line == nil, "\(what), \(version)")
                refused += 1
            }
        }
        #expect(server.server.statistics.finished.isEmpty)
        let failed = server.server.statistics.failed
        #expect(failed.values.reduce(0, +) == refused, "\(failed)")
        // A key that must not sign is refused by the handshake itself, in other words.
        #expect(failed[.clientCertificate, default: 0] >= refused - 2, "\(failed)")
        try await server.stop()
    }

    @Test("a good one passes and says who it is", arguments: [TLSVersion.tlsv12, .tlsv13])
    func good(version: TLSVersion) async throws {
        typealias Form = ClientCertificateForm
        let cases: [(Form, String)] = [
            (Form(), "CN=caller"), (Form(names: [chat]), "spiffe://example.org/ns/ai/sa/chat"),
            (Form(names: [.dnsName("A.Test")], subject: []), "a.test"),
            (Form(usages: nil, keyUsage: nil), "CN=caller"), (Form(usages: [.serverAuth, .clientAuth]), "CN=caller"),
            (Form(names: [.dnsName("*.test"), chat], subject: []), "spiffe://example.org/ns/ai/sa/chat"),
            (Form(subject: [(.organization, "Zoë, GmbH"), (.commonName, "x")]), "CN=x,O=Zoë\\, GmbH"),
        ]
        let number = version == .tlsv12 ? "1.2" : "1.3"
        for isRequired in [true, false] {
            let server = try await TLSTestServer.start(port(try callers.pem, isRequired: isRequired))
            for (form, name) in cases {
                let line = try await client(try callers.client(form), version).line(port: server.port)
                #expect(line == "name=a.example.com listener=1 protocol=http/1.1 version=\(number) client=\(name)")
            }
            try await server.stop()
        }
    }

    @Test("no certificate: refused where one is required, nobody where it may be missing")
    func missing() async throws {
        for version in [TLSVersion.tlsv12, .tlsv13] {
            let strict = try await TLSTestServer.start(port(try callers.pem))
            #expect(try await client(nil, version).line(port: strict.port) == nil)
            // The server may say no before it has counted that it did.
            for _ in 0..<1_000 where strict.server.statistics.failed.isEmpty {
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(strict.server.statistics.failed == [.clientCertificate: 1])
            try await strict.stop()
            let open = try await TLSTestServer.start(port(try callers.pem, isRequired: false))
            let line = try await client(nil, version).line(port: open.port)
            #expect(line?.hasPrefix("name=a.example.com listener=1 protocol=http/1.1 version=1.") == true)
            #expect(line?.contains("client=") == false)
            try await open.stop()
        }
    }

    @Test("a certificate that nobody asks for says nothing")
    func notAsked() async throws {
        var port = port([])
        port.listeners[0].clients = nil
        let server = try await TLSTestServer.start(port)
        let line = try await client(try callers.client()).line(port: server.port)
        #expect(line == "name=a.example.com listener=1 protocol=http/1.1 version=1.3")
        try await server.stop()
    }

    @Test("a bundle of two authorities, an authority below a root, HTTP/2")
    func chains() async throws {
        let (root, other) = (try TestAuthority("Root", maxPathLength: 1), try TestAuthority("Other"))
        let below = try TestAuthority("Below", issuer: root)
        let server = try await TLSTestServer.start(port(try root.pem + [10] + (try other.pem)))
        #expect(try await client(try other.client()).line(port: server.port) != nil)
        #expect(try await client(try root.client()).line(port: server.port) != nil)
        #expect(try await client(try below.client(showing: [below])).line(port: server.port) != nil)
        #expect(try await client(try below.client()).line(port: server.port) == nil, "the link is missing")
        #expect(try await client(try callers.client()).line(port: server.port) == nil)
        var two = client(try other.client())
        two.protocols = ["h2"]
        #expect(try await two.line(port: server.port)?.hasSuffix("protocol=h2 version=1.3 client=CN=caller") == true)
        try await server.stop()
    }

    @Test("authorities that cannot be read close the listener, in either mode", arguments: [true, false])
    func unreadableAuthorities(isRequired: Bool) async throws {
        let broken = Array("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".utf8)
        for bundle in [[], Array("nothing".utf8), broken, try callers.pem + broken] {
            let (store, problems) = CertificateStore.build(port(bundle, isRequired: isRequired))
            #expect(problems.count == 1)
            let server = try await TLSTestServer.start(store)
            #expect(try await client(nil).line(port: server.port) == nil)
            #expect(try await client(try callers.client()).line(port: server.port) == nil)
            #expect(server.server.statistics.failed == [.noCertificate: 2])
            try await server.stop()
        }
    }

    @Test("a new bundle is for new handshakes; connections that are there go on")
    func bundleChanged() async throws {
        let fresh = try TestAuthority("Fresh")
        let server = try await TLSTestServer.start(port(try callers.pem))
        let terms = UpstreamTLS(
            name: "test", roots: .authorities(try authority.pem), serverName: "a.example.com",
            clientCertificate: try callers.client())
        let old = try await TLSTestConnection.open(
            try TLSClient(terms, protocols: [.http1]), port: server.port)
        #expect(try await old.exchange("x").hasSuffix(" client=CN=caller"))
        #expect(try await old.exchange("y") == "x")
        server.server.store = CertificateStore.build(port(try fresh.pem), reusing: server.server.store).store
        #expect(try await client(try callers.client()).line(port: server.port) == nil)
        #expect(try await client(try fresh.client()).line(port: server.port) != nil)
        #expect(try await old.exchange("z") == "y")
        try await old.close()
        try await server.stop()
    }

    @Test("the context of a listener is not kept when its bundle or its mode changes")
    func contexts() throws {
        let first = CertificateStore.build(port(try callers.pem)).store
        func isKept(_ port: TLSPort) throws -> Bool {
            guard case .use(let before, _) = first.select(DomainName("a.example.com")),
                case .use(let after, _) = CertificateStore.build(port, reusing: first).store
                    .select(DomainName("a.example.com"))
            else { throw ChannelError.eof }
            return before === after
        }
        #expect(try isKept(port(try callers.pem)))
        #expect(try !isKept(port(try callers.pem, isRequired: false)))
        #expect(try !isKept(port(try callers.pem + [10])))
        var open = port([])
        open.listeners[0].clients = nil
        #expect(try !isKept(open))
    }

    // MARK: sessions that are resumed

    @Test("a session that is resumed has the identity of its first handshake", arguments: ["-tls1_2", "-tls1_3"])
    func resumed(version: String) async throws {
        let server = try await TLSTestServer.start(port(try callers.pem))
        let caller = try Caller(try callers.client(), version)
        _ = try await patientOpenssl(server, caller.showing + ["-sess_out", caller.session])
        let again = try await patientOpenssl(server, caller.showing + ["-sess_in", caller.session])
        #expect(again.contains(" client=CN=caller"), "\(again)")
        try await server.stop()
    }

    @Test("a session of another bundle or another mode is not resumed", arguments: ["-tls1_2", "-tls1_3"])
    func notResumed(version: String) async throws {
        let server = try await TLSTestServer.start(port(try callers.pem))
        let caller = try Caller(try callers.client(), version)
        _ = try await patientOpenssl(server, caller.showing + ["-sess_out", caller.session])
        // Nobody may be somebody because of a ticket from before.
        let others = [port(try callers.pem, isRequired: false), port(try authority.pem, isRequired: false)]
        for other in others {
            server.server.store = CertificateStore.build(other, reusing: server.server.store).store
            let line = try await patientOpenssl(server, caller.common + ["-sess_in", caller.session])
            #expect(line.contains("listener=1") && !line.contains("client="), "\(line)")
            #expect(!line.contains("Reused, "))
        }
        server.server.store = CertificateStore.build(port(try authority.pem), reusing: server.server.store).store
        let line = try await patientOpenssl(server, caller.showing + ["-sess_in", caller.session])
        #expect(!line.contains("listener="), "\(line)")
        try await server.stop()
    }

    @Test("a session is not resumed with a certificate that has expired since", arguments: ["-tls1_2", "-tls1_3"])
    func expired(version: String) async throws {
        let late = Atomic<Bool>(false)
        let clock: @Sendable () -> Int64 = {
            let now = WallClock().microseconds() / 1_000_000
            return late.load(ordering: .sequentiallyConsistent) ? now + 4_000 : now
        }
        let server = try await TLSTestServer.start(CertificateStore.build(port(try callers.pem)).store, now: clock)
        let caller = try Caller(try callers.client(), version)
        let first = try await patientOpenssl(server, caller.showing + ["-sess_out", caller.session])
        #expect(first.contains(" client=CN=caller"), "\(first)")
        late.store(true, ordering: .sequentiallyConsistent)
        let second = try await patientOpenssl(server, caller.showing + ["-sess_in", caller.session])
        #expect(!second.contains("listener="), "\(second)")
        #expect(server.server.statistics.failed == [.clientCertificate: 1])
        try await server.stop()
    }

    /// Files and arguments for `openssl s_client`.
    private struct Caller {
        private let directory = try? TemporaryDirectory()
        let session: String
        let common: [String]
        let showing: [String]

        init(_ certificate: CertificateSource, _ version: String) throws {
            guard let directory else { throw ChannelError.eof }
            session = directory.path + "/session"
            common = ["-servername", "a.example.com", version]
            showing =
                common + [
                    "-cert", try directory.write("cert.pem", certificate.chain.reveal { $0 }),
                    "-key", try directory.write("key.pem", certificate.key.reveal { $0 }),
                ]
        }
    }

    // MARK: what it is worth for a request

    @Test("an identity is worth something at its Gateway, and as long as the certificate is valid")
    func standing() throws {
        let content = try #require(CertificateContent(der: try TestAuthority.der(try callers.client())))
        let identity = try ClientIdentity(content)
        var session = TLSSession(listener: 1, applicationProtocol: .http2, version: "1.3")
        let (front, other) = (NamespacedName("ai", "front"), NamespacedName("ai", "other"))
        session.gateway = front
        let now = identity.notAfter
        func ask(_ gateway: NamespacedName, _ isRequired: Bool, _ now: Int64) -> ClientStanding {
            session.client(askedBy: gateway, isRequired: isRequired, atSeconds: now)
        }
        #expect(ask(front, false, now) == .none)
        #expect(ask(front, true, now) == .missing)
        session.client = identity
        for isRequired in [true, false] {
            #expect(ask(front, isRequired, now) == .identity(identity))
            #expect(ask(front, isRequired, now + 1) == .outOfDate)
            #expect(ask(front, isRequired, identity.notBefore - 1) == .outOfDate)
            #expect(ask(other, isRequired, now) == .elsewhere)
        }
    }
}
