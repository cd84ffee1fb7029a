import Addresses
import Foundation

/// The server to protect, from `--protect URL`.
struct Upstream: Equatable {
    /// A name, or an address without brackets.
    var host: String
    /// Port, the scheme's own where the URL has none.
    var port: Int
    /// Whether it is reached over TLS.
    var isTLS: Bool

    /// The host as an address, if it is one.
    var address: Address? { Address(host) }

    /// `http://host:port`
    var text: String {
        "\(isTLS ? "https" : "http")://\(address.map { $0.isIPv4 } == false ? "[\(host)]" : host):\(port)"
    }

    /// Reads a URL: `http` or `https`, a host, maybe a port, and nothing more.
    ///
    /// - Throws: `Failure` that says what is wrong with it.
    init(_ text: String) throws {
        func refuse(_ why: String) -> Failure {
            Failure(.usage, "--protect \(text): \(why)", advice: "write it like http://127.0.0.1:11434")
        }
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased() else {
            throw refuse("this is not a URL")
        }
        guard scheme == "http" || scheme == "https" else { throw refuse("only http and https can be protected") }
        guard parts.user == nil, parts.password == nil else { throw refuse("credentials do not belong into a URL") }
        guard parts.path.isEmpty || parts.path == "/", parts.query == nil, parts.fragment == nil else {
            throw refuse("only the server is named, without a path: all of it is protected")
        }
        guard var host = parts.host?.lowercased(), !host.isEmpty else { throw refuse("there is no host in it") }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        isTLS = scheme == "https"
        self.host = host == "localhost" ? "127.0.0.1" : host
        port = parts.port ?? (isTLS ? 443 : 80)
        guard (1...65535).contains(port) else { throw refuse("a port is a number from 1 to 65535") }
        if isTLS, address != nil {
            throw refuse("a certificate is checked against a name, and this is an address: use the server's name")
        }
        if address == nil, !Self.isDomainName(self.host) { throw refuse("'\(self.host)' is not the name of a host") }
    }

    /// What may stand in `externalName`: lower-case labels of letters, digits and hyphens.
    private static func isDomainName(_ name: String) -> Bool {
        name.utf8.count <= 253
            && name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
                (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.utf8.allSatisfy { byte in
                        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
                    }
            }
    }
}
