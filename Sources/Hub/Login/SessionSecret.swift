import Access
import Crypto

/// 256 random bits that a browser shows again and again: a session, the seal of a form, the link of the start.
///
/// Nothing prints it; only `reveal` gives it out.
struct SessionSecret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let bytes: [UInt8]

    /// A new one; `generator` must be the system's.
    init(using generator: inout some RandomNumberGenerator) {
        bytes = (0..<4).flatMap { _ in
            let word: UInt64 = generator.next()
            return withUnsafeBytes(of: word) { Array($0) }
        }
    }

    /// What `reveal` gave out, read again; nil when it cannot be that.
    init?(_ text: some StringProtocol) {
        let digits = text.utf8.compactMap(Self.value)
        guard digits.count == 64, text.utf8.count == 64 else { return nil }
        bytes = stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    /// All that is kept of it.
    var digest: KeyDigest { bytes.withUnsafeBytes { KeyDigest(hashing: $0) } }

    /// What a form has, so that whoever has the form and not the secret can do nothing with either.
    func seal(_ purpose: String) -> String {
        (Array(purpose.utf8) + [0] + bytes).withUnsafeBytes { KeyDigest(hashing: $0) }.hexadecimal
    }

    /// Whether the form's seal is of this secret. Compares digests: the time says nothing about how much was right.
    func isSealed(_ text: String, _ purpose: String) -> Bool {
        KeyDigest(hashing: seal(purpose)) == KeyDigest(hashing: text)
    }

    /// 64 hexadecimal digits, for the one place that shows them; search for this name to find who does.
    func reveal<R>(_ body: (String) throws -> R) rethrows -> R {
        let digits = Array("0123456789abcdef".utf8)
        return try body(
            String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self))
    }

    /// Never the bits.
    var description: String { "[secret]" }
    /// Never the bits.
    var debugDescription: String { "[secret]" }
    /// Never the bits.
    var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension KeyDigest {
    /// The digest of a text.
    init(hashing text: String) {
        self = Array(text.utf8).withUnsafeBytes { KeyDigest(hashing: $0) }
    }
}
