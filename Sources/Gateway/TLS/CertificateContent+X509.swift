import Access
import NIOSSL
import X509

extension CertificateContent {
    /// What a certificate says; nil where it cannot be read strictly: a broken or repeated extension, a name in an
    /// encoding that it must not have.
    init?(_ certificate: NIOSSLCertificate) {
        guard let der = try? certificate.toDERBytes() else { return nil }
        self.init(der: der)
    }

    /// The same, of a certificate in DER.
    init?(der: [UInt8]) {
        guard let parsed = try? Certificate(derEncoded: der) else { return nil }
        self.init(
            fingerprint: CertificateFingerprint(hashing: der),
            notBefore: Int64(parsed.notValidBefore.timeIntervalSince1970),
            notAfter: Int64(parsed.notValidAfter.timeIntervalSince1970))
        subject = Self.attributes(parsed.subject)
        do {
            if case .isCertificateAuthority? = try parsed.extensions.basicConstraints { isAuthority = true }
            keyUsage = try parsed.extensions.keyUsage.map { usage in
                KeyUsage(
                    signs: usage.digitalSignature, signsCertificates: usage.keyCertSign,
                    signsRevocations: usage.cRLSign)
            }
            isForClients = try parsed.extensions.extendedKeyUsage.map { $0.contains(.clientAuth) }
            alternatives = try parsed.extensions.subjectAlternativeNames?.map(Self.alternative) ?? []
        } catch {
            return nil
        }
    }

    private static func attributes(_ name: DistinguishedName) -> [[Attribute]] {
        name.map { element in
            element.map { attribute in
                Attribute(type: "\(attribute.type)", text: String(attribute.value).map { Array($0.utf8) })
            }
        }
    }

    private static func alternative(_ name: GeneralName) -> Alternative {
        switch name {
        case .dnsName(let text): .dns(Array(text.utf8))
        case .uniformResourceIdentifier(let text): .uri(Array(text.utf8))
        case .rfc822Name(let text): .email(Array(text.utf8))
        case .ipAddress(let address): .address(Array(address.bytes))
        case .directoryName(let name): .directory(attributes(name))
        default: .other
        }
    }
}
