import Kubernetes

extension CertificateSelection {
    /// An entry that no certificate can ever match, or that would match what was not meant.
    public struct Mistake: Error, Hashable, Sendable, CustomStringConvertible {
        /// The entry, such as `spiffeIDs[0]`.
        public var field: String
        /// What is wrong with it, half a sentence.
        public var message: String

        /// Field and message.
        public var description: String { "\(field) \(message)" }
    }
}

/// A ``CertificateSelection`` made ready: what a look-up costs depends on the certificate, not on how many entries
/// there are.
public struct CertificateMatcher: Sendable {
    private var spiffeIDs: Set<ArraySlice<UInt8>> = []
    /// What stands before `/*`.
    private var spiffePrefixes: Set<ArraySlice<UInt8>> = []
    private(set) var dnsNames: Set<CertificateText> = []
    private(set) var subjects: Set<CertificateText> = []
    private(set) var fingerprints: Set<CertificateFingerprint> = []

    /// A matcher; every entry must be good, since a rule of which half is missing is another rule.
    public init(_ selection: CertificateSelection) throws(CertificateSelection.Mistake) {
        for (index, text) in selection.spiffeIDs.enumerated() { try addSPIFFEID(text, "spiffeIDs[\(index)]") }
        for (index, text) in selection.dnsNames.enumerated() {
            guard let name = ClientDomain.normalised(Array(text.utf8)) else {
                throw CertificateSelection.Mistake(
                    field: "dnsNames[\(index)]", message: "must be one host's whole name, without wildcard or final dot"
                )
            }
            dnsNames.insert(CertificateText(name))
        }
        for (index, text) in selection.subjects.enumerated() {
            if let message = SubjectText.mistake(in: text) {
                throw CertificateSelection.Mistake(field: "subjects[\(index)]", message: message)
            }
            subjects.insert(CertificateText(text))
        }
        for (index, text) in selection.fingerprints.enumerated() {
            guard let fingerprint = CertificateFingerprint(hexadecimal: text) else {
                throw CertificateSelection.Mistake(
                    field: "fingerprints[\(index)]", message: "must be SHA-256 as 64 hexadecimal digits")
            }
            fingerprints.insert(fingerprint)
        }
    }

    private mutating func addSPIFFEID(_ text: String, _ field: String) throws(CertificateSelection.Mistake) {
        var bytes = Array(text.utf8)
        let isPattern = bytes.suffix(2).elementsEqual("/*".utf8)
        if isPattern { bytes.removeLast(2) }
        let id: SPIFFEID
        do throws(SPIFFEID.Mistake) { id = try SPIFFEID(bytes) } catch {
            throw CertificateSelection.Mistake(
                field: field, message: "\(error); only /* at its end stands for further segments")
        }
        guard isPattern || !id.path.isEmpty else {
            throw CertificateSelection.Mistake(
                field: field, message: "must have a path, as every workload's has; \(text)/* means all of them")
        }
        if isPattern { spiffePrefixes.insert(bytes[...]) } else { spiffeIDs.insert(bytes[...]) }
    }

    /// Whether a caller's certificate is meant. Does not look at the time: ask ``ClientIdentity/isValid(atSeconds:)``.
    public func matches(_ identity: ClientIdentity) -> Bool {
        if let id = identity.spiffeID, matches(id) { return true }
        if fingerprints.contains(identity.fingerprint) { return true }
        if let subject = identity.subject, subjects.contains(subject) { return true }
        return !dnsNames.isEmpty && identity.dnsNames.contains { dnsNames.contains($0) }
    }

    /// Whether the ID is listed, or below one that is.
    func matches(_ id: SPIFFEID) -> Bool {
        if spiffeIDs.contains(id.bytes[...]) { return true }
        guard !spiffePrefixes.isEmpty else { return false }
        // Behind each slash of a path there is a segment, so that what is before it is a prefix with more to come.
        for index in id.pathStart..<id.bytes.count where id.bytes[index] == UInt8(ascii: "/") {
            if spiffePrefixes.contains(id.bytes[..<index]) { return true }
        }
        return false
    }
}
