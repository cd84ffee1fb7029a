import Kubernetes

/// Who looks, and at what. Only `Doorkeeper` makes one, for one request.
public struct Viewer: Sendable, Equatable {
    /// How they are known by.
    public enum Means: String, Sendable, Encodable {
        /// An access key.
        case key
        /// A token of an issuer.
        case token
        /// The link that was shown at the start.
        case link
    }

    /// What they are called: `namespace/name` of the key, the subject of the token.
    public let name: String
    /// Who answers for the key; the issuer of the token; empty: not known.
    public let owner: String
    /// What they showed.
    public let means: Means
    /// How much they may look at.
    public let role: ConsoleGrant.Role
    /// Which namespaces.
    public let sight: Sight
    /// Whether they may read prompts and answers that are stored.
    public let mayReadContent: Bool

    /// Whether they may look at what is for the role.
    func has(_ wanted: ConsoleGrant.Role) -> Bool { role == .operator || role == wanted }
}
