import Crypto
import Foundation
import Testing
import X509

@testable import Hub

@Suite("Files with a private key")
struct KeyFileTests {
    /// What `openssl ecparam -name prime256v1 -genkey` writes in front of a key.
    private static let parameters = """
        -----BEGIN EC PARAMETERS-----
        BggqhkjOPQMBBw==
        -----END EC PARAMETERS-----

        """
    private let key = P256.Signing.PrivateKey()

    @Test(
        "the key is found behind parameters, a certificate or words, and whatever lines end with",
        arguments: ["", parameters, "a word\n", parameters.replacing("EC PARAMETERS", with: "CERTIFICATE")])
    func found(front: String) throws {
        let text = front + key.pemRepresentation + "\n" + Self.parameters
        for text in [text, text.replacing("\n", with: "\r\n")] {
            let found = try KeyFile.key(in: text, of: "key.pem")
            #expect(found == key.pemRepresentation + "\n")
            #expect(try Certificate.PrivateKey(pemEncoded: found).publicKey == Certificate.PublicKey(key.publicKey))
        }
    }

    @Test("what has no key says so, with its name", arguments: ["", parameters, "-----BEGIN PRIVATE KEY-----\nMIG"])
    func none(text: String) {
        let error = #expect(throws: KeyFile.self) { try KeyFile.key(in: text, of: "key.pem") }
        #expect(error.map { "\($0)" } == "there is no private key in key.pem")
    }

    @Test("a server begins with such a file")
    func server() throws {
        let authority = try TestAuthority()
        let files = try authority.files("hub", names: [.dnsName("hub.test")])
        let key = try String(contentsOfFile: files.key, encoding: .utf8)
        try (Self.parameters + key).write(toFile: files.key, atomically: true, encoding: .utf8)
        let reloader = try KeyFile.reloader(certificate: files.certificate, key: files.key, every: .seconds(60))
        #expect(reloader.sslContextConfigurationOverride.privateKey != nil)
        try Self.parameters.write(toFile: files.key, atomically: true, encoding: .utf8)
        #expect(throws: (any Error).self) {
            try KeyFile.reloader(certificate: files.certificate, key: files.key, every: .seconds(60))
        }
    }
}
