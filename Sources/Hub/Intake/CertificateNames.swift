import Foundation
import X509

/// What a certificate calls its owner: the DNS names and the SPIFFE ids among its alternative names. A name with a star
/// names nobody, and the subject is no name that anybody should believe.
enum CertificateNames {
    /// The names of the first certificate in a PEM file; none where it cannot be read.
    static func of(file: String) -> [String] {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8),
            let certificate = try? Certificate(pemEncoded: text)
        else { return [] }
        return of(certificate)
    }

    static func of(_ certificate: Certificate) -> [String] {
        guard let alternatives = try? certificate.extensions.subjectAlternativeNames else { return [] }
        return alternatives.compactMap { name in
            switch name {
            case .dnsName(let name) where !name.contains("*"): name
            case .uniformResourceIdentifier(let uri) where uri.hasPrefix("spiffe://"): uri
            default: nil
            }
        }
    }
}

extension TLSFiles {
    /// What the own certificate calls its owner; nil: it cannot be read, or names nobody.
    public var ownName: String? { CertificateNames.of(file: certificate).first }
}
