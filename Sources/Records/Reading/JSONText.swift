/// What stands between the quotation marks of JSON's strings.
enum JSONText {
    /// Bytes of the well-formed UTF-8 character that begins here with a byte beyond ASCII; 0: none does.
    static func characterLength(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int {
        let first = bytes[start]
        let length: Int
        // The second byte must be in a narrower range after some: no overlong forms, no halves of pairs, nothing
        // beyond U+10FFFF.
        var second: ClosedRange<UInt8> = 0x80...0xbf
        switch first {
        case 0xc2...0xdf: length = 2
        case 0xe0: (length, second) = (3, 0xa0...0xbf)
        case 0xed: (length, second) = (3, 0x80...0x9f)
        case 0xe1...0xef: length = 3
        case 0xf0: (length, second) = (4, 0x90...0xbf)
        case 0xf1...0xf3: length = 4
        case 0xf4: (length, second) = (4, 0x80...0x8f)
        default: return 0
        }
        guard start + length <= bytes.count, second.contains(bytes[start + 1]) else { return 0 }
        for place in 2..<max(2, length) where bytes[start + place] & 0xc0 != 0x80 { return 0 }
        return length
    }

    /// Bytes of the escape that begins at this `\`; 0: it is none, or half of a pair.
    static func escapeLength(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int {
        guard start + 1 < bytes.count else { return 0 }
        switch bytes[start + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return 2
        case UInt8(ascii: "u"):
            guard let unit = unit(bytes, start) else { return 0 }
            switch unit {
            case 0xd800...0xdbff:
                guard let low = self.unit(bytes, start + 6), (0xdc00...0xdfff).contains(low) else { return 0 }
                return 12
            case 0xdc00...0xdfff: return 0
            default: return 6
            }
        default: return 0
        }
    }

    /// The bytes that are meant. The text has been checked.
    static func unescaped(_ text: UnsafeRawBufferPointer) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            guard text[index] == UInt8(ascii: "\\") else {
                output.append(text[index])
                index += 1
                continue
            }
            let length = escapeLength(text, index)
            guard length > 0 else { return output }
            output.append(contentsOf: String(scalar(text, index, length)).utf8)
            index += length
        }
        return output
    }

    private static func scalar(_ text: UnsafeRawBufferPointer, _ start: Int, _ length: Int) -> Unicode.Scalar {
        if length == 2 {
            return switch text[start + 1] {
            case UInt8(ascii: "b"): "\u{8}"
            case UInt8(ascii: "f"): "\u{c}"
            case UInt8(ascii: "n"): "\n"
            case UInt8(ascii: "r"): "\r"
            case UInt8(ascii: "t"): "\t"
            case let byte: Unicode.Scalar(byte)
            }
        }
        let high = UInt32(unit(text, start) ?? 0)
        guard length == 12 else { return Unicode.Scalar(high) ?? "\u{fffd}" }
        let low = UInt32(unit(text, start + 6) ?? 0)
        return Unicode.Scalar(0x10000 + (high & 0x3ff) << 10 + low & 0x3ff) ?? "\u{fffd}"
    }

    /// The number of the `\uXXXX` that begins here.
    private static func unit(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> UInt16? {
        guard start + 6 <= bytes.count, bytes[start] == UInt8(ascii: "\\"), bytes[start + 1] == UInt8(ascii: "u") else {
            return nil
        }
        var unit: UInt16 = 0
        for byte in bytes[(start + 2)..<(start + 6)] {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): unit = unit << 4 | UInt16(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): unit = unit << 4 | UInt16(byte - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): unit = unit << 4 | UInt16(byte - UInt8(ascii: "A") + 10)
            default: return nil
            }
        }
        return unit
    }
}
