import Access

/// Finds access keys and tokens where they should not be. A key is known by its form and checksum alone, a token by its
/// form, so this needs no list.
enum KeyScan {
    /// Whether a well-formed key, or a signed token, stands anywhere in the bytes.
    ///
    /// - Parameter decoding: percent-encoded bytes count as what they stand for.
    static func contains(_ bytes: UnsafeRawBufferPointer, decoding: Bool = false) -> Bool {
        guard bytes.count >= shortest else { return false }
        guard decoding, bytes.contains(UInt8(ascii: "%")) else { return containsPlain(bytes) }
        let decoded = percentDecoded(bytes)
        return decoded.withUnsafeBytes { containsPlain($0) }
    }

    /// Bytes that keys and tokens have at least.
    private static let shortest = 24

    private static func containsPlain(_ bytes: UnsafeRawBufferPointer) -> Bool {
        // Every token has its dots; most texts of this length have none.
        if Bytes.firstIndex(of: UInt8(ascii: "."), in: bytes, from: 0) != nil, TokenText.first(in: bytes) != nil {
            return true
        }
        var from = 0
        // Every key has its `_` in the third place; few other texts have one at all.
        while let underscore = Bytes.firstIndex(of: UInt8(ascii: "_"), in: bytes, from: from) {
            from = underscore + 1
            let start = underscore - 2
            guard start >= 0, start + AccessKeyText.length <= bytes.count else { continue }
            let candidate = UnsafeRawBufferPointer(rebasing: bytes[start..<start + AccessKeyText.length])
            if AccessKeyText.isWellFormed(candidate) { return true }
        }
        return false
    }

    private static func percentDecoded(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let high = Bytes.hexValue(bytes[index + 1]), let low = Bytes.hexValue(bytes[index + 2])
            {
                decoded.append(high << 4 | low)
                index += 3
            } else {
                decoded.append(bytes[index])
                index += 1
            }
        }
        return decoded
    }
}

extension FieldSection {
    /// Removes every field that has a key in it: in a cookie, a WebSocket protocol, or any other place that clients
    /// put keys, a key is the caller's secret and not the backend's to see.
    func removeFieldsWithKeys() {
        bytes.withUnsafeBytes { all in
            fields.removeAll { field in
                KeyScan.contains(UnsafeRawBufferPointer(rebasing: all[field.value.indices]))
            }
        }
    }
}
