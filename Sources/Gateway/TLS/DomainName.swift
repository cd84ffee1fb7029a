import NIOCore

/// A host name as TLS carries it: lower case, at most 253 bytes, labels of letters, digits, `-` and `_`.
///
/// Names of three sources are compared in this room (a ClientHello, an object, a certificate), and each of them is
/// written by somebody else. What does not fit this form is refused instead of being compared: a NUL, a `*` or a
/// space in a name is a trick, not a name.
public struct DomainName: Hashable, Sendable, CustomStringConvertible {
    /// The name in lower case, without a final dot.
    public let text: String

    /// The name in `bytes`, or nil where it is not one.
    public init?(_ bytes: some Collection<UInt8>) {
        var lowered: [UInt8] = []
        lowered.reserveCapacity(bytes.count)
        for byte in bytes {
            guard lowered.count < 254, let fit = Self.fitting(byte) else { return nil }
            lowered.append(fit)
        }
        if lowered.last == UInt8(ascii: ".") { lowered.removeLast() }
        guard Self.hasGoodLabels(lowered) else { return nil }
        text = String(decoding: lowered, as: UTF8.self)
    }

    /// The name in `text`, or nil where it is not one.
    public init?(_ text: String) { self.init(text.utf8) }

    /// The name.
    public var description: String { text }

    /// The names of the wildcards that could cover this one, the most specific first: for `a.b.example.com` these
    /// are `b.example.com`, `example.com`, `com`.
    var parents: some Sequence<Substring> {
        sequence(state: text[...]) { rest in
            guard let dot = rest.firstIndex(of: ".") else { return nil }
            rest = rest[rest.index(after: dot)...]
            return rest
        }
    }

    private static func fitting(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            byte
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
        default: nil
        }
    }

    private static func hasGoodLabels(_ name: [UInt8]) -> Bool {
        guard (1...253).contains(name.count) else { return false }
        return name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            .allSatisfy { (1...63).contains($0.count) }
    }
}

/// An IP address as the bytes of a certificate: 4 or 16 of them.
enum AddressBytes {
    /// The bytes of an address in text form, or nil where the text is none.
    static func parse(_ text: String) -> [UInt8]? {
        guard let address = try? SocketAddress(ipAddress: text, port: 0) else { return nil }
        switch address {
        case .v4(let four): return withUnsafeBytes(of: four.address.sin_addr) { Array($0) }
        case .v6(let six): return withUnsafeBytes(of: six.address.sin6_addr) { Array($0) }
        case .unixDomainSocket: return nil
        }
    }
}

/// Text from outside as it may stand in a log: printable ASCII, everything else as `\xNN`, never long.
func escapedForLog(_ bytes: some Collection<UInt8>, limit: Int = 256) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var result: [UInt8] = []
    for byte in bytes.prefix(limit) {
        if (0x20..<0x7f).contains(byte), byte != UInt8(ascii: "\\"), byte != UInt8(ascii: "\"") {
            result.append(byte)
        } else {
            result += [UInt8(ascii: "\\"), UInt8(ascii: "x"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }
    return String(decoding: result, as: UTF8.self) + (bytes.count > limit ? "..." : "")
}
