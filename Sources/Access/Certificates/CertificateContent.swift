/// What a certificate says, taken apart by whoever has read it. Text is given as the bytes that stand in the
/// certificate: whether it means anything is decided here, by ``ClientIdentity``.
public struct CertificateContent: Hashable, Sendable {
    /// SHA-256 of the whole certificate.
    public var fingerprint: CertificateFingerprint
    /// First second at which it is valid, since 1970.
    public var notBefore: Int64
    /// Last second at which it is valid, since 1970.
    public var notAfter: Int64
    /// basicConstraints: it may issue certificates.
    public var isAuthority = false
    /// What its key may do; nil: it does not say.
    public var keyUsage: KeyUsage?
    /// Whether extendedKeyUsage has clientAuth; nil: there is no extendedKeyUsage.
    public var isForClients: Bool?
    /// The subject, in the order of the certificate; an element has several attributes only where it has several
    /// values.
    public var subject: [[Attribute]] = []
    /// subjectAltName, in the order of the certificate.
    public var alternatives: [Alternative] = []

    /// Content without names and extensions.
    public init(fingerprint: CertificateFingerprint, notBefore: Int64, notAfter: Int64) {
        self.fingerprint = fingerprint
        self.notBefore = notBefore
        self.notAfter = notAfter
    }

    /// The parts of keyUsage that decide whether a certificate may stand for a caller.
    public struct KeyUsage: Hashable, Sendable {
        /// It may sign a handshake.
        public var signs: Bool
        /// It may sign certificates.
        public var signsCertificates: Bool
        /// It may sign lists of revoked certificates.
        public var signsRevocations: Bool

        /// Usages.
        public init(signs: Bool, signsCertificates: Bool = false, signsRevocations: Bool = false) {
            self.signs = signs
            self.signsCertificates = signsCertificates
            self.signsRevocations = signsRevocations
        }
    }

    /// One attribute of the subject.
    public struct Attribute: Hashable, Sendable {
        /// Object identifier in dotted form, such as `2.5.4.3`.
        public var type: String
        /// The text in UTF-8; nil: the value is not text, or text of an encoding that is not read.
        public var text: [UInt8]?

        /// An attribute.
        public init(type: String, text: [UInt8]?) {
            self.type = type
            self.text = text
        }
    }

    /// One entry of subjectAltName.
    public enum Alternative: Hashable, Sendable {
        case dns([UInt8])
        case uri([UInt8])
        case email([UInt8])
        /// The bytes of an address; 4 or 16 of them when it is a good one.
        case address([UInt8])
        case directory([[Attribute]])
        /// Of a kind that nothing here is compared with.
        case other
    }
}
