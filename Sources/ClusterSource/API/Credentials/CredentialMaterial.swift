import Kubernetes
import NIOSSL

/// Everything that a connection and a request show or ask for, as bytes: what is compared to see whether it changed.
struct CredentialMaterial: Equatable, Sendable {
    /// PEM of those who vouch for the server; nil: the authorities of the system.
    var authorities: [UInt8]?
    /// PEM of our certificate and those above it.
    var certificate: SecretBytes?
    /// PEM of its key.
    var key: SecretBytes?
    /// Value of `Authorization`.
    var authorization: SecretBytes?

    /// The settings of TLS that this makes.
    func tls(skipsVerification: Bool) throws(ClusterError) -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        if skipsVerification { tls.certificateVerification = .none }
        if let authorities {
            tls.trustRoots = .certificates(
                try Self.pem("certificate-authority holds no PEM certificate") {
                    try NIOSSLCertificate.fromPEMBytes(authorities)
                })
        }
        if let certificate, let key {
            tls.certificateChain = try Self.pem("client-certificate holds no PEM certificate") {
                try certificate.reveal { try NIOSSLCertificate.fromPEMBytes($0) }
            }.map { .certificate($0) }
            tls.privateKey = .privateKey(
                try Self.pem("client-key holds no PEM private key without a password") {
                    try key.reveal { try NIOSSLPrivateKey(bytes: $0, format: .pem) }
                })
        }
        return tls
    }

    private static func pem<T>(_ problem: String, _ read: () throws -> T) throws(ClusterError) -> T {
        do { return try read() } catch { throw ClusterError(.credentials, problem) }
    }
}

/// What one request carries.
struct Credential: Sendable {
    /// Counts changes, from 1: tells whether a credential that was refused is still the one that would be used.
    let number: UInt64
    let headers: [(name: String, value: SecretBytes)]
    let tls: TLSConfiguration
}
