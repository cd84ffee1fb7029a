import Addresses

/// One side of a connection, found in a guest list (`GuestList.party`).
public struct Party: Hashable, Sendable {
    /// Index into `Inventory.endpoints`; -1: no workload, or one on the network of its node.
    public let endpoint: Int32
    /// Its group; -1: none.
    public let group: Int32
    /// Its address; nil: a workload whose address is not known.
    public let address: Address?
    /// Index into `Inventory.nodes` of the node that has the address; -1: none.
    public let node: Int32
    /// The family of its address.
    public let isIPv4: Bool

    /// True when no rule is about it.
    public var isOutside: Bool { group < 0 }
}

/// A connection that someone wants to open.
public struct Connection: Sendable {
    /// Who opens it.
    public var source: Party
    /// Whom to; a workload behind a Service, not the Service.
    public var destination: Party
    /// Protocol, and port of the destination.
    public var traffic: Traffic
    /// The name under which the source learned the destination's address from DNS, lower-case, without a dot at the
    /// end; nil: none.
    public var name: String?

    /// That connection.
    public init(source: Party, destination: Party, traffic: Traffic, name: String? = nil) {
        self.source = source
        self.destination = destination
        self.traffic = traffic
        self.name = name
    }
}
