/// Programs after some policies were edited, in whose places others about the same workloads stand: which groups share a
/// program is as it was, and only programs with these policies are put together again.
struct ProgramEdit {
    /// By the same numbers.
    private(set) var programs: [Program]
    private(set) var tiers: TierPrograms

    private let old: [CompiledPolicy]
    private let compiled: [CompiledPolicy]
    /// Tiers that were made again, by those in whose place they are: programs share them.
    private var replaced: [ObjectIdentifier: TierProgram] = [:]

    /// - Parameter changed: the places outside which policies are those of the list; nil: that is not known.
    /// - Returns: nil: more than that has changed.
    init?(_ list: GuestList, _ compiled: [CompiledPolicy], changed: Range<Int>?) {
        guard list.compiled.count == compiled.count else { return nil }
        let places = (changed ?? 0..<compiled.count).filter { list.compiled[$0] !== compiled[$0] }
        guard places.allSatisfy({ Self.areAlike(list.compiled[$0], compiled[$0]) }) else { return nil }
        (programs, tiers) = (list.programs, list.tiers)
        (old, self.compiled) = (list.compiled, compiled)
        let edited = Set(places.map(Int32.init))
        var seen: Set<Int32> = []
        for place in places {
            for group in compiled[place].subject.ranges.joined() {
                for (index, number) in list.programsOfGroup[Int(group)].enumerated() where seen.insert(number).inserted
                {
                    let tiers = programs[Int(number)].tiers.map { tier in
                        edited.isDisjoint(with: tier.policies) ? tier : replacement(of: tier, index % 2, group)
                    }
                    programs[Int(number)] = Program(tiers: tiers)
                }
            }
        }
    }

    /// True when the one has rules where the other has, about the same groups, and stands in the same programs.
    private static func areAlike(_ a: CompiledPolicy, _ b: CompiledPolicy) -> Bool {
        a.subject == b.subject && a.policy.isStaged == b.policy.isStaged && a.policy.replaces == b.policy.replaces
            && a.policy.source == b.policy.source && a.policy.tier == b.policy.tier
            && a.policy.priority == b.policy.priority && a.ingress?.isSpecial == b.ingress?.isSpecial
            && a.egress?.isSpecial == b.egress?.isSpecial
    }

    /// - Parameter direction: its place in `Direction.inOrder`.
    private mutating func replacement(of tier: TierProgram, _ direction: Int, _ group: UInt32) -> TierProgram {
        if let known = replaced[ObjectIdentifier(tier)] { return known }
        let way = Direction.inOrder[direction]
        let turns = tier.turns.map { turn in
            turn.map {
                PolicyProgram(policy: $0.policy, rules: compiled[Int($0.policy)].rules(way)?.rules(for: group) ?? [])
            }
        }
        let result = TierProgram(tier.tier, turns)
        replaced[ObjectIdentifier(tier)] = result
        tiers[tier.policies.compactMap { old[Int($0)].part(direction, group) }] = nil
        tiers[tier.policies.compactMap { compiled[Int($0)].part(direction, group) }] = result
        return result
    }
}
