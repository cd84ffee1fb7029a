import Access
import NIOSSL
import Routing

/// How the client certificates of a listener are checked.
///
/// The TLS library checks the chain: that it ends at an authority of the bundle, all signatures and dates, and that
/// it is for clients. What the leaf says is then read by ``Access/ClientIdentity``, which is stricter about names.
public struct ClientVerification: Hashable, Sendable {
    /// PEM of the authorities, and no others.
    public var authorities: [UInt8]
    /// False: a client may show no certificate, and then is nobody. One that it does show must be good all the same:
    /// what is present and wrong never counts as absent.
    public var isRequired: Bool

    /// Terms.
    public init(authorities: [UInt8], isRequired: Bool = true) {
        self.authorities = authorities
        self.isRequired = isRequired
    }

    /// What routing has compiled.
    init(_ validation: ClientValidation) {
        self.init(authorities: validation.authorities, isRequired: !validation.allowsInsecureFallback)
    }

    /// Puts the check of the chain into the configuration of a server.
    func configure(_ configuration: inout TLSConfiguration) throws(CertificateProblem) {
        configuration.trustRoots = .certificates(try loadAuthorities(authorities, name: "client authorities"))
        configuration.certificateVerification = isRequired ? .noHostnameVerification : .optionalVerification
        configuration.sendCANameList = true
    }

    /// Who the client is, when the handshake is done; nil: it has shown no certificate, and need not.
    ///
    /// The dates are looked at here too, for a session that was resumed: its certificate was checked when the session
    /// began.
    /// - Parameter now: Seconds since 1970.
    func identity(in tls: NIOSSLServerHandler, now: Int64) throws(ClientCertificateFailure) -> ClientIdentity? {
        guard let certificate = tls.peerCertificate else {
            if isRequired { throw .missing }
            return nil
        }
        guard let content = CertificateContent(certificate) else { throw .unreadable }
        let identity: ClientIdentity
        do throws(ClientIdentity.Refusal) { identity = try ClientIdentity(content) } catch { throw .refused(error) }
        guard identity.isValid(atSeconds: now) else { throw .outOfDate }
        return identity
    }
}

/// Why a client certificate that the TLS library let pass is not taken.
enum ClientCertificateFailure: Error, Hashable, CustomStringConvertible {
    case missing
    /// It cannot be read strictly.
    case unreadable
    case outOfDate
    case refused(ClientIdentity.Refusal)

    var description: String {
        switch self {
        case .missing: "no client certificate"
        case .unreadable: "a client certificate that cannot be read strictly"
        case .outOfDate: "a client certificate that is out of date"
        case .refused(let refusal): "a client certificate is refused: \(refusal.rawValue)"
        }
    }
}
