import Network

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
///         - methods: [POST]
///           paths: [{type: Exact, value: /api/chat}, {type: PathPrefix, value: /v1}]
///         limits:                                 # per access key (per source address where `from` has no key)
///           requests: {count: 60, window: 1m, burst: 10}
///           concurrency: 4
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
        public var position: Position?
    }

    /// `from[]`: callers; both conditions must hold.
    public struct From: Hashable, Sendable {
        /// nil: no key is asked for, the networks alone decide (then `networks` is not empty).
        public var accessKeys: KeySelection?
        /// Empty: from everywhere.
        public var networks: [Prefix]
    }

    /// Which access keys; a key of either list is one of them.
    public struct KeySelection: Hashable, Sendable {
        /// Names of AccessKeys in the policy's namespace.
        public var names: [String]
        /// AccessKeys of the policy's namespace by label; nil: none; the empty selector: all.
        public var selector: LabelSelector?
    }

    /// `to[]`: requests; both conditions must hold.
    public struct To: Hashable, Sendable {
        /// Upper-case; empty: every method.
        public var methods: [String]
        /// Empty: every path.
        public var paths: [HTTPRoute.PathMatch]
    }

    /// `limits` of a rule, for each caller.
    public struct Limits: Hashable, Sendable {
        public var requests: RequestRate?
        /// Most requests at once; nil: no limit.
        public var concurrency: Int?
    }

    /// How many requests in how long.
    public struct RequestRate: Hashable, Sendable {
        public var count: Int
        public var window: Milliseconds
        /// How many may come at once; absent in the object: `count`.
        public var burst: Int
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
///       networks: [10.0.0.0/8]
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
}
