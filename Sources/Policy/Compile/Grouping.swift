import Addresses
import Kubernetes

/// One address of an endpoint; groups are made of these, because rules about blocks mean one family only.
public struct Interface: Hashable, Sendable {
    /// Index into `Inventory.endpoints`.
    public let endpoint: Int32
    /// One that it has, or where it may be (`Endpoint.places`); nil: not known. Of several endpoints with one address only one is found by it (`GuestList.party`).
    public let address: Address?
    /// The family of the address.
    public let isIPv4: Bool
}

/// Interfaces that policies cannot tell from each other.
package struct GroupKey: Hashable, Comparable, Sendable {
    /// Index into `Grouping.namespaceNames`.
    package var namespace: Int32
    /// The family.
    package var isIPv4: Bool
    /// Interned pairs of key and value that a policy may ask for, ascending.
    var labels: [Int32]
    /// Interned list of ports that a policy may name.
    var ports: Int32
    /// Interned name of the service account; -1: nobody asks.
    var serviceAccount: Int32
    /// Which of the blocks that policies name hold the address: where the run of addresses begins in which there is no
    /// border of a block; nil: the address is not known. Blocks that come and go elsewhere do not change it.
    var place: UInt128?

    /// By namespace, then in any order that is always the same.
    package static func < (a: Self, b: Self) -> Bool {
        if a.namespace != b.namespace { return a.namespace < b.namespace }
        if a.labels != b.labels { return a.labels.lexicographicallyPrecedes(b.labels) }
        guard a.place == b.place else { return b.place.map { other in a.place.map { $0 < other } ?? true } ?? false }
        return (a.isIPv4 ? 0 : 1, a.ports, a.serviceAccount) < (b.isIPv4 ? 0 : 1, b.ports, b.serviceAccount)
    }
}

/// All interfaces, in groups. Groups of one namespace stand together.
package struct Grouping: Sendable {
    /// By their keys, so that their order does not depend on which pod comes first.
    package let groups: [Group]
    /// All of them, by endpoint.
    package let interfaces: [Interface]
    /// Group of each interface.
    package let groupOf: [UInt32]
    /// Interfaces of each endpoint: from `firstInterface[i]` to before `firstInterface[i + 1]`; none on host networks.
    package let firstInterface: [Int32]
    /// Names of namespaces, ascending; groups hold indexes into it.
    package let namespaceNames: [String]
    /// Groups of each namespace.
    package let groupsOfNamespace: [Range<Int>]
    /// What the numbers in keys stand for.
    let vocabulary: Vocabulary
    /// First numbers of the runs of addresses between borders of blocks.
    let borders: [UInt128]
    /// The same in groupings that have the same groups, if the one was made from the other.
    private let numbering: Numbering

    /// Interfaces that policies treat alike.
    package struct Group: Hashable, Sendable {
        /// What they have in common.
        package let kind: Kind
        /// Index into `Inventory.endpoints` of one of its members: stands for all, where rules are asked.
        package let example: Int32
        /// One of its addresses.
        package let address: Address?
        /// Indexes of its interfaces, ascending. There is at least one.
        package let members: ArraySlice<Int32>

        /// Who they are, as policies ask.
        package var key: GroupKey { kind.key }
        /// Ports that have a name which a policy uses.
        package var ports: [NamedPort] { kind.ports }
        /// The first of its interfaces.
        package var first: Int32 { members[members.startIndex] }
    }

    /// What the interfaces of a group have in common. It never changes: groupings share those that are the same in them.
    package final class Kind: Hashable, Sendable {
        let key: GroupKey
        let ports: [NamedPort]

        init(_ key: GroupKey, _ ports: [NamedPort]) { (self.key, self.ports) = (key, ports) }

        /// True when both say the same.
        package static func == (a: Kind, b: Kind) -> Bool { a === b || (a.key == b.key && a.ports == b.ports) }

        /// By the key.
        package func hash(into hasher: inout Hasher) { hasher.combine(key) }
    }

    /// Which number stands for which group, as a thing that is the same or not.
    private final class Numbering: Sendable {}

    /// Groups all interfaces.
    ///
    /// - Parameter previous: what its vocabulary knows keeps its numbers, so that groups that are still the same have
    ///   the same keys; and endpoints that are as they were are in the group that they were in.
    init(_ inventory: Inventory, _ interest: Interest, previous: Basis?) {
        let builder = GroupingBuilder(inventory, interest, previous)
        var sorter = InterfaceSorter(inventory, builder)
        sorter.sort(previous.flatMap { builder.isComparable(to: $0) ? $0 : nil })
        interfaces = sorter.interfaces
        firstInterface = sorter.firstInterface
        namespaceNames = builder.namespaceNames
        let isSame = sorter.hasOldSlotsOnly
        let slots = isSame ? Array(0..<sorter.slotCount) : sorter.order
        groupOf = isSame ? sorter.slotOf : sorter.numbers(slots)
        let members = MembersByGroup(groupOf, groups: slots.count)
        let interfaces = interfaces
        groups = slots.enumerated().map { number, slot in
            let own = members[number]
            let first = interfaces[Int(own[own.startIndex])]
            return Group(kind: sorter.kind(slot), example: first.endpoint, address: first.address, members: own)
        }
        groupsOfNamespace =
            (isSame ? previous?.grouping.groupsOfNamespace : nil)
            ?? Self.ranges(groups, namespaces: namespaceNames.count)
        numbering = (isSame ? previous?.grouping.numbering : nil) ?? Numbering()
        vocabulary = builder.finished
        borders = builder.borders
    }

    /// What a grouping is made from, besides what there is now.
    struct Basis {
        let grouping: Grouping
        let inventory: Inventory
        let interest: Interest

        init(_ list: GuestList) { (grouping, inventory, interest) = (list.grouping, list.inventory, list.interest) }
    }

    /// True when numbers of groups mean the same in both, so that sets of groups may be kept.
    package func hasSameGroups(as other: Grouping) -> Bool {
        numbering === other.numbering
            || (groups.count == other.groups.count && namespaceNames == other.namespaceNames
                && zip(groups, other.groups).allSatisfy { $0.kind === $1.kind || $0.key == $1.key }
                && (vocabulary.continues(other.vocabulary) || other.vocabulary.continues(vocabulary)))
    }

    private static func ranges(_ groups: [Group], namespaces: Int) -> [Range<Int>] {
        var ranges = Array(repeating: 0..<0, count: namespaces)
        for (index, group) in groups.enumerated() {
            let namespace = Int(group.key.namespace)
            ranges[namespace] = (ranges[namespace].isEmpty ? index : ranges[namespace].lowerBound)..<(index + 1)
        }
        return ranges
    }
}

/// The members of all groups, in one array.
private struct MembersByGroup {
    private var members: [Int32]
    /// Of each group, where its members begin; and where they end.
    private var starts: [Int]

    init(_ groupOf: [UInt32], groups: Int) {
        members = Array(repeating: 0, count: groupOf.count)
        starts = Array(repeating: 0, count: groups + 1)
        for group in groupOf { starts[Int(group) + 1] += 1 }
        for group in 0..<groups { starts[group + 1] += starts[group] }
        var next = starts
        for (interface, group) in groupOf.enumerated() {
            members[next[Int(group)]] = Int32(interface)
            next[Int(group)] += 1
        }
    }

    subscript(group: Int) -> ArraySlice<Int32> { members[starts[group]..<starts[group + 1]] }
}
