import Addresses
import Kubernetes
import ModelTraffic

/// A request that was decided before, as far as its record tells it; for asking what other policies say of it.
///
/// It is no `Caller`: nothing that is answered about it lets anything pass.
public struct RecordedRequest: Sendable {
    /// What the caller had shown.
    public enum Credential: Hashable, Sendable {
        /// Nothing.
        case none
        /// An `AccessKey`.
        case key(NamespacedName)
        /// A token of a `TokenIssuer`.
        case token(issuer: NamespacedName, subject: String)
        /// The token of a service account, from a `TokenIssuer`.
        case serviceAccount(issuer: NamespacedName, account: NamespacedName)
        /// A client certificate, by the one of its names that records tell.
        case certificate(String)
        /// Something that the record does not name.
        case unknown
    }

    /// What the caller had shown.
    public var credential: Credential
    /// The connection may have had a client certificate that the record does not name.
    public var mayHaveCertificate: Bool
    /// The caller's address.
    public var source: Address
    /// Whose pod that was; nil: no pod that was known.
    public var workload: WorkloadName?
    /// Bytes of the method.
    public var method: [UInt8]
    /// The path, without the query.
    public var path: [UInt8]
    /// What the request would do, by path and body; nil: the server was not known.
    public var classes: OperationClasses?
    /// False: the request was refused, maybe before its body was read, and the body may say more.
    public var isBodyRead: Bool
    /// The model that was named.
    public var model: String?
    /// True for the Model Context Protocol.
    public var isMCP: Bool
    /// Its method; nil: an answer.
    public var mcpMethod: String?
    /// The tool, prompt or resource that it named.
    public var mcpName: String?
    /// Seconds since 1970.
    public var seconds: Int64

    /// A request of which this is known; the rest is to be set.
    public init(source: Address, method: [UInt8], path: [UInt8], seconds: Int64) {
        credential = .none
        mayHaveCertificate = false
        self.source = source
        self.method = method
        self.path = path
        isBodyRead = true
        isMCP = false
        self.seconds = seconds
    }
}

/// What a record does not tell, and an answer depends on.
public enum RecordedGap: String, Hashable, Sendable, CaseIterable, Comparable {
    /// Whose credential it was.
    case credential
    /// Claims of the token.
    case claims
    /// The client certificate, or its other names.
    case certificate
    /// What the body said: it was refused before that was read.
    case body
    /// The hosts from which something was to be fetched.
    case mediaHosts = "media_hosts"
    /// Whether the body has fields that its protocol does not have.
    case fields
    /// Whether a prompt or a resource was meant.
    case mcpName = "mcp_name"

    /// By name.
    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// What policies say of a recorded request.
public struct RecordedVerdict: Hashable, Sendable {
    /// The answer.
    public enum Answer: Hashable, Sendable {
        /// It is allowed.
        case allowed
        /// It is not, and why.
        case denied(Reason)
        /// It depends on what the record does not tell.
        case cannotTell(Set<RecordedGap>)
    }

    /// The answer.
    public let answer: Answer
    /// `namespace/name` of the policy; empty: none is in force.
    public let policy: String
    /// The rule that allows, or that comes nearest; empty: none.
    public let rule: String
}
