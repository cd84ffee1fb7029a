import Crypto

/// SHA-256 of the whole text of an access key: all that is ever kept of it.
public struct KeyDigest: Hashable, Sendable {
    // Four words instead of an array: no allocation, and equality without a branch on the content.
    let words: (UInt64, UInt64, UInt64, UInt64)

    /// The digest of a key's text.
    public init(hashing text: UnsafeRawBufferPointer) {
        var hash = SHA256()
        hash.update(bufferPointer: text)
        words = hash.finalize().withUnsafeBytes { bytes in
            (
                bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self),
                bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
                bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self),
                bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
            )
        }
    }

    /// The digest with these 32 bytes, as an `AccessKey` object has them; nil for any other number of bytes.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        words = bytes.withUnsafeBytes { $0.loadUnaligned(as: (UInt64, UInt64, UInt64, UInt64).self) }
    }

    /// The 32 bytes.
    public var bytes: [UInt8] { withUnsafeBytes(of: words) { Array($0) } }

    /// 64 lower-case hexadecimal digits, as `spec.sha256` of an `AccessKey` has them.
    public var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// All words are compared, whatever the first ones say: the time tells nothing about how much was right.
    public static func == (a: Self, b: Self) -> Bool {
        (a.words.0 ^ b.words.0) | (a.words.1 ^ b.words.1) | (a.words.2 ^ b.words.2) | (a.words.3 ^ b.words.3) == 0
    }

    /// By content.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }
}
