import Addresses

/// `ClusterNetworkPolicy` policy.networking.k8s.io/v1alpha2, the fields of both channels.
///
///     spec:
///       tier: Admin                               # before NetworkPolicy; Baseline: after it
///       priority: 10                              # lower is asked first
///       subject: {namespaces: {}}                 # or {pods: {namespaceSelector: {}, podSelector: {}}}
///       ingress:
///       - name: monitoring
///         action: Accept                          # or Deny, Pass
///         from: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}]
///         protocols: [{tcp: {destinationPort: {range: {start: 9000, end: 9999}}}}]
///       egress:
///       - {action: Deny, to: [{networks: [169.254.0.0/16]}]}
public struct ClusterNetworkPolicy: KubernetesObject, Hashable {
    public static let group = "policy.networking.k8s.io"
    public static let versions = ["v1alpha2"]
    public static let kind = "ClusterNetworkPolicy"
    public static let isNamespaced = false
    public var metadata: ObjectMeta
    /// Annotation `sallyport.dev/enforcement: staged`.
    public var isStaged: Bool
    public var tier: Tier
    /// 0...1000.
    public var priority: Int
    public var subject: AdminSubject
    public var ingress: [AdminRule]
    public var egress: [AdminRule]

    /// `spec.tier`.
    public enum Tier: String, Hashable, Sendable {
        case admin = "Admin"
        case baseline = "Baseline"
    }
}

/// `AdminNetworkPolicy` policy.networking.k8s.io/v1alpha1: what `tier: Admin` of `ClusterNetworkPolicy` was before.
public struct AdminNetworkPolicy: KubernetesObject, Hashable {
    public static let group = "policy.networking.k8s.io"
    public static let versions = ["v1alpha1"]
    public static let kind = "AdminNetworkPolicy"
    public static let isNamespaced = false
    public var metadata: ObjectMeta
    /// Annotation `sallyport.dev/enforcement: staged`.
    public var isStaged: Bool
    /// 0...1000.
    public var priority: Int
    public var subject: AdminSubject
    public var ingress: [AdminRule]
    public var egress: [AdminRule]
}

/// `BaselineAdminNetworkPolicy` policy.networking.k8s.io/v1alpha1: what `tier: Baseline` was before. There is one, named
/// `default`, and its rules cannot pass.
public struct BaselineAdminNetworkPolicy: KubernetesObject, Hashable {
    public static let group = "policy.networking.k8s.io"
    public static let versions = ["v1alpha1"]
    public static let kind = "BaselineAdminNetworkPolicy"
    public static let isNamespaced = false
    public var metadata: ObjectMeta
    /// Annotation `sallyport.dev/enforcement: staged`.
    public var isStaged: Bool
    public var subject: AdminSubject
    public var ingress: [AdminRule]
    public var egress: [AdminRule]
}

/// `spec.subject`, exactly one: the pods that a policy of the cluster is about.
public enum AdminSubject: Hashable, Sendable {
    case namespaces(LabelSelector)
    case pods(namespaceSelector: LabelSelector, podSelector: LabelSelector)
}

/// `spec.ingress[]` or `spec.egress[]` of a policy of the cluster: the first rule that matches decides.
public struct AdminRule: Hashable, Sendable {
    /// Empty: none.
    public var name: String
    public var action: Action
    public var peers: [Peer]
    /// nil: absent, all traffic.
    public var traffic: [Traffic]?
    /// Fields somewhere in it that are not known, by their paths: it means something that is not understood.
    public var unknownFields: [String]
    public var position: Position?

    /// `action`; v1alpha1 has `Allow` for `accept`.
    public enum Action: String, Hashable, Sendable {
        case accept = "Accept"
        case deny = "Deny"
        case pass = "Pass"
    }

    /// `from[]` or `to[]`, exactly one.
    public enum Peer: Hashable, Sendable {
        case namespaces(LabelSelector)
        case pods(namespaceSelector: LabelSelector, podSelector: LabelSelector)
        /// Egress only.
        case networks([Prefix])
        /// Egress only: every address of the nodes.
        case nodes(LabelSelector)
        /// Egress only: `example.com.` or `*.example.com`.
        case domainNames([String])
        /// Nothing that is known; these fields.
        case unknown([String])
    }

    /// `protocols[]`, or `ports[]` of v1alpha1, exactly one.
    public enum Traffic: Hashable, Sendable {
        case ports(IPProtocol, PortRange)
        /// A container port by its name, whatever its protocol.
        case named(String)
        /// Nothing that is known; these fields. `tcp: {}` is such a thing.
        case unknown([String])
    }

    /// False where a part of it has a meaning that is not known.
    public var isUnderstood: Bool {
        let peersAre = !peers.contains { if case .unknown = $0 { true } else { false } }
        let trafficIs = !(traffic ?? []).contains { if case .unknown = $0 { true } else { false } }
        return unknownFields.isEmpty && peersAre && trafficIs && traffic?.isEmpty != true
    }
}
