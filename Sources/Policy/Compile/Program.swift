import Addresses

/// All rules about a group in one direction, in the order in which they are asked.
package struct Program: Sendable {
    /// In order; tiers without policies about the group are left out.
    package let tiers: [TierProgram]

    /// Nothing is said.
    package static let open = Program(tiers: [])
}

/// The policies of one tier about a group.
package struct TierProgram: Sendable {
    /// Equal for equal programs of one guest list.
    package let id: Int32
    /// The tier.
    package let tier: Tier
    /// Policies in order; those of one turn have the same priority and no order among them.
    package let turns: [[PolicyProgram]]
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
    func decide(
        _ peer: borrowing Peering, _ traffic: Traffic, _ direction: Direction, _ sink: inout some TraceSink,
        from first: Int = 0
    ) -> Ruling {
        for (index, tier) in tiers.enumerated().dropFirst(first) {
            if let found = tier.decide(peer, traffic, direction, &sink) {
                return conclude(found, peer, traffic, direction, &sink, next: index + 1)
            }
            guard tier.tier.isolates, let policy = tier.turns.first?.first?.policy else { continue }
            sink.note(TraceStep(direction: direction, policy: policy, rule: -1, said: .isolates))
            return Ruling(false, .isolated, policy: policy)
        }
        return Ruling(true, .unrestricted)
    }

    /// What follows from what a tier found: of actions whose order is unknown the strongest is taken, and it matters
    /// whether another would have led elsewhere.
    private func conclude(
        _ found: TierProgram.Found, _ peer: borrowing Peering, _ traffic: Traffic, _ direction: Direction,
        _ sink: inout some TraceSink, next: Int
    ) -> Ruling {
        switch found.action {
        case .pass:
            let rest = decide(peer, traffic, direction, &sink, from: next)
            guard found.others.contains(.accept), !rest.isAllowed else { return rest }
            return Ruling(false, rest.reason, policy: rest.policy, rule: rest.rule, isAmbiguous: true)
        case .accept, .log:
            return Ruling(true, .rule, policy: found.policy, rule: found.rule)
        case .deny:
            var doubt = found.others.contains(.accept)
            if !doubt, found.others.contains(.pass) {
                var nothing = NoTrace()
                let rest = decide(peer, traffic, direction, &nothing, from: next)
                doubt = rest.isAllowed || rest.isAmbiguous
            }
            return Ruling(false, .rule, policy: found.policy, rule: found.rule, isAmbiguous: doubt)
        }
    }
}

extension TierProgram {
    struct Found {
        var action: RuleAction
        var policy: Int32
        var rule: Int32
        /// What policies of the same turn say instead.
        var others = Actions()
    }

    struct Actions: OptionSet {
        let rawValue: UInt8
        static let accept = Actions(rawValue: 1)
        static let pass = Actions(rawValue: 2)
        static let deny = Actions(rawValue: 4)
    }

    /// What the first turn says in which a rule matches.
    fileprivate func decide(
        _ peer: borrowing Peering, _ traffic: Traffic, _ direction: Direction, _ sink: inout some TraceSink
    ) -> Found? {
        for turn in turns {
            var found: Found?
            for policy in turn {
                guard let (action, rule) = policy.decide(peer, traffic, direction, &sink) else { continue }
                let others = (found?.others ?? []).union(action.bit)
                if let before = found, before.action.strength >= action.strength {
                    found?.others = others
                } else {
                    found = Found(action: action, policy: policy.policy, rule: rule, others: others)
                }
            }
            if let found { return found }
        }
        return nil
    }
}

extension RuleAction {
    fileprivate var bit: TierProgram.Actions {
        switch self {
        case .log: []
        case .accept: .accept
        case .pass: .pass
        case .deny: .deny
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
    /// The first rule that matches and decides.
    fileprivate func decide(
        _ peer: borrowing Peering, _ traffic: Traffic, _ direction: Direction, _ sink: inout some TraceSink
    ) -> (RuleAction, Int32)? {
        for rule in rules {
            let match = rule.match(peer, traffic)
            sink.note(
                TraceStep(
                    direction: direction, policy: policy, rule: rule.index,
                    said: match == .both ? .matched(rule.action) : match == .peer ? .otherTraffic : .otherPeer))
            if match == .both, rule.action != .log { return (rule.action, rule.index) }
        }
        return nil
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
