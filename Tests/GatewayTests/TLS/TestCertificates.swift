import Crypto
import Foundation
import Gateway
import Kubernetes
import X509

/// An authority of a test, which makes good certificates and bad ones.
struct TestAuthority {
    let key: Certificate.PrivateKey
    let certificate: Certificate

    /// A root, or an authority below `issuer`.
    init(_ name: String = "Test authority", maxPathLength: Int = 0, issuer: TestAuthority? = nil) throws {
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        self.key = key
        let subject = try DistinguishedName { CommonName(name) }
        certificate = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: key.publicKey,
            notValidBefore: Date(timeIntervalSinceNow: -86_400), notValidAfter: Date(timeIntervalSinceNow: 86_400),
            issuer: issuer?.certificate.subject ?? subject, subject: subject,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: maxPathLength))
                Critical(KeyUsage(keyCertSign: true))
                SubjectKeyIdentifier(hash: key.publicKey)
            }, issuerPrivateKey: issuer?.key ?? key)
    }

    var pem: [UInt8] { get throws { Array(try certificate.serializeAsPEM().pemString.utf8) } }

    /// A leaf for `names`; `from` and `to` are seconds from now.
    func leaf(
        _ names: [GeneralName], commonName: String = "leaf", from: Double = -3600, to: Double = 3600,
        usage: ExtendedKeyUsage.Usage = .serverAuth
    ) throws -> CertificateSource {
        let leafKey = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let leaf = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: leafKey.publicKey,
            notValidBefore: Date(timeIntervalSinceNow: from), notValidAfter: Date(timeIntervalSinceNow: to),
            issuer: certificate.subject, subject: try DistinguishedName { CommonName(commonName) },
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                try ExtendedKeyUsage([usage])
                if !names.isEmpty { SubjectAlternativeNames(names) }
            }, issuerPrivateKey: key)
        return CertificateSource(
            name: "Secret test/\(commonName)", chain: SecretBytes(Array(try leaf.serializeAsPEM().pemString.utf8)),
            key: SecretBytes(Array(try leafKey.serializeAsPEM().pemString.utf8)))
    }

    /// A leaf for host names.
    func leaf(_ hosts: String...) throws -> CertificateSource {
        try leaf(hosts.map { .dnsName($0) }, commonName: hosts.first ?? "leaf")
    }
}

/// A directory that is removed when the test is over.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let file = "\(path)/\(name)"
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        return file
    }
}

/// Runs a program and gives its exit code and everything it printed.
func run(_ program: String, _ arguments: [String], input: String = "") async throws -> (status: Int32, output: String) {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = [program] + arguments
            let output = Pipe()
            let standardInput = Pipe()
            process.standardOutput = output
            process.standardError = output
            process.standardInput = standardInput
            do {
                try process.run()
                // Not with `timeout`, nor with SIGTERM: signals are blocked in what Dispatch's threads start.
                let pid = process.processIdentifier
                let watchdog = DispatchWorkItem { kill(pid, SIGKILL) }
                DispatchQueue.global().asyncAfter(deadline: .now() + 60, execute: watchdog)
                defer { watchdog.cancel() }
                try? standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
                try? standardInput.fileHandleForWriting.close()
                let data = output.fileHandleForReading.readDataToEndOfFile()
                process.waitUntilExit()
                continuation.resume(
                    returning: (process.terminationStatus, String(decoding: data, as: UTF8.self)))
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }
}

/// Whether a program is on this machine.
func isInstalled(_ program: String) -> Bool {
    ["/usr/bin/", "/usr/local/bin/", "/bin/"].contains { FileManager.default.isExecutableFile(atPath: $0 + program) }
}
