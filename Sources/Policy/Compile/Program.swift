import Addresses

/// All rules about a group in one direction, in the order in which they are asked.
package struct Program: Sendable {
    /// In order; tiers without policies about the group are left out.
    package let tiers: [TierProgram]

    /// Nothing is said.
    package static let open = Program(tiers: [])
}

/// The policies of one tier about a group.
package final class TierProgram: Sendable {
    /// The tier.
    package let tier: Tier
    /// Policies in order; those of one turn have the same priority and no order among them.
    package let turns: [[PolicyProgram]]
    /// Finds what matches. The same object in programs whose rules are the same, of one guest list and of those that
    /// are made from it: what was computed from the rules may be kept under it.
    package let matcher: TierMatcher
    /// `tier.isolates`.
    let isolates: Bool
    /// True: it is where NetworkPolicy v1 is.
    let isNetworkPolicy: Bool
    /// The policies of all turns, in order: indexes into `GuestList.policies`.
    package let policies: [Int32]

    init(_ tier: Tier, _ turns: [[PolicyProgram]], matcher: TierMatcher? = nil) {
        self.tier = tier
        self.turns = turns
        self.matcher = matcher ?? TierMatcher(turns)
        isolates = tier.isolates
        isNetworkPolicy = tier == .networkPolicy
        policies = turns.joined().map(\.policy)
    }
}

/// One policy about a group.
package struct PolicyProgram: Sendable {
    /// Index into `GuestList.policies`.
    package let policy: Int32
    /// In order.
    package let rules: [CompiledRule]
}

/// The other side of a connection, as rules ask for it.
struct Peering {
    let group: Int32
    let bits: UInt128
    let name: String?

    init(_ party: Party, name: String?) {
        group = party.group
        bits = party.address?.bits ?? 0
        self.name = name
    }
}

extension Cell {
    func includes(_ peer: borrowing Peering) -> Bool {
        if peer.group >= 0 { return groups.contains(UInt32(bitPattern: peer.group)) }
        guard outside.contains(peer.bits) else { return false }
        guard let names else { return true }
        guard let name = peer.name else { return false }
        return names.contains { $0.matches(name) }
    }
}

extension Program {
    /// What the rules say of a connection. Allocates nothing but what the sink keeps.
    ///
    /// - Parameter isToItself: the pod is led back to itself by a Service. NetworkPolicy does not keep a pod from itself;
    ///   other tiers do what they say.
    func decide<Sink: TraceSink>(
        _ peer: borrowing Peering, _ traffic: Traffic, _ direction: Direction, isToItself: Bool, _ sink: inout Sink,
        from first: Int = 0
    ) -> Ruling {
        var index = first
        while index < tiers.count {
            let tier = tiers[index]
            index += 1
            let found = tier.matcher.decide(peer, traffic)
            if Sink.keeps { tier.note(peer, traffic, direction, until: found, &sink) }
            if let found {
                return conclude(
                    found, tier.policies[Int(found.policy)], peer, traffic, direction, isToItself: isToItself, &sink,
                    next: index)
            }
            guard tier.isolates, let policy = tier.policies.first else { continue }
            if isToItself, tier.isNetworkPolicy { return Ruling(true, .itself) }
            sink.note(TraceStep(direction: direction, policy: policy, rule: -1, said: .isolates))
            return Ruling(false, .isolated, policy: policy)
        }
        return Ruling(true, .unrestricted)
    }

    /// What follows from what a tier found: of actions whose order is unknown the strongest is taken, and it matters
    /// whether another would have led elsewhere.
    private func conclude(
        _ found: TierMatcher.Found, _ policy: Int32, _ peer: borrowing Peering, _ traffic: Traffic,
        _ direction: Direction, isToItself: Bool, _ sink: inout some TraceSink, next: Int
    ) -> Ruling {
        switch found.action {
        case .pass:
            let rest = decide(peer, traffic, direction, isToItself: isToItself, &sink, from: next)
            guard found.said.contains(.accept), !rest.isAllowed else { return rest }
            return Ruling(false, rest.reason, policy: rest.policy, rule: rest.rule, isAmbiguous: true)
        case .accept, .log:
            return Ruling(true, .rule, policy: policy, rule: found.rule)
        case .deny:
            var doubt = found.said.contains(.accept)
            if !doubt, found.said.contains(.pass) {
                var nothing = NoTrace()
                let rest = decide(peer, traffic, direction, isToItself: isToItself, &nothing, from: next)
                doubt = rest.isAllowed || rest.isAmbiguous
            }
            return Ruling(false, .rule, policy: policy, rule: found.rule, isAmbiguous: doubt)
        }
    }
}

extension TierProgram {
    /// Notes every rule that is asked until the tier has decided; decides nothing itself.
    fileprivate func note(
        _ peer: borrowing Peering, _ traffic: Traffic, _ direction: Direction, until found: TierMatcher.Found?,
        _ sink: inout some TraceSink
    ) {
        for (number, turn) in turns.enumerated() {
            for policy in turn { policy.note(peer, traffic, direction, &sink) }
            if let found, found.turn == number { return }
        }
    }
}

extension RuleAction {
    /// Of actions whose order is unknown the strongest is taken: what it allows, every order allows.
    package var strength: Int {
        switch self {
        case .log: 0
        case .accept: 1
        case .pass: 2
        case .deny: 3
        }
    }
}

extension PolicyProgram {
    /// Notes its rules until one decides.
    fileprivate func note(
        _ peer: borrowing Peering, _ traffic: Traffic, _ direction: Direction, _ sink: inout some TraceSink
    ) {
        for rule in rules {
            let match = rule.match(peer, traffic)
            sink.note(
                TraceStep(
                    direction: direction, policy: policy, rule: rule.index,
                    said: match == .both ? .matched(rule.action) : match == .peer ? .otherTraffic : .otherPeer))
            if match == .both, rule.action != .log { return }
        }
    }
}

extension CompiledRule {
    enum Match { case nothing, peer, both }

    func match(_ peer: borrowing Peering, _ traffic: Traffic) -> Match {
        var best = Match.nothing
        for cell in cells where cell.includes(peer) {
            if cell.traffic.contains(traffic) { return .both }
            best = .peer
        }
        return best
    }
}
