/// One of our kinds as Kubernetes is told about it: names, scope, fields, and what lists of its objects show.
public struct KindSchema: Sendable {
    /// A column that `kubectl get` shows.
    public struct Column: Hashable, Sendable {
        /// Its head.
        public var name: String
        /// `string`, `integer`, `boolean` or `date`.
        public var type: String
        /// Where its value is, as a simple JSONPath.
        public var path: String
        /// What it shows.
        public var meaning: String
        /// 0: always shown; 1: shown with `-o wide`.
        public var priority: Int

        /// That column.
        init(_ name: String, _ path: String, _ meaning: String, type: String = "string", priority: Int = 0) {
            self.name = name
            self.type = type
            self.path = path
            self.meaning = meaning
            self.priority = priority
        }
    }

    /// A type of `status.conditions`, and what it means when it is true.
    public struct ConditionType: Hashable, Sendable {
        /// Its name.
        public var name: String
        /// What holds when it is true.
        public var meaning: String
    }

    /// API group.
    public var group: String
    /// The version that is served and stored.
    public var version: String
    /// Kind.
    public var kind: String
    /// Lower-case name of many.
    public var plural: String
    /// What `kubectl` takes instead.
    public var shortNames: [String]
    /// Names under which `kubectl get` lists several kinds.
    public var categories: [String]
    /// False for kinds without a namespace.
    public var isNamespaced: Bool
    /// Labels of the definition itself.
    public var labels: [String: String]
    /// What an object of the kind is, in whole sentences.
    public var meaning: String
    /// What hangs on a whole object besides its fields.
    public var rules: [SchemaRule]
    /// What `spec` means.
    public var specMeaning: String
    /// `spec`, in flow style, as short as it can be.
    public var specExample: String
    /// `spec`.
    public var spec: SchemaObject
    /// Types of conditions that are written.
    public var conditions: [ConditionType]
    /// Columns besides the name.
    public var columns: [Column]
    /// A whole object, as YAML.
    public var example: String

    /// Every kind of ours, by name.
    public static let all: [KindSchema] = [
        accessKey, accessPolicy, budget, guarantee, modelFilter, modelServer, provider, tokenIssuer,
    ]

    init<T: KubernetesObject>(
        _ type: T.Type, plural: String, shortNames: [String], isAttached: Bool = false, isPolicy: Bool = false,
        meaning: String, rules: [SchemaRule] = [], specMeaning: String, specExample: String, spec: SchemaObject,
        conditions: [ConditionType] = [.accepted], columns: [Column], example: String
    ) {
        group = T.group
        version = T.versions[0]
        kind = T.kind
        self.plural = plural
        self.shortNames = shortNames
        categories = ["sallyport"] + (isAttached ? ["gateway-api"] : [])
        isNamespaced = T.isNamespaced
        labels = isPolicy ? ["gateway.networking.k8s.io/policy": "Inherited"] : [:]
        self.meaning = meaning
        self.rules = rules
        self.specMeaning = specMeaning
        self.specExample = specExample
        self.spec = spec
        self.conditions = conditions
        self.columns = columns
        self.example = example
    }

    /// Name of the definition in a cluster.
    public var definitionName: String { "\(plural).\(group)" }
}

extension KindSchema.ConditionType {
    /// The object is in effect.
    static let accepted = Self(
        name: "Accepted", meaning: "The object is in effect everywhere where it says so; the reason says why not.")
    /// What it names is there.
    static let resolvedRefs = Self(
        name: "ResolvedRefs", meaning: "Everything that the object names exists and may be used.")
}

extension KindSchema.Column {
    /// The status of a condition.
    static func condition(_ type: String, _ meaning: String) -> Self {
        Self(type, ".status.conditions[?(@.type==\"\(type)\")].status", meaning)
    }

    /// The reason of a condition.
    static func reason(_ type: String) -> Self {
        Self(
            "Reason", ".status.conditions[?(@.type==\"\(type)\")].reason", "Why \(type) is as it is.", priority: 1)
    }

    /// When the object was made.
    static let age = Self("Age", ".metadata.creationTimestamp", "When the object was made.", type: "date")
}
