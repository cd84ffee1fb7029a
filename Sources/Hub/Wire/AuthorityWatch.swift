import Foundation
import Logging
import NIOSSL

/// Waits for other authorities in a file. What is written half, or holds no certificate, is none: the old ones stay.
struct AuthorityWatch: Sendable {
    private let path: String
    private let known: [UInt8]

    /// Remembers what is in the file now.
    init(path: String) {
        self.path = path
        known = Self.read(path)
    }

    private static func read(_ path: String) -> [UInt8] {
        FileManager.default.contents(atPath: path).map(Array.init) ?? []
    }

    /// Returns when there are others.
    func change(every interval: Duration, logger: Logger) async throws {
        var refused: [UInt8]?
        while true {
            try await Task.sleep(for: interval)
            let now = Self.read(path)
            guard now != known, now != refused else { continue }
            guard let certificates = try? NIOSSLCertificate.fromPEMBytes(now), !certificates.isEmpty else {
                refused = now
                logger.error("the file of authorities holds none: the old ones stay", metadata: ["path": "\(path)"])
                continue
            }
            logger.notice("there are other authorities: sources connect anew", metadata: ["path": "\(path)"])
            return
        }
    }
}
