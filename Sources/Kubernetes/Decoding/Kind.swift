/// A kind that can be read from its fields.
protocol Readable: KubernetesObject, Equatable {
    /// Reads everything but metadata; what is wrong is noted in the fields.
    init(_ metadata: ObjectMeta, _ fields: Fields)
    /// The rule for names of this kind.
    static var nameCheck: Check { get }
    /// Notes what a good object is about, for when it turns out to be wrong by what stands beside it.
    func leaveClaims(in invalid: inout InvalidObject)
}

extension Readable {
    static var nameCheck: Check { .subdomain }
    func leaveClaims(in invalid: inout InvalidObject) {}
}

/// An object that was read, its type known inside only.
struct ReadObject: Sendable {
    /// Puts it into its map.
    let insert: @Sendable (inout Objects) -> Void
    /// Whether it is there already, the same in every field that is read.
    let isIn: @Sendable (Objects) -> Bool
    /// See `Readable.leaveClaims`.
    let leaveClaims: @Sendable (inout InvalidObject) -> Void
}

/// A kind with the place where its objects are kept: the type is known inside only.
struct Kind: Sendable {
    /// The group that is written in objects.
    private(set) var group: String
    let name: String
    private(set) var versions: [String]
    /// The group that objects are kept under: another than `group` where that is how they are stored.
    let objectGroup: String
    let isNamespaced: Bool
    let nameCheck: Check
    /// Reads an object.
    let read: @Sendable (ObjectMeta, Fields) -> ReadObject
    /// How many there are.
    let count: @Sendable (Objects) -> Int
    /// What is in one, the other or both, and differs.
    let changes: @Sendable (_ old: Objects, _ new: Objects) -> [ObjectChange]
    /// The names of all that are there.
    let keys: @Sendable (Objects) -> [NamespacedName]
    /// What the object of a name carries; nil: there is none.
    let metadata: @Sendable (NamespacedName, Objects) -> ObjectMeta?
    /// Makes the object of a name what it is in other objects: there, changed, or not there.
    let copy: @Sendable (NamespacedName, _ from: Objects, _ to: inout Objects) -> Void

    private init<T: Readable>(_ type: T.Type, _ map: any WritableKeyPath<Objects, [NamespacedName: T]> & Sendable) {
        group = T.group
        objectGroup = T.group
        name = T.kind
        versions = T.versions
        isNamespaced = T.isNamespaced
        nameCheck = T.nameCheck
        read = { metadata, fields in
            let object = T(metadata, fields)
            return ReadObject(
                insert: { $0[keyPath: map][object.key] = object }, isIn: { $0[keyPath: map][object.key] == object },
                leaveClaims: { object.leaveClaims(in: &$0) })
        }
        count = { $0[keyPath: map].count }
        changes = { ObjectChange.between($0[keyPath: map], $1[keyPath: map]) }
        keys = { Array($0[keyPath: map].keys) }
        metadata = { $1[keyPath: map][$0]?.metadata }
        copy = { $2[keyPath: map][$0] = $1[keyPath: map][$0] }
    }

    /// Every kind that is read. A new kind is one line here, and its decoder.
    static let all: [Kind] = [
        Kind(GatewayClass.self, \.gatewayClasses),
        Kind(Gateway.self, \.gateways),
        Kind(ListenerSet.self, \.listenerSets),
        Kind(HTTPRoute.self, \.httpRoutes),
        Kind(GRPCRoute.self, \.grpcRoutes),
        Kind(ReferenceGrant.self, \.referenceGrants),
        Kind(BackendTLSPolicy.self, \.backendTLSPolicies),
        Kind(Service.self, \.services),
        Kind(EndpointSlice.self, \.endpointSlices),
        Kind(Secret.self, \.secrets),
        Kind(ConfigMap.self, \.configMaps),
        Kind(Namespace.self, \.namespaces),
        Kind(AccessPolicy.self, \.accessPolicies),
        Kind(AccessKey.self, \.accessKeys),
        Kind(ModelFilter.self, \.modelFilters),
        Kind(Provider.self, \.providers),
        Kind(Pod.self, \.pods),
        Kind(ReplicaSet.self, \.replicaSets),
        Kind(Job.self, \.jobs),
        Kind(TokenIssuer.self, \.tokenIssuers),
        Kind(Budget.self, \.budgets),
        Kind(ModelServer.self, \.modelServers),
        Kind(NetworkPolicy.self, \.networkPolicies),
        Kind(ClusterNetworkPolicy.self, \.clusterNetworkPolicies),
        Kind(AdminNetworkPolicy.self, \.adminNetworkPolicies),
        Kind(BaselineAdminNetworkPolicy.self, \.baselineAdminNetworkPolicies),
        Kind(Guarantee.self, \.guarantees),
        Kind(Node.self, \.nodes),
        Kind(ServiceAccount.self, \.serviceAccounts),
        Kind(Deployment.self, \.deployments),
        Kind(StatefulSet.self, \.statefulSets),
        Kind(DaemonSet.self, \.daemonSets),
        Kind(ReplicationController.self, \.replicationControllers),
        Kind(CronJob.self, \.cronJobs),
        Kind(Ingress.self, \.ingresses),
        Kind(CalicoNetworkPolicy.self, \.calicoNetworkPolicies),
        Kind(CalicoGlobalNetworkPolicy.self, \.calicoGlobalNetworkPolicies),
        Kind(CalicoStagedNetworkPolicy.self, \.calicoStagedNetworkPolicies),
        Kind(CalicoStagedGlobalNetworkPolicy.self, \.calicoStagedGlobalNetworkPolicies),
        Kind(CalicoStagedKubernetesNetworkPolicy.self, \.calicoStagedKubernetesNetworkPolicies),
        Kind(CalicoTier.self, \.calicoTiers),
        Kind(CalicoNetworkSet.self, \.calicoNetworkSets),
        Kind(CalicoGlobalNetworkSet.self, \.calicoGlobalNetworkSets),
    ]

    /// The group under which Calico stores its objects.
    static let storedCalicoGroup = "crd.projectcalico.org"

    /// The same kinds as they are stored.
    private static let stored: [Kind] = all.filter { $0.group == CalicoTier.group }.map { kind in
        var stored = kind
        stored.group = storedCalicoGroup
        stored.versions = ["v1"]
        return stored
    }

    /// Kinds that have the name of one that is read and are not read: not slips.
    static let namesakes: Set<GroupKind> = [GroupKind(group: CalicoTier.group, kind: "Node")]

    private static let byName: [GroupKind: Kind] = Dictionary(
        (all + stored).map { (GroupKind(group: $0.group, kind: $0.name), $0) }, uniquingKeysWith: { first, _ in first })

    /// The kind of a group and name, when it is read.
    static func find(group: String, name: String) -> Kind? { byName[GroupKind(group: group, kind: name)] }

    /// Secrets hold values that no message may show, and so do access keys, into which people paste the key itself.
    var hidesValues: Bool { name == "Secret" || name == "AccessKey" }

    var unknownFields: UnknownFields {
        switch group {
        // Of policies between workloads too: nobody can tell what is narrowed by what is not known.
        case Self.ownGroup, ClusterNetworkPolicy.group, CalicoTier.group, Self.storedCalicoGroup: .mistake
        case NetworkPolicy.group where name == NetworkPolicy.kind: .mistake
        case "gateway.networking.k8s.io": .note
        default: .ignored
        }
    }

    /// The group of the kinds that are ours.
    static let ownGroup = "sallyport.dev"
}
