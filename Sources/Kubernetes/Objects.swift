/// All objects that were read, by kind: the content of one snapshot.
public struct Objects: Sendable {
    public var gatewayClasses: [NamespacedName: GatewayClass] = [:]
    public var gateways: [NamespacedName: Gateway] = [:]
    public var httpRoutes: [NamespacedName: HTTPRoute] = [:]
    public var grpcRoutes: [NamespacedName: GRPCRoute] = [:]
    public var referenceGrants: [NamespacedName: ReferenceGrant] = [:]
    public var backendTLSPolicies: [NamespacedName: BackendTLSPolicy] = [:]
    public var services: [NamespacedName: Service] = [:]
    public var endpointSlices: [NamespacedName: EndpointSlice] = [:]
    public var secrets: [NamespacedName: Secret] = [:]
    public var configMaps: [NamespacedName: ConfigMap] = [:]
    public var namespaces: [NamespacedName: Namespace] = [:]
    public var accessPolicies: [NamespacedName: AccessPolicy] = [:]
    public var accessKeys: [NamespacedName: AccessKey] = [:]
    /// Objects of kinds we read that have mistakes. They are in none of the maps above, and must not be
    /// forgotten: an invalid policy denies what it is attached to.
    public var invalid: [InvalidObject] = []

    /// No objects.
    public init() {}
}

/// An object that has mistakes: who it is and, if that could be read, what it is attached to.
public struct InvalidObject: Sendable, Hashable {
    public var reference: ObjectReference
    /// `spec.targetRefs` as far as it could be read; nil when it could not be (or is empty).
    public var targetRefs: [TargetRef]?
    /// Why, the first mistake's words.
    public var reason: String
    public var position: Position?
}

/// One consistent state of the configuration; never changes.
public struct Snapshot: Sendable {
    /// Counts settled changes of the source, from 1.
    public var revision: UInt64
    public var objects: Objects
    /// What is wrong, in file order.
    public var mistakes: [Mistake]
    /// What was skipped and why (kinds that are not read).
    public var notes: [Mistake]
    /// Files that could never be read since the start: what they say is unknown, so everything is denied.
    public var unreadable: [String]

    public init(
        revision: UInt64, objects: Objects, mistakes: [Mistake] = [], notes: [Mistake] = [], unreadable: [String] = []
    ) {
        self.revision = revision
        self.objects = objects
        self.mistakes = mistakes
        self.notes = notes
        self.unreadable = unreadable
    }
}
