/// Programs of tiers by what they are made of (`CompiledPolicy.part`): what did not change is taken from the last guest
/// list, and with it all that was computed from it.
typealias TierPrograms = [[UInt64]: TierProgram]

/// Puts the policies about each group together.
struct ProgramBuilder {
    /// Programs; the first says nothing.
    private(set) var programs: [Program] = [.open]
    /// Of each group (`GuestList.index`).
    private(set) var ofGroup: [[Int32]] = []
    /// Every tier of the programs.
    private(set) var tiers: TierPrograms = [:]

    private let compiled: [CompiledPolicy]
    private let previous: TierPrograms
    private let facts: [Facts]
    private var known: [[UInt64]: Int32] = [[]: 0]

    /// What is asked of a policy for every group.
    private struct Facts {
        let isStaged: Bool
        /// A staged one takes its place where staged ones are in force.
        let isReplaced: Bool
    }

    init(_ compiled: [CompiledPolicy], groups: Int, hasStaged: Bool, previous: TierPrograms) {
        self.compiled = compiled
        self.previous = previous
        let replaced = Set(compiled.compactMap(\.policy.replaces))
        facts = compiled.map { policy in
            Facts(
                isStaged: policy.policy.isStaged,
                isReplaced: !replaced.isEmpty && replaced.contains(policy.policy.source))
        }
        var policies = Array(repeating: [Int32](), count: groups)
        for (index, policy) in compiled.enumerated() {
            for range in policy.subject.ranges {
                for group in range { policies[Int(group)].append(Int32(index)) }
            }
        }
        ofGroup.reserveCapacity(groups)
        for (group, own) in policies.enumerated() {
            var programs = (0..<2).map { program(own, UInt32(group), $0, staged: false) }
            if hasStaged { programs += (0..<2).map { program(own, UInt32(group), $0, staged: true) } }
            ofGroup.append(programs)
        }
    }

    /// `CompiledPolicy.part`; nil: it is not in force there.
    private func part(_ index: Int32, _ group: UInt32, _ direction: Int, staged: Bool) -> UInt64? {
        let facts = facts[Int(index)]
        let isInForce = staged ? !facts.isReplaced : !facts.isStaged
        return isInForce ? compiled[Int(index)].part(direction, group) : nil
    }

    private mutating func program(_ policies: [Int32], _ group: UInt32, _ direction: Int, staged: Bool) -> Int32 {
        var own: [Int32] = []
        var key: [UInt64] = []
        for index in policies {
            guard let part = part(index, group, direction, staged: staged) else { continue }
            own.append(index)
            key.append(part)
        }
        if let number = known[key] { return number }
        let number = Int32(programs.count)
        programs.append(program(own, key, group, Direction.inOrder[direction]))
        known[key] = number
        return number
    }

    private mutating func program(
        _ policies: [Int32], _ key: [UInt64], _ group: UInt32, _ direction: Direction
    ) -> Program {
        var result: [TierProgram] = []
        var first = 0
        while first < policies.count {
            let tier = compiled[Int(policies[first])].policy.tier
            let end = policies[first...].firstIndex { compiled[Int($0)].policy.tier != tier } ?? policies.count
            result.append(tierProgram(Array(key[first..<end]), tier, policies[first..<end], group, direction))
            first = end
        }
        return Program(tiers: result)
    }

    private mutating func tierProgram(
        _ key: [UInt64], _ tier: Tier, _ policies: ArraySlice<Int32>, _ group: UInt32, _ direction: Direction
    ) -> TierProgram {
        if let known = tiers[key] { return known }
        let old = previous[key]
        // Where other policies came or went, the same ones have other numbers; what matches is the same.
        let program =
            old.flatMap { $0.policies.elementsEqual(policies) ? $0 : nil }
            ?? TierProgram(tier, turns(policies, group, direction), matcher: old?.matcher)
        tiers[key] = program
        return program
    }

    private func turns(_ policies: ArraySlice<Int32>, _ group: UInt32, _ direction: Direction) -> [[PolicyProgram]] {
        var turns: [[PolicyProgram]] = []
        var last: Double?
        for index in policies {
            let policy = compiled[Int(index)]
            let program = PolicyProgram(policy: index, rules: policy.rules(direction)?.rules(for: group) ?? [])
            if last == policy.policy.priority, !policy.policy.tier.breaksTiesByName {
                turns[turns.count - 1].append(program)
            } else {
                turns.append([program])
            }
            last = policy.policy.priority
        }
        return turns
    }
}

extension Direction {
    /// In the order of `GuestList.index`.
    static let inOrder: [Direction] = [.egress, .ingress]
}
