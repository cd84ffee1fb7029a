import Crypto
import Kubernetes
import X509

/// The certificate authority of an installation that has none: made on the first start, kept in the state directory,
/// trusted by nobody until the user says so.
///
/// `ca-key.pem` (mode 0600) holds the key and the certificate, and its appearance is the one moment at which the
/// authority comes into being; `ca.pem` is the copy of the certificate for the user's clients, written again when it
/// is missing. Whatever else is wrong with either is reported and nothing is replaced: clients trust this key.
public struct LocalAuthority: Sendable {
    /// The authority's certificate, PEM: what a client has to trust.
    public let certificate: [UInt8]
    /// Where the certificate is, for the message that says how to trust it.
    public let certificatePath: String
    private let parsed: Certificate
    private let key: Certificate.PrivateKey

    /// Why there is no authority.
    public enum Problem: Error, Hashable, Sendable, CustomStringConvertible {
        /// A file could not be read or written.
        case file(StateFileError)
        /// The file with the key is not what this type writes.
        case unreadable(path: String)
        /// The certificate's own file is not the certificate that belongs to the key.
        case differs(path: String, keyPath: String)
        /// There is a certificate but no key.
        case keyIsMissing(keyPath: String, path: String)
        /// The authority's ten years are over.
        case expired(path: String)
        /// A name that no certificate can have.
        case badName(String)
        /// The certificate library refused.
        case refused(String)

        /// One sentence that says what to do, without a full stop.
        public var description: String {
            let remedy = "; restore both files, or remove both to get a new authority, which clients must trust anew"
            return switch self {
            case .file(let error): "\(error)"
            case .unreadable(let path): "\(path) does not hold a key and a certificate" + remedy
            case .differs(let path, let keyPath): "\(path) is not the certificate of the key in \(keyPath)" + remedy
            case .keyIsMissing(let keyPath, let path): "\(keyPath) is missing, and \(path) is there" + remedy
            case .expired(let path): "the authority in \(path) has expired; remove it to get a new one"
            case .badName(let name): "\"\(escapedForLog(name.utf8))\" is neither a host name nor an IP address"
            case .refused(let why): "the certificate cannot be made: \(why)"
            }
        }
    }

    /// How long what is made is valid, in seconds.
    enum Lifetime {
        static let authority = 3652 * 86_400
        /// Below the 398 days that clients accept.
        static let leaf = 90 * 86_400
        /// Clocks differ: everything is valid from a little before now.
        static let slack = 3600
    }

    /// The authority in a directory, made where there is none. Reads and writes files.
    ///
    /// - Parameters:
    ///   - directory: made with mode 0700 where it is missing; its parent must be there.
    ///   - hostname: goes into the authority's name, so that a user with several can tell them apart.
    ///   - now: seconds since 1970.
    public static func load(
        orCreateIn directory: String, hostname: String, now: Int
    ) throws(Problem) -> LocalAuthority {
        do {
            return try open(directory, hostname: hostname, now: now)
        } catch let error as Problem {
            throw error
        } catch let error as StateFileError {
            throw .file(error)
        } catch {
            throw .refused("\(error)")
        }
    }

    private static func open(_ directory: String, hostname: String, now: Int) throws -> LocalAuthority {
        let path = "\(directory)/ca.pem"
        let keyPath = "\(directory)/ca-key.pem"
        try StateFile.makeDirectory(directory)
        if try StateFile.read(keyPath, isPrivate: true) == nil {
            guard try StateFile.read(path, isPrivate: false) == nil else {
                throw Problem.keyIsMissing(keyPath: keyPath, path: path)
            }
            // Where another process was faster, its authority is read below, like any that was there.
            _ = try StateFile.create(keyPath, make(hostname: hostname, now: now), mode: 0o600)
        }
        return try read(path: path, keyPath: keyPath, now: now)
    }

    private static func read(path: String, keyPath: String, now: Int) throws -> LocalAuthority {
        guard let bytes = try StateFile.read(keyPath, isPrivate: true), let parts = PEMParts(bytes),
            let key = try? Certificate.PrivateKey(pemEncoded: parts.key),
            let parsed = try? Certificate(pemEncoded: parts.certificate), parsed.publicKey == key.publicKey
        else { throw Problem.unreadable(path: keyPath) }
        guard parsed.notValidAfter.timeIntervalSince1970 > Double(now) else { throw Problem.expired(path: keyPath) }
        let certificate = Array(parts.certificate.utf8)
        if let copy = try StateFile.read(path, isPrivate: false) {
            guard (try? Certificate(pemEncoded: String(decoding: copy, as: UTF8.self))) == parsed else {
                throw Problem.differs(path: path, keyPath: keyPath)
            }
        } else {
            _ = try StateFile.create(path, certificate, mode: 0o644)
        }
        return LocalAuthority(certificate: certificate, certificatePath: path, parsed: parsed, key: key)
    }

    private static func make(hostname: String, now: Int) throws -> [UInt8] {
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let name = try DistinguishedName {
            OrganizationName("Sallyport")
            // A common name has at most 64 characters.
            CommonName(String("Sallyport local authority \(escapedForLog(hostname.utf8))".prefix(64)))
        }
        let extensions = try Certificate.Extensions {
            Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
            Critical(KeyUsage(keyCertSign: true, cRLSign: true))
            SubjectKeyIdentifier(hash: key.publicKey)
        }
        let certificate = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: key.publicKey,
            notValidBefore: .init(timeIntervalSince1970: Double(now - Lifetime.slack)),
            notValidAfter: .init(timeIntervalSince1970: Double(now + Lifetime.authority)),
            issuer: name, subject: name, extensions: extensions, issuerPrivateKey: key)
        let parts = [try key.serializeAsPEM().pemString, try certificate.serializeAsPEM().pemString]
        return Array(parts.map { $0 + "\n" }.joined().utf8)
    }
}

extension LocalAuthority {
    /// A server certificate that the authority has issued.
    public struct Issued: Sendable {
        /// Chain and key, as a Secret would have them.
        public var source: CertificateSource
        /// When it is time for the next one, in seconds since 1970: after two thirds of its life.
        public var renewAt: Int
        /// When it ends, in seconds since 1970.
        public var expiresAt: Int
    }

    /// A certificate for servers of these names: host names, wildcards such as `*.example.com`, IP addresses.
    public func issue(names: [String], now: Int) throws(Problem) -> Issued {
        guard !names.isEmpty else { throw .badName("") }
        var alternatives: [GeneralName] = []
        for name in names { alternatives.append(try Self.alternative(name)) }
        let ends = min(now + Lifetime.leaf, Int(parsed.notValidAfter.timeIntervalSince1970))
        do {
            let leafKey = Certificate.PrivateKey(P256.Signing.PrivateKey())
            let leaf = try certificate(
                for: leafKey.publicKey, names: alternatives, from: now - Lifetime.slack, to: ends)
            let chain = try leaf.serializeAsPEM().pemString + "\n"
            let pem = try leafKey.serializeAsPEM().pemString + "\n"
            let source = CertificateSource(
                name: "certificate of the local authority", chain: SecretBytes(Array(chain.utf8)),
                key: SecretBytes(Array(pem.utf8)))
            return Issued(source: source, renewAt: now + (ends - now) * 2 / 3, expiresAt: ends)
        } catch {
            throw .refused("\(error)")
        }
    }

    private func certificate(
        for leaf: Certificate.PublicKey, names: [GeneralName], from: Int, to: Int
    ) throws -> Certificate {
        let extensions = try Certificate.Extensions {
            Critical(BasicConstraints.notCertificateAuthority)
            Critical(KeyUsage(digitalSignature: true))
            try ExtendedKeyUsage([.serverAuth])
            SubjectAlternativeNames(names)
            SubjectKeyIdentifier(hash: leaf)
            AuthorityKeyIdentifier(keyIdentifier: SubjectKeyIdentifier(hash: key.publicKey).keyIdentifier)
        }
        return try Certificate(
            version: .v3, serialNumber: .init(), publicKey: leaf,
            notValidBefore: .init(timeIntervalSince1970: Double(from)),
            notValidAfter: .init(timeIntervalSince1970: Double(to)),
            issuer: parsed.subject, subject: DistinguishedName { CommonName("Sallyport front door") },
            extensions: extensions, issuerPrivateKey: key)
    }

    private static func alternative(_ name: String) throws(Problem) -> GeneralName {
        if let address = AddressBytes.parse(name) { return .ipAddress(.init(contentBytes: address[...])) }
        switch CertificateNames.Pattern(name) {
        case .name(let domain): return .dnsName(domain.text)
        case .wildcard(let parent): return .dnsName("*.\(parent.text)")
        case nil: throw .badName(name)
        }
    }
}

/// A file with a private key and a certificate in it, in this order.
private struct PEMParts {
    var key: String
    var certificate: String

    init?(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let start = text.firstRange(of: "-----BEGIN CERTIFICATE-----")?.lowerBound else { return nil }
        key = String(text[..<start])
        certificate = String(text[start...])
    }
}
