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
///
/// A cluster has thousands of them: a policy is one word, as a pod is, and copies share what it says.
public struct NetworkPolicy: SharedObject {
    public static let group = "networking.k8s.io"
    public static let versions = ["v1"]
    public static let kind = "NetworkPolicy"

    private var shared: Shared

    /// What a policy says.
    private struct Content: Hashable {
        var metadata: ObjectMeta
        var isStaged: Bool
        var podSelector: LabelSelector
        var policyTypes: [PolicyType]?
        var ingress: [Rule]
        var egress: [Rule]
    }

    /// Never changes.
    private final class Shared: Sendable {
        let content: Content

        init(_ content: Content) { self.content = content }
    }

    init(
        metadata: ObjectMeta, isStaged: Bool, podSelector: LabelSelector, policyTypes: [PolicyType]?, ingress: [Rule],
        egress: [Rule]
    ) {
        shared = Shared(
            Content(
                metadata: metadata, isStaged: isStaged, podSelector: podSelector, policyTypes: policyTypes,
                ingress: ingress, egress: egress))
    }

    private var content: Content {
        get { shared.content }
        set { shared = Shared(newValue) }
    }

    public var metadata: ObjectMeta {
        get { shared.content.metadata }
        set { content.metadata = newValue }
    }
    /// Annotation `sallyport.dev/enforcement: staged`.
    public var isStaged: Bool {
        get { shared.content.isStaged }
        set { content.isStaged = newValue }
    }
    public var podSelector: LabelSelector {
        get { shared.content.podSelector }
        set { content.podSelector = newValue }
    }
    /// nil: absent or empty in the object.
    public var policyTypes: [PolicyType]? {
        get { shared.content.policyTypes }
        set { content.policyTypes = newValue }
    }
    /// The same when absent and when empty.
    public var ingress: [Rule] {
        get { shared.content.ingress }
        set { content.ingress = newValue }
    }
    /// The same when absent and when empty.
    public var egress: [Rule] {
        get { shared.content.egress }
        set { content.egress = newValue }
    }

    /// True when both share what they say. Costs nothing.
    public func isCopy(of other: NetworkPolicy) -> Bool { shared === other.shared }

    /// True when both say the same.
    public static func == (a: NetworkPolicy, b: NetworkPolicy) -> Bool { a.isCopy(of: b) || a.content == b.content }

    /// By what it says.
    public func hash(into hasher: inout Hasher) { content.hash(into: &hasher) }

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
