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
    /// Which of the blocks that policies name hold the address: the index of the run of addresses without a border
    /// in it; -1: the address is not known.
    var place: Int32

    /// By namespace, then in any order that is always the same.
    package static func < (a: Self, b: Self) -> Bool {
        if a.namespace != b.namespace { return a.namespace < b.namespace }
        if a.labels != b.labels { return a.labels.lexicographicallyPrecedes(b.labels) }
        return (a.place, a.isIPv4 ? 0 : 1, a.ports, a.serviceAccount)
            < (b.place, b.isIPv4 ? 0 : 1, b.ports, b.serviceAccount)
    }
}

/// All interfaces, in groups. Groups of one namespace stand together.
package struct Grouping: Sendable {
    /// By namespace.
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

    /// Interfaces that policies treat alike.
    package struct Group: Hashable, Sendable {
        /// What they have in common.
        package let key: GroupKey
        /// Index into `Inventory.endpoints` of one of its members: stands for all, where rules are asked.
        package let example: Int32
        /// One of its addresses.
        package let address: Address?
        /// Ports that have a name which a policy uses.
        package let ports: [NamedPort]
        /// Indexes of its interfaces, ascending.
        package let members: [Int32]
    }

    /// Groups all interfaces.
    ///
    /// - Parameter previous: what its vocabulary knows keeps its numbers, so that groups that are still the same have
    ///   the same keys; and endpoints that are as they were are in the group that they were in.
    init(_ inventory: Inventory, _ interest: Interest, previous: Basis?) {
        let builder = GroupingBuilder(inventory, interest, previous?.grouping.vocabulary)
        (interfaces, firstInterface) = Self.interfaces(of: inventory)
        namespaceNames = builder.namespaceNames
        var known = previous.flatMap { KnownGroups($0, inventory, builder) }
        var collector = GroupCollector(interfaces.count)
        for index in inventory.endpoints.indices {
            let own = Int(firstInterface[index])..<Int(firstInterface[index + 1])
            if own.isEmpty { continue }
            let old = known?.firstInterface(of: inventory.endpoints[index])
            for interface in own {
                if let old, let previous {
                    let group = Int(previous.grouping.groupOf[old + interface - own.lowerBound])
                    collector.add(interface, old: group, previous.grouping.groups[group].key)
                } else {
                    collector.add(interface, builder.key(interfaces[interface]))
                }
            }
        }
        let order = collector.order
        var final = Array(repeating: UInt32(0), count: order.count)
        for (new, old) in order.enumerated() { final[old] = UInt32(new) }
        groupOf = collector.placeOf.map { final[$0] }
        let interfaces = interfaces
        groups = order.map { place in
            let found = collector.found[place]
            let first = interfaces[Int(found.members[0])]
            return Group(
                key: found.key, example: first.endpoint, address: first.address,
                ports: builder.ports(of: inventory.endpoints[Int(first.endpoint)]), members: found.members)
        }
        groupsOfNamespace = Self.ranges(groups, namespaces: namespaceNames.count)
        vocabulary = builder.vocabulary
    }

    /// What a grouping is made from, besides what there is now.
    struct Basis {
        let grouping: Grouping
        let inventory: Inventory
        /// True: policies ask for the same.
        let isSameInterest: Bool

        init(_ grouping: Grouping, _ inventory: Inventory, isSameInterest: Bool) {
            (self.grouping, self.inventory, self.isSameInterest) = (grouping, inventory, isSameInterest)
        }
    }

    /// True when numbers of groups mean the same in both, so that sets of groups may be kept.
    package func hasSameGroups(as other: Grouping) -> Bool {
        groups.count == other.groups.count && namespaceNames == other.namespaceNames
            && zip(groups, other.groups).allSatisfy { $0.key == $1.key }
            && (vocabulary.continues(other.vocabulary) || other.vocabulary.continues(vocabulary))
    }

    /// Endpoints without a known address have an interface of each family that pods may have, or in each of their places.
    private static func interfaces(of inventory: Inventory) -> ([Interface], [Int32]) {
        let families = [true, false].filter { isIPv4 in inventory.podRanges.contains { $0.address.isIPv4 == isIPv4 } }
        var interfaces: [Interface] = []
        var first: [Int32] = []
        for (index, endpoint) in inventory.endpoints.enumerated() {
            first.append(Int32(interfaces.count))
            if endpoint.usesHostNetwork { continue }
            let known = endpoint.addresses.isEmpty ? endpoint.places : endpoint.addresses
            if known.isEmpty {
                interfaces += families.map { Interface(endpoint: Int32(index), address: nil, isIPv4: $0) }
            }
            // Of two with one address it is not known which has it: both are looked at.
            interfaces += known.map { Interface(endpoint: Int32(index), address: $0, isIPv4: $0.isIPv4) }
        }
        return (interfaces, first + [Int32(interfaces.count)])
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

/// Finds endpoints that are as they were before: both are in one order.
private struct KnownGroups {
    private let basis: Grouping.Basis
    private var next = 0

    /// nil: what keys are made of has changed, and groups of before say nothing.
    init?(_ basis: Grouping.Basis, _ inventory: Inventory, _ builder: GroupingBuilder) {
        guard basis.isSameInterest, basis.inventory.podRanges == inventory.podRanges,
            basis.grouping.namespaceNames == builder.namespaceNames, builder.isContinued
        else { return nil }
        self.basis = basis
    }

    /// Its first interface in the grouping of before; nil: there was none like it.
    mutating func firstInterface(of endpoint: borrowing Endpoint) -> Int? {
        while next < basis.inventory.endpoints.count {
            if Self.isSame(basis.inventory.endpoints[next], endpoint) {
                next += 1
                return Int(basis.grouping.firstInterface[next - 1])
            }
            guard Inventory.stands(basis.inventory.endpoints[next], before: endpoint) else { return nil }
            next += 1
        }
        return nil
    }

    private static func isSame(_ a: borrowing Endpoint, _ b: borrowing Endpoint) -> Bool {
        a.name == b.name && a.labels == b.labels && a.addresses == b.addresses && a.ports == b.ports
            && a.serviceAccount == b.serviceAccount && a.usesHostNetwork == b.usesHostNetwork && a.places == b.places
    }
}

/// Puts interfaces together by their keys.
private struct GroupCollector {
    /// Groups, in the order in which they were found.
    private(set) var found: [(key: GroupKey, old: Int, members: [Int32])] = []
    /// Of each interface: its group in `found`.
    private(set) var placeOf: [Int] = []
    private var byKey: [GroupKey: Int] = [:]
    /// Of groups of before: where they are in `found`.
    private var byOld: [Int: Int] = [:]

    init(_ interfaces: Int) { placeOf.reserveCapacity(interfaces) }

    /// - Parameter old: the group of before that has the key; -1: it is not known whether one has.
    mutating func add(_ interface: Int, old: Int = -1, _ key: @autoclosure () -> GroupKey) {
        let place = (old < 0 ? nil : byOld[old]) ?? self.place(key(), old)
        found[place].members.append(Int32(interface))
        placeOf.append(place)
    }

    private mutating func place(_ key: GroupKey, _ old: Int) -> Int {
        let place = byKey[key] ?? found.count
        if place == found.count {
            byKey[key] = place
            found.append((key, old, []))
        }
        if old >= 0 {
            byOld[old] = place
            found[place].old = old
        }
        return place
    }

    /// By keys, so that their order does not depend on which pod comes first. Groups of before are in that order.
    var order: [Int] {
        let isKnown = found.allSatisfy { $0.old >= 0 }
        return found.indices.sorted { isKnown ? found[$0].old < found[$1].old : found[$0].key < found[$1].key }
    }
}

/// What the numbers in keys of groups stand for.
struct Vocabulary: Hashable, Sendable {
    var pairs: [Label: Int32] = [:]
    var portLists: [[NamedPort]: Int32] = [:]
    var accounts: [String: Int32] = [:]
    /// First numbers of the runs of addresses between borders of blocks.
    let borders: [UInt128]

    struct Label: Hashable, Sendable {
        let key: String
        let value: String
    }

    init(borders: [UInt128]) { self.borders = borders }

    /// True when all numbers of the other mean the same in this one.
    func continues(_ other: Vocabulary) -> Bool {
        borders == other.borders && Self.continues(pairs, other.pairs) && Self.continues(portLists, other.portLists)
            && Self.continues(accounts, other.accounts)
    }

    private static func continues<Key>(_ new: [Key: Int32], _ old: [Key: Int32]) -> Bool {
        new.count >= old.count && (new == old || old.allSatisfy { new[$0.key] == $0.value })
    }
}

/// Makes keys of groups.
private final class GroupingBuilder {
    package let namespaceNames: [String]
    private let inventory: Inventory
    private let interest: Interest
    private let namespaceIndex: [String: Int32]
    private(set) var vocabulary: Vocabulary
    /// True: numbers of before mean what they meant.
    let isContinued: Bool

    /// Keys of labels that policies ask for.
    private let labelKeys: [String]

    init(_ inventory: Inventory, _ interest: Interest, _ old: Vocabulary?) {
        self.inventory = inventory
        self.interest = interest
        let names = inventory.namespaces.keys.sorted()
        namespaceNames = names
        namespaceIndex = Dictionary(
            uniqueKeysWithValues: names.enumerated().map { ($0.element, Int32($0.offset)) })
        labelKeys = interest.labels.sorted()
        let fresh = Vocabulary(borders: AddressBorders(interest.blocks).starts)
        // Values that no pod has any more are forgotten once they are many.
        let isWorthKeeping = old.map {
            $0.borders == fresh.borders && $0.pairs.count < 1000 + inventory.endpoints.count
        }
        isContinued = isWorthKeeping == true
        vocabulary = isWorthKeeping == true ? old ?? fresh : fresh
    }

    func key(_ interface: Interface) -> GroupKey {
        let index = Int(interface.endpoint)
        var labels: [Int32] = []
        // In the order of keys: that of dictionaries differs between equal ones, and numbers are given in turn.
        for key in labelKeys {
            guard let value = inventory.endpoints[index].labels[key] else { continue }
            labels.append(Self.intern(Vocabulary.Label(key: key, value: value), &vocabulary.pairs))
        }
        labels.sort()
        let ports = ports(of: inventory.endpoints[index])
        let account = interest.serviceAccounts ? inventory.endpoints[index].serviceAccount : nil
        return GroupKey(
            namespace: namespaceIndex[inventory.endpoints[index].namespace] ?? -1, isIPv4: interface.isIPv4,
            labels: labels, ports: ports.isEmpty ? -1 : Self.intern(ports, &vocabulary.portLists),
            serviceAccount: account.map { Self.intern($0, &vocabulary.accounts) } ?? -1,
            place: interface.address.map { Int32(AddressBorders.run(of: $0.bits, in: vocabulary.borders)) } ?? -1)
    }

    /// The ports of an endpoint that a policy may name, in one order.
    func ports(of endpoint: Endpoint) -> [NamedPort] {
        guard !interest.portNames.isEmpty else { return [] }
        let named = endpoint.ports.filter { interest.portNames.contains($0.name) }
        if named.count < 2 { return named }
        return Set(named).sorted { ($0.name, $0.proto.rawValue, $0.port) < ($1.name, $1.proto.rawValue, $1.port) }
    }

    private static func intern<Key: Hashable>(_ key: Key, _ table: inout [Key: Int32]) -> Int32 {
        if let number = table[key] { return number }
        let number = Int32(table.count)
        table[key] = number
        return number
    }
}

/// The numbers at which some block begins, or has just ended: between two of them all addresses are in the same blocks.
package struct AddressBorders: Sendable {
    /// Ascending, the first is 0.
    package let starts: [UInt128]

    package init(_ blocks: some Sequence<Prefix>) {
        self.init(blocks.flatMap { IntervalSet(prefixes: [$0]).ranges })
    }

    package init(_ ranges: [ClosedRange<UInt128>]) {
        var starts: Set<UInt128> = [0]
        // Families never share a run.
        for range in ranges + IntervalSet<UInt128>.ipv4.ranges {
            starts.insert(range.lowerBound)
            if range.upperBound != .max { starts.insert(range.upperBound + 1) }
        }
        self.starts = starts.sorted()
    }

    /// The index of the run that holds a number. O(log n).
    package static func run(of number: UInt128, in starts: [UInt128]) -> Int {
        var low = 0
        var high = starts.count
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= number { low = middle + 1 } else { high = middle }
        }
        return low - 1
    }
}
