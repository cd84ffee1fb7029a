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
    /// True: of the pods that a template stands for, another one than the other side.
    public private(set) var isAnother = false

    init(endpoint: Int32, group: Int32, address: Address?, node: Int32, isIPv4: Bool) {
        self.endpoint = endpoint
        self.group = group
        self.address = address
        self.node = node
        self.isIPv4 = isIPv4
    }

    /// Another pod of the same template.
    package var another: Party {
        var party = self
        party.isAnother = true
        return party
    }

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
    /// True: it was opened to an address of a Service, which led it to the destination. It matters where a pod is led back
    /// to itself: that left the pod, and what a pod sends to its own address never does.
    public var isThroughService: Bool

    /// That connection.
    public init(
        source: Party, destination: Party, traffic: Traffic, name: String? = nil, isThroughService: Bool = false
    ) {
        self.source = source
        self.destination = destination
        self.traffic = traffic
        self.name = name
        self.isThroughService = isThroughService
    }

    /// True when a pod calls itself.
    var isToItself: Bool {
        source.group >= 0 && source.endpoint == destination.endpoint && !destination.isAnother
    }
}
