import Addresses

// The kinds of projectcalico.org/v3 that say what may be reached. Calico stores the same objects as
// crd.projectcalico.org/v1; those are read as what they store.

/// `NetworkPolicy` projectcalico.org/v3: about the workloads of its namespace.
public struct CalicoNetworkPolicy: KubernetesObject, Hashable {
    public static let group = "projectcalico.org"
    public static let versions = ["v3"]
    public static let kind = "NetworkPolicy"
    public var metadata: ObjectMeta
    /// True with the annotation `sallyport.dev/enforcement: staged`.
    public var isStaged: Bool
    public var spec: CalicoPolicySpec
}

/// `GlobalNetworkPolicy` projectcalico.org/v3: about the workloads of all namespaces, and of host endpoints.
public struct CalicoGlobalNetworkPolicy: KubernetesObject, Hashable {
    public static let group = "projectcalico.org"
    public static let versions = ["v3"]
    public static let kind = "GlobalNetworkPolicy"
    public static let isNamespaced = false
    public var metadata: ObjectMeta
    /// True with the annotation `sallyport.dev/enforcement: staged`.
    public var isStaged: Bool
    public var spec: CalicoPolicySpec
}

/// `StagedNetworkPolicy` projectcalico.org/v3: a `NetworkPolicy` that is only watched.
public struct CalicoStagedNetworkPolicy: KubernetesObject, Hashable {
    public static let group = "projectcalico.org"
    public static let versions = ["v3"]
    public static let kind = "StagedNetworkPolicy"
    public var metadata: ObjectMeta
    public var stagedAction: CalicoStagedAction
    public var spec: CalicoPolicySpec
}

/// `StagedGlobalNetworkPolicy` projectcalico.org/v3: a `GlobalNetworkPolicy` that is only watched.
public struct CalicoStagedGlobalNetworkPolicy: KubernetesObject, Hashable {
    public static let group = "projectcalico.org"
    public static let versions = ["v3"]
    public static let kind = "StagedGlobalNetworkPolicy"
    public static let isNamespaced = false
    public var metadata: ObjectMeta
    public var stagedAction: CalicoStagedAction
    public var spec: CalicoPolicySpec
}

/// `StagedKubernetesNetworkPolicy` projectcalico.org/v3: a `NetworkPolicy` of networking.k8s.io that is only watched.
public struct CalicoStagedKubernetesNetworkPolicy: KubernetesObject, Hashable {
    public static let group = "projectcalico.org"
    public static let versions = ["v3"]
    public static let kind = "StagedKubernetesNetworkPolicy"
    public var metadata: ObjectMeta
    public var stagedAction: CalicoStagedAction
    /// What `spec` says beside `stagedAction`.
    public var policy: NetworkPolicy
}

/// `spec.stagedAction`: what becomes of the enforced policy of the same name when the staged one is put into force.
public enum CalicoStagedAction: String, Hashable, Sendable, CaseIterable {
    /// It is made, or replaced. Absent in the object: this.
    case set = "Set"
    /// It is deleted.
    case delete = "Delete"
    /// As `Set`; the rules are still being learned from the traffic.
    case learn = "Learn"
    /// Nothing: a proposal that was turned down.
    case ignore = "Ignore"
}

/// `Tier` projectcalico.org/v3: a step of the order in which policies are asked.
public struct CalicoTier: KubernetesObject, Hashable {
    public static let group = "projectcalico.org"
    public static let versions = ["v3"]
    public static let kind = "Tier"
    public static let isNamespaced = false
    public var metadata: ObjectMeta
    /// Lower is asked first; nil: last.
    public var order: Double?
    /// True with `defaultAction: Pass`: what no rule decides goes on to the next tier; otherwise it is denied.
    public var passesByDefault: Bool
}

/// `NetworkSet` projectcalico.org/v3: networks that selectors of its namespace find by labels.
public struct CalicoNetworkSet: KubernetesObject, Hashable {
    public static let group = "projectcalico.org"
    public static let versions = ["v3"]
    public static let kind = "NetworkSet"
    public var metadata: ObjectMeta
    public var nets: [Prefix]
    /// `allowedEgressDomains`.
    public var domains: [String]
}

/// `GlobalNetworkSet` projectcalico.org/v3: networks that selectors without a namespace find by labels.
public struct CalicoGlobalNetworkSet: KubernetesObject, Hashable {
    public static let group = "projectcalico.org"
    public static let versions = ["v3"]
    public static let kind = "GlobalNetworkSet"
    public static let isNamespaced = false
    public var metadata: ObjectMeta
    public var nets: [Prefix]
    /// `allowedEgressDomains`.
    public var domains: [String]
}

/// `spec` of all policies of Calico; fields that a kind does not have are absent.
public struct CalicoPolicySpec: Hashable, Sendable {
    /// Absent in the object: `default`.
    public var tier: String
    /// Lower is asked first; nil: last.
    public var order: Double?
    public var subject: CalicoSubject
    /// nil: it says nothing of what comes. Rules without the type `Ingress` are not in here: they do nothing.
    public var ingress: [CalicoRule]?
    /// nil: it says nothing of what goes. Rules without the type `Egress` are not in here: they do nothing.
    public var egress: [CalicoRule]?
    /// `doNotTrack`: it is asked before connections are tracked, of host endpoints only.
    public var isUntracked: Bool
    /// `preDNAT`: it is asked before addresses are rewritten, of host endpoints only.
    public var isBeforeDNAT: Bool
}

/// The endpoints that a policy is about: all that is written must hold.
public struct CalicoSubject: Hashable, Sendable {
    /// nil: absent or empty.
    public var selector: CalicoSelector?
    /// Of global policies; nil: absent or empty.
    public var namespaceSelector: CalicoSelector?
    /// nil: absent or empty.
    public var serviceAccountSelector: CalicoSelector?

    /// The endpoints that all of these hold for.
    public init(
        selector: CalicoSelector? = nil, namespaceSelector: CalicoSelector? = nil,
        serviceAccountSelector: CalicoSelector? = nil
    ) {
        self.selector = selector
        self.namespaceSelector = namespaceSelector
        self.serviceAccountSelector = serviceAccountSelector
    }
}
