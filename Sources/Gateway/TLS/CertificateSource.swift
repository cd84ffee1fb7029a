import Kubernetes
import NIOSSL
import Routing

/// A certificate chain and its key, as a Secret has them.
public struct CertificateSource: Hashable, Sendable {
    /// What it is called in messages, such as `Secret infra/front-door`.
    public var name: String
    /// PEM, leaf first.
    public var chain: SecretBytes
    /// PEM, not encrypted.
    public var key: SecretBytes

    /// A chain and a key, both PEM.
    public init(name: String, chain: SecretBytes, key: SecretBytes) {
        self.name = name
        self.chain = chain
        self.key = key
    }

    /// What routing found in a Secret.
    public init(_ pair: KeyPair) {
        self.init(name: "Secret \(pair.secret)", chain: pair.certificateChain, key: pair.privateKey)
    }
}

/// What is wrong with a certificate, a key or a list of authorities. It never holds anything of the key.
public struct CertificateProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// What it is called, from ``CertificateSource/name``.
    public var name: String
    /// What is wrong.
    public var reason: Reason

    /// What can be wrong.
    public enum Reason: Hashable, Sendable {
        case emptyChain
        case unreadableChain
        case emptyKey
        case unreadableKey
        case keyDoesNotMatch
        case noAuthorities
        case unreadableAuthorities
        /// Nothing that a backend's certificate could name is asked for.
        case noIdentity
        /// The TLS library refuses it, for what else there may be.
        case refused
    }

    /// One sentence, without a full stop.
    public var description: String {
        switch reason {
        case .emptyChain: "\(name): there is no certificate in it; a PEM chain with the leaf first is needed"
        case .unreadableChain: "\(name): the certificate chain is not readable as PEM certificates"
        case .emptyKey: "\(name): there is no private key in it"
        case .unreadableKey: "\(name): the private key is not readable; it has to be PEM and not encrypted"
        case .keyDoesNotMatch: "\(name): the private key does not belong to the certificate"
        case .noAuthorities: "\(name): there is no certificate authority in it; PEM certificates are needed"
        case .unreadableAuthorities: "\(name): the certificate authorities are not readable as PEM certificates"
        case .noIdentity: "\(name): there is no name or URI that the backend's certificate could be checked for"
        case .refused: "\(name): the TLS library refuses this certificate and key"
        }
    }
}

/// A ``CertificateSource`` that was read: what a TLS context is made of.
struct LoadedCertificate {
    let chain: [NIOSSLCertificate]
    let key: NIOSSLPrivateKey
    /// The names of the leaf, for the choice between several certificates of one listener.
    let names: CertificateNames

    init(_ source: CertificateSource) throws(CertificateProblem) {
        func problem(_ reason: CertificateProblem.Reason) -> CertificateProblem {
            CertificateProblem(name: source.name, reason: reason)
        }
        let chain = source.chain.reveal { bytes -> Result<[NIOSSLCertificate], CertificateProblem> in
            guard !bytes.isEmpty else { return .failure(problem(.emptyChain)) }
            guard let chain = try? NIOSSLCertificate.fromPEMBytes(bytes), !chain.isEmpty else {
                return .failure(problem(.unreadableChain))
            }
            return .success(chain)
        }
        let key = source.key.reveal { bytes -> Result<NIOSSLPrivateKey, CertificateProblem> in
            guard !bytes.isEmpty else { return .failure(problem(.emptyKey)) }
            guard let key = try? NIOSSLPrivateKey(bytes: bytes, format: .pem) else {
                return .failure(problem(.unreadableKey))
            }
            return .success(key)
        }
        self.chain = try chain.get()
        self.key = try key.get()
        names = CertificateNames(self.chain[0]) ?? CertificateNames()
    }

    /// The context of `configuration`, which has this chain and key in it. Both were readable, so that a key that is
    /// refused here is the key of another certificate.
    func context(
        _ configuration: TLSConfiguration, name: String
    ) throws(CertificateProblem) -> NIOSSLContext {
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch NIOSSLError.failedToLoadPrivateKey {
            throw CertificateProblem(name: name, reason: .keyDoesNotMatch)
        } catch {
            throw CertificateProblem(name: name, reason: .refused)
        }
    }
}

/// The authorities in a PEM bundle.
func loadAuthorities(_ pem: [UInt8], name: String) throws(CertificateProblem) -> [NIOSSLCertificate] {
    guard !pem.isEmpty else { throw CertificateProblem(name: name, reason: .noAuthorities) }
    guard let certificates = try? NIOSSLCertificate.fromPEMBytes(pem) else {
        throw CertificateProblem(name: name, reason: .unreadableAuthorities)
    }
    return certificates
}
