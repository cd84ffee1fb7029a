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
    let interest: Interest
    /// Blocks that policies name.
    var blocks: Set<Prefix> { Set(interest.blocks.elements) }
    private let index: GroupIndex
    let compiled: [CompiledPolicy]
    /// Number of the next policy that is compiled.
    let nextSerial: UInt32
    let tiers: TierPrograms
    /// Programs of all groups.
    package let programs: [Program]
    /// Of each group: its programs (`index(_:_:)`).
    package let programsOfGroup: [[Int32]]
    /// True when a policy is staged: only then there is a second view.
    package let hasStaged: Bool
    /// The same in two lists: their groups and programs are the same, by number; only members of groups may differ.
    package let edition: Edition

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
        // Where nothing changed it is the same array, which costs nothing to compare.
        let changed = previous.flatMap { WorkloadPolicy.changed($0.policies, policies) }
        let isKept = changed?.isEmpty ?? false
        let isEdited = changed != nil
        let sorted = isEdited ? policies : WorkloadPolicy.inOrder(policies)
        let hasSamePolicies = isKept || (!isEdited && previous?.policies == sorted)
        let known = isEdited ? previous : nil
        let interest =
            (isKept ? known?.interest : known?.interest(withPolicies: sorted, in: changed ?? 0..<0))
            ?? Interest(sorted)
        let isSame = previous.map { $0.interest == interest && $0.inventory.hasSameEndpoints(as: inventory) } ?? false
        let grouping =
            (isSame ? previous?.grouping : nil)
            ?? Grouping(inventory, interest, previous: previous.map(Grouping.Basis.init))
        let basis = previous.flatMap { Self.isComparable($0, inventory, grouping, interest) ? $0 : nil }
        self.inventory = inventory
        self.policies = sorted
        self.interest = interest
        self.grouping = grouping
        index = basis?.index ?? GroupIndex(grouping)
        if let basis, hasSamePolicies {
            // Groups are as they were, whoever is in them, and so is all that is said about them.
            (compiled, compiledPolicies, nextSerial) = (basis.compiled, 0, basis.nextSerial)
            (programs, programsOfGroup, tiers, hasStaged) =
                (basis.programs, basis.programsOfGroup, basis.tiers, basis.hasStaged)
            edition = basis.edition
            return
        }
        var compiler = PolicyCompiler(
            Resolver(grouping, inventory, index: index), kept: basis?.compiled ?? [],
            firstSerial: basis?.nextSerial ?? 0)
        let compiled = compiler.compile(sorted, changed: changed)
        let staged = sorted.contains(where: \.isStaged)
        self.compiled = compiled
        compiledPolicies = compiler.count
        nextSerial = compiler.nextSerial
        hasStaged = staged
        edition = Edition()
        if let basis, let edit = ProgramEdit(basis, compiled, changed: changed) {
            (programs, programsOfGroup, tiers) = (edit.programs, basis.programsOfGroup, edit.tiers)
        } else {
            let builder = ProgramBuilder(
                compiled, groups: grouping.groups.count, hasStaged: staged, previous: basis?.tiers ?? [:])
            (programs, programsOfGroup, tiers) = (builder.programs, builder.ofGroup, builder.tiers)
        }
    }

    /// What other policies in the same places ask for.
    private func interest(withPolicies policies: [WorkloadPolicy], in places: Range<Int>) -> Interest {
        var result = interest
        for (old, new) in zip(self.policies[places], policies[places]) where !old.isCopy(of: new) {
            result.replace(old, with: new)
        }
        return result
    }

    /// What is said about groups, as a thing that is the same or not.
    package final class Edition: Sendable {}

    /// True when sets of groups of the one mean the same in the other.
    private static func isComparable(
        _ old: GuestList, _ inventory: Inventory, _ grouping: Grouping, _ interest: Interest
    ) -> Bool {
        old.grouping.hasSameGroups(as: grouping) && old.inventory.namespaces == inventory.namespaces
            && old.inventory.nodes == inventory.nodes && old.inventory.podRanges == inventory.podRanges
            && (!interest.serviceAccounts || old.inventory.serviceAccounts == inventory.serviceAccounts)
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
    /// In the order in which they are asked.
    static func inOrder(_ policies: [WorkloadPolicy]) -> [WorkloadPolicy] {
        let isSorted = policies.indices.dropFirst().allSatisfy { !isAskedBefore(policies[$0], policies[$0 - 1]) }
        if isSorted { return policies }
        // Places are sorted, not policies, which are many words each.
        return policies.indices.sorted { isAskedBefore(policies[$0], policies[$1]) }.map { policies[$0] }
    }

    /// The places outside which policies are the same in both, where those within may only say other things than those
    /// in the same places: then both are in order, or neither is. nil: more than that is different. Empty: nothing is.
    static func changed(_ a: [WorkloadPolicy], _ b: [WorkloadPolicy]) -> Range<Int>? {
        guard a.count == b.count else { return nil }
        let ends = SharedEnds(a, b)
        let rest = ends.prefix..<(a.count - ends.suffix)
        let haveOneOrder = zip(a[rest], b[rest]).allSatisfy { a, b in
            a.isCopy(of: b)
                || (a.source == b.source && a.position == b.position && a.tier == b.tier && a.priority == b.priority)
        }
        if haveOneOrder { return a[rest] == b[rest] ? rest.lowerBound..<rest.lowerBound : rest }
        return nil
    }

    /// The order in which policies are asked; where no order is known, by name. Two of one name (both are wrong then)
    /// are in the order of the text.
    private static func isAskedBefore(_ a: WorkloadPolicy, _ b: WorkloadPolicy) -> Bool {
        if a.tier.order != b.tier.order { return a.tier.order < b.tier.order }
        if a.tier != b.tier { return a.tier < b.tier }
        if a.priority != b.priority { return a.priority < b.priority }
        let (x, y) = (a.source, b.source)
        if x.name != y.name { return isBefore(x.name, y.name) }
        if x.namespace != y.namespace { return isBefore(x.namespace, y.namespace) }
        if x.kind != y.kind { return x.kind < y.kind }
        if x.group != y.group { return x.group < y.group }
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
