/// Base64 for URLs (RFC 4648, section 5) as tokens have it: without padding, line breaks and second spellings.
enum Base64URL {
    /// The bytes; nil for every text that is not the one spelling of its bytes, such as one with bits after the end.
    static func decode(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        guard text.count % 4 != 1 else { return nil }
        var result: [UInt8] = []
        result.reserveCapacity(text.count / 4 * 3 + 2)
        let digits = values
        var pending: UInt32 = 0
        var bits: UInt32 = 0
        for byte in text {
            let digit = digits[Int(byte)]
            guard digit < 64 else { return nil }
            pending = pending << 6 | UInt32(digit)
            bits += 6
            if bits >= 8 {
                bits -= 8
                result.append(UInt8(truncatingIfNeeded: pending >> bits))
                pending &= (1 << bits) - 1
            }
        }
        return pending == 0 ? result : nil
    }

    /// The bytes of a text.
    static func decode(_ text: String) -> [UInt8]? {
        var text = text
        return text.withUTF8 { decode(UnsafeRawBufferPointer($0)) }
    }

    /// True for `A-Z a-z 0-9 - _`.
    static func isDigit(_ byte: UInt8) -> Bool { values[Int(byte)] < 64 }

    /// Value of each byte as a digit; 255 for bytes that are none.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8
        for (value, digit) in digits.enumerated() { values[Int(digit)] = UInt8(value) }
        return values
    }()
}
