/// What every object carries (`metadata` of Kubernetes' API conventions), as far as we read it.
public struct ObjectMeta: Hashable, Sendable {
    /// Name, unique by kind and namespace.
    public var name: String
    /// Namespace; `default` where a namespaced object names none; empty for cluster-scoped kinds.
    public var namespace: String
    /// Labels, for selectors.
    public var labels: [String: String]
    /// Annotations.
    public var annotations: [String: String]
    /// `metadata.generation`; 1 where the source has none.
    public var generation: Int64
    /// Seconds since 1970 of `creationTimestamp`; nil where the source has none (then age is decided by name alone).
    public var creationTimestamp: Int64?
    /// Where the object was written.
    public var position: Position?
    /// `metadata.uid`: which of all objects that ever had this name it is; nil where the source has none.
    public var uid: String?

    /// Namespace and name.
    public var key: NamespacedName { NamespacedName(namespace, name) }
}

/// The names of annotations that are of Sallyport by their prefix, or nearly by their letters, and mean nothing: slips.
///
/// - Parameter known: names that mean something.
public func unknownAnnotations(_ annotations: [String: String], besides known: [String]) -> [String] {
    annotations.keys.sorted().filter { name in
        !known.contains(name) && !Installation.Annotations.onWhatIsMade.contains(name)
            && (name.hasPrefix("\(Kind.ownGroup)/") || known.contains { isOneSlipAway($0, name) })
    }
}

/// Everything that is one object of a kind: metadata and what follows.
public protocol KubernetesObject: Sendable {
    /// API group; empty for core.
    static var group: String { get }
    /// Versions that are read.
    static var versions: [String] { get }
    /// Kind.
    static var kind: String { get }
    /// False for kinds without a namespace.
    static var isNamespaced: Bool { get }
    /// Metadata.
    var metadata: ObjectMeta { get set }
}

extension KubernetesObject {
    /// Namespaced unless a kind says otherwise.
    public static var isNamespaced: Bool { true }
    /// Namespace and name.
    public var key: NamespacedName { metadata.key }
    /// A reference to this object.
    public var reference: ObjectReference {
        ObjectReference(group: Self.group, kind: Self.kind, namespace: metadata.namespace, name: metadata.name)
    }
}

/// A length of time in milliseconds, as Gateway API durations (GEP-2257: `1h2m3s4ms`) and Go durations have it.
public struct Milliseconds: Hashable, Sendable, Comparable {
    /// Count of milliseconds, never negative.
    public var count: Int64
    /// That many milliseconds.
    public init(_ count: Int64) { self.count = count }
    /// By length.
    public static func < (a: Self, b: Self) -> Bool { a.count < b.count }
}
