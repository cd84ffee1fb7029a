/// SHA-256 of a certificate in DER: the name of exactly one certificate.
public struct CertificateFingerprint: Hashable, Sendable, CustomStringConvertible {
    private let digest: KeyDigest

    /// The fingerprint of a certificate's bytes.
    public init(hashing der: [UInt8]) { digest = der.withUnsafeBytes { KeyDigest(hashing: $0) } }

    /// The fingerprint that is written as 64 hexadecimal digits in either case; nil for any other text.
    public init?(hexadecimal text: String) {
        let digits = Array(text.utf8)
        guard digits.count == 64 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        for index in stride(from: 0, to: 64, by: 2) {
            guard let high = Self.value(digits[index]), let low = Self.value(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        guard let digest = KeyDigest(bytes: bytes) else { return nil }
        self.digest = digest
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// 64 lower-case hexadecimal digits.
    public var description: String { digest.hexadecimal }
}
