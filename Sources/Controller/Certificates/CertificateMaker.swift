import Crypto
import Foundation
import SwiftASN1
import X509

/// Makes certificates of our own parts and their authority, and reads what was made.
enum CertificateMaker {
    /// A certificate with its key, in PEM.
    struct Pair: Hashable, Sendable {
        var certificate: String
        var key: String
    }

    /// What could not be made, or is not what it should be.
    struct Problem: Error, Hashable, CustomStringConvertible {
        var description: String
    }

    // MARK: Reading

    /// What a PEM text's first certificate is; nil: it cannot be read.
    ///
    /// - Parameter authorities: those that may have signed it, in PEM.
    static func read(_ text: String, signedBy authorities: [String] = []) -> CertificatePlan.Seen? {
        guard let certificate = try? Certificate(pemEncoded: text) else { return nil }
        let issuer = authorities.first { authority in
            guard let authority = try? Certificate(pemEncoded: authority) else { return false }
            return authority.publicKey.isValidSignature(certificate.signature, for: certificate)
        }
        return CertificatePlan.Seen(
            fingerprint: fingerprint(certificate), issuer: issuer.flatMap { fingerprint(pem: $0) },
            notBefore: Int64(certificate.notValidBefore.timeIntervalSince1970),
            notAfter: Int64(certificate.notValidAfter.timeIntervalSince1970), names: names(certificate))
    }

    /// The fingerprints of all certificates in a PEM text, in its order.
    static func fingerprints(_ text: String) -> [String] { split(text).compactMap { fingerprint(pem: $0) } }

    /// The certificates of a PEM text, each by itself.
    static func split(_ text: String) -> [String] {
        guard let documents = try? PEMDocument.parseMultiple(pemString: text) else { return [] }
        return documents.filter { $0.discriminator == "CERTIFICATE" }.map { $0.pemString + "\n" }
    }

    /// Whether a key is a certificate's.
    static func isPair(_ pair: Pair) -> Bool {
        guard let certificate = try? Certificate(pemEncoded: pair.certificate),
            let key = try? Certificate.PrivateKey(pemEncoded: pair.key)
        else { return false }
        return certificate.publicKey == key.publicKey
    }

    private static func fingerprint(pem: String) -> String? {
        (try? Certificate(pemEncoded: pem)).map(fingerprint)
    }

    private static func fingerprint(_ certificate: Certificate) -> String {
        var serializer = DER.Serializer()
        guard (try? serializer.serialize(certificate)) != nil else { return "" }
        return Digest.hex(serializer.serializedBytes, digits: 64)
    }

    private static func names(_ certificate: Certificate) -> Set<String> {
        guard let alternatives = try? certificate.extensions.subjectAlternativeNames else { return [] }
        return Set(
            alternatives.compactMap { name in
                if case .dnsName(let text) = name { text } else { nil }
            })
    }

    // MARK: Making

    /// A new authority.
    static func authority(now: Int64, _ lifetimes: CertificatePlan.Lifetimes) throws(Problem) -> Pair {
        do {
            let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
            let name = try DistinguishedName {
                OrganizationName("Sallyport")
                // Two authorities with one name would be one to those who look for the signer by it.
                CommonName("Sallyport authority \(UUID().uuidString)")
            }
            let extensions = try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: key.publicKey)
            }
            return try pair(
                Certificate(
                    version: .v3, serialNumber: .init(), publicKey: key.publicKey,
                    notValidBefore: date(now - lifetimes.slack), notValidAfter: date(now + lifetimes.authority),
                    issuer: name, subject: name, extensions: extensions, issuerPrivateKey: key), key)
        } catch {
            throw Problem(description: "no authority can be made: \(error)")
        }
    }

    /// A certificate by an authority.
    static func leaf(
        _ spec: LeafSpec, by authority: Pair, now: Int64, _ lifetimes: CertificatePlan.Lifetimes
    ) throws(Problem) -> Pair {
        do {
            let issuer = try Certificate(pemEncoded: authority.certificate)
            let issuerKey = try Certificate.PrivateKey(pemEncoded: authority.key)
            let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
            let extensions = try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage(spec.isServer ? [.serverAuth, .clientAuth] : [.clientAuth])
                SubjectAlternativeNames(spec.names.map { .dnsName($0) })
                SubjectKeyIdentifier(hash: key.publicKey)
                AuthorityKeyIdentifier(
                    keyIdentifier: SubjectKeyIdentifier(hash: issuer.publicKey).keyIdentifier)
            }
            let ends = min(now + lifetimes.leaf, Int64(issuer.notValidAfter.timeIntervalSince1970))
            return try pair(
                Certificate(
                    version: .v3, serialNumber: .init(), publicKey: key.publicKey,
                    notValidBefore: date(now - lifetimes.slack), notValidAfter: date(ends),
                    issuer: issuer.subject, subject: DistinguishedName { OrganizationName("Sallyport") },
                    extensions: extensions, issuerPrivateKey: issuerKey), key)
        } catch {
            throw Problem(description: "no certificate can be made for \(spec.names.first ?? ""): \(error)")
        }
    }

    private static func pair(_ certificate: Certificate, _ key: Certificate.PrivateKey) throws -> Pair {
        Pair(
            certificate: try certificate.serializeAsPEM().pemString + "\n",
            key: try key.serializeAsPEM().pemString + "\n")
    }

    private static func date(_ seconds: Int64) -> Date { Date(timeIntervalSince1970: Double(seconds)) }
}
