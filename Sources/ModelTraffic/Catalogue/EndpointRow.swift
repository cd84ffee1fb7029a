import Kubernetes

/// One row of a server's table: what some requests would do.
public struct EndpointRow: Sendable, Hashable {
    /// Methods.
    public var methods: [MethodWord]
    /// Paths.
    public var path: PathPattern
    /// What it would do; never empty.
    public var classes: OperationClasses
    /// How the body is read; nil: it is not.
    public var dialect: Dialect?
    /// What a person should know; may be empty.
    public var note: String

    /// A row.
    public init(
        methods: [MethodWord], path: PathPattern, classes: OperationClasses, dialect: Dialect? = nil, note: String = ""
    ) {
        self.methods = methods
        self.path = path
        self.classes = classes
        self.dialect = dialect
        self.note = note
    }

    /// A row of a `ModelServer`; nil when it has a word that is not known here, which decoding does not let through.
    public init?(_ endpoint: ModelServer.Endpoint) {
        let methods = endpoint.methods.compactMap(MethodWord.init(rawValue:))
        let classes = endpoint.classes.compactMap { OperationClasses(name: $0) }
        let dialect = endpoint.dialect.map(Dialect.init(rawValue:))
        guard methods.count == endpoint.methods.count, classes.count == endpoint.classes.count, dialect != .some(nil),
            !methods.isEmpty, !classes.isEmpty
        else { return nil }
        self.init(
            methods: methods, path: endpoint.path, classes: OperationClasses(classes), dialect: dialect ?? nil,
            note: endpoint.note ?? "")
    }
}
