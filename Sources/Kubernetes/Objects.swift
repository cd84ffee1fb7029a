/// All objects that were read, by kind: the content of one snapshot.
public struct Objects: Sendable {
    /// Every valid `GatewayClass`, by namespace and name.
    public var gatewayClasses: [NamespacedName: GatewayClass] = [:]
    /// Every valid `Gateway`, by namespace and name.
    public var gateways: [NamespacedName: Gateway] = [:]
    /// Every valid `ListenerSet`, by namespace and name.
    public var listenerSets: [NamespacedName: ListenerSet] = [:]
    /// Every valid `HTTPRoute`, by namespace and name.
    public var httpRoutes: [NamespacedName: HTTPRoute] = [:]
    /// Every valid `GRPCRoute`, by namespace and name.
    public var grpcRoutes: [NamespacedName: GRPCRoute] = [:]
    /// Every valid `ReferenceGrant`, by namespace and name.
    public var referenceGrants: [NamespacedName: ReferenceGrant] = [:]
    /// Every valid `BackendTLSPolicy`, by namespace and name.
    public var backendTLSPolicies: [NamespacedName: BackendTLSPolicy] = [:]
    /// Every valid `Service`, by namespace and name.
    public var services: [NamespacedName: Service] = [:]
    /// Every valid `EndpointSlice`, by namespace and name.
    public var endpointSlices: [NamespacedName: EndpointSlice] = [:]
    /// Every valid `Secret`, by namespace and name.
    public var secrets: [NamespacedName: Secret] = [:]
    /// Every valid `ConfigMap`, by namespace and name.
    public var configMaps: [NamespacedName: ConfigMap] = [:]
    /// Every valid `Namespace`, by namespace and name.
    public var namespaces: [NamespacedName: Namespace] = [:]
    /// Every valid `AccessPolicy`, by namespace and name.
    public var accessPolicies: [NamespacedName: AccessPolicy] = [:]
    /// Every valid `AccessKey`, by namespace and name.
    public var accessKeys: [NamespacedName: AccessKey] = [:]
    /// Every valid `ModelFilter`, by namespace and name.
    public var modelFilters: [NamespacedName: ModelFilter] = [:]
    /// Every valid `Provider`, by namespace and name.
    public var providers: [NamespacedName: Provider] = [:]
    /// Every valid `Pod`, by namespace and name.
    public var pods: [NamespacedName: Pod] = [:]
    /// Every valid `ReplicaSet`, by namespace and name.
    public var replicaSets: [NamespacedName: ReplicaSet] = [:]
    /// Every valid `Job`, by namespace and name.
    public var jobs: [NamespacedName: Job] = [:]
    /// Every valid `TokenIssuer`, by namespace and name.
    public var tokenIssuers: [NamespacedName: TokenIssuer] = [:]
    /// Every valid `Budget`, by namespace and name.
    public var budgets: [NamespacedName: Budget] = [:]
    /// Every valid `ModelServer`, by namespace and name.
    public var modelServers: [NamespacedName: ModelServer] = [:]
    /// Every valid `NetworkPolicy`, by namespace and name.
    public var networkPolicies: [NamespacedName: NetworkPolicy] = [:]
    /// Every valid `ClusterNetworkPolicy`, by namespace and name.
    public var clusterNetworkPolicies: [NamespacedName: ClusterNetworkPolicy] = [:]
    /// Every valid `AdminNetworkPolicy`, by namespace and name.
    public var adminNetworkPolicies: [NamespacedName: AdminNetworkPolicy] = [:]
    /// Every valid `BaselineAdminNetworkPolicy`, by namespace and name.
    public var baselineAdminNetworkPolicies: [NamespacedName: BaselineAdminNetworkPolicy] = [:]
    /// Every valid `Guarantee`, by namespace and name.
    public var guarantees: [NamespacedName: Guarantee] = [:]
    /// Every valid `Node`, by namespace and name.
    public var nodes: [NamespacedName: Node] = [:]
    /// Every valid `ServiceAccount`, by namespace and name.
    public var serviceAccounts: [NamespacedName: ServiceAccount] = [:]
    /// Every valid `Deployment`, by namespace and name.
    public var deployments: [NamespacedName: Deployment] = [:]
    /// Every valid `StatefulSet`, by namespace and name.
    public var statefulSets: [NamespacedName: StatefulSet] = [:]
    /// Every valid `DaemonSet`, by namespace and name.
    public var daemonSets: [NamespacedName: DaemonSet] = [:]
    /// Every valid `ReplicationController`, by namespace and name.
    public var replicationControllers: [NamespacedName: ReplicationController] = [:]
    /// Every valid `CronJob`, by namespace and name.
    public var cronJobs: [NamespacedName: CronJob] = [:]
    /// Every valid `Ingress`, by namespace and name.
    public var ingresses: [NamespacedName: Ingress] = [:]
    /// Every valid `NetworkPolicy` of Calico, by namespace and name.
    public var calicoNetworkPolicies: [NamespacedName: CalicoNetworkPolicy] = [:]
    /// Every valid `GlobalNetworkPolicy`, by namespace and name.
    public var calicoGlobalNetworkPolicies: [NamespacedName: CalicoGlobalNetworkPolicy] = [:]
    /// Every valid `StagedNetworkPolicy`, by namespace and name.
    public var calicoStagedNetworkPolicies: [NamespacedName: CalicoStagedNetworkPolicy] = [:]
    /// Every valid `StagedGlobalNetworkPolicy`, by namespace and name.
    public var calicoStagedGlobalNetworkPolicies: [NamespacedName: CalicoStagedGlobalNetworkPolicy] = [:]
    /// Every valid `StagedKubernetesNetworkPolicy`, by namespace and name.
    public var calicoStagedKubernetesNetworkPolicies: [NamespacedName: CalicoStagedKubernetesNetworkPolicy] = [:]
    /// Every valid `Tier`, by namespace and name.
    public var calicoTiers: [NamespacedName: CalicoTier] = [:]
    /// Every valid `NetworkSet`, by namespace and name.
    public var calicoNetworkSets: [NamespacedName: CalicoNetworkSet] = [:]
    /// Every valid `GlobalNetworkSet`, by namespace and name.
    public var calicoGlobalNetworkSets: [NamespacedName: CalicoGlobalNetworkSet] = [:]
    /// Objects of kinds we read that have mistakes. They are in none of the maps above, and must not be
    /// forgotten: an invalid policy denies what it is attached to.
    public var invalid: [InvalidObject] = []

    /// No objects.
    public init() {}

    /// How many objects there are, of all kinds, without the invalid ones.
    public var count: Int { Kind.all.reduce(0) { $0 + $1.count(self) } }

    /// What an object without mistakes carries; nil: there is none, or its kind is not read.
    public func metadata(of reference: ObjectReference) -> ObjectMeta? {
        let name = NamespacedName(reference.namespace, reference.name)
        return Kind.find(group: reference.group, name: reference.kind)?.metadata(name, self)
    }
}

/// An object that has mistakes: who it is and, if that could be read, what it is about.
public struct InvalidObject: Sendable, Hashable {
    /// Kind, namespace and name, as far as they could be read; the name is empty when it could not be.
    public var reference: ObjectReference
    /// True when its namespace could not be read (its name, where the kind has no namespace): it may be any.
    public var isLost: Bool
    /// `spec.targetRefs` when all of it could be read; nil when it could not be (or is empty).
    public var targetRefs: [TargetRef]?
    /// Of a route: the requests that it was meant for, as far as that could be read. Nobody else may serve them.
    public var claim: RouteClaim?
    /// Of a Gateway: the ports and host names that it had for itself, as far as they could be read.
    public var gateway: GatewayClaim?
    /// Of a ListenerSet: the same, and the Gateway that it adds to.
    public var listenerSet: ListenerSetClaim?
    /// Of a policy between workloads: what it was about, as far as that could be read. That is denied.
    public var policy: PolicyClaim?
    /// Of a policy of Calico: what it was meant for, as far as that could be read.
    public var calico: CalicoClaim?
    /// Why, the first mistake's words.
    public var reason: String
    /// Where it was written.
    public var position: Position?
    /// `metadata.uid`, if that could be read.
    public var uid: String?

    init(
        reference: ObjectReference, isLost: Bool = false, targetRefs: [TargetRef]?, reason: String, position: Position?
    ) {
        self.reference = reference
        self.isLost = isLost
        self.targetRefs = targetRefs
        self.reason = reason
        self.position = position
    }
}

/// One consistent state of the configuration; never changes.
public struct Snapshot: Sendable {
    /// Counts settled changes of the source, from 1.
    public var revision: UInt64
    /// What was read.
    public var objects: Objects
    /// What is wrong, in file order.
    public var mistakes: [Mistake]
    /// What was skipped and why (kinds that are not read).
    public var notes: [Mistake]
    /// Files that could never be read since the start: what they say is unknown, so everything is denied.
    public var unreadable: [String]

    /// A state of the configuration.
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
