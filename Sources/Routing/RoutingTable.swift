import Kubernetes

/// What a snapshot means for the front door: which listeners there are, which rule each request belongs to, where its
/// backends are, and what to say about every object. Made by `compile`; never changes; replaced whole.
public final class RoutingTable: Sendable {
    /// Revision of the snapshot it was made from.
    public let revision: UInt64
    /// Not nil: the configuration could not be read as a whole, so every request must be refused, for this reason.
    public let denyAll: String?
    /// Programmed listeners by port, in order of port (then of Gateway, when they do not share ports).
    public let ports: [PortTable]
    /// All programmed listeners; `CompiledListener.index` is the place here.
    public let listeners: [CompiledListener]
    /// All rules of all listeners; `CompiledRule.id` is the place here, so that other tables can run in parallel.
    public let rules: [CompiledRule]
    /// All groups of endpoints; `BackendTarget.cluster` is a place here.
    public let clusters: [Cluster]
    /// The conditions of every object that routing is about, in order of kind, namespace and name.
    public let statuses: [RoutingStatus]

    init(
        revision: UInt64, denyAll: String?, ports: [PortTable], listeners: [CompiledListener],
        rules: [CompiledRule], clusters: [Cluster], statuses: [RoutingStatus]
    ) {
        self.revision = revision
        self.denyAll = denyAll
        self.ports = ports
        self.listeners = listeners
        self.rules = rules
        self.clusters = clusters
        self.statuses = statuses
    }

    /// The listeners of a port; of one Gateway where Gateways do not share ports.
    public func port(_ number: Int, of gateway: NamespacedName? = nil) -> PortTable? {
        ports.first { $0.port == number && (gateway == nil || $0.gateway == nil || $0.gateway == gateway) }
    }

    /// The conditions of one object.
    public func status(of object: ObjectReference) -> RoutingStatus? {
        statuses.first { $0.object.reference == object }
    }
}
