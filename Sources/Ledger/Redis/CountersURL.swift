/// Where the shared counters are: `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS.
public struct CountersURL: Sendable, Hashable, CustomStringConvertible {
    /// True: the connection is encrypted, and the server's certificate and name are verified.
    public let isTLS: Bool
    /// Name or address.
    public let host: String
    /// 6379 where none is written.
    public let port: Int
    /// User name; empty for the server's default user.
    let user: String
    /// Password; nil: none is sent.
    let password: String?
    /// Number of the database.
    public let database: Int

    /// Reads the text; nil when it is not such a URL. Other parts of URLs (query, fragment) are refused.
    public init?(_ text: String) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }), !text.contains("?"), !text.contains("#") else {
            return nil
        }
        let rest: Substring
        if text.hasPrefix("redis://") {
            (isTLS, rest) = (false, text.dropFirst(8))
        } else if text.hasPrefix("rediss://") {
            (isTLS, rest) = (true, text.dropFirst(9))
        } else {
            return nil
        }
        let parts = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let authority = parts[0]
        let database = parts.count == 2 && !parts[1].isEmpty ? Self.number(parts[1], 0...65_535) : 0
        guard let database else { return nil }
        self.database = database
        var hostAndPort = authority
        if let at = authority.lastIndex(of: "@") {
            let names = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard names.count == 2, let user = Self.decoded(names[0]), let password = Self.decoded(names[1]),
                !password.isEmpty
            else { return nil }
            (self.user, self.password) = (user, password)
            hostAndPort = authority[authority.index(after: at)...]
        } else {
            (user, password) = ("", nil)
        }
        guard let (host, port) = Self.hostAndPort(hostAndPort) else { return nil }
        (self.host, self.port) = (host, port)
    }

    /// Never with user or password.
    public var description: String {
        "\(isTLS ? "rediss" : "redis")://\(host.contains(":") ? "[\(host)]" : host):\(port)/\(database)"
    }

    private static func hostAndPort(_ text: Substring) -> (String, Int)? {
        var host = text
        var port: Substring?
        if text.hasPrefix("[") {
            guard let end = text.lastIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else if let colon = text.lastIndex(of: ":") {
            host = text[..<colon]
            guard !host.contains(":") else { return nil }
            port = text[text.index(after: colon)...]
        }
        guard !host.isEmpty, let number = port.map({ number($0, 1...65_535) }) ?? 6379 else { return nil }
        return (String(host), number)
    }

    private static func number(_ text: Substring, _ range: ClosedRange<Int>) -> Int? {
        guard text.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(text), range.contains(number) else {
            return nil
        }
        return number
    }

    /// With `%40` and the like in their true form.
    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(Substring(rest.prefix(2))), radix: 16) else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
