// Kinds of sallyport.dev/v1alpha1 about models: how they are named, and what they cost.

/// `ModelFilter`: a filter of an `HTTPRoute` (type `ExtensionRef`) that chooses by the model that a request names.
///
///     apiVersion: sallyport.dev/v1alpha1
///     kind: ModelFilter
///     metadata: {name: aliases, namespace: ai}
///     spec:
///       rules:                                            # the first that matches counts
///       - models: [fast, "fast-*"]
///         rename: llama3.2:1b                             # what the server is asked for
///         backendRef: {name: ollama-small, port: 11434}   # instead of the route rule's own backends
///       unmatched: Deny                                   # or Forward, the default
public struct ModelFilter: KubernetesObject, Hashable {
    public static let group = "sallyport.dev"
    public static let versions = ["v1alpha1"]
    public static let kind = "ModelFilter"
    public var metadata: ObjectMeta
    public var rules: [Rule]
    /// True: a model that no rule matches is denied.
    public var deniesUnmatched: Bool

    /// `spec.rules[]`.
    public struct Rule: Hashable, Sendable {
        /// Patterns of names, as callers write them.
        public var models: [String]
        /// What the server is asked for; nil: the same.
        public var rename: String?
        /// Where it is asked; nil: at the backends of the route's rule.
        public var backend: Backend?
    }

    /// A backend with its port.
    public struct Backend: Hashable, Sendable {
        public var ref: ObjectRef
        public var port: Int?
    }
}

/// `Provider`: who serves models behind some Services, and what their tokens cost.
///
///     apiVersion: sallyport.dev/v1alpha1
///     kind: Provider
///     metadata: {name: openai, namespace: ai}
///     spec:
///       services: [openai]                                # Services of its namespace
///       models:                                           # the first that matches counts
///       - match: ["gpt-4o-mini*"]
///         maxOutputTokens: 16384                          # of one answer, where a request sets no limit
///         prices: {input: "0.15", cachedInput: "0.075", output: "0.60"}   # dollars for a million tokens
public struct Provider: KubernetesObject, Hashable {
    public static let group = "sallyport.dev"
    public static let versions = ["v1alpha1"]
    public static let kind = "Provider"
    public var metadata: ObjectMeta
    /// Names of Services in its namespace.
    public var services: [String]
    public var models: [Model]

    /// `spec.models[]`.
    public struct Model: Hashable, Sendable {
        /// Patterns of names, as the server knows them.
        public var match: [String]
        /// Most tokens of an answer; nil: not known.
        public var maxOutputTokens: Int?
        /// nil: not known, which no budget in dollars puts up with.
        public var prices: Prices?
    }

    /// Dollars for a million tokens, as written: decimals with up to six digits after the point.
    public struct Prices: Hashable, Sendable {
        public var input: String
        public var output: String
        /// nil: as `input`.
        public var cachedInput: String?
        /// nil: as `input`.
        public var cacheWrite: String?
        /// nil: as `output`.
        public var reasoning: String?
    }
}
