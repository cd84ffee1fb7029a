import Addresses
import Kubernetes
import Policy

/// What became of one rule of a Guarantee.
public struct Proof: Sendable {
    /// The object.
    public let guarantee: ObjectReference
    /// Name of the rule.
    public let rule: String
    /// What it promises.
    public let promise: Guarantee.Promise
    /// Where the rule is written.
    public let position: Position?
    /// Whether it holds.
    public let result: Result

    /// Whether a rule holds.
    public enum Result: Sendable {
        /// It holds for all pairs that were looked at: so many, of groups of workloads and runs of addresses.
        case proved(pairs: Int)
        /// It does not hold, and this shows it.
        case refuted(Witness)
        /// Nobody is meant by this side (`from`, `to`, `via`): it says nothing, which is hardly what was wanted.
        case vacuous(side: String)
    }

    /// True when it holds.
    public var holds: Bool { if case .proved = result { true } else { false } }
}

/// A connection that shows something, and the decision about it.
public struct Witness: Sendable {
    /// The connection; its parties are of the guest list.
    public let connection: Connection
    /// What was decided.
    public let verdict: Verdict
    /// All traffic between the two for which the same is so.
    public let traffic: TrafficSet
}

extension Reachability {
    /// A connection between two peers, with somebody of each.
    ///
    /// - Parameters:
    ///   - interfaces: of groups, which of their members; nil: anyone.
    /// - Returns: nil when nobody is left: all addresses of a run are workloads', or both are one pod.
    func connection(
        from source: Int, to destination: Int, _ traffic: Traffic, interfaces: (Int32?, Int32?) = (nil, nil)
    ) -> Connection? {
        guard let from = party(source, interfaces.0, isIPv4: isIPv4(source)),
            let to = party(destination, interfaces.1, isIPv4: isIPv4(source)),
            from.endpoint < 0 || from.endpoint != to.endpoint
        else { return nil }
        var name: String?
        if destination >= space.runs.upperBound {
            let pattern = space.names[destination - space.runs.upperBound].pattern
            name = pattern.isWildcard ? "any.\(pattern.name)" : pattern.name
        }
        return Connection(source: from, destination: to, traffic: traffic, name: name)
    }

    private func party(_ peer: Int, _ interface: Int32?, isIPv4: Bool) -> Party? {
        if peer < space.groups {
            let member = interface ?? list.grouping.groups[peer].members[0]
            let chosen = list.grouping.interfaces[Int(member)]
            return list.party(endpoint: Int(chosen.endpoint), isIPv4: chosen.isIPv4)
        }
        guard space.runs.contains(peer) else { return space.addressOfNames(isIPv4: isIPv4).map(list.party) }
        let range = space.addresses(ofRun: peer)
        // Addresses of workloads lie among those of nobody; the first that is nobody's stands for all. Zero is no host.
        var bits = range.lowerBound + (Address(bits: range.lowerBound).isUnspecified && range.count > 1 ? 1 : 0)
        for _ in 0..<100_000 {
            let party = list.party(Address(bits: bits))
            if party.isOutside { return party }
            if bits == range.upperBound { return nil }
            bits += 1
        }
        return nil
    }

    /// The example of some traffic between two peers.
    func witness(
        from source: Int, to destination: Int, _ traffic: TrafficSet, interfaces: (Int32?, Int32?) = (nil, nil)
    ) -> Witness? {
        guard let example = traffic.example,
            let connection = connection(from: source, to: destination, example, interfaces: interfaces)
        else { return nil }
        let decision = list.evaluate(connection)
        return Witness(
            connection: connection, verdict: isStaged ? decision.staged : decision.enforced, traffic: traffic)
    }
}

extension PeerSpace {
    /// An address that stands for where a name leads: one that is in as few runs as can be said, of documentation.
    func addressOfNames(isIPv4: Bool) -> Address? { Address(isIPv4 ? "203.0.113.1" : "2001:db8::1") }
}
