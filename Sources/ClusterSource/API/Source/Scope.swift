import Kubernetes

/// What a source reads of a cluster.
public struct Scope: Sendable {
    /// Whose Secrets and ConfigMaps are read, each by its name.
    public enum Contents: Hashable, Sendable {
        /// None.
        case none
        /// Those that objects name, and Gateways of our class among them.
        case all
        /// Those that this Gateway and what is beside it name.
        case gateway(NamespacedName)
    }

    /// The kinds, with the objects of each that are wanted. Never Secrets; of ConfigMaps those that name ranges.
    public var kinds: [ServedKind: APISelection]
    /// Whose Secrets and ConfigMaps are read beside.
    public var contents: Contents
    /// Gateways count when their class is of this controller.
    public var controllerName = Installation.controllerName
    /// Kinds that may be refused to us without anything being allowed by it that would not be else.
    public var optional: Set<ServedKind>

    /// That much of a cluster.
    public init(
        kinds: [ServedKind: APISelection], contents: Contents, optional: Set<ServedKind> = []
    ) {
        self.kinds = kinds
        self.contents = contents
        self.optional = optional
    }

    /// Everything that we read: for the controller, the hub's console, and for verbs.
    public static let all = Scope(names: nil, contents: .all)

    /// Everything but what Secrets and other ConfigMaps hold: for verbs about policies.
    public static let withoutContents = Scope(names: nil, contents: .none)

    /// What one gateway serves, and who its callers are.
    public static func gateway(_ name: NamespacedName) -> Scope {
        Scope(names: gatewayKinds.union(callerKinds), contents: .gateway(name))
    }

    /// What the agent of a node enforces: all policies, and all that they speak about, wherever it is, since a packet
    /// has two ends.
    public static let agent = Scope(names: policyKinds.union(callerKinds), contents: .none)

    private init(names: Set<String>?, contents: Contents) {
        let named = APISelection(labels: ConfigMap.namesRanges)
        var kinds: [ServedKind: APISelection] = [:]
        for kind in ServedKind.all where kind.id != GroupKind(group: "", kind: Secret.kind) {
            guard names?.contains(kind.id.kind) ?? true else { continue }
            kinds[kind] = kind.id == GroupKind(group: "", kind: ConfigMap.kind) ? named : APISelection()
        }
        // Names of ranges are words for records, and nothing is decided by them.
        self.init(kinds: kinds, contents: contents, optional: Set([ServedKind.of(ConfigMap.self)].compactMap { $0 }))
    }

    private static let gatewayKinds: Set<String> = [
        GatewayClass.kind, Gateway.kind, ListenerSet.kind, HTTPRoute.kind, GRPCRoute.kind, ReferenceGrant.kind,
        BackendTLSPolicy.kind,
        Service.kind, EndpointSlice.kind, AccessPolicy.kind, AccessKey.kind, ModelFilter.kind, Provider.kind,
        TokenIssuer.kind, Budget.kind, ModelServer.kind,
    ]

    private static let callerKinds: Set<String> = [
        Namespace.kind, Pod.kind, ReplicaSet.kind, Job.kind, Node.kind, ConfigMap.kind,
    ]

    /// `NetworkPolicy` is Calico's too, and so on: a name that two groups have means both.
    private static let policyKinds: Set<String> = [
        Service.kind, EndpointSlice.kind, ServiceAccount.kind, NetworkPolicy.kind, ClusterNetworkPolicy.kind,
        AdminNetworkPolicy.kind, BaselineAdminNetworkPolicy.kind, Guarantee.kind, CalicoNetworkPolicy.kind,
        CalicoGlobalNetworkPolicy.kind, CalicoTier.kind, CalicoNetworkSet.kind, CalicoGlobalNetworkSet.kind,
    ]
}
