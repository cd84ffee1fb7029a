/// What one context of kubeconfig files says: where an API server is, who we are to it, and how its server is known.
public struct Kubeconfig: Hashable, Sendable {
    /// Bytes that stand in the file, or in a file of their own.
    public enum Material: Hashable, Sendable {
        case inline(SecretBytes)
        case file(String)
    }

    /// Who we are.
    public enum Identity: Hashable, Sendable {
        case anonymous
        case token(SecretBytes)
        /// A file that is read again and again.
        case tokenFile(String)
        case password(user: String, SecretBytes)
        case program(CredentialProgram)
    }

    /// Name of the context.
    public var context: String
    /// `https://HOST:PORT/PREFIX`.
    public var server: String
    /// The name that the server's certificate must have; nil: the host of `server`.
    public var serverName: String?
    /// Who vouches for the server; nil: the authorities of the system.
    public var authorities: Material?
    /// True: whoever answers is believed.
    public var skipsVerification: Bool
    /// `http://HOST:PORT` or `socks5://HOST:PORT`; nil: none.
    public var proxy: String?
    /// Client certificate; nil: none.
    public var certificate: Material?
    /// Its key.
    public var key: Material?
    /// Who we are beside that.
    public var identity: Identity
    /// Whom we act as; nil: ourselves.
    public var actsAs: String?
    /// And in which groups.
    public var actsInGroups: [String]
    /// Namespace of the context; nil: it names none.
    public var namespace: String?
}

/// A program that tells who we are (`exec` of a kubeconfig user).
public struct CredentialProgram: Hashable, Sendable {
    /// `client.authentication.k8s.io/v1` or `/v1beta1`.
    public var apiVersion: String
    /// Name, or path; one with a slash that is not absolute is relative to the kubeconfig file.
    public var command: String
    /// Its arguments.
    public var arguments: [String]
    /// What is added to its environment.
    public var environment: [String: String]
    /// What to say when it is not there.
    public var installHint: String
    /// True: it is told about the cluster.
    public var wantsCluster: Bool
    /// True: it cannot work without somebody at a terminal.
    public var needsTerminal: Bool

    /// That program.
    public init(
        apiVersion: String, command: String, arguments: [String] = [], environment: [String: String] = [:],
        installHint: String = "", wantsCluster: Bool = false, needsTerminal: Bool = false
    ) {
        self.apiVersion = apiVersion
        self.command = command
        self.arguments = arguments
        self.environment = environment
        self.installHint = installHint
        self.wantsCluster = wantsCluster
        self.needsTerminal = needsTerminal
    }
}

/// Why kubeconfig files do not say how to reach a cluster.
public struct KubeconfigError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, with places.
    public let mistakes: [Mistake]

    /// One line for all of it.
    public var description: String { mistakes.map(\.description).joined(separator: "; ") }
}
