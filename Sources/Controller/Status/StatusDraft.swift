import ClusterSource
import Kubernetes
import Routing

/// What is to be said of one object in its `status`.
struct StatusDraft: Hashable, Sendable {
    /// What a kind's status looks like.
    enum Content: Hashable, Sendable {
        /// `conditions`
        case conditions([Condition])
        /// `conditions`, `listeners`, `addresses` and `attachedListenerSets` of a Gateway.
        case gateway([Condition], [ListenerStatus], [Gateway.Address], attachedSets: Int)
        /// `conditions` and `listeners` of a ListenerSet.
        case listenerSet([Condition], [ListenerStatus])
        /// `parents` of a route: our entries; those of others stay.
        case parents([ParentStatus])
        /// `ancestors` of a policy: likewise.
        case ancestors([ParentStatus])
    }

    /// The object.
    var place: ObjectPlace
    var content: Content
    /// True: the object has mistakes, so that its generation is not known here; it is the one that is found.
    var isInvalid = false
    /// The object's own; nil: not known. One that is made anew has nothing of what was written to the one before it,
    /// whether or not anybody saw that there was none meanwhile.
    var uid: String?

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
    static let all: [APIResource] = [
        APIResource(
            group: gatewayGroup, version: "v1", plural: "gatewayclasses", kind: "GatewayClass", isNamespaced: false),
        APIResource(group: gatewayGroup, version: "v1", plural: "gateways", kind: "Gateway"),
        APIResource(group: gatewayGroup, version: "v1", plural: "httproutes", kind: "HTTPRoute"),
        APIResource(group: gatewayGroup, version: "v1", plural: "grpcroutes", kind: "GRPCRoute"),
        APIResource(group: gatewayGroup, version: "v1", plural: "listenersets", kind: "ListenerSet"),
        APIResource(group: gatewayGroup, version: "v1", plural: "backendtlspolicies", kind: "BackendTLSPolicy"),
        APIResource(
            group: ClusterNetworkPolicy.group, version: "v1alpha2", plural: "clusternetworkpolicies",
            kind: ClusterNetworkPolicy.kind, isNamespaced: false),
        APIResource(
            group: AdminNetworkPolicy.group, version: "v1alpha1", plural: "adminnetworkpolicies",
            kind: AdminNetworkPolicy.kind, isNamespaced: false),
        APIResource(
            group: BaselineAdminNetworkPolicy.group, version: "v1alpha1", plural: "baselineadminnetworkpolicies",
            kind: BaselineAdminNetworkPolicy.kind, isNamespaced: false),
        own("accesspolicies", AccessPolicy.kind), own("accesskeys", AccessKey.kind),
        own("modelfilters", ModelFilter.kind), own("providers", Provider.kind), own("tokenissuers", TokenIssuer.kind),
        own("budgets", Budget.kind), own("modelservers", ModelServer.kind),
        APIResource(
            group: ownGroup, version: "v1alpha1", plural: "guarantees", kind: Guarantee.kind, isNamespaced: false),
    ]

    private static func own(_ plural: String, _ kind: String) -> APIResource {
        APIResource(group: ownGroup, version: "v1alpha1", plural: plural, kind: kind)
    }

    private static let byName = Dictionary(
        all.map { (GroupKind(group: $0.group, kind: $0.kind), $0) }, uniquingKeysWith: { first, _ in first })

    /// The kind of an object; nil: its kind has no status of ours.
    static func find(_ object: ObjectReference) -> APIResource? {
        byName[GroupKind(group: object.group, kind: object.kind)]
    }
}
