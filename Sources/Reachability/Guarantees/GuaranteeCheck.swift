import Addresses
import Kubernetes
import Policy

extension Reachability {
    /// Proves or refutes every rule of the guarantees, in one pass over all rows.
    ///
    /// What guarantees name must have peers of its own: make the value with their `distinctions` (`proving`).
    public func check(_ guarantees: [Guarantee], _ assets: AssetTable) -> [Proof] {
        let resolver = SideResolver(self, assets)
        var checks = guarantees.flatMap { guarantee in guarantee.rules.map { RuleCheck(guarantee, $0, resolver) } }
        for index in checks.indices { checks[index].lookAtNodes(self) }
        let sources = checks.filter { $0.vacuous == nil }
            .reduce(IntervalSet<UInt32>.empty) { $0.union($1.from.peers) }
        forEachRow(where: { sources.contains(UInt32($0)) }) { row, traffic in
            for index in checks.indices { checks[index].take(row, traffic, self) }
            return true
        }
        return checks.map(\.proof)
    }

    /// The whole cluster, with everything told apart that guarantees name.
    public static func proving(_ list: GuestList, staged: Bool = false, _ guarantees: [Guarantee]) -> Reachability {
        let named = guarantees.reduce(Distinctions()) { $0.union($1.distinctions) }
        let own = Distinctions(blocks: Set(list.inventory.ownBlocks))
        return Reachability(placing: list, staged: staged, distinctions: named.union(own), apart: named.blocks)
    }
}

/// One rule of a guarantee, while rows pass by.
private struct RuleCheck {
    private let guarantee: Guarantee
    private let rule: Guarantee.Rule
    let from: PeerSelection
    private let to: PeerSelection
    private let wanted: TrafficSet
    /// The side that means nobody.
    private(set) var vacuous: String?
    /// True: then nobody may, and who does refutes; only when nobody does it is said that `via` is nobody.
    private let viaIsNobody: Bool
    /// What could not be taken into account.
    private let remarks: [String]
    private var witness: Witness?
    private var pairs = 0
    /// How many peers the rule is about for each source.
    private let targets: Int
    /// Sources whose names were looked at.
    private var sawNames: Set<ProgramOfFamily> = []
    /// Of numbers of traffic: whether it breaks the rule.
    private var known: [Int32: Bool] = [:]

    init(_ guarantee: Guarantee, _ rule: Guarantee.Rule, _ resolver: SideResolver) {
        self.guarantee = guarantee
        self.rule = rule
        from = resolver.selection(rule.from.isEmpty ? [.anything] : rule.from, besides: rule.via)
        to = resolver.selection(rule.to)
        targets = to.peers.ranges.reduce(0) { $0 + $1.count }
        wanted =
            rule.ports.map { ports in
                TrafficSet(keys: IntervalSet(ports.flatMap { TrafficSet($0.proto, $0.range).keys.ranges }))
            } ?? .all
        if to.isEmpty { vacuous = "to" }
        if from.isEmpty { vacuous = "from" }
        viaIsNobody = rule.promise == .onlyVia && resolver.selection(rule.via).isEmpty
        remarks = resolver.remarks(rule)
    }

    var proof: Proof {
        let result: Proof.Result =
            vacuous.map { .vacuous(side: $0) } ?? witness.map { .refuted($0) }
            ?? (viaIsNobody ? .vacuous(side: "via") : .proved(pairs: pairs))
        return Proof(
            guarantee: guarantee.reference, rule: rule.name, promise: rule.promise,
            position: rule.position ?? guarantee.metadata.position, result: result, remarks: remarks)
    }

    mutating func take(_ row: Reachability.Row, _ traffic: (Int32) -> TrafficSet, _ reachability: Reachability) {
        guard witness == nil, vacuous == nil, from.peers.contains(UInt32(row.source)) else { return }
        pairs += targets
        let named = reachability.space.runs.upperBound
        var start = 0
        for segment in row.segments where start < named {
            let range = UInt32(start)...UInt32(min(segment.end, named) - 1)
            start = segment.end
            guard breaks(segment.traffic, traffic) else { continue }
            let broken = broken(traffic(segment.traffic))
            for target in to.peers.intersection(IntervalSet(range)).ranges.joined() where witness == nil {
                witness = breach(reachability, row.source, Int(target), broken)
            }
            if witness != nil { return }
        }
        witness = breachByName(row.source, reachability)
    }

    // MARK: Names

    /// Somebody of a group who breaks the rule toward an address that was learned under a name: it may lead to each
    /// address of its family, and none of them may break the rule. Groups with one program need one look.
    private mutating func breachByName(_ source: Int, _ reachability: Reachability) -> Witness? {
        let space = reachability.space
        guard source < space.groups, !space.names.isEmpty else { return nil }
        let isIPv4 = reachability.isIPv4(source)
        guard sawNames.insert(ProgramOfFamily(program: reachability.egress[source], isIPv4: isIPv4)).inserted else {
            return nil
        }
        var hasSeenOthers = false
        for name in space.names.indices where space.names[name].isIPv4 == isIPv4 {
            // Where no rule asks for it, it is an address like others; of several such names one tells all.
            if !reachability.asks(source, forName: name) {
                if hasSeenOthers || !to.isMeant(name: name) { continue }
                hasSeenOthers = true
            }
            let found = reachability.witness(
                from: source, toName: name, in: to.runs(under: name, space), broken,
                interface: from.members[Int32(source)]?.first)
            if let found { return found }
        }
        return nil
    }

    // MARK: Nodes

    /// The node of a pod always reaches it: whoever is promised not to must not be there. Who means everyone does not
    /// mean the pod's own node, or no such promise could be kept.
    mutating func lookAtNodes(_ reachability: Reachability) {
        guard witness == nil, vacuous == nil, rule.promise != .always, !from.namedRuns.isEmpty else { return }
        let list = reachability.list
        var callers: [NodeOfFamily: Party] = [:]
        for address in list.inventory.nodeAddresses
        where from.namedRuns.contains(UInt32(reachability.space.run(of: address))) {
            guard let party = list.outsider(at: address), party.node >= 0 else { continue }
            let node = NodeOfFamily(node: list.inventory.nodes[Int(party.node)].name, isIPv4: party.isIPv4)
            if callers[node] == nil { callers[node] = party }
        }
        guard !callers.isEmpty else { return }
        for group in to.members.keys.sorted() {
            for member in to.members[group] ?? [] {
                let party = list.party(interface: Int(member))
                guard let node = list.inventory.endpoints[Int(party.endpoint)].node,
                    let caller = callers[NodeOfFamily(node: node, isIPv4: party.isIPv4)],
                    let example = wanted.example
                else { continue }
                witness = reachability.witness(
                    Connection(source: caller, destination: party, traffic: example), wanted)
                return
            }
        }
    }

    // MARK: Breaches

    /// What of the traffic that is allowed is not as it was promised.
    private func broken(_ allowed: TrafficSet) -> TrafficSet {
        rule.promise == .always ? wanted.subtracting(allowed) : wanted.intersection(allowed)
    }

    /// Whether a number of the rows stands for traffic that breaks the rule: asked for every run of every row.
    private mutating func breaks(_ number: Int32, _ traffic: (Int32) -> TrafficSet) -> Bool {
        if let known = known[number] { return known }
        let answer = !broken(traffic(number)).isEmpty
        known[number] = answer
        return answer
    }

    /// Somebody of both who breaks the rule; nil when there is no such pair.
    private func breach(
        _ reachability: Reachability, _ source: Int, _ target: Int, _ traffic: TrafficSet
    ) -> Witness? {
        let groups = reachability.space.groups
        guard reachability.isIPv4(source) == reachability.isIPv4(target), source < groups || target < groups else {
            return nil
        }
        if source < groups, target < groups {
            guard let pair = from.pair(Int32(source), with: to, Int32(target), reachability.list) else { return nil }
            return reachability.witness(from: source, to: target, traffic, interfaces: pair)
        }
        guard target < groups else {
            return reachability.witness(
                from: source, to: target, traffic, interfaces: (from.members[Int32(source)]?.first, nil))
        }
        // What the node of a pod may do does not show what others may.
        guard let caller = reachability.party(source, nil),
            let member = to.members[Int32(target)]?.first(where: {
                !reachability.list.isOwnNode(caller, of: reachability.list.party(interface: Int($0)))
            })
        else { return nil }
        return reachability.witness(from: source, to: target, traffic, interfaces: (nil, member))
    }
}

/// One node, as what is of one family sees it.
private struct NodeOfFamily: Hashable {
    let node: String
    let isIPv4: Bool
}

/// What all groups with one egress program have in common toward the outside.
private struct ProgramOfFamily: Hashable {
    let program: Int32
    let isIPv4: Bool
}
