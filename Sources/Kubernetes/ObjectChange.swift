/// One object that is not the same in two states of a configuration.
public struct ObjectChange: Hashable, Sendable, CustomStringConvertible {
    /// What becomes of it.
    public enum Action: String, Hashable, Sendable {
        case create
        case update
        case delete
    }

    /// What becomes of it.
    public let action: Action
    /// The object.
    public let reference: ObjectReference

    /// That change.
    public init(action: Action, reference: ObjectReference) {
        self.action = action
        self.reference = reference
    }

    /// `create NetworkPolicy shop/web`.
    public var description: String { "\(action.rawValue) \(reference)" }

    static func between<T: Readable>(_ old: [NamespacedName: T], _ new: [NamespacedName: T]) -> [ObjectChange] {
        let created = new.values.filter { old[$0.key] == nil }.map {
            ObjectChange(action: .create, reference: $0.reference)
        }
        let deleted = old.values.filter { new[$0.key] == nil }.map {
            ObjectChange(action: .delete, reference: $0.reference)
        }
        let updated = new.values.filter { object in old[object.key].map { $0 != object } ?? false }
            .map { ObjectChange(action: .update, reference: $0.reference) }
        return created + deleted + updated
    }
}

extension Objects {
    /// What makes these objects those, in the order in which it is applied: what others need comes first (namespaces,
    /// accounts, policies, then what runs and what leads to it), by kind and name; what goes, goes last, the other way
    /// round.
    public func changes(to new: Objects) -> [ObjectChange] {
        let all = Kind.all.flatMap { $0.changes(self, new) }
        let arriving = all.filter { $0.action != .delete }.sorted(by: Self.isAppliedBefore)
        let leaving = all.filter { $0.action == .delete }.sorted { Self.isAppliedBefore($1, $0) }
        return arriving + leaving
    }

    /// Does one of the changes that lead to other objects.
    public mutating func apply(_ change: ObjectChange, of new: Objects) {
        let reference = change.reference
        let key = NamespacedName(reference.namespace, reference.name)
        Kind.find(group: reference.group, name: reference.kind)?.copy(key, new, &self)
    }

    /// Kinds that others need, in order; kinds that are not named come after the policies and before what runs.
    private static let first = [
        "Namespace", "Node", "ServiceAccount", "Secret", "ConfigMap", "Tier", "GlobalNetworkSet", "NetworkSet",
        "Guarantee", "AdminNetworkPolicy", "ClusterNetworkPolicy", "BaselineAdminNetworkPolicy", "GlobalNetworkPolicy",
        "NetworkPolicy",
    ]
    private static let last = [
        "Service", "EndpointSlice", "DaemonSet", "Pod", "ReplicationController", "ReplicaSet", "Deployment",
        "StatefulSet", "Job", "CronJob", "Ingress", "GatewayClass", "Gateway", "ListenerSet", "HTTPRoute",
        "GRPCRoute",
    ]

    private static func rank(_ kind: String) -> Int {
        first.firstIndex(of: kind) ?? last.firstIndex(of: kind).map { first.count + 1 + $0 } ?? first.count
    }

    private static func isAppliedBefore(_ a: ObjectChange, _ b: ObjectChange) -> Bool {
        let (x, y) = (a.reference, b.reference)
        return (rank(x.kind), x.kind, x.namespace, x.name) < (rank(y.kind), y.kind, y.namespace, y.name)
    }
}
