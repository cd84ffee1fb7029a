import Addresses

/// `NetworkPolicy` networking.k8s.io/v1: what may come to pods of its namespace, and where they may go.
///
///     spec:
///       podSelector: {matchLabels: {app: db}}     # absent or {}: every pod of the namespace
///       policyTypes: [Ingress, Egress]            # absent: Ingress, and Egress where there are egress rules
///       ingress:                                  # absent or []: nothing may come; [{}]: everything may
///       - from:                                   # absent or []: everyone
///         - {namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}    # both must hold
///         - ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}
///         ports: [{protocol: TCP, port: 5432}]    # absent or []: all ports of all protocols
///       egress: [{to: [{podSelector: {}}]}]       # without namespaceSelector: of the policy's own namespace
public struct NetworkPolicy: KubernetesObject, Hashable {
    public static let group = "networking.k8s.io"
    public static let versions = ["v1"]
    public static let kind = "NetworkPolicy"
    public var metadata: ObjectMeta
    /// Annotation `sallyport.dev/enforcement: staged`.
    public var isStaged: Bool
    public var podSelector: LabelSelector
    /// nil: absent or empty in the object.
    public var policyTypes: [PolicyType]?
    /// The same when absent and when empty.
    public var ingress: [Rule]
    /// The same when absent and when empty.
    public var egress: [Rule]

    /// `spec.policyTypes[]`.
    public enum PolicyType: String, Sendable {
        case ingress = "Ingress"
        case egress = "Egress"
    }

    /// `spec.ingress[]` with `from`, or `spec.egress[]` with `to`.
    public struct Rule: Hashable, Sendable {
        /// Empty: everyone.
        public var peers: [Peer]
        /// Empty: all traffic.
        public var ports: [Port]
        public var position: Position?
    }

    /// Exactly the selectors that are written, or a block.
    public enum Peer: Hashable, Sendable {
        /// Absent is not empty: without `namespaceSelector` it is the policy's namespace, with `{}` every one. One of
        /// the two is there.
        case selectors(namespaceSelector: LabelSelector?, podSelector: LabelSelector?)
        /// Blocks of a cluster that was there before they were checked have host bits set; those are cut off.
        case ipBlock(cidr: Prefix, except: [Prefix])
    }

    /// A port of the pod that the traffic goes to.
    public struct Port: Hashable, Sendable {
        /// TCP, UDP or SCTP; absent in the object: TCP.
        public var proto: IPProtocol
        /// nil: every port of the protocol.
        public var port: Number?

        /// `port` with `endPort`, or a name.
        public enum Number: Hashable, Sendable {
            case range(PortRange)
            case named(String)
        }
    }

    /// The directions that it is about.
    public var effectiveTypes: Set<PolicyType> {
        policyTypes.map(Set.init) ?? (egress.isEmpty ? [.ingress] : [.ingress, .egress])
    }
}
