import X509

/// What a certificate calls its owner: the DNS names and the SPIFFE ids among its alternative names. A name with a star
/// names nobody, and the subject is no name that anybody should believe.
enum CertificateNames {
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
