#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Byte-level tools that the boundary shares: classes of characters and the few scans that must be fast.
///
/// The scans take a bound and never read past it; everything else in this folder goes through checked access.
enum Bytes {
    static let cr: UInt8 = 13
    static let lf: UInt8 = 10
    static let tab: UInt8 = 9
    static let space: UInt8 = 32
    static let colon = UInt8(ascii: ":")
    static let comma = UInt8(ascii: ",")

    static var token: UnsafePointer<UInt8> { WireTables.shared.token }
    static var target: UnsafePointer<UInt8> { WireTables.shared.target }

    @inline(__always)
    static func isTokenByte(_ byte: UInt8) -> Bool { token[Int(byte)] != 0 }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }

    @inline(__always)
    static func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == tab }

    @inline(__always)
    static func lower(_ byte: UInt8) -> UInt8 { byte &- 65 < 26 ? byte | 0x20 : byte }

    /// The hexadecimal digit of the lowest four bits.
    @inline(__always)
    static func hexDigit(_ value: UInt64) -> UInt8 {
        let nibble = UInt8(truncatingIfNeeded: value & 15)
        return nibble < 10 ? 48 + nibble : 87 + nibble
    }

    /// The value of a hexadecimal digit, nil for anything else.
    @inline(__always)
    static func hexValue(_ byte: UInt8) -> UInt8? {
        if byte &- 48 < 10 { return byte &- 48 }
        let letter = byte | 0x20
        return letter &- 97 < 6 ? letter &- 87 : nil
    }

    static func firstIndex(of byte: UInt8, in bytes: UnsafeRawBufferPointer, from start: Int = 0) -> Int? {
        guard let base = bytes.baseAddress, start < bytes.count else { return nil }
        guard let found = memchr(base + start, Int32(byte), bytes.count - start) else { return nil }
        return UnsafeRawPointer(found) - base
    }

    @inline(__always)
    static func equal(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool {
        guard one.count == other.count else { return false }
        guard one.count > 0, let left = one.baseAddress, let right = other.baseAddress else { return true }
        return memcmp(left, right, one.count) == 0
    }

    @inline(__always)
    static func equal(_ one: UnsafeRawBufferPointer, _ other: StaticString) -> Bool {
        equal(one, UnsafeRawBufferPointer(start: other.utf8Start, count: other.utf8CodeUnitCount))
    }

    static func hasPrefix(_ one: UnsafeRawBufferPointer, _ prefix: StaticString) -> Bool {
        let count = prefix.utf8CodeUnitCount
        return one.count >= count && equal(UnsafeRawBufferPointer(rebasing: one[..<count]), prefix)
    }

    /// Equal when ASCII letters of either case count as the same; `lowered` is already in lower case.
    static func equalIgnoringCase(_ one: UnsafeRawBufferPointer, lowered: UnsafeRawBufferPointer) -> Bool {
        guard one.count == lowered.count else { return false }
        for index in 0..<one.count where lower(one[index]) != lowered[index] { return false }
        return true
    }

    static func equalIgnoringCase(_ one: UnsafeRawBufferPointer, _ lowered: StaticString) -> Bool {
        equalIgnoringCase(
            one, lowered: UnsafeRawBufferPointer(start: lowered.utf8Start, count: lowered.utf8CodeUnitCount))
    }

    /// Without the spaces and tabs at both ends.
    static func trimmed(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var start = 0
        var end = bytes.count
        while start < end, isBlank(bytes[start]) { start += 1 }
        while end > start, isBlank(bytes[end - 1]) { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<end])
    }

    /// The index of the first control character other than a tab, or `end`. Eight bytes a step.
    @inline(__always)
    static func endOfText(_ base: UnsafePointer<UInt8>, from start: Int, to end: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var index = start
        while index &+ 8 <= end {
            let word = UInt64(littleEndian: UnsafeRawPointer(base + index).loadUnaligned(as: UInt64.self))
            let delete = word ^ (ones &* 0x7F)
            // The lowest set bit is exact; borrows can only give false hits above a true one.
            let control = (word &- ones &* 0x20) & ~word
            let hits = (control | ((delete &- ones) & ~delete)) & (ones &* 0x80)
            guard hits != 0 else {
                index &+= 8
                continue
            }
            index &+= hits.trailingZeroBitCount &>> 3
            if base[index] != tab { return index }
            index &+= 1
        }
        while index < end, base[index] >= 0x20 ? base[index] != 0x7F : base[index] == tab { index &+= 1 }
        return index
    }
}
