import Access

/// Why it cannot be told what a candidate set of objects says of a recorded decision.
public enum ReplayDoubt: Hashable, Sendable {
    /// A pod that is gone, of a workload that is gone, has no labels in the record, or as many as records keep at most.
    case unknownLabels
    /// It depends on the service account of a pod that is gone.
    case serviceAccount
    /// It depends on names of ports of a pod that is gone.
    case portNames
    /// It depends on the name under which the address was known.
    case domainName
    /// The other side would deny it, and may have been another node's to decide.
    case otherNode
    /// The record does not say protocol, port or address.
    case noTraffic
    /// No policy decided.
    case notByPolicy
    /// Limits or budgets decided, which are not judged again.
    case limits
    /// The gateway or route is not among the objects.
    case route
    /// It was refused because of what stands behind the Service.
    case server
    /// The record of the request leaves out what it depends on.
    case request(RecordedGap)

    /// Every one.
    public static let everyOne: [ReplayDoubt] =
        [
            .unknownLabels, .serviceAccount, .portNames, .domainName, .otherNode, .noTraffic, .notByPolicy, .limits,
            .route, .server,
        ] + RecordedGap.allCases.map { .request($0) }

    /// Stable name.
    public var name: String {
        switch self {
        case .unknownLabels: "unknown_labels"
        case .serviceAccount: "service_account"
        case .portNames: "port_names"
        case .domainName: "domain_name"
        case .otherNode: "other_node"
        case .noTraffic: "no_traffic"
        case .notByPolicy: "not_by_policy"
        case .limits: "limits"
        case .route: "route"
        case .server: "server"
        case .request(let gap): gap.rawValue
        }
    }

    /// Half a sentence.
    public var words: String {
        switch self {
        case .unknownLabels: "the pod and its workload are gone, and the record does not have all of its labels"
        case .serviceAccount: "a policy asks for service accounts, and the pod is gone"
        case .portNames: "a policy asks for names of ports, and the pod is gone"
        case .domainName: "a policy asks for the name under which the address was known"
        case .otherNode: "the other side would deny it, and its node may have decided that by itself"
        case .noTraffic: "the record does not say all of the connection"
        case .notByPolicy: "no policy decided it"
        case .limits: "limits and budgets are not judged again"
        case .route: "the gateway or the route is not among the objects"
        case .server: "it depends on what stands behind the Service"
        case .request(.credential): "nobody knows whose credential it was"
        case .request(.claims): "a rule asks for claims of the token"
        case .request(.certificate): "a rule or a binding asks for the client certificate"
        case .request(.body): "it was refused before its body was read"
        case .request(.mediaHosts): "the record does not say from where something was to be fetched"
        case .request(.fields): "a rule is strict, and the record does not have the fields of the body"
        case .request(.mcpName): "the record does not say whether a prompt or a resource was meant"
        }
    }
}
