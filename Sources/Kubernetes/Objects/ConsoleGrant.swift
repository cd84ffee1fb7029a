/// `console` of an `AccessKey`, and each entry of `console.grants` of a `TokenIssuer`: what its holder may look at in the
/// console and its API.
public struct ConsoleGrant: Hashable, Sendable {
    /// How much of the console it opens.
    public enum Role: String, CaseIterable, Hashable, Sendable {
        /// Looks at records, policies and objects.
        case viewer = "Viewer"
        /// Looks at the hub itself, too: its sources, its storage, its metrics.
        case `operator` = "Operator"
    }

    /// How much it opens.
    public var role: Role
    /// The namespaces that it opens; empty: all of them.
    public var namespaces: [String]
    /// Prompts and answers may be read, where a policy has them stored. Each look is a record.
    public var content: Bool

    /// That grant.
    public init(role: Role, namespaces: [String] = [], content: Bool = false) {
        self.role = role
        self.namespaces = namespaces
        self.content = content
    }
}

extension TokenIssuer {
    /// `console`: who of the issuer's people may look at the console.
    public struct Console: Hashable, Sendable {
        /// In order: the first that fits a token counts.
        public var grants: [Grant]
        /// How people log in with a browser; nil: tokens are for programs only.
        public var login: Login?
    }

    /// One of `console.grants`.
    public struct Grant: Hashable, Sendable {
        /// The claim that a token must have; empty: every token of the issuer fits.
        public var claim: String
        /// One of these it must be, exactly.
        public var values: [String]
        /// What it opens then.
        public var grant: ConsoleGrant
    }

    /// `console.login`: OpenID Connect, the authorisation code with PKCE.
    public struct Login: Hashable, Sendable {
        /// The console's name at the issuer; must be among the audiences.
        public var clientID: String
        /// Where the browser is sent.
        public var authorizationEndpoint: String
        /// Where the code is changed for a token.
        public var tokenEndpoint: String
        /// Where the issuer sends the browser back to: the console's address and `/login/issuer`.
        public var redirectURL: String
        /// Asked for beside `openid`.
        public var scopes: [String]
        /// The client's secret; nil: a public client.
        public var clientSecret: KeyReference?
        /// Who vouches for the token endpoint; nil: the authorities of the system.
        public var caCertificates: Certificates?
    }
}
