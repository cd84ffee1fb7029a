import Addresses
import Kubernetes

extension GuestList {
    /// What the policies say of a connection. Allocates nothing.
    public func evaluate(_ connection: Connection) -> Decision {
        var (enforced, staged) = (NoTrace(), NoTrace())
        return evaluate(connection, &enforced, &staged)
    }

    /// The same, with everything that was looked at, as the policies are enforced and with those that are staged.
    public func trace(_ connection: Connection) -> (decision: Decision, enforced: [TraceStep], staged: [TraceStep]) {
        var (enforced, staged) = (FullTrace(), FullTrace())
        let decision = evaluate(connection, &enforced, &staged)
        return (decision, enforced.steps, hasStaged ? staged.steps : enforced.steps)
    }

    private func evaluate<Sink: TraceSink>(
        _ connection: Connection, _ enforced: inout Sink, _ staged: inout Sink
    ) -> Decision {
        let verdict = verdict(connection, staged: false, &enforced)
        return Decision(
            enforced: verdict, staged: hasStaged ? self.verdict(connection, staged: true, &staged) : verdict)
    }

    private func verdict(_ connection: Connection, staged: Bool, _ sink: inout some TraceSink) -> Verdict {
        let (source, destination) = (connection.source, connection.destination)
        if source.isIPv4 != destination.isIPv4 {
            let ruling = Ruling(false, .families)
            return Verdict(egress: ruling, ingress: ruling)
        }
        if connection.isToItself, !connection.isThroughService {
            let ruling = Ruling(true, .itself)
            return Verdict(egress: ruling, ingress: ruling)
        }
        return Verdict(
            egress: ruling(source, destination, connection, .egress, staged, &sink),
            ingress: isOwnNode(source, of: destination)
                ? Ruling(true, .ownNode) : ruling(destination, source, connection, .ingress, staged, &sink))
    }

    private func ruling(
        _ own: Party, _ other: Party, _ connection: Connection, _ direction: Direction, _ staged: Bool,
        _ sink: inout some TraceSink
    ) -> Ruling {
        guard own.group >= 0 else { return Ruling(true, .outside) }
        let peer = Peering(other, name: direction == .egress ? connection.name : nil)
        let index = Self.index(direction, staged: staged)
        return programs[Int(programsOfGroup[Int(own.group)][index])]
            .decide(peer, connection.traffic, direction, isToItself: connection.isToItself, &sink)
    }

    /// Probes come from the node that a pod runs on, whatever policies say.
    package func isOwnNode(_ source: Party, of destination: Party) -> Bool {
        guard source.group < 0, source.node >= 0, destination.endpoint >= 0,
            let node = inventory.endpoints[Int(destination.endpoint)].node
        else { return false }
        return inventory.nodes[Int(source.node)].name == node
    }
}

extension GuestList {
    /// Whoever has an address.
    public func party(_ address: Address) -> Party {
        let node = inventory.nodeByAddress[address] ?? -1
        if let endpoint = inventory.endpoint(at: address) {
            // A loop, where a closure would have to be made: every packet on the record comes here.
            for place in interfaces(of: Int(endpoint)) where grouping.interfaces[place].address == address {
                return party(interface: place)
            }
        }
        return Party(endpoint: -1, group: -1, address: address, node: node, isIPv4: address.isIPv4)
    }

    /// Whoever has an address and is no pod on a network of its own; nil: only such a pod has it.
    package func outsider(at address: Address) -> Party? {
        guard inventory.endpoint(at: address) == nil || inventory.doubtful.contains(address) else { return nil }
        return Party(
            endpoint: -1, group: -1, address: address, node: inventory.nodeByAddress[address] ?? -1,
            isIPv4: address.isIPv4)
    }

    /// Whoever is no workload and had an address, whosever it is now.
    package func stranger(at address: Address) -> Party {
        Party(
            endpoint: -1, group: -1, address: address, node: inventory.nodeByAddress[address] ?? -1,
            isIPv4: address.isIPv4)
    }

    /// An endpoint, by its address of a family; nil when it has none of that family.
    public func party(endpoint index: Int, isIPv4: Bool) -> Party? {
        let endpoint = inventory.endpoints[index]
        if endpoint.usesHostNetwork { return hostParty(endpoint, isIPv4: isIPv4) }
        let own = interfaces(of: index)
        guard let place = own.first(where: { grouping.interfaces[$0].isIPv4 == isIPv4 }) else { return nil }
        return party(interface: place)
    }

    /// Indexes of the interfaces of an endpoint.
    private func interfaces(of endpoint: Int) -> Range<Int> {
        Int(grouping.firstInterface[endpoint])..<Int(grouping.firstInterface[endpoint + 1])
    }

    /// True when an interface is found by its address: of several endpoints with one address, one is.
    package func isFound(_ interface: Interface) -> Bool {
        interface.address.flatMap { inventory.endpoint(at: $0) } == interface.endpoint
    }

    /// An endpoint, by one of its interfaces.
    package func party(interface index: Int) -> Party {
        let interface = grouping.interfaces[index]
        return Party(
            endpoint: interface.endpoint, group: Int32(bitPattern: grouping.groupOf[index]),
            address: interface.address, node: -1, isIPv4: interface.isIPv4)
    }

    /// A pod on the network of its node is that node.
    private func hostParty(_ endpoint: Endpoint, isIPv4: Bool) -> Party? {
        let node = endpoint.node.flatMap { inventory.nodeByName[$0] } ?? -1
        guard let address = inventory.hostAddresses(endpoint).first(where: { $0.isIPv4 == isIPv4 }) else { return nil }
        return Party(endpoint: -1, group: -1, address: address, node: node, isIPv4: isIPv4)
    }

    /// The endpoints of a name: the pod, or all pods of the workload.
    public func endpoints(named name: NamespacedName) -> [Int] {
        let pods = inventory.endpoints.indices.filter { inventory.endpoints[$0].name == name }
        guard pods.isEmpty else { return Array(pods) }
        return inventory.endpoints.indices.filter { index in
            let workload = inventory.endpoints[index].workload
            return workload.namespace == name.namespace && workload.name == name.name
        }
    }
}
