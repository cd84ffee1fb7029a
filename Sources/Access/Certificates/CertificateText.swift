/// Text of a certificate or of a rule about certificates. Two of them are equal when all their bytes are: not when
/// they look alike, not when they are equal up to a NUL, not when Unicode calls them equivalent.
public struct CertificateText: Hashable, Sendable, CustomStringConvertible {
    /// UTF-8.
    public let bytes: [UInt8]

    /// Text of these bytes.
    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The text.
    public init(_ text: String) { bytes = Array(text.utf8) }

    /// For a person.
    public var description: String { String(decoding: bytes, as: UTF8.self) }
}

/// What may stand in a name at all.
enum NameCharacters {
    /// Printable ASCII and nothing else: what an IA5String of a subjectAltName may hold.
    static func arePlain(_ bytes: [UInt8]) -> Bool { bytes.allSatisfy { (0x20...0x7e).contains($0) } }

    /// UTF-8 without control characters, and without the character that stands for bytes that were not UTF-8.
    static func areText(_ bytes: [UInt8]) -> Bool {
        guard let text = String(validating: bytes, as: UTF8.self) else { return false }
        return text.unicodeScalars.allSatisfy { scalar in
            scalar.value >= 0x20 && !(0x7f...0x9f).contains(scalar.value) && scalar.value != 0xfffd
        }
    }
}

/// DNS names of client certificates: whole names, in lower case.
enum ClientDomain {
    /// The name in lower case; nil for a wildcard, an address, or anything else that is not one host's name.
    static func normalised(_ bytes: [UInt8]) -> [UInt8]? {
        guard (1...253).contains(bytes.count) else { return nil }
        let lowered = bytes.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
        let labels = lowered.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.allSatisfy(isLabel), let last = labels.last, !last.allSatisfy(isDigit) else { return nil }
        return lowered
    }

    private static func isLabel(_ label: ArraySlice<UInt8>) -> Bool {
        guard (1...63).contains(label.count), label.first != UInt8(ascii: "-"), label.last != UInt8(ascii: "-") else {
            return false
        }
        return label.allSatisfy { byte in
            isDigit(byte) || (0x61...0x7a).contains(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
