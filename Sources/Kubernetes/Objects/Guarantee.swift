import Addresses

/// `Guarantee`: what must hold between workloads, whatever the policies are; it is proved or refuted, and changes no
/// traffic.
///
///     apiVersion: sallyport.dev/v1alpha1
///     kind: Guarantee
///     metadata: {name: models}                    # of the whole cluster, without a namespace
///     spec:
///       description: Models are reached through the gateway only
///       rules:                                    # each exactly one of never, always, onlyVia
///       - name: no-way-out
///         never:                                  # none of these may reach any of those
///           from: [{workloads: {asset: model}}]
///           to: [{outside: {}}]
///       - name: gateway
///         onlyVia:                                # who may reach these; everybody else of `from` may not
///           via: [{workloads: {namespaces: [gateway], kind: Deployment, names: [sallyport]}}]
///           to: [{workloads: {asset: model}}]     # from: absent here, so everybody
///       - name: names
///         always:                                 # each of these may reach each of those, on all of these ports
///           from: [{workloads: {}}]
///           to: [{workloads: {namespaces: [kube-system], podSelector: {matchLabels: {k8s-app: kube-dns}}}}]
///           ports: [{protocol: UDP, port: 53}, {port: 53}]
///
/// A side is exactly one of `workloads` (all that is said must hold; `{}`: all), `outside` (addresses that are not the
/// cluster's; `cidrs` and `except` narrow it), `addresses` (blocks, whoever has them), `domainNames` (in `to` only) and
/// `anything: {}`.
public struct Guarantee: KubernetesObject, Hashable {
    public static let group = "sallyport.dev"
    public static let versions = ["v1alpha1"]
    public static let kind = "Guarantee"
    public static let isNamespaced = false
    public var metadata: ObjectMeta
    public var description: String?
    /// One at least.
    public var rules: [Rule]

    /// One promise.
    public struct Rule: Hashable, Sendable {
        /// Absent in the object: `rule-0`, `rule-1`, ...
        public var name: String
        public var promise: Promise
        /// Of `onlyVia`: those who may; else empty.
        public var via: [Side]
        /// Absent in `onlyVia`: anything.
        public var from: [Side]
        public var to: [Side]
        /// nil: all traffic; never nil in `always`.
        public var ports: [Ports]?
        public var position: Position?
    }

    /// Which field a rule has.
    public enum Promise: String, Hashable, Sendable, CaseIterable {
        /// No connection from one to the other is allowed.
        case never
        /// Every connection from one to the other is allowed.
        case always
        /// No connection from one to the other is allowed but from `via`.
        case onlyVia
    }

    /// One end of connections, exactly one.
    public enum Side: Hashable, Sendable {
        case workloads(Workloads)
        /// Addresses that are none of the cluster's, in one of `cidrs` (nil: any) and in none of `except`.
        case outside(cidrs: [Prefix]?, except: [Prefix])
        case addresses([Prefix])
        /// `example.com`, or `*.example.com` for all below it.
        case domainNames([String])
        case anything
    }

    /// `workloads`: all that is said must hold.
    public struct Workloads: Hashable, Sendable {
        /// nil: absent.
        public var namespaces: [String]?
        /// Of the labels of its namespace; nil: absent.
        public var namespaceSelector: LabelSelector?
        /// Of its own labels; nil: absent.
        public var podSelector: LabelSelector?
        /// `Deployment`, `Pod`, ...; nil: absent.
        public var kind: String?
        /// nil: absent.
        public var names: [String]?
        /// nil: absent.
        public var asset: Asset?
    }

    /// Ports of a protocol, all of them where there is no `port`.
    public struct Ports: Hashable, Sendable {
        /// TCP, UDP or SCTP; absent in the object: TCP.
        public var proto: IPProtocol
        public var range: PortRange
    }
}

/// What a workload is, or holds, that is worth protecting.
public enum Asset: String, Hashable, Sendable, CaseIterable, Comparable {
    case model
    case data
    case credential

    /// The label, or annotation, that says so: of a pod, a template of pods, a namespace, or a Service in front of pods.
    public static let key = "sallyport.dev/asset"

    /// What labels and annotations say; both may, and then both hold.
    public static func named(labels: [String: String], annotations: [String: String]) -> Set<Asset> {
        Set([labels[key], annotations[key]].compactMap { $0.flatMap(Asset.init) })
    }

    /// By name.
    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}
