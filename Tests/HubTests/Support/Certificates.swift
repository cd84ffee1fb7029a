import Crypto
import Foundation
import Hub
import X509

/// An authority of a test, with certificates that it gave out, in files of a folder of its own.
final class TestAuthority: Sendable {
    let folder: URL
    private let key = P256.Signing.PrivateKey()
    private let name: DistinguishedName
    private let certificate: Certificate

    init(_ called: String = "authority") throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "hub-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        name = try DistinguishedName { CommonName(called) }
        let own = Certificate.PrivateKey(key)
        certificate = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: own.publicKey, notValidBefore: Date() - 3600,
            notValidAfter: Date() + 36_000, issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                KeyUsage(keyCertSign: true)
            }, issuerPrivateKey: own)
        try certificate.serializeAsPEM().pemString.write(to: path("ca.pem"), atomically: true, encoding: .utf8)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func path(_ file: String) -> URL { folder.appending(path: file) }

    /// Files of a new certificate with these names; older ones of the same `file` are replaced.
    func files(_ file: String, names: [GeneralName], trusting other: TestAuthority? = nil) throws -> TLSFiles {
        let own = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let issued = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: own.publicKey, notValidBefore: Date() - 3600,
            notValidAfter: Date() + 36_000, issuer: name, subject: try DistinguishedName { CommonName("nobody") },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions { SubjectAlternativeNames(names) }, issuerPrivateKey: .init(key))
        try issued.serializeAsPEM().pemString.write(to: path("\(file).pem"), atomically: true, encoding: .utf8)
        try own.serializeAsPEM().pemString.write(to: path("\(file).key"), atomically: true, encoding: .utf8)
        return TLSFiles(
            certificate: path("\(file).pem").path, key: path("\(file).key").path,
            authority: (other ?? self).path("ca.pem").path)
    }
}
