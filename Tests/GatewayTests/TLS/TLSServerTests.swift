import NIOCore
import NIOPosix
import Testing

@testable import Gateway

@Suite("TLS, server side", .serialized)
struct TLSServerTests {
    private let authority: TestAuthority
    private let port: TLSPort

    init() throws {
        authority = try TestAuthority()
        port = TLSPort(listeners: [
            TLSListener(id: 1, hostname: "a.example.com", certificates: [try authority.leaf("a.example.com")]),
            TLSListener(id: 2, hostname: "*.example.com", certificates: [try authority.leaf("*.example.com")]),
            TLSListener(
                id: 3, hostname: "*.deep.example.com", certificates: [try authority.leaf("*.deep.example.com")]),
        ])
    }

    private func client(
        _ name: String?, expecting: String? = nil, protocols: [ApplicationProtocol] = [.http2, .http1]
    ) throws -> TLSClient {
        let terms = UpstreamTLS(
            name: "test", roots: .authorities(try authority.pem), serverName: name,
            identities: expecting.map { [.hostname($0)] } ?? [])
        return try TLSClient(terms, protocols: protocols)
    }

    @Test(
        "the most specific listener answers with its certificate",
        arguments: [("a.example.com", 1), ("A.Example.Com", 1), ("b.example.com", 2), ("c.deep.example.com", 3)])
    func selection(name: String, listener: Int) async throws {
        let server = try await TLSTestServer.start(port)
        let connection = try await TLSTestConnection.open(try client(name), port: server.port)
        let lower = name.lowercased()
        #expect(try await connection.exchange("x") == "name=\(lower) listener=\(listener) protocol=h2 version=1.3")
        #expect(connection.agreed == .http2)
        try await connection.close()
        try await server.stop()
    }

    @Test("a wildcard listener takes names of several labels, as the Gateway API says, but not its parent")
    func wildcardListener() async throws {
        let server = try await TLSTestServer.start(port)
        // The certificate covers one label only, so the client refuses it: the selection is what is tested here.
        let connection = try await TLSTestConnection.open(
            try client("x.y.example.com", expecting: "y.example.com"), port: server.port)
        #expect(try await connection.exchange("x").hasPrefix("name=x.y.example.com listener=2 "))
        try await connection.close()
        await #expect(throws: UpstreamTLSFailure.self) {
            try await TLSTestConnection.open(try client("example.com"), port: server.port)
        }
        try await server.stop()
    }

    @Test("no listener for the name, or no name: unrecognized_name, and no certificate is shown")
    func unknownName() async throws {
        let server = try await TLSTestServer.start(port)
        for arguments in [["-servername", "other.test"], ["-noservername"]] {
            let result = try await openssl(server, arguments)
            #expect(result.output.contains("unrecognized name"), "\(result.output)")
            #expect(!result.output.contains("BEGIN CERTIFICATE"))
        }
        #expect(server.server.statistics.failed[.unknownServerName] == 2)
        try await server.stop()
    }

    @Test("a listener without a host name takes the rest")
    func fallback() async throws {
        var port = port
        port.listeners.append(TLSListener(id: 9, hostname: nil, certificates: [try authority.leaf("localhost")]))
        let server = try await TLSTestServer.start(port)
        let connection = try await TLSTestConnection.open(try client("localhost"), port: server.port)
        #expect(try await connection.exchange("x").hasPrefix("name=localhost listener=9 "))
        try await connection.close()
        try await server.stop()
    }

    @Test("a broken certificate closes its listener and does not fall to the wildcard")
    func brokenListener() async throws {
        var port = port
        port.listeners[0].certificates[0].key = try authority.leaf("a.example.com").key
        let (store, problems) = CertificateStore.build(port)
        #expect(problems.map(\.listener) == [1])
        #expect(problems.first?.problem.reason == .keyDoesNotMatch)
        let server = try await TLSTestServer.start(store)
        await #expect(throws: UpstreamTLSFailure.self) {
            try await TLSTestConnection.open(try client("a.example.com"), port: server.port)
        }
        #expect(server.server.statistics.failed[.noCertificate] == 1)
        let other = try await TLSTestConnection.open(try client("b.example.com"), port: server.port)
        try await other.close()
        try await server.stop()
    }

    @Test("of several certificates the one for the name is shown")
    func severalCertificates() async throws {
        let listener = TLSListener(
            id: 1, hostname: nil, certificates: [try authority.leaf("one.test"), try authority.leaf("*.two.test")])
        let server = try await TLSTestServer.start(TLSPort(listeners: [listener]))
        for name in ["one.test", "x.two.test"] {
            try await TLSTestConnection.open(try client(name), port: server.port).close()
        }
        // Nobody's name: the first certificate.
        try await TLSTestConnection.open(try client("three.test", expecting: "one.test"), port: server.port).close()
        try await server.stop()
    }

    @Test("TLS 1.0 and 1.1 and the old suites are refused; 1.2 and 1.3 pass")
    func versions() async throws {
        let server = try await TLSTestServer.start(port)
        let name = ["-servername", "a.example.com", "-brief"]
        for old in [["-tls1"], ["-tls1_1"], ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"]] {
            let result = try await openssl(
                server, name + old + ["-cipher", "ALL:@SECLEVEL=0"].suffix(old.count == 1 ? 2 : 0))
            #expect(!result.output.contains("CONNECTION ESTABLISHED"), "\(old): \(result.output)")
        }
        for (version, protocolName) in [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")] {
            let result = try await openssl(server, name + [version])
            #expect(result.output.contains("Protocol version: \(protocolName)"), "\(result.output)")
        }
        #expect(server.server.statistics.failed[.handshake] == 3)
        try await server.stop()
    }

    @Test("ALPN: our order of preference; none offered is HTTP/1.1; only foreign ones are refused")
    func applicationProtocols() async throws {
        let server = try await TLSTestServer.start(port)
        let one = try await TLSTestConnection.open(try client("a.example.com", protocols: [.http1]), port: server.port)
        #expect(one.agreed == .http1)
        let none = try await TLSTestConnection.open(try client("a.example.com", protocols: []), port: server.port)
        #expect(none.agreed == nil)
        #expect(try await none.exchange("x").contains("protocol=http/1.1"))
        try await one.close()
        try await none.close()
        let foreign = try await openssl(server, ["-servername", "a.example.com", "-alpn", "imap,ftp"])
        #expect(foreign.output.contains("no application protocol"), "\(foreign.output)")
        try await server.stop()
    }

    @Test("a new store is for new connections; those that are there keep theirs and go on")
    func reload() async throws {
        let server = try await TLSTestServer.start(port)
        let old = try await TLSTestConnection.open(try client("a.example.com"), port: server.port)
        _ = try await old.exchange("x")
        let renamed = TLSPort(listeners: [
            TLSListener(id: 7, hostname: "new.example.com", certificates: [try authority.leaf("new.example.com")])
        ])
        server.server.store = CertificateStore.build(renamed, reusing: server.server.store).store
        #expect(try await old.exchange("still here") == "x")
        let new = try await TLSTestConnection.open(try client("new.example.com"), port: server.port)
        #expect(try await new.exchange("y").contains("listener=7"))
        await #expect(throws: UpstreamTLSFailure.self) {
            try await TLSTestConnection.open(try client("a.example.com"), port: server.port)
        }
        #expect(try await old.exchange("and here") == "still here")
        try await old.close()
        try await new.close()
        try await server.stop()
    }

    @Test("certificates that did not change keep their context over a reload")
    func reuse() throws {
        let first = CertificateStore.build(port).store
        var changed = port
        changed.listeners[1].certificates = [try authority.leaf("*.example.com")]
        let second = CertificateStore.build(changed, reusing: first).store
        func context(_ store: CertificateStore, _ name: String) throws -> ObjectIdentifier {
            guard case .use(let context, _) = store.select(DomainName(name)) else { throw ChannelError.eof }
            return ObjectIdentifier(context)
        }
        #expect(try context(first, "a.example.com") == context(second, "a.example.com"))
        #expect(try context(first, "b.example.com") != context(second, "b.example.com"))
    }

    @Test("plain HTTP on the TLS port gets an answer that it can read")
    func plainHTTP() async throws {
        let server = try await TLSTestServer.start(port)
        let result = try await run("curl", ["-sS", "-i", "--max-time", "10", "http://127.0.0.1:\(server.port)/x"])
        #expect(result.output.hasPrefix("HTTP/1.1 400 "), "\(result.output)")
        #expect(result.output.contains("HTTPS only"))
        #expect(server.server.statistics.failed[.plainHTTP] == 1)
        try await server.stop()
    }

    @Test("silence, and half a ClientHello, end at the deadline")
    func deadline() async throws {
        let server = try await TLSTestServer.start(port, timeout: .milliseconds(50))
        for bytes in [[], Array(HelloBytes().records().readableBytesView.prefix(20)), Array(goodHello)] {
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: server.port).get()
            try await channel.writeAndFlush(ByteBuffer(bytes: bytes))
            try await channel.closeFuture.get()
        }
        let failed = server.server.statistics.failed
        #expect(failed.values.reduce(0, +) == 3, "\(failed)")
        #expect((failed[.timeout] ?? 0) >= 2)
        try await server.stop()
    }

    private var goodHello: [UInt8] {
        Array(HelloBytes(serverName: Array("a.example.com".utf8)).records().readableBytesView)
    }

    @Test("a ClientHello in tiny records is served like any other")
    func fragmentedHello() async throws {
        let server = try await TLSTestServer.start(port)
        let result = try await openssl(
            server, ["-servername", "a.example.com", "-brief", "-split_send_frag", "128", "-max_send_frag", "512"])
        #expect(result.output.contains("CONNECTION ESTABLISHED"), "\(result.output)")
        try await server.stop()
    }

    @Test("a session is resumed with a ticket, and never under another name")
    func tickets() async throws {
        let server = try await TLSTestServer.start(port)
        let directory = try TemporaryDirectory()
        let file = directory.path + "/session"
        for version in ["-tls1_2", "-tls1_3"] {
            _ = try await patientOpenssl(server, ["-servername", "a.example.com", version, "-sess_out", file])
            let again = try await openssl(server, ["-servername", "a.example.com", version, "-sess_in", file])
            #expect(again.output.contains("Reused, "), "\(version) \(again.output)")
            let other = try await openssl(server, ["-servername", "b.example.com", version, "-sess_in", file])
            #expect(!other.output.contains("Reused, "), "\(version)")
        }
        try await server.stop()
    }
}
