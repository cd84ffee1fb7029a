import Addresses
import Policy
import Reachability

/// What the policies say about a node's pods, apart from the families of their addresses.
struct ProgramSayings: Sendable {
    /// What the programs allow with whom.
    let tables: ProgramTables
    /// Of each program, its policies, for people.
    let policies: [Int32: String]
    /// Of each program, what finds its rules.
    let matchers: [Int32: [TierMatcher]]
    /// Of each group, what its pods may send to themselves.
    let hairpins: [UInt32: Hairpin]
    /// True: numbers of groups, and of what is allowed, mean what they meant before.
    let hasSameGroups: Bool

    private let programs: Set<Int32>

    /// - Parameter previous: the same before a change, and its list.
    init(_ list: GuestList, _ pods: LocalPods, previous: (sayings: ProgramSayings, list: GuestList)?) {
        let wanted = pods.programs(list)
        let isSameEdition = previous?.list.edition === list.edition
        let old = previous?.sayings
        if isSameEdition, let old, wanted.isSubset(of: old.programs) {
            (tables, programs, hasSameGroups) = (old.tables, old.programs, true)
        } else {
            tables = ProgramTables(list, only: wanted, previous: old?.tables)
            programs = wanted
            hasSameGroups = tables.isContinued && previous?.list.grouping.hasSameGroups(as: list.grouping) == true
        }
        if isSameEdition, let old, old.programs == programs {
            (policies, matchers) = (old.policies, old.matchers)
        } else {
            var policies: [Int32: String] = [:]
            var matchers: [Int32: [TierMatcher]] = [:]
            for program in programs {
                let isKnown = previous.map { Self.haveSameTiers($0.list, list, program) } ?? false
                policies[program] = (isKnown ? old?.policies[program] : nil) ?? Self.policies(list, program)
                matchers[program] = list.programs[Int(program)].tiers.map(\.matcher)
            }
            (self.policies, self.matchers) = (policies, matchers)
        }
        // Pods of a group have the same programs; a group is the same to itself whichever of its pods it is.
        var hairpins: [UInt32: Hairpin] = [:]
        let basis = hasSameGroups ? previous : nil
        for pod in pods.pods where hairpins[pod.group] == nil {
            let known = basis.flatMap {
                Self.saysTheSame($0.list, list, pod.group) ? $0.sayings.hairpins[pod.group] : nil
            }
            hairpins[pod.group] = known ?? Hairpin(list, pod.address)
        }
        self.hairpins = hairpins
    }

    /// True when the rules about a group are the same in both lists, whose groups are the same.
    private static func saysTheSame(_ old: GuestList, _ new: GuestList, _ group: UInt32) -> Bool {
        if old.edition === new.edition { return true }
        return [Direction.egress, .ingress].allSatisfy { direction in
            let before = old.program(Int32(bitPattern: group), direction, staged: false).tiers
            let now = new.program(Int32(bitPattern: group), direction, staged: false).tiers
            return before.count == now.count && zip(before, now).allSatisfy { $0.matcher === $1.matcher }
        }
    }

    /// True when a program has the same policies in both lists: they are in the same objects.
    private static func haveSameTiers(_ old: GuestList, _ new: GuestList, _ program: Int32) -> Bool {
        guard Int(program) < old.programs.count else { return false }
        return old.programs[Int(program)].tiers.elementsEqual(new.programs[Int(program)].tiers, by: ===)
    }

    private static func policies(_ list: GuestList, _ program: Int32) -> String {
        let names = list.programs[Int(program)].tiers.flatMap(\.policies).map { index in
            let source = list.policies[Int(index)].source
            return source.namespace.isEmpty ? source.name : "\(source.namespace)/\(source.name)"
        }
        return Text.short(names.joined(separator: ", "))
    }
}
