import Addresses
import Kubernetes

/// The guest list: who may open a connection to whom, compiled.
///
/// One function decides, `evaluate`; it serves the kernel's rules, the analyser, records and explanations. The value
/// never changes; `updated` makes the next one from it and compiles only what a change touches.
public struct GuestList: Sendable {
    /// Who there is.
    public let inventory: Inventory
    /// In the order in which they are asked: by tier, priority and name.
    public let policies: [WorkloadPolicy]
    /// Work of the last compilation: policies whose selectors were resolved. Tests hold it against the change.
    public let compiledPolicies: Int

    /// Who is treated alike.
    package let grouping: Grouping
    let compiled: [CompiledPolicy]
    /// Programs of all groups.
    package let programs: [Program]
    /// Of each group: its programs (`index(_:_:)`).
    package let programsOfGroup: [[Int32]]
    /// True when a policy is staged: only then there is a second view.
    package let hasStaged: Bool

    /// The guest list of all that the objects say.
    public init(_ objects: Objects) {
        self.init(inventory: Inventory(objects), policies: WorkloadPolicy.all(in: objects))
    }

    /// The guest list of these.
    public init(inventory: Inventory, policies: [WorkloadPolicy]) {
        self.init(inventory: inventory, policies: policies, previous: nil)
    }

    /// The guest list after a change: what did not change is not compiled again.
    public func updated(inventory: Inventory, policies: [WorkloadPolicy]) -> GuestList {
        GuestList(inventory: inventory, policies: policies, previous: self)
    }

    private init(inventory: Inventory, policies: [WorkloadPolicy], previous: GuestList?) {
        let sorted = policies.sorted(by: WorkloadPolicy.isAskedBefore)
        let grouping = Grouping(inventory, Interest(sorted))
        var kept: [ObjectReference: CompiledPolicy] = [:]
        if let previous, Self.isComparable(previous, inventory, grouping) {
            kept = Dictionary(
                previous.compiled.map { ($0.policy.source, $0) }, uniquingKeysWith: { first, _ in first })
        }
        let resolver = Resolver(grouping, inventory)
        var count = 0
        compiled = sorted.map { policy in
            if let old = kept[policy.source], old.policy == policy { return old }
            count += 1
            return CompiledPolicy(policy, resolver)
        }
        compiledPolicies = count
        self.inventory = inventory
        self.policies = sorted
        self.grouping = grouping
        hasStaged = sorted.contains(where: \.isStaged)
        (programs, programsOfGroup) = ProgramBuilder.build(
            compiled, groups: grouping.groups.count, hasStaged: hasStaged)
    }

    /// True when sets of groups of the one mean the same in the other.
    private static func isComparable(_ old: GuestList, _ inventory: Inventory, _ grouping: Grouping) -> Bool {
        old.grouping.hasSameGroups(as: grouping) && old.inventory.namespaces == inventory.namespaces
            && old.inventory.nodes == inventory.nodes && old.inventory.podRanges == inventory.podRanges
            && old.inventory.serviceAccounts == inventory.serviceAccounts
    }

    /// Which of a group's programs is meant.
    package static func index(_ direction: Direction, staged: Bool) -> Int {
        (direction == .egress ? 0 : 1) + (staged ? 2 : 0)
    }

    /// The program of a group.
    package func program(_ group: Int32, _ direction: Direction, staged: Bool) -> Program {
        programs[Int(programsOfGroup[Int(group)][Self.index(direction, staged: staged && hasStaged)])]
    }
}

extension WorkloadPolicy {
    /// The order in which policies are asked; where no order is known, by name. Two of one name (both are wrong then)
    /// are in the order of the text.
    static func isAskedBefore(_ a: WorkloadPolicy, _ b: WorkloadPolicy) -> Bool {
        if a.tier != b.tier { return a.tier < b.tier }
        if a.priority != b.priority { return a.priority < b.priority }
        let (x, y) = (a.source, b.source)
        if x.name != y.name { return isBefore(x.name, y.name) }
        if x.namespace != y.namespace { return isBefore(x.namespace, y.namespace) }
        if x != y { return (x.kind, x.group) < (y.kind, y.group) }
        guard let place = a.position, let other = b.position else { return a.position == nil && b.position != nil }
        return (place.file, place.line, place.column) < (other.file, other.line, other.column)
    }

    /// The order of names in Calico, which compares `name/namespace/kind`: `a-b` and `a.b` come before `a`, because the
    /// slash behind `a` comes after `-` and `.`.
    private static func isBefore(_ a: String, _ b: String) -> Bool {
        var (left, right) = (a.utf8.makeIterator(), b.utf8.makeIterator())
        while true {
            let (x, y) = (left.next(), right.next())
            if x != y { return (x ?? UInt8(ascii: "/")) < (y ?? UInt8(ascii: "/")) }
            if x == nil { return false }
        }
    }
}

/// Puts the policies about each group together.
private struct ProgramBuilder {
    private var programs: [Program] = [.open]
    /// Programs by what they are made of: a policy, and the group where its rules depend on that.
    private var known: [[UInt64]: Int32] = [[]: 0]
    private var tiers: [[UInt64]: TierProgram] = [:]
    /// Of each policy: a staged one takes its place where staged ones are in force.
    private let isReplaced: [Bool]

    private init(_ compiled: [CompiledPolicy]) {
        let replaced = Set(compiled.compactMap(\.policy.replaces))
        isReplaced = compiled.map { replaced.contains($0.policy.source) }
    }

    static func build(
        _ compiled: [CompiledPolicy], groups: Int, hasStaged: Bool
    ) -> (programs: [Program], ofGroup: [[Int32]]) {
        var builder = ProgramBuilder(compiled)
        var policies = Array(repeating: [Int32](), count: groups)
        for (index, policy) in compiled.enumerated() {
            for range in policy.subject.ranges {
                for group in range { policies[Int(group)].append(Int32(index)) }
            }
        }
        let ofGroup = policies.enumerated().map { group, own in
            var programs = Direction.inOrder.map { builder.program(compiled, own, UInt32(group), $0, staged: false) }
            if hasStaged {
                programs += Direction.inOrder.map { builder.program(compiled, own, UInt32(group), $0, staged: true) }
            }
            return programs
        }
        return (builder.programs, ofGroup)
    }

    private mutating func program(
        _ compiled: [CompiledPolicy], _ policies: [Int32], _ group: UInt32, _ direction: Direction, staged: Bool
    ) -> Int32 {
        let own = policies.filter { index in
            let policy = compiled[Int(index)]
            guard policy.rules(direction) != nil else { return false }
            return staged ? !isReplaced[Int(index)] : !policy.policy.isStaged
        }
        let key = own.map { index -> UInt64 in
            let isCommon = compiled[Int(index)].rules(direction)?.common != nil
            let variant = isCommon ? UInt64(UInt32.max) : UInt64(group)
            return UInt64(index) << 33 | (direction == .egress ? 1 << 32 : 0) | variant
        }
        if let number = known[key] { return number }
        let number = Int32(programs.count)
        programs.append(program(compiled, own, key, group, direction))
        known[key] = number
        return number
    }

    private mutating func program(
        _ compiled: [CompiledPolicy], _ policies: [Int32], _ key: [UInt64], _ group: UInt32, _ direction: Direction
    ) -> Program {
        var result: [TierProgram] = []
        var first = 0
        while first < policies.count {
            let tier = compiled[Int(policies[first])].policy.tier
            let end = policies[first...].firstIndex { compiled[Int($0)].policy.tier != tier } ?? policies.count
            let tierKey = Array(key[first..<end])
            let known = tiers[tierKey]
            let program =
                known
                ?? TierProgram(
                    id: Int32(tiers.count), tier: tier,
                    turns: Self.turns(compiled, policies[first..<end], group, direction))
            if known == nil { tiers[tierKey] = program }
            result.append(program)
            first = end
        }
        return Program(tiers: result)
    }

    private static func turns(
        _ compiled: [CompiledPolicy], _ policies: ArraySlice<Int32>, _ group: UInt32, _ direction: Direction
    ) -> [[PolicyProgram]] {
        var turns: [[PolicyProgram]] = []
        var last: WorkloadPolicy?
        for index in policies {
            let policy = compiled[Int(index)].policy
            let rules = compiled[Int(index)].rules(direction)?.rules(for: group) ?? []
            let program = PolicyProgram(policy: index, rules: rules)
            if let last, last.priority == policy.priority, !policy.tier.breaksTiesByName {
                turns[turns.count - 1].append(program)
            } else {
                turns.append([program])
            }
            last = policy
        }
        return turns
    }
}

extension Direction {
    /// In the order of `GuestList.index`.
    static let inOrder: [Direction] = [.egress, .ingress]
}
