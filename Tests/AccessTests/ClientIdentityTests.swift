import Testing

@testable import Access

extension CertificateContent {
    /// Content of a good client certificate with these names.
    static func client(
        _ alternatives: [Alternative] = [], subject: [(String, String)] = [], fingerprint: UInt8 = 1
    ) -> CertificateContent {
        var content = CertificateContent(
            fingerprint: CertificateFingerprint(hashing: [fingerprint]), notBefore: 1_000, notAfter: 2_000)
        content.alternatives = alternatives
        content.subject = subject.map { [Attribute(type: $0.0, text: Array($0.1.utf8))] }
        return content
    }
}

extension CertificateContent.Alternative {
    static func dns(_ text: String) -> Self { .dns(Array(text.utf8)) }
    static func uri(_ text: String) -> Self { .uri(Array(text.utf8)) }
}

@Suite("Who a client certificate is")
struct ClientIdentityTests {
    private typealias Refusal = ClientIdentity.Refusal

    private func read(_ content: CertificateContent) -> Result<ClientIdentity, ClientIdentity.Refusal> {
        Result { () throws(Refusal) in try ClientIdentity(content) }
    }

    private let chat = "spiffe://example.org/ns/ai/sa/chat"

    @Test("all that is in a certificate")
    func whole() throws {
        let identity = try read(
            .client(
                [.dns("Chat.AI.example"), .uri(chat), .address([10, 0, 0, 1]), .dns("*.example.org")],
                subject: [("2.5.4.10", "Example"), ("2.5.4.3", "chat")])
        ).get()
        #expect(identity.spiffeID?.description == chat)
        #expect(identity.dnsNames.map(\.description) == ["chat.ai.example"])
        #expect(identity.subject?.description == "CN=chat,O=Example")
        #expect(identity.commonName?.description == "chat")
        #expect(identity.name == chat)
    }

    @Test("what it is called when names are missing")
    func names() throws {
        #expect(try read(.client([.dns("a.test")], subject: [("2.5.4.3", "x")])).get().name == "CN=x")
        #expect(try read(.client([.dns("a.test")])).get().name == "a.test")
        // SHA-256 of the byte 1.
        #expect(
            try read(.client()).get().name
                == "sha256:4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a")
    }

    @Test("dates: both ends are in")
    func dates() throws {
        let identity = try read(.client()).get()
        for (second, isValid) in [(999, false), (1_000, true), (1_500, true), (2_000, true), (2_001, false)] {
            #expect(identity.isValid(atSeconds: Int64(second)) == isValid, "\(second)")
        }
    }

    @Test("an authority is nobody's identity, and neither is a certificate for something else")
    func purpose() {
        var authority = CertificateContent.client()
        authority.isAuthority = true
        #expect(read(authority) == .failure(.authority))
        var signing = CertificateContent.client()
        signing.keyUsage = .init(signs: true, signsCertificates: true)
        #expect(read(signing) == .failure(.authority))
        var server = CertificateContent.client()
        server.isForClients = false
        #expect(read(server) == .failure(.notForClients))
        var encrypting = CertificateContent.client()
        encrypting.keyUsage = .init(signs: false)
        #expect(read(encrypting) == .failure(.notForClients))
        var revoking = CertificateContent.client([.uri(chat)])
        revoking.keyUsage = .init(signs: true, signsRevocations: true)
        #expect(read(revoking) == .failure(.authority))
        var good = CertificateContent.client([.uri(chat)])
        good.isForClients = true
        good.keyUsage = .init(signs: true)
        #expect(throws: Never.self) { try read(good).get() }
    }

    @Test(
        "a NUL, a control character or a foreign byte in any name refuses the certificate",
        arguments: [
            "a.test\u{0}.evil.test", "\u{0}", "a\u{1}", "a\u{7f}", "a\r\n", "a\tb", "bücher.test", "a\u{85}",
            "a\u{202e}b", "аpple.test",
        ])
    func characters(text: String) {
        let bytes = Array(text.utf8)
        let bad: [CertificateContent.Alternative] = [.dns(bytes), .uri(bytes), .email(bytes)]
        for name in bad { #expect(read(.client([.dns("good.test"), name])) == .failure(.badCharacters), "\(name)") }
    }

    @Test(
        "control characters in a subject refuse it as well; other letters are a name like any other",
        arguments: [
            ("a\u{0}b", false), ("a\u{0}", false), ("a\nb", false), ("a\u{7f}", false), ("a\u{9b}b", false),
            ("a\u{fffd}", false), ("Zoë", true), ("名前", true), ("a b", true),
        ])
    func subjectCharacters(text: String, isGood: Bool) {
        for type in ["2.5.4.3", "2.5.4.10", "1.2.3"] {
            let refusal = isGood ? nil : Refusal.badCharacters
            #expect(failure(.client(subject: [(type, text)])) == refusal, "\(type)")
            let inside = CertificateContent.client(subject: [(type, text)]).subject
            #expect(failure(.client([.directory(inside)])) == refusal, "\(type)")
        }
    }

    private func failure(_ content: CertificateContent) -> ClientIdentity.Refusal? {
        if case .failure(let refusal) = read(content) { refusal } else { nil }
    }

    @Test(
        "wildcards, addresses and what else is no host's name are left out, and nothing is made of them",
        arguments: [
            "*.example.org", "*", "a.*.org", "f*.example.org", "", ".", "a..b", ".a", "a.", "-a.test", "a-.test",
            "10.0.0.1", "a b.test", "a/b.test", "a:443", "a@b.test", String(repeating: "a", count: 64) + ".test",
            String(repeating: "a.", count: 127) + "abc",
        ])
    func noNames(text: String) throws {
        let identity = try read(.client([.dns(text), .dns("good.test")])).get()
        #expect(identity.dnsNames.map(\.description) == ["good.test"])
    }

    @Test("exactly one SPIFFE ID, of a workload, and no other URI beside it")
    func spiffe() throws {
        let other = "spiffe://example.org/ns/ai/sa/other"
        for uris in [[chat, other], [chat, chat], [chat, "https://example.org"], ["https://example.org", chat]] {
            #expect(failure(.client(uris.map { .uri($0) })) == .severalURIs, "\(uris)")
        }
        for uri in [
            "spiffe://example.org", "spiffe://example.org/", "SPIFFE://example.org/a", "Spiffe://example.org/a",
            "spiffe:/example.org/a", "spiffe:", "spiffe://a/../b", "spiffe://a/b?c", "spiffe://A/b",
        ] {
            #expect(failure(.client([.uri(uri)])) == .badSPIFFEID, "\(uri)")
        }
        let plain = try read(.client([.uri("https://example.org/a"), .uri("urn:uuid:1")])).get()
        #expect(plain.spiffeID == nil)
    }

    @Test("addresses have 4 or 16 bytes")
    func addresses() {
        #expect(failure(.client([.address([1, 2, 3, 4]), .address(Array(repeating: 0, count: 16))])) == nil)
        #expect(failure(.client([.address([1, 2, 3])])) == .badAddress)
        #expect(failure(.client([.address([1, 2, 3, 4, 255, 255, 0, 0])])) == .badAddress)
    }

    @Test("more names than anybody has")
    func manyNames() {
        let names = (0..<ClientIdentity.nameLimit).map { CertificateContent.Alternative.dns("n\($0).test") }
        #expect(failure(.client(names)) == nil)
        #expect(failure(.client(names + [.other])) == .tooManyNames)
    }

    @Test(
        "subjects are written as RFC 4514 says",
        arguments: [
            ([("2.5.4.6", "DE"), ("2.5.4.10", "A, B"), ("2.5.4.3", "x")], "CN=x,O=A\\, B,C=DE"),
            ([("2.5.4.3", "a+b\"c\\d<e>f;g")], "CN=a\\+b\\\"c\\\\d\\<e\\>f\\;g"),
            ([("2.5.4.3", " x ")], "CN=\\ x\\ "), ([("2.5.4.3", "#x#")], "CN=\\#x#"), ([("2.5.4.3", " ")], "CN=\\ "),
            ([("2.5.4.3", "a=b")], "CN=a=b"), ([("2.5.4.3", "")], "CN="),
            ([("0.9.2342.19200300.100.1.25", "org"), ("0.9.2342.19200300.100.1.25", "example")], "DC=example,DC=org"),
            ([("2.5.4.3", "x"), ("1.2.3.4", "y")], nil), ([], nil),
        ] as [([(String, String)], String?)])
    func subjects(subject: [(String, String)], text: String?) throws {
        #expect(try read(.client(subject: subject)).get().subject?.description == text)
    }

    @Test("several values of one element, values that are not text, several common names")
    func oddSubjects() throws {
        typealias Attribute = CertificateContent.Attribute
        var content = CertificateContent.client()
        content.subject = [
            [
                Attribute(type: "2.5.4.3", text: Array("x".utf8)), Attribute(type: "2.5.4.11", text: Array("y".utf8)),
            ]
        ]
        #expect(try read(content).get().subject?.description == "CN=x+OU=y")
        content.subject = [[Attribute(type: "2.5.4.3", text: nil)]]
        let unread = try read(content).get()
        #expect(unread.subject == nil && unread.commonName == nil)
        let two = try read(.client(subject: [("2.5.4.3", "x"), ("2.5.4.3", "y")])).get()
        #expect(two.commonName == nil)
        #expect(two.subject?.description == "CN=y,CN=x")
    }
}
