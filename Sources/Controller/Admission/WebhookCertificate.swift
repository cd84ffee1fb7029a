import Kubernetes
import NIOCore
import NIOSSL
import Synchronization

/// The certificate that the webhook shows: read from its Secret, and changed without a new start.
final class WebhookCertificate: Sendable {
    private struct Loaded {
        var text: String
        var chain: [NIOSSLCertificate]
        var key: NIOSSLPrivateKey
    }

    private let loaded = Mutex<Loaded?>(nil)

    /// What handshakes from now on show.
    ///
    /// - Returns: false when it cannot be read; then the one before stays.
    func take(chain: String, key: String) -> Bool {
        if loaded.withLock({ $0?.text == chain }) { return true }
        guard let certificates = try? NIOSSLCertificate.fromPEMBytes(Array(chain.utf8)), !certificates.isEmpty,
            let secret = try? NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem)
        else { return false }
        loaded.withLock { $0 = Loaded(text: chain, chain: certificates, key: secret) }
        return true
    }

    /// How TLS is spoken; nil: there is no certificate yet.
    ///
    /// - Parameter clients: PEM file of the authorities that callers must have a certificate of; nil: anybody may ask.
    func configuration(clients: String?) throws -> TLSConfiguration? {
        guard let (chain, key) = loaded.withLock({ $0.map { ($0.chain, $0.key) } }) else { return nil }
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        tls.minimumTLSVersion = .tlsv12
        tls.applicationProtocols = ["http/1.1"]
        if let clients {
            tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(clients))
            tls.certificateVerification = .noHostnameVerification
        }
        tls.sslContextCallback = { [self] _, promise in
            var override = NIOSSLContextConfigurationOverride.noChanges
            if let (chain, key) = loaded.withLock({ $0.map { ($0.chain, $0.key) } }) {
                override.certificateChain = chain.map { .certificate($0) }
                override.privateKey = .privateKey(key)
            }
            promise.succeed(override)
        }
        return tls
    }
}
