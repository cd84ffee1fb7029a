/// An IPv4 or IPv6 address.
///
/// One number holds both: IPv4 lives in the block of IPv4-mapped addresses (`::ffff:0:0/96`), so that the mapped
/// form and the plain form of one host can never be told apart, and a rule about one is a rule about the other.
public struct Address: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The 128 bits, most significant first; IPv4 addresses in their mapped form.
    public let bits: UInt128

    /// Upper 96 bits of every IPv4-mapped address.
    static let mapped: UInt128 = 0xffff << 32

    /// The address with these 128 bits; bits in `::ffff:0:0/96` make an IPv4 address.
    public init(bits: UInt128) {
        self.bits = bits
    }

    /// The IPv4 address with these 32 bits, most significant first.
    public init(ipv4 bits: UInt32) {
        self.bits = Self.mapped | UInt128(bits)
    }

    /// The address in network byte order, as `sockaddr` and packets have it: 4 or 16 bytes, else nil.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        let number = bytes.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
        self.bits = bytes.count == 4 ? Self.mapped | number : number
    }

    /// The address that the text says: dotted decimal without leading zeros, or RFC 4291 text without a zone;
    /// nil for everything else, brackets and ports included.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard let bits = bytes.contains(UInt8(ascii: ":")) ? parseIPv6(bytes[...]) : parseIPv4(bytes[...]) else {
            return nil
        }
        self.bits = bits
    }

    /// True for IPv4, the mapped form included.
    public var isIPv4: Bool { bits >> 32 == Self.mapped >> 32 }

    /// True for 127.0.0.0/8 and ::1.
    public var isLoopback: Bool { isIPv4 ? (bits >> 24) & 0xff == 127 : bits == 1 }

    /// True for 0.0.0.0 and ::.
    public var isUnspecified: Bool { isIPv4 ? bits == Self.mapped : bits == 0 }

    /// The bytes in network order: 4 for IPv4, else 16.
    public var bytes: [UInt8] {
        let count = isIPv4 ? 4 : 16
        return (0..<count).map { UInt8(truncatingIfNeeded: bits >> UInt128(8 * (count - 1 - $0))) }
    }

    /// By number; IPv4 stands together.
    public static func < (a: Self, b: Self) -> Bool { a.bits < b.bits }

    /// The canonical text: dotted decimal, or RFC 5952.
    public var description: String {
        if isIPv4 { return bytes.map { String($0) }.joined(separator: ".") }
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: bits >> UInt128(16 * (7 - $0))) }
        let hex = groups.map { String($0, radix: 16) }
        guard let zeros = longestZeroRun(groups) else { return hex.joined(separator: ":") }
        return hex[..<zeros.lowerBound].joined(separator: ":") + "::" + hex[zeros.upperBound...].joined(separator: ":")
    }
}

/// The first longest run of two or more zero groups: what RFC 5952 writes as `::`.
private func longestZeroRun(_ groups: [UInt16]) -> Range<Int>? {
    var best = 0..<0
    var start = 0
    for (index, group) in groups.enumerated() {
        if group != 0 {
            start = index + 1
        } else if index + 1 - start > best.count {
            best = start..<(index + 1)
        }
    }
    return best.count >= 2 ? best : nil
}

/// Four decimal numbers; the result is in mapped form.
private func parseIPv4(_ text: ArraySlice<UInt8>) -> UInt128? {
    let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var bits: UInt128 = Address.mapped >> 32
    for part in parts {
        guard let octet = decimal(part, max: 255) else { return nil }
        bits = bits << 8 | UInt128(octet)
    }
    return bits
}

/// Digits only, without a leading zero: `010` is ten to some readers and eight to others.
func decimal(_ digits: ArraySlice<UInt8>, max: Int) -> Int? {
    guard let first = digits.first, digits.count <= 5, digits.count == 1 || first != UInt8(ascii: "0") else {
        return nil
    }
    var number = 0
    for digit in digits {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
        number = number * 10 + Int(digit - UInt8(ascii: "0"))
    }
    return number <= max ? number : nil
}

/// Groups on both sides of at most one `::`; the last two groups may be written as an IPv4 address.
private func parseIPv6(_ text: ArraySlice<UInt8>) -> UInt128? {
    let colon = UInt8(ascii: ":")
    guard let gap = text.indices.dropLast().first(where: { text[$0] == colon && text[$0 + 1] == colon }) else {
        guard let groups = parseGroups(text, mayEndInIPv4: true), groups.count == 8 else { return nil }
        return join(groups)
    }
    let head = text[..<gap]
    let tail = text[(gap + 2)...]
    guard let before = head.isEmpty ? [] : parseGroups(head, mayEndInIPv4: false),
        let after = tail.isEmpty ? [] : parseGroups(tail, mayEndInIPv4: true),
        before.count + after.count <= 7
    else { return nil }
    return join(before + Array(repeating: 0, count: 8 - before.count - after.count) + after)
}

private func join(_ groups: [UInt16]) -> UInt128 {
    groups.reduce(UInt128(0)) { $0 << 16 | UInt128($1) }
}

private func parseGroups(_ text: ArraySlice<UInt8>, mayEndInIPv4: Bool) -> [UInt16]? {
    let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    var groups: [UInt16] = []
    for (index, part) in parts.enumerated() {
        if mayEndInIPv4, index == parts.count - 1, part.contains(UInt8(ascii: ".")) {
            guard let last = parseIPv4(part) else { return nil }
            groups.append(UInt16(truncatingIfNeeded: last >> 16))
            groups.append(UInt16(truncatingIfNeeded: last))
        } else {
            guard let group = hexGroup(part) else { return nil }
            groups.append(group)
        }
    }
    return groups.count <= 8 ? groups : nil
}

private func hexGroup(_ digits: ArraySlice<UInt8>) -> UInt16? {
    guard (1...4).contains(digits.count) else { return nil }
    var number: UInt16 = 0
    for digit in digits {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number << 4 | UInt16(digit - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): number = number << 4 | UInt16(digit - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): number = number << 4 | UInt16(digit - UInt8(ascii: "A") + 10)
        default: return nil
        }
    }
    return number
}
