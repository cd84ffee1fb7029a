import Access
import Foundation
import Testing
import X509

@testable import Gateway

@Suite("Certificates taken apart")
struct CertificateContentTests {
    private func content(_ form: ClientCertificateForm) throws -> CertificateContent {
        try #require(CertificateContent(der: try TestAuthority.der(try TestAuthority("A").client(form))))
    }

    @Test("all fields come out as they are")
    func fields() throws {
        var form = ClientCertificateForm()
        form.names = [
            .dnsName("A.test\u{0}x"), .uniformResourceIdentifier("spiffe://a/b"), .rfc822Name("a@b"),
            .ipAddress(.init(contentBytes: [127, 0, 0, 1])), .directoryName(try DistinguishedName { CommonName("d") }),
            .registeredID([1, 2, 3]),
        ]
        form.subject = [(.organization, "O"), (.commonName, "Zoë")]
        form.keyUsage = KeyUsage(digitalSignature: true, cRLSign: true)
        let found = try content(form)
        typealias Attribute = CertificateContent.Attribute
        #expect(
            found.alternatives == [
                .dns(Array("A.test\u{0}x".utf8)), .uri(Array("spiffe://a/b".utf8)), .email(Array("a@b".utf8)),
                .address([127, 0, 0, 1]), .directory([[Attribute(type: "2.5.4.3", text: Array("d".utf8))]]), .other,
            ])
        #expect(
            found.subject == [
                [Attribute(type: "2.5.4.10", text: Array("O".utf8))],
                [Attribute(type: "2.5.4.3", text: Array("Zoë".utf8))],
            ])
        #expect(found.keyUsage == .init(signs: true, signsCertificates: false, signsRevocations: true))
        #expect(found.isForClients == true)
        #expect(!found.isAuthority)
        #expect(found.notAfter - found.notBefore == 7200)
    }

    @Test("what is not there is not made up")
    func absent() throws {
        let found = try content(ClientCertificateForm(subject: [], usages: nil, keyUsage: nil))
        #expect(found.keyUsage == nil && found.isForClients == nil)
        #expect(found.subject.isEmpty && found.alternatives.isEmpty)
        #expect(try content(ClientCertificateForm(isAuthority: true)).isAuthority)
    }

    @Test("the fingerprint is the one that openssl shows")
    func fingerprint() async throws {
        let source = try TestAuthority("A").client()
        let directory = try TemporaryDirectory()
        let file = try directory.write("c.pem", source.chain.reveal { $0 })
        let shown = try await run("openssl", ["x509", "-in", file, "-noout", "-fingerprint", "-sha256"]).output
        let digits = shown.drop { $0 != "=" }.dropFirst().filter(\.isHexDigit)
        let found = try #require(CertificateContent(der: try TestAuthority.der(source)))
        #expect(CertificateFingerprint(hexadecimal: String(digits)) == found.fingerprint)
    }

    @Test("the subject is the one that openssl shows")
    func subject() async throws {
        let source = try TestAuthority("A").client(
            ClientCertificateForm(subject: [(.organization, "A, \"B\" + C"), (.commonName, " #x=y; ")]))
        let directory = try TemporaryDirectory()
        let file = try directory.write("c.pem", source.chain.reveal { $0 })
        let arguments = ["x509", "-in", file, "-noout", "-subject", "-nameopt", "RFC2253"]
        let shown = try await run("openssl", arguments).output
        let identity = try ClientIdentity(try #require(CertificateContent(der: try TestAuthority.der(source))))
        #expect(shown.contains("subject=\(try #require(identity.subject))\n"), "\(shown)")
    }

    @Test("bytes that are changed or missing: read as they are, or not at all")
    func mutations() throws {
        let environment = ProcessInfo.processInfo.environment
        let seed = environment["SALLYPORT_FUZZ_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0 ... .max)
        let seconds = environment["SALLYPORT_FUZZ_SECONDS"].flatMap(Double.init)
        print("CertificateContentTests.mutations seed \(seed)")
        let end = Date().addingTimeInterval(seconds ?? 0)
        var random = SeededRandom(seed: seed)
        let good = try TestAuthority.der(
            try TestAuthority("A").client(
                ClientCertificateForm(names: [.dnsName("a.test"), .uniformResourceIdentifier("spiffe://a/b")])))
        var readable = 0
        var rounds = 0
        while seconds == nil ? rounds < 5_000 : Date() < end {
            rounds += 1
            var bytes = good
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if Int.random(in: 0..<4, using: &random) == 0 {
                bytes.removeLast(Int.random(in: 1..<bytes.count, using: &random))
            }
            guard let content = CertificateContent(der: bytes) else { continue }
            readable += 1
            guard let identity = try? ClientIdentity(content) else { continue }
            let names = identity.dnsNames.map(\.description) + [identity.name]
            #expect(names.allSatisfy { $0.unicodeScalars.allSatisfy { $0.value >= 0x20 } }, "seed \(seed)")
        }
        #expect(readable > 0, "seed \(seed)")
        #expect(CertificateContent(der: good + [0]) == nil)
        #expect(CertificateContent(der: []) == nil)
    }
}
