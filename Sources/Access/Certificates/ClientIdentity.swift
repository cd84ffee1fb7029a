/// Who a caller is by its client certificate, once the TLS library has found that an authority of the listener's
/// bundle has issued it and that the caller has its key.
public struct ClientIdentity: Hashable, Sendable {
    /// The one SPIFFE ID; nil: the certificate has none.
    public let spiffeID: SPIFFEID?
    /// DNS names in lower case. Wildcards and what else is not one host's name are left out.
    public let dnsNames: [CertificateText]
    /// The subject as RFC 4514 writes it; nil: it is empty or cannot be written in full.
    public let subject: CertificateText?
    /// The common name, for people; it is compared with nothing. Nil unless there is exactly one.
    public let commonName: CertificateText?
    /// SHA-256 of the certificate.
    public let fingerprint: CertificateFingerprint
    /// First second at which it is valid, since 1970.
    public let notBefore: Int64
    /// Last second at which it is valid, since 1970.
    public let notAfter: Int64

    /// Why a certificate that an authority has issued is nobody's.
    public enum Refusal: String, Error, Hashable, Sendable, CaseIterable {
        /// It may issue certificates, and so must not stand for a caller.
        case authority
        /// Its extendedKeyUsage does not have clientAuth, or its keyUsage does not have digitalSignature.
        case notForClients = "not_for_clients"
        /// A NUL, another control character or a byte outside of the alphabet stands in one of its names.
        case badCharacters = "bad_characters"
        /// An IP address that has neither 4 nor 16 bytes.
        case badAddress = "bad_address"
        /// A URI begins with `spiffe:` and is not a SPIFFE ID of a workload.
        case badSPIFFEID = "bad_spiffe_id"
        /// A SPIFFE ID and other URIs: which one is meant cannot be known.
        case severalURIs = "several_uris"
        /// More names than anybody has.
        case tooManyNames = "too_many_names"
    }

    /// More entries of subjectAltName than this are refused: every request looks at them.
    static let nameLimit = 64

    /// The identity in a certificate.
    ///
    /// One bad name refuses the whole certificate: whoever got an authority to sign it wanted it to be read in two
    /// ways.
    public init(_ content: CertificateContent) throws(Refusal) {
        try Self.checkPurpose(content)
        guard content.alternatives.count <= Self.nameLimit else { throw .tooManyNames }
        try Self.checkCharacters(content)
        spiffeID = try Self.spiffeID(content)
        dnsNames = content.alternatives.compactMap { name in
            guard case .dns(let bytes) = name else { return nil }
            return ClientDomain.normalised(bytes).map { CertificateText($0) }
        }
        subject = SubjectText.write(content.subject).map { CertificateText($0) }
        let commonNames = content.subject.joined().filter { $0.type == SubjectText.commonName }
        commonName = commonNames.count == 1 ? commonNames[0].text.map { CertificateText($0) } : nil
        fingerprint = content.fingerprint
        notBefore = content.notBefore
        notAfter = content.notAfter
    }

    /// Whether the certificate is valid at that time (seconds since 1970). To be asked for each request: a connection
    /// may outlive the certificate that it was opened with.
    public func isValid(atSeconds now: Int64) -> Bool { notBefore <= now && now <= notAfter }

    /// What to call the caller where one name is wanted: the SPIFFE ID, else the subject, else the first DNS name,
    /// else `sha256:` and the fingerprint.
    public var name: String {
        if let spiffeID { return spiffeID.description }
        return (subject ?? dnsNames.first)?.description ?? "sha256:\(fingerprint)"
    }

    // MARK: what must hold

    private static func checkPurpose(_ content: CertificateContent) throws(Refusal) {
        if content.isAuthority || content.keyUsage?.signsCertificates == true { throw .authority }
        if content.isForClients == false || content.keyUsage?.signs == false { throw .notForClients }
    }

    private static func checkCharacters(_ content: CertificateContent) throws(Refusal) {
        try checkText(content.subject)
        for name in content.alternatives {
            switch name {
            case .dns(let bytes), .uri(let bytes), .email(let bytes):
                guard NameCharacters.arePlain(bytes) else { throw .badCharacters }
            case .address(let bytes): guard bytes.count == 4 || bytes.count == 16 else { throw .badAddress }
            case .directory(let name): try checkText(name)
            case .other: break
            }
        }
    }

    private static func checkText(_ name: [[CertificateContent.Attribute]]) throws(Refusal) {
        for attribute in name.joined() {
            if let text = attribute.text, !NameCharacters.areText(text) { throw .badCharacters }
        }
    }

    private static func spiffeID(_ content: CertificateContent) throws(Refusal) -> SPIFFEID? {
        let uris = content.alternatives.compactMap { name in
            if case .uri(let bytes) = name { bytes } else { nil }
        }
        guard let claimed = uris.first(where: SPIFFEID.isClaimed) else { return nil }
        guard uris.count == 1 else { throw .severalURIs }
        // SPIFFE says that what signs lists of revoked certificates is an authority too, and that only authorities
        // have no path.
        if content.keyUsage?.signsRevocations == true { throw .authority }
        guard let id = try? SPIFFEID(claimed), !id.path.isEmpty else { throw .badSPIFFEID }
        return id
    }
}
