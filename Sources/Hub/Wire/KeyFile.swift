import Foundation
import NIOCertificateReloading

/// A file with a private key in PEM. `openssl ecparam -genkey` writes the curve's parameters in front of the key, and
/// others write a certificate with it: only the key is taken.
struct KeyFile: Error, CustomStringConvertible {
    let path: String

    var description: String { "there is no private key in \(path)" }

    /// The text of the first key, from the line that begins it to the one that ends it.
    ///
    /// - Throws: itself, where there is none.
    static func key(in text: String, of path: String) throws(KeyFile) -> String {
        var key: [Substring] = []
        for line in text.split(whereSeparator: \.isNewline) {
            if key.isEmpty, !(line.hasPrefix("-----BEGIN ") && line.contains("PRIVATE KEY-----")) { continue }
            key.append(line)
            if line.hasPrefix("-----END ") { return key.joined(separator: "\n") + "\n" }
        }
        throw KeyFile(path: path)
    }

    private func read() throws -> [UInt8] {
        Array(try Self.key(in: String(contentsOfFile: path, encoding: .utf8), of: path).utf8)
    }

    /// Goes on with newer files of a certificate and its key.
    static func reloader(certificate: String, key: String, every interval: Duration) throws -> TimedCertificateReloader
    {
        let key = KeyFile(path: key)
        return try .makeReloaderValidatingSources(
            refreshInterval: interval,
            certificateSource: .init(location: .file(path: certificate), format: .pem),
            privateKeySource: .init(location: .memory { try key.read() }, format: .pem))
    }
}
