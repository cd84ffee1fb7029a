/// What a part of a request is, other than text, and how many input tokens it may be at most.
public enum MediaKind: String, Sendable, Hashable, CaseIterable {
    case image, audio, video, file
    /// A tool server that the model server would call.
    case toolServer

    /// Tokens that one part is counted with before the server reports its usage: what the most generous of the common
    /// models make of a large one. An image is 16,384, sound 65,536, a film 131,072, a document 262,144.
    public var tokenBound: Int64 {
        switch self {
        case .image: 16_384
        case .audio: 65_536
        case .video: 131_072
        case .file: 262_144
        case .toolServer: 0
        }
    }
}

/// A URL that the server would fetch.
public struct MediaReference: Sendable, Hashable {
    /// What is expected there.
    public let kind: MediaKind
    /// The URL as the caller wrote it. It may carry a secret in its query: not for records.
    public let url: String
    /// The field that names it.
    public let path: String
    /// The scheme in lower case; nil when the URL is not one that all readers understand in the same way.
    public let scheme: String?
    /// The host in lower case, without brackets and without a dot at its end; nil as above.
    public let host: String?
    /// True when the host was written in brackets.
    public let isIPv6: Bool

    /// Reads the URL.
    public init(kind: MediaKind, url: String, path: String) {
        self.kind = kind
        self.url = url
        self.path = path
        let parts = StrictURL(url)
        self.scheme = parts?.scheme
        self.host = parts?.host
        self.isIPv6 = parts?.isIPv6 ?? false
    }
}

/// A URL with a host, in the one spelling about which no two readers disagree: no blanks, control characters or
/// backslashes, `//` after the scheme, no user information, nothing but ASCII and no percent sign in the host.
struct StrictURL {
    let scheme: String
    let host: String
    let isIPv6: Bool

    init?(_ url: String) {
        let bytes = Array(url.utf8)
        guard bytes.count <= 8192, bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") }),
            let colon = bytes.firstIndex(of: UInt8(ascii: ":")), colon > 0,
            bytes[..<colon].allSatisfy(Self.isSchemeByte), Self.isLetter(bytes[0]),
            bytes[(colon + 1)...].starts(with: "//".utf8)
        else { return nil }
        let rest = bytes[(colon + 3)...]
        let authority = rest.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        guard let (host, isIPv6) = Self.host(authority) else { return nil }
        self.scheme = String(decoding: bytes[..<colon], as: UTF8.self).lowercased()
        self.host = host
        self.isIPv6 = isIPv6
    }

    private static func host(_ authority: ArraySlice<UInt8>) -> (String, Bool)? {
        if authority.first == UInt8(ascii: "[") {
            guard let close = authority.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            let inner = authority[(authority.startIndex + 1)..<close]
            guard isPort(authority[(close + 1)...]), inner.allSatisfy({ isHex($0) || $0 == 0x3A || $0 == 0x2E }) else {
                return nil
            }
            return (String(decoding: inner, as: UTF8.self).lowercased(), true)
        }
        var name = authority.prefix { $0 != UInt8(ascii: ":") }
        guard isPort(authority[name.endIndex...]) else { return nil }
        if name.last == UInt8(ascii: ".") { name = name.dropLast() }
        let labels = name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard name.count <= 253, labels.allSatisfy(isLabel) else { return nil }
        return (String(decoding: name, as: UTF8.self).lowercased(), false)
    }

    /// Nothing, or a colon and a port.
    private static func isPort(_ text: ArraySlice<UInt8>) -> Bool {
        guard let colon = text.first else { return true }
        let digits = text.dropFirst()
        guard colon == UInt8(ascii: ":"), (1...5).contains(digits.count), digits.allSatisfy(isDigit) else {
            return false
        }
        return (1...65535).contains(digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) })
    }

    private static func isLabel(_ label: ArraySlice<UInt8>) -> Bool {
        (1...63).contains(label.count)
            && label.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
    }

    private static func isSchemeByte(_ byte: UInt8) -> Bool {
        isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: ".")
    }
    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    private static func isHex(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
    }
}
