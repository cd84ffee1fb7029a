import Addresses
import Policy

extension NodeFilter {
    /// Why rules of a node deny a connection.
    public enum Denial: Hashable, Sendable {
        /// What policies say about the pod that opens it.
        case egress(Ruling)
        /// What policies say about the pod that it goes to.
        case ingress(Ruling)
        /// An address of it is one of this node's pods, and no such pod is known.
        case unknown

        /// The chain in which the kernel drops such packets.
        public var chain: String {
            switch self {
            case .egress: BaseChains.denied(.egress)
            case .ingress: BaseChains.denied(.ingress)
            case .unknown: BaseChains.unknown
            }
        }
    }

    /// What the rules say of a connection that is there already; nil: it may go on.
    ///
    /// - Parameters:
    ///   - source: who opened it, before anybody rewrote that.
    ///   - destination: who answers, after everybody rewrote that.
    ///   - traffic: with the port at which it is answered.
    ///   - ownAddresses: addresses of the node's interfaces, besides those that objects say.
    public func denial(
        from source: Address, to destination: Address, _ traffic: Traffic, ownAddresses: Set<Address> = []
    ) -> Denial? {
        guard source.isIPv4 == destination.isIPv4 else { return nil }
        let (caller, callee) = (list.party(source), list.party(destination))
        // What a pod says to itself passes no rules unless a Service leads it back.
        let connection = Connection(
            source: caller, destination: callee, traffic: traffic, isThroughService: source == destination)
        let isOwn = { (party: Party, address: Address) in isNode(party) || ownAddresses.contains(address) }
        if isHere(caller) {
            let ruling = list.evaluate(connection).enforced.egress
            if !ruling.isAllowed { return .egress(ruling) }
        } else if isStranger(caller, source), !isOwn(caller, source) {
            return .unknown
        }
        // The node may call whatever is on it.
        if isOwn(caller, source) { return nil }
        if isHere(callee) {
            let ruling = list.evaluate(connection).enforced.ingress
            if !ruling.isAllowed { return .ingress(ruling) }
        } else if isStranger(callee, destination), !isOwn(callee, destination) {
            return .unknown
        }
        return nil
    }

    /// True when an address is that of a pod on this node.
    public func isHere(_ party: Party) -> Bool {
        party.group >= 0 && party.endpoint >= 0 && list.inventory.endpoints[Int(party.endpoint)].node == node.name
    }

    /// Addresses of pods on this node.
    public var addressesHere: Set<Address> {
        Set(
            rulesets.flatMap { ruleset in
                (ruleset.set(SetNames.podsHere)?.elements ?? []).map { ruleset.family.address($0.first) }
            })
    }

    /// True for an address of this node, as objects say it.
    public func isNode(_ address: Address) -> Bool { isNode(list.party(address)) }

    private func isNode(_ party: Party) -> Bool {
        party.node >= 0 && list.inventory.nodes[Int(party.node)].name == node.name
    }

    /// True for an address that only a pod of this node can have, and none is known to have.
    public func isStranger(_ address: Address) -> Bool { isStranger(list.party(address), address) }

    private func isStranger(_ party: Party, _ address: Address) -> Bool {
        party.group < 0 && node.podRanges.contains { $0.contains(address) }
    }
}
