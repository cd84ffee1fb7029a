import Addresses

/// The parts of an `http` or `https` URL that decide whether it may be asked.
///
/// Strict: what two readers of URLs could understand differently (users, backslashes, fragments, capital hosts, numbers
/// that stand for addresses) is no address here.
public struct WebAddress: Hashable, Sendable {
    /// True for `https`.
    public let isSecure: Bool
    /// Host name or address, the latter without brackets.
    public let host: String
    /// Port; that of the scheme where the URL names none.
    public let port: Int

    /// Reads a URL of at most 2048 bytes; nil for everything that is not surely one.
    public init?(_ text: String) {
        let bytes = text.utf8
        guard bytes.count <= 2048, bytes.allSatisfy({ (0x21...0x7e).contains($0) && !"\\#\"<>^`{|}".utf8.contains($0) })
        else { return nil }
        isSecure = text.hasPrefix("https://")
        guard isSecure || text.hasPrefix("http://") else { return nil }
        let authority = bytes.dropFirst(isSecure ? 8 : 7).prefix { !"/?".utf8.contains($0) }
        guard let (host, rest) = Self.split(authority), let port = Self.port(rest, standard: isSecure ? 443 : 80)
        else { return nil }
        self.host = host
        self.port = port
    }

    /// True when the host is this machine: `localhost` or a loopback address.
    public var isLoopback: Bool { host == "localhost" || Address(host)?.isLoopback == true }

    /// Host and what follows it: nothing, or a colon and a port.
    private static func split(_ authority: Substring.UTF8View) -> (host: String, rest: Substring.UTF8View)? {
        if authority.first == UInt8(ascii: "[") {
            guard let end = authority.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            let host = String(Substring(authority[..<end].dropFirst()))
            guard host.utf8.contains(UInt8(ascii: ":")), Address(host) != nil else { return nil }
            return (host, authority[end...].dropFirst())
        }
        let end = authority.firstIndex(of: UInt8(ascii: ":")) ?? authority.endIndex
        let host = String(Substring(authority[..<end]))
        // A name whose last part begins with a digit is an IPv4 address, or an attempt at one.
        let last = host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).last
        let isRight =
            last?.first.map(Names.isDigit) == true ? Address(host) != nil : Names.subdomainProblem(host) == nil
        return isRight ? (host, authority[end...]) : nil
    }

    /// The number after the colon; `standard` where there is no colon.
    private static func port(_ text: Substring.UTF8View, standard: Int) -> Int? {
        guard let first = text.first else { return standard }
        let digits = text.dropFirst()
        guard first == UInt8(ascii: ":"), (1...5).contains(digits.count), digits.allSatisfy(Names.isDigit),
            let number = Int(String(Substring(digits))), (1...65535).contains(number)
        else { return nil }
        return number
    }
}
