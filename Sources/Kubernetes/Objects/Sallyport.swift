import Addresses

// The kinds of sallyport.dev/v1alpha1. Unknown fields in them are mistakes.

/// `AccessPolicy`: who may do what behind the Gateway, listener, route or route rule it is attached to.
///
///     apiVersion: sallyport.dev/v1alpha1
///     kind: AccessPolicy
///     metadata: {name: team-a, namespace: ai}
///     spec:
///       targetRefs:
///       - {group: gateway.networking.k8s.io, kind: HTTPRoute, name: ollama}   # sectionName: a listener or rule
///       rules:
///       - name: chat
///         from:                                   # one entry must match; absent: nobody
///         - accessKeys: {names: [alice], selector: {matchLabels: {team: a}}}  # either matches
///           networks: [10.0.0.0/8]                # and the caller's address is in one of these
///         to:                                     # one entry must match; absent: everything behind the target
///         - classes: [Inference]                  # all that the request would do is among these
///           models: ["llama3*"]                   # and the model it names matches one of these
///         - methods: [GET]
///           paths: [{type: Exact, value: /api/tags}, {type: PathPrefix, value: /v1}]
///         limits:                                 # per caller
///           requests: {count: 60, window: 1m, burst: 10}
///           tokens: {count: 100000, window: 1m}
///           concurrency: 4
///         capture:                                # absent: no prompt and no answer is stored
///           prompts: true
///           answers: true
///           maxBytes: 65536                       # of each
///           redact: [emails, cards]               # absent: everything that is known; credentials always
///           words: ["EMP-*"]                      # and words that match one of these
public struct AccessPolicy: KubernetesObject, Hashable {
    public static let group = "sallyport.dev"
    public static let versions = ["v1alpha1"]
    public static let kind = "AccessPolicy"
    public var metadata: ObjectMeta
    public var targetRefs: [TargetRef]
    /// A request is allowed by the first rule that matches it; none: denied.
    public var rules: [Rule]

    /// `spec.rules[]`: who may do what, and how much of it.
    public struct Rule: Hashable, Sendable {
        /// Absent in the object: `rule-N`, counted from 0.
        public var name: String
        public var from: [From]
        /// Empty: everything.
        public var to: [To]
        public var limits: Limits
        /// nil: no prompt and no answer is stored.
        public var capture: Capture?
        public var position: Position?
    }

    /// `from[]`: callers; every condition that is there must hold.
    public struct From: Hashable, Sendable {
        /// An access key is asked for, one of these.
        public var accessKeys: KeySelection?
        /// A token of an issuer is asked for, such a one.
        public var tokens: TokenSelection?
        /// A Kubernetes service account's token is asked for, of one of these.
        public var serviceAccounts: [ServiceAccountSelection]?
        /// A client certificate is asked for, such a one.
        public var certificates: CertificateSelection?
        /// The caller's address belongs to a pod of one of these; nil: to whatever.
        public var workloads: WorkloadSelection?
        /// Empty: from everywhere.
        public var networks: [Prefix]

        /// True when the caller must show who it is.
        public var asksForCredentials: Bool {
            accessKeys != nil || tokens != nil || serviceAccounts != nil || certificates != nil
        }
    }

    /// Which access keys; a key of either list is one of them.
    public struct KeySelection: Hashable, Sendable {
        /// Names of AccessKeys in the policy's namespace.
        public var names: [String]
        /// AccessKeys of the policy's namespace by label; nil: none; the empty selector: all.
        public var selector: LabelSelector?
    }

    /// Which tokens; all conditions must hold.
    public struct TokenSelection: Hashable, Sendable {
        /// Names of TokenIssuers in the policy's namespace; empty: each of them.
        public var issuers: [String]
        /// Patterns of subjects; empty: every subject.
        public var subjects: [String]
        /// For each claim the values of which the token must have one.
        public var claims: [String: [String]]
    }

    /// Which service accounts.
    public struct ServiceAccountSelection: Hashable, Sendable {
        public var namespace: String
        /// A pattern of names.
        public var name: String
    }

    /// `to[]`: requests; every condition that is there must hold.
    public struct To: Hashable, Sendable {
        /// Upper-case; empty: every method.
        public var methods: [String]
        /// Empty: every path.
        public var paths: [HTTPRoute.PathMatch]
        /// Operation classes (`Inference`, ..., `ServerFetch`); empty: every class.
        public var classes: [String]
        /// Patterns of model names; empty: every model.
        public var models: [String]
        /// Patterns of names of MCP tools, prompts and resources; nil where none of the three is written: all of MCP.
        public var mcp: MCPSelection?
        /// Hosts from which the server may be made to fetch media; empty: none.
        public var mediaHosts: [String]
        /// True: fields that the protocol does not have are refused.
        public var isStrict: Bool
    }

    /// Which parts of an MCP server; what is not listed may not be used.
    public struct MCPSelection: Hashable, Sendable {
        public var tools: [String]
        public var prompts: [String]
        public var resources: [String]
    }

    /// `limits` of a rule, for each caller.
    public struct Limits: Hashable, Sendable {
        public var requests: RequestRate?
        /// Tokens in and out together; `burst` is not used.
        public var tokens: RequestRate?
        /// Most requests at once; nil: no limit.
        public var concurrency: Int?
    }

    /// `capture` of a rule: what is stored of the requests that it allows, redacted and encrypted.
    public struct Capture: Hashable, Sendable {
        public var prompts: Bool
        public var answers: Bool
        /// The most bytes of each that are stored.
        public var maxBytes: Int
        /// What is taken out beside credentials (`emails`, `cards`, `ibans`, `phones`); nil: all of these.
        public var redact: [String]?
        /// Patterns of words that are taken out, too.
        public var words: [String]

        /// The most bytes that anybody may ask for.
        public static let mostBytes = 1 << 20
    }

    /// How many in how long.
    public struct RequestRate: Hashable, Sendable {
        public var count: Int
        public var window: Milliseconds
        /// How many may come at once; absent in the object: `count`.
        public var burst: Int
    }
}

/// Which client certificates: the certificate has one of these names. Empty everywhere never stands in an object.
public struct CertificateSelection: Hashable, Sendable {
    /// SPIFFE IDs, exact or with `/*` at the end for everything below.
    public var spiffeIDs: [String]
    /// DNS names, exact.
    public var dnsNames: [String]
    /// Whole subjects as RFC 4514 writes them, exact.
    public var subjects: [String]
    /// SHA-256 of certificates, 64 lower-case hexadecimal digits.
    public var fingerprints: [String]

    /// Lists; all empty: no certificate is meant.
    public init(
        spiffeIDs: [String] = [], dnsNames: [String] = [], subjects: [String] = [], fingerprints: [String] = []
    ) {
        self.spiffeIDs = spiffeIDs
        self.dnsNames = dnsNames
        self.subjects = subjects
        self.fingerprints = fingerprints
    }

    /// True when no certificate is meant.
    public var isEmpty: Bool { spiffeIDs.isEmpty && dnsNames.isEmpty && subjects.isEmpty && fingerprints.isEmpty }
}

/// Which workloads: the pod is in one of the namespaces, or of one of the workloads.
public struct WorkloadSelection: Hashable, Sendable {
    /// Namespaces, every pod of them.
    public var namespaces: [String]
    /// Single workloads.
    public var names: [WorkloadName]
}

/// What runs: a pod's controller, or a bare pod.
public struct WorkloadName: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// `Deployment`, `StatefulSet`, `Job`, ... or `Pod`.
    public var kind: String
    public var namespace: String
    public var name: String

    /// That workload.
    public init(kind: String, namespace: String, name: String) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
    }

    /// `Kind namespace/name`.
    public var description: String { "\(kind) \(namespace)/\(name)" }

    /// By namespace, kind and name.
    public static func < (a: Self, b: Self) -> Bool {
        (a.namespace, a.kind, a.name) < (b.namespace, b.kind, b.name)
    }
}

/// `AccessKey`: a virtual API key, of which only the hash is kept.
///
///     apiVersion: sallyport.dev/v1alpha1
///     kind: AccessKey
///     metadata: {name: alice, namespace: ai, labels: {team: a}}
///     spec:
///       sha256: 64 hexadecimal digits
///       owner: alice@example.com
///       expires: 2027-01-01T00:00:00Z
///       revoked: false
///       networks: [10.0.0.0/8]                       # where it may be used: all that is written must hold
///       workloads: {names: [{kind: Deployment, name: agent}]}
///       certificates: {spiffeIDs: ["spiffe://example.com/agent"]}
///       console: {role: Viewer, namespaces: [ai], content: false}   # it opens the console; absent: it does not
public struct AccessKey: KubernetesObject, Hashable {
    public static let group = "sallyport.dev"
    public static let versions = ["v1alpha1"]
    public static let kind = "AccessKey"
    public var metadata: ObjectMeta
    /// SHA-256 of the whole key text, 32 bytes.
    public var sha256: [UInt8]
    public var owner: String?
    /// Seconds since 1970.
    public var expires: Int64?
    public var revoked: Bool
    /// Networks the key may be used from; empty: all.
    public var networks: [Prefix]
    /// Workloads from whose pods it may be used; nil: from everywhere.
    public var workloads: WorkloadSelection?
    /// Client certificates beside which it may be used; nil: none is needed.
    public var certificates: CertificateSelection?
    /// What it opens in the console; nil: nothing.
    public var console: ConsoleGrant?
}
