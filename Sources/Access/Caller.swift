import Addresses
import Kubernetes

/// Who called, once authenticated. Only `AccessTable.authenticate` makes one; a failed attempt stays a failed attempt
/// and never becomes a caller without credentials.
///
/// An object, because what it says is handed on a dozen times for each request, and never changes.
public final class Caller: Sendable {
    /// The key; nil when none was sent, or what was sent is unknown. With a `refusal`, the key that was refused.
    public let key: KeyIndex?
    /// Who the token that was sent is of; nil when none was, or it is not right. With a `refusal`, the token that is
    /// right and was refused for where it was used.
    public let token: TokenIdentity?
    /// The client certificate of the connection.
    public let certificate: ClientIdentity?
    /// Whose pod the caller's address is; nil: no pod that is known.
    public let pod: PodIdentity?
    /// Why the caller's credentials are no good; nil: they are good, or there are none.
    public let refusal: Reason?
    /// The issuer of a token that was refused, when it is known.
    public let refusedIssuer: NamespacedName?
    let revision: UInt64

    init(
        key: KeyIndex? = nil, token: TokenIdentity? = nil, certificate: ClientIdentity? = nil, pod: PodIdentity? = nil,
        refusal: Reason? = nil, refusedIssuer: NamespacedName? = nil, revision: UInt64
    ) {
        self.key = key
        self.token = token
        self.certificate = certificate
        self.pod = pod
        self.refusal = refusal
        self.refusedIssuer = refusedIssuer
        self.revision = revision
    }

    /// True when it has shown nothing that says who it is.
    var isAnonymous: Bool { key == nil && token == nil && certificate == nil }

    /// True when it has sent nothing, but its connection has a certificate.
    var hasOnlyCertificate: Bool { key == nil && token == nil && certificate != nil }

    /// A key or token that is right, and used from where it is not bound: somebody may have stolen it.
    public var isSuspectedTheft: Bool {
        switch refusal {
        case .keyNotBoundToNetwork, .keyNotBoundToWorkload, .keyNotBoundToCertificate, .tokenNotBoundToNetwork,
            .tokenNotBoundToWorkload, .tokenNotBoundToCertificate, .tokenNotBoundToPod:
            true
        default: false
        }
    }
}

/// Where a caller is: all that says who it is besides what it sends.
public struct CallerPlace: Sendable {
    /// Its address, as far as trusted hops tell it.
    public var source: Address
    /// The client certificate of its connection, verified; nil: none.
    public var certificate: ClientIdentity?

    /// That place.
    public init(source: Address, certificate: ClientIdentity? = nil) {
        self.source = source
        self.certificate = certificate
    }
}
