import Kubernetes
import Records

/// Which namespaces somebody may look at. Everything that is shown is asked here, and records by one filter that is joined to
/// every other (`Viewer.limited`), so that no page can forget it.
public enum Sight: Sendable, Equatable {
    /// All of them.
    case everything
    /// These only; what belongs to no namespace, such as nodes and policies of the cluster, is not shown.
    case namespaces(Set<String>)

    /// What a grant opens.
    init(_ grant: ConsoleGrant) {
        self = grant.namespaces.isEmpty ? .everything : .namespaces(Set(grant.namespaces))
    }

    /// Whether something of the namespace is shown; empty: something of the whole cluster.
    public func sees(_ namespace: String) -> Bool {
        switch self {
        case .everything: true
        case .namespaces(let names): names.contains(namespace)
        }
    }

    /// Whether something that several namespaces have a part in is shown: one of them is enough.
    public func sees(anyOf namespaces: [String]) -> Bool {
        self == .everything || namespaces.contains(where: sees)
    }

    /// The namespaces, sorted; nil: all.
    var names: [String]? {
        switch self {
        case .everything: nil
        case .namespaces(let names): names.sorted()
        }
    }

    /// The words of a filter that lets through the records of these namespaces; nil: no limit. A connection has two sides,
    /// and either may be in them: who calls (the workload, and the key or account it showed) or who is called (the
    /// workload, the Service, the route that it asked for). An alarm is about its subject.
    var filterText: String? {
        guard let names else { return nil }
        let sides = names.map { name in
            "workload.namespace=\"\(name)\" or principal.namespace=\"\(name)\""
                + " or destination.workload.namespace=\"\(name)\" or destination.service~\"\(name)/*\""
                + " or route~\"* \(name)/*\" or gateway~\"\(name)/*\""
                + " or alarm.subject~\"\(name)/*\" or alarm.subject~\"* \(name)/*\""
        }
        // Nobody's grant has no namespaces; if it had, it would show nothing.
        return sides.isEmpty ? "not point" : sides.joined(separator: " or ")
    }
}
