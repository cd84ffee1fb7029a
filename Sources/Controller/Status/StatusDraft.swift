import Kubernetes
import Routing

/// What is to be said of one object in its `status`.
struct StatusDraft: Hashable, Sendable {
    /// What a kind's status looks like.
    enum Content: Hashable, Sendable {
        /// `conditions`
        case conditions([Condition])
        /// `conditions`, `listeners` and `addresses` of a Gateway.
        case gateway([Condition], [ListenerStatus], [Gateway.Address])
        /// `parents` of a route: our entries; those of others stay.
        case parents([ParentStatus])
        /// `ancestors` of a policy: likewise.
        case ancestors([ParentStatus])
    }

    /// The object.
    var place: ObjectPlace
    var content: Content

    /// How many entries of conditions, parents and ancestors an object can have.
    static let mostConditions = 8
    static let mostParents = 32
    static let mostAncestors = 16
}

/// The kinds whose objects get a status of ours.
enum StatusKinds {
    private static let gatewayGroup = "gateway.networking.k8s.io"
    private static let ownGroup = "sallyport.dev"

    /// All of them, in the newest version that we write.
    static let all: [ResourceKind] = [
        ResourceKind(gatewayGroup, "v1", "gatewayclasses", "GatewayClass", isNamespaced: false),
        ResourceKind(gatewayGroup, "v1", "gateways", "Gateway"),
        ResourceKind(gatewayGroup, "v1", "httproutes", "HTTPRoute"),
        ResourceKind(gatewayGroup, "v1", "grpcroutes", "GRPCRoute"),
        ResourceKind(gatewayGroup, "v1", "backendtlspolicies", "BackendTLSPolicy"),
        ResourceKind(
            ClusterNetworkPolicy.group, "v1alpha2", "clusternetworkpolicies", ClusterNetworkPolicy.kind,
            isNamespaced: false),
        own("accesspolicies", AccessPolicy.kind), own("accesskeys", AccessKey.kind),
        own("modelfilters", ModelFilter.kind), own("providers", Provider.kind), own("tokenissuers", TokenIssuer.kind),
        own("budgets", Budget.kind), own("modelservers", ModelServer.kind),
        ResourceKind(ownGroup, "v1alpha1", "guarantees", Guarantee.kind, isNamespaced: false),
    ]

    private static func own(_ plural: String, _ kind: String) -> ResourceKind {
        ResourceKind(ownGroup, "v1alpha1", plural, kind)
    }

    private static let byName = Dictionary(
        all.map { (GroupKind(group: $0.group, kind: $0.kind), $0) }, uniquingKeysWith: { first, _ in first })

    /// The kind of an object; nil: its kind has no status of ours.
    static func find(_ object: ObjectReference) -> ResourceKind? {
        byName[GroupKind(group: object.group, kind: object.kind)]
    }
}
