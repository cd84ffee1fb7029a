import Addresses

extension LineWriter {
    /// The canonical text of an address, without quotation marks.
    mutating func address(_ address: Address) {
        if address.isIPv4 {
            for place in stride(from: UInt128(24), through: 0, by: -8) {
                number(UInt64(address.bits >> place & 0xff))
                if place > 0 { byte(UInt8(ascii: ".")) }
            }
            return
        }
        let zeros = longestZeroRun(address.bits)
        var group = 0
        while group < 8 {
            if group == zeros.lowerBound, !zeros.isEmpty {
                raw("::")
                group = zeros.upperBound
                continue
            }
            if group > 0, group != zeros.upperBound || zeros.isEmpty { byte(UInt8(ascii: ":")) }
            hexadecimal(UInt64(Self.group(group, of: address.bits)))
            group += 1
        }
    }

    /// A number in hexadecimal, without zeros in front.
    mutating func hexadecimal(_ value: UInt64) {
        var place = max(0, 64 - value.leadingZeroBitCount - 1) / 4
        while place >= 0 {
            let digit = UInt8(truncatingIfNeeded: value >> UInt64(place * 4) & 0xf)
            byte(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            place -= 1
        }
    }

    /// Sixteen bits of an address.
    private static func group(_ number: Int, of bits: UInt128) -> UInt16 {
        UInt16(truncatingIfNeeded: bits >> UInt128(16 * (7 - number)))
    }

    /// The first longest run of two or more groups of zeros, which is written as `::`; empty: there is none.
    private func longestZeroRun(_ bits: UInt128) -> Range<Int> {
        var best = 0..<0
        var start = 0
        for index in 0..<8 {
            if Self.group(index, of: bits) != 0 {
                start = index + 1
            } else if index + 1 - start > best.count {
                best = start..<(index + 1)
            }
        }
        return best.count >= 2 ? best : 0..<0
    }
}
