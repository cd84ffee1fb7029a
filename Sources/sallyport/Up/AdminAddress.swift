import Addresses

/// `address:port` of the admin pages.
struct AdminAddress: Equatable, CustomStringConvertible {
    /// Where a gateway says how it is unless told otherwise.
    static let standard = "127.0.0.1:9470"

    /// Address or, for asking, a host name; without brackets.
    var host: String
    /// Port; 0 takes a free one.
    var port: Int

    /// - Throws: `Failure` when it is not of this form.
    init(_ text: String) throws {
        let advice = "write it like \(Self.standard) or [::1]:9470"
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65535).contains(port)
        else { throw Failure(.usage, "the admin address '\(text)' has no port", advice: advice) }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard Address(host) != nil || (!host.isEmpty && !host.contains(":")) else {
            throw Failure(.usage, "the admin address '\(text)' has no host", advice: advice)
        }
        self.host = host
        self.port = port
    }

    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
