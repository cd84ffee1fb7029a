/// The text of an access key, as it is shown once and sent by clients:
/// `sp_`, 43 digits of base 62 (256 random bits), 6 digits of base 62 (CRC-32 of everything before them).
///
/// The checksum lets a typo be told from an unknown key, and a secret scanner know a key when it sees one, without
/// asking anybody. 52 bytes fit one block of SHA-256, so that hashing a key is one compression.
///
/// Nothing prints it: not `print`, not interpolation, not `dump`. Only `reveal` gives it out.
public struct AccessKeyText: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// How many bytes every key has.
    public static let length = 52
    /// How many random bytes a key is made of.
    public static let entropyBytes = 32
    /// What every key begins with.
    public static let prefix = "sp_"
    /// A regular expression for secret scanners.
    public static let pattern = "sp_[0-9A-Za-z]{49}"

    private let bytes: [UInt8]

    /// A new key; `generator` must be one whose output cannot be guessed (the system's).
    public static func generate(using generator: inout some RandomNumberGenerator) -> AccessKeyText {
        var number: [UInt32] = []
        for _ in 0..<(entropyBytes / 8) {
            let word: UInt64 = generator.next()
            number.append(UInt32(truncatingIfNeeded: word >> 32))
            number.append(UInt32(truncatingIfNeeded: word))
        }
        var bytes = Array(prefix.utf8) + base62(number, digits: 43)
        bytes += base62([crc32(bytes)], digits: 6)
        return AccessKeyText(bytes: bytes)
    }

    /// The key that these bytes are; nil when form or checksum are wrong.
    public init?(_ text: UnsafeRawBufferPointer) {
        guard Self.isWellFormed(text) else { return nil }
        bytes = Array(text)
    }

    /// The key that the text is; nil when form or checksum are wrong.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.withUnsafeBytes({ Self.isWellFormed($0) }) else { return nil }
        self.bytes = bytes
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// True when the bytes have the form of a key and its checksum. Says nothing about whether the key exists.
    public static func isWellFormed(_ text: UnsafeRawBufferPointer) -> Bool {
        guard text.count == length, text[0] == UInt8(ascii: "s"), text[1] == UInt8(ascii: "p"),
            text[2] == UInt8(ascii: "_"), let body = text.baseAddress
        else { return false }
        var checksum: UInt64 = 0
        let values = base62Values
        for index in 3..<length {
            let digit = values[Int(text[index])]
            guard digit < 62 else { return false }
            if index >= length - 6 { checksum = checksum * 62 + UInt64(digit) }
        }
        return checksum == UInt64(crc32(UnsafeRawBufferPointer(start: body, count: length - 6)))
    }

    /// The hash that an `AccessKey` object keeps.
    public var digest: KeyDigest { bytes.withUnsafeBytes { KeyDigest(hashing: $0) } }

    /// The text, for the one place that shows it; search for this name to find who reads keys.
    public func reveal<R>(_ body: (String) throws -> R) rethrows -> R {
        try body(String(decoding: bytes, as: UTF8.self))
    }

    /// Never the text.
    public var description: String { "[secret]" }
    /// Never the text.
    public var debugDescription: String { "[secret]" }
    /// Never the text.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

// Base 62 and CRC-32, as far as keys need them.

private let base62Digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

/// Value of each byte as a digit; 255 for bytes that are none.
private let base62Values: [UInt8] = {
    var values = [UInt8](repeating: 255, count: 256)
    for (value, digit) in base62Digits.enumerated() { values[Int(digit)] = UInt8(value) }
    return values
}()

/// A number, most significant word first, in that many digits, with zeros in front.
private func base62(_ number: [UInt32], digits: Int) -> [UInt8] {
    var number = number
    var text = [UInt8](repeating: base62Digits[0], count: digits)
    for place in (0..<digits).reversed() {
        var remainder: UInt64 = 0
        for index in number.indices {
            let part = remainder << 32 | UInt64(number[index])
            number[index] = UInt32(truncatingIfNeeded: part / 62)
            remainder = part % 62
        }
        text[place] = base62Digits[Int(remainder)]
    }
    return text
}

private let crc32Table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { crc, _ in crc & 1 == 1 ? 0xedb8_8320 ^ (crc >> 1) : crc >> 1 }
}

/// CRC-32 as Ethernet and zlib have it.
func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
    let table = crc32Table
    return ~bytes.reduce(~0) { crc, byte in (crc >> 8) ^ table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] }
}
