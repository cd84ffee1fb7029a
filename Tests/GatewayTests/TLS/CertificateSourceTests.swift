import Foundation
import Kubernetes
import Testing

@testable import Gateway

@Suite("CertificateSource")
struct CertificateSourceTests {
    private let good: CertificateSource
    init() throws { good = try TestAuthority().leaf("a.test") }

    private func problem(_ change: (inout CertificateSource) -> Void) -> CertificateProblem? {
        var source = good
        change(&source)
        let port = TLSPort(listeners: [TLSListener(id: 4, hostname: nil, certificates: [source])])
        let (store, problems) = CertificateStore.build(port)
        if !problems.isEmpty, case .use = store.select(nil) { Issue.record("a certificate with a problem is used") }
        return problems.first?.problem
    }

    @Test("what is wrong is said, and nothing of the key")
    func reasons() async throws {
        #expect(problem { _ in } == nil)
        #expect(problem { $0.chain = SecretBytes([]) }?.reason == .emptyChain)
        #expect(problem { $0.chain = SecretBytes(Array("no PEM".utf8)) }?.reason == .unreadableChain)
        #expect(
            problem { $0.chain = SecretBytes($0.chain.reveal { Array($0.dropLast(100)) }) }?.reason == .unreadableChain)
        let rubbish = Array("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".utf8)
        #expect(problem { $0.chain = SecretBytes($0.chain.reveal { $0 + rubbish }) }?.reason == .unreadableChain)
        #expect(problem { $0.key = SecretBytes([]) }?.reason == .emptyKey)
        #expect(problem { $0.key = SecretBytes([0, 1, 2]) }?.reason == .unreadableKey)
        let other = try TestAuthority().leaf("a.test")
        #expect(problem { $0.key = other.key }?.reason == .keyDoesNotMatch)
        let encrypted = try await run("openssl", ["genpkey", "-algorithm", "RSA", "-aes128", "-pass", "pass:x"])
        #expect(problem { $0.key = SecretBytes(Array(encrypted.output.utf8)) }?.reason == .unreadableKey)
        let text = "\(problem { $0.key = other.key }!)"
        #expect(text == "Secret test/a.test: the private key does not belong to the certificate")
    }

    @Test("RSA, and keys in each of the usual forms, work")
    func forms() async throws {
        let directory = try TemporaryDirectory()
        for algorithm in [["rsa:2048"], ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"], ["ed25519"]] {
            let (key, certificate) = (directory.path + "/key.pem", directory.path + "/cert.pem")
            let made = try await run(
                "openssl",
                ["req", "-x509", "-nodes", "-days", "1", "-subj", "/CN=x", "-addext", "subjectAltName=DNS:a.test"]
                    + ["-keyout", key, "-out", certificate, "-newkey"] + algorithm)
            #expect(made.status == 0, "\(made.output)")
            let chain = SecretBytes(Array(try String(contentsOfFile: certificate, encoding: .utf8).utf8))
            let secret = SecretBytes(Array(try String(contentsOfFile: key, encoding: .utf8).utf8))
            let found = problem { source in
                source.chain = chain
                source.key = secret
            }
            #expect(found == nil, "\(algorithm)")
        }
    }
}
