import Addresses
import Policy

extension Reachability {
    /// A connection between two peers, with somebody of each, and the decision about it.
    ///
    /// - Parameters:
    ///   - destination: a group or a run; of names see `witness(from:toName:in:_:interface:)`.
    ///   - traffic: of which an example is taken.
    ///   - interfaces: of groups, which of their members; nil: anyone.
    /// - Returns: nil when nobody is left: all addresses of a run are workloads', or both are one pod.
    func witness(
        from source: Int, to destination: Int, _ traffic: TrafficSet, interfaces: (Int32?, Int32?) = (nil, nil)
    ) -> Witness? {
        guard let example = traffic.example, let from = party(source, interfaces.0),
            let to = party(destination, interfaces.1).flatMap({ other($0, than: from) })
        else { return nil }
        return witness(Connection(source: from, destination: to, traffic: example), traffic)
    }

    /// A connection to an address that was learned under a name: the first one for which something is to be shown.
    ///
    /// - Parameters:
    ///   - runs: in which addresses are looked for.
    ///   - shown: of what may be sent to an address, what is to be shown; nothing: another address is looked for.
    func witness(
        from source: Int, toName name: Int, in runs: IntervalSet<UInt32>, _ shown: (TrafficSet) -> TrafficSet,
        interface: Int32? = nil
    ) -> Witness? {
        guard source < space.groups, let from = party(source, interface) else { return nil }
        let table = tables.runs(egress[source], under: name)
        for range in runs.ranges {
            for (peers, value) in table.segments(in: Int(range.lowerBound)..<(Int(range.upperBound) + 1)) {
                let traffic = shown(tables.pool.sets[Int(value)])
                guard let example = traffic.example, let to = peers.lazy.compactMap({ self.party($0, nil) }).first
                else {
                    continue
                }
                let connection = Connection(
                    source: from, destination: to, traffic: example, name: space.names[name].example)
                return witness(connection, traffic)
            }
        }
        return nil
    }

    /// The connection, and the decision about it.
    func witness(_ connection: Connection, _ traffic: TrafficSet) -> Witness {
        let decision = list.evaluate(connection)
        return Witness(
            connection: connection, verdict: isStaged ? decision.staged : decision.enforced, traffic: traffic)
    }

    /// The party, or another pod of its template if both are one; nil: they are one pod.
    private func other(_ party: Party, than one: Party) -> Party? {
        guard party.endpoint >= 0, party.endpoint == one.endpoint else { return party }
        return list.inventory.endpoints[Int(party.endpoint)].isTemplate ? party.another : nil
    }

    /// Somebody of a group or a run.
    func party(_ peer: Int, _ interface: Int32?) -> Party? {
        if peer < space.groups {
            return list.party(interface: Int(interface ?? list.grouping.groups[peer].first))
        }
        guard space.runs.contains(peer) else { return nil }
        let range = space.addresses(ofRun: peer)
        // Addresses of workloads lie among those of nobody; the first that is nobody's stands for all. Zero is no host.
        var bits = range.lowerBound + (Address(bits: range.lowerBound).isUnspecified && range.count > 1 ? 1 : 0)
        while true {
            if let party = list.outsider(at: Address(bits: bits)) { return party }
            if bits == range.upperBound { return nil }
            bits += 1
        }
    }
}
