/// A kind that we read, as an API server may serve it.
public struct ServedKind: Hashable, Sendable, CustomStringConvertible {
    /// A group with the versions of it that we read, the best first.
    public struct Place: Hashable, Sendable {
        /// API group; empty for the core group.
        public let group: String
        /// Versions, the best first.
        public let versions: [String]
    }

    /// Group and kind, as objects are kept.
    public let id: GroupKind
    /// False for kinds without a namespace.
    public let isNamespaced: Bool
    /// Where it may be served, the best first. The same objects are behind all of them.
    public let places: [Place]

    /// Every kind that we read.
    public static let all: [ServedKind] = Kind.all.map(ServedKind.init)

    /// The kind of that group and name, when we read it.
    public static func find(group: String, kind: String) -> ServedKind? {
        all.first { $0.id == GroupKind(group: group, kind: kind) }
    }

    /// The kind of a type.
    public static func of<T: KubernetesObject>(_ type: T.Type) -> ServedKind? { find(group: T.group, kind: T.kind) }

    /// `Kind.group`.
    public var description: String { id.group.isEmpty ? id.kind : "\(id.kind).\(id.group)" }

    private init(_ kind: Kind) {
        id = GroupKind(group: kind.group, kind: kind.name)
        isNamespaced = kind.isNamespaced
        var places = [Place(group: kind.group, versions: kind.versions)]
        // Calico's own API server, and where there is none, what it would store.
        if kind.group == CalicoTier.group { places.append(Place(group: Kind.storedCalicoGroup, versions: ["v1"])) }
        self.places = places
    }

    /// The kind with its decoder.
    var kind: Kind? { Kind.find(group: id.group, name: id.kind) }
}
