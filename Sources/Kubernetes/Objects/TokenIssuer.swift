import Addresses

/// `TokenIssuer`: who may say who a caller is, with signed tokens (JWT).
///
///     apiVersion: sallyport.dev/v1alpha1
///     kind: TokenIssuer
///     metadata: {name: corporate, namespace: ai}
///     spec:
///       issuer: https://login.example.com/realms/staff   # exactly the tokens' `iss`
///       audiences: [sallyport]                           # one of them must be in the tokens' `aud`
///       algorithms: [RS256, ES256]                       # absent: all that are known
///       jwks:                                            # exactly one of inline, secretRef, url, cluster
///         url: https://login.example.com/realms/staff/certs
///         refresh: 10m
///         caCertificates: {configMapRef: {name: corporate-ca}}
///                                                        # cluster: {}, of the cluster's own service accounts
///       requiredClaims: {tenant: [blue, green]}          # one of them, exactly
///       subjectClaim: sub
///       clockSkew: 30s
///       maximumLifetime: 1h
///       serviceAccounts: false                           # true: tokens of Kubernetes service accounts
///       bindings:                                        # where its tokens may be used: all that is written must hold
///         networks: [10.0.0.0/8]
///         workloads: {names: [{kind: Deployment, name: agent}]}
///         certificates: {spiffeIDs: ["spiffe://example.com/agent"]}
///       console:                                         # who may look at the console; absent: nobody
///         grants: [{claim: groups, values: [platform], role: Operator}]
public struct TokenIssuer: KubernetesObject, Hashable {
    public static let group = "sallyport.dev"
    public static let versions = ["v1alpha1"]
    public static let kind = "TokenIssuer"
    public var metadata: ObjectMeta
    /// The exact `iss`.
    public var issuer: String
    /// 1 to 16; a token must name one of them.
    public var audiences: [String]
    /// Not empty; absent in the object: all.
    public var algorithms: [TokenAlgorithm]
    public var jwks: KeySource
    /// Claims that must be there, and the values of which they must have one, exactly.
    public var requiredClaims: [String: [String]]
    /// The claim that says who calls; absent in the object: `sub`.
    public var subjectClaim: String
    /// How far the issuer's clock and ours may differ; absent in the object: 30 s; at most 5 minutes.
    public var clockSkew: Milliseconds
    /// The longest time from `iat` to `exp`; nil: as the issuer says.
    public var maximumLifetime: Milliseconds?
    /// True when the tokens are those of Kubernetes service accounts.
    public var serviceAccounts: Bool
    /// Where the tokens may be used; nil: from everywhere.
    public var bindings: Bindings?
    /// Who of its people may look at the console; nil: nobody.
    public var console: Console?

    /// `bindings`: all that is there must hold.
    public struct Bindings: Hashable, Sendable {
        /// Networks that the tokens may be used from; empty: all.
        public var networks: [Prefix]
        /// Workloads from whose pods they may be used; nil: from everywhere.
        public var workloads: WorkloadSelection?
        /// Client certificates beside which they may be used; nil: none is needed.
        public var certificates: CertificateSelection?
    }

    /// Where the public keys come from.
    public enum KeySource: Hashable, Sendable {
        /// The text of a JWKS.
        case inline(String)
        /// A Secret of the issuer's namespace that holds a JWKS.
        case secret(KeyReference)
        /// Somebody who answers with a JWKS.
        case fetched(URLSource)
    }

    /// An entry of a Secret or ConfigMap in the issuer's namespace.
    public struct KeyReference: Hashable, Sendable {
        public var name: String
        public var key: String
    }

    /// A JWKS that is fetched again and again.
    public struct URLSource: Hashable, Sendable {
        /// Where they are fetched.
        public var place: Place
        /// 1 minute to 24 hours; absent in the object: 10 minutes.
        public var refresh: Milliseconds
        /// Who vouches for the server; nil: the authorities of the system, or of the cluster.
        public var caCertificates: Certificates?
    }

    /// Who answers with a JWKS.
    public enum Place: Hashable, Sendable {
        /// `https`; `http` only where the host is this machine.
        case url(String)
        /// The API server of the cluster that the gateway runs in: the keys of its service accounts. Its address, and
        /// who we are to it, are the gateway's to know: an object that could name another would be sent our token.
        case cluster
    }

    /// Where certificates of authorities are, PEM; the key is `ca.crt` where the object names none.
    public enum Certificates: Hashable, Sendable {
        case configMap(KeyReference)
        case secret(KeyReference)
    }
}

/// The signatures that tokens may have (RFC 7518, RFC 8037). There is no `none` and nothing symmetric among them.
public enum TokenAlgorithm: String, CaseIterable, Hashable, Sendable {
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    case es256 = "ES256"
    case es384 = "ES384"
    case es512 = "ES512"
    case edDSA = "EdDSA"
}
