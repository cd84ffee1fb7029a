import Addresses

/// Puts interfaces into slots, one for each key. Endpoints that are as they were before are in the slots of their groups
/// of before, without a look at them.
struct InterfaceSorter {
    private(set) var interfaces: [Interface] = []
    private(set) var firstInterface: [Int32] = []
    /// Of each interface.
    private(set) var slotOf: [UInt32] = []
    /// Groups of before, in their order, and then new ones. Some may have no interface.
    private(set) var slots: [(key: GroupKey, ports: [NamedPort])] = []

    private let inventory: Inventory
    private let builder: GroupingBuilder
    private let families: [Bool]
    private var old: Grouping.Basis?
    /// True: nobody can be in another run of addresses.
    private var hasSameBorders = true
    private var newSlots: [GroupKey: Int] = [:]

    init(_ inventory: Inventory, _ builder: GroupingBuilder) {
        self.inventory = inventory
        self.builder = builder
        families = [true, false].filter { isIPv4 in inventory.podRanges.contains { $0.address.isIPv4 == isIPv4 } }
    }

    /// - Parameter old: a grouping whose keys mean the same, and its inventory; nil: there is none.
    mutating func sort(_ old: Grouping.Basis?) {
        self.old = old
        hasSameBorders = old?.grouping.borders == builder.borders
        slots = old?.grouping.groups.map { ($0.key, $0.ports) } ?? []
        interfaces.reserveCapacity(inventory.endpoints.count + 16)
        slotOf.reserveCapacity(inventory.endpoints.count + 16)
        firstInterface.reserveCapacity(inventory.endpoints.count + 1)
        let (before, now) = (old?.inventory.endpoints ?? [], inventory.endpoints)
        // Both are in one order.
        var (i, j) = (0, 0)
        while j < now.count {
            let (start, first) = (i, j)
            while i < before.count, j < now.count, before[i].isAsked(like: now[j]), isInPlace(i) {
                (i, j) = (i + 1, j + 1)
            }
            if i > start { keep(start..<i, from: first) }
            guard j < now.count else { break }
            if i < before.count, Inventory.stands(before[i], before: now[j]) {
                i += 1
            } else {
                add(j)
                j += 1
            }
        }
        firstInterface.append(Int32(interfaces.count))
    }

    /// True when the addresses of an endpoint of before are in the runs in which they were.
    private func isInPlace(_ index: Int) -> Bool {
        guard !hasSameBorders, let grouping = old?.grouping else { return true }
        let own = Int(grouping.firstInterface[index])..<Int(grouping.firstInterface[index + 1])
        return own.allSatisfy { number in
            grouping.interfaces[number].address.map(builder.place)
                == grouping.groups[Int(grouping.groupOf[number])].key.place
        }
    }

    /// Endpoints of before that are the same now.
    private mutating func keep(_ run: Range<Int>, from first: Int) {
        guard let grouping = old?.grouping else { return }
        let own = Int(grouping.firstInterface[run.lowerBound])..<Int(grouping.firstInterface[run.upperBound])
        let (step, shift) = (Int32(first - run.lowerBound), Int32(interfaces.count - own.lowerBound))
        firstInterface += grouping.firstInterface[run].lazy.map { $0 + shift }
        interfaces += grouping.interfaces[own].lazy.map {
            Interface(endpoint: $0.endpoint + step, address: $0.address, isIPv4: $0.isIPv4)
        }
        slotOf += grouping.groupOf[own]
    }

    /// Endpoints without a known address have an interface of each family that pods may have, or in each of their places.
    private mutating func add(_ index: Int) {
        firstInterface.append(Int32(interfaces.count))
        let endpoint = inventory.endpoints[index]
        if endpoint.usesHostNetwork { return }
        let known = endpoint.addresses.isEmpty ? endpoint.places : endpoint.addresses
        if known.isEmpty {
            for isIPv4 in families { add(Interface(endpoint: Int32(index), address: nil, isIPv4: isIPv4)) }
        }
        // Of two with one address it is not known which has it: both are looked at.
        for address in known { add(Interface(endpoint: Int32(index), address: address, isIPv4: address.isIPv4)) }
    }

    private mutating func add(_ interface: Interface) {
        interfaces.append(interface)
        slotOf.append(UInt32(slot(interface)))
    }

    private mutating func slot(_ interface: Interface) -> Int {
        let key = builder.key(interface)
        if let groups = old?.grouping.groups {
            var (low, high) = (0, groups.count)
            while low < high {
                let middle = (low + high) / 2
                if groups[middle].key < key { low = middle + 1 } else { high = middle }
            }
            if low < groups.count, groups[low].key == key { return low }
        }
        if let known = newSlots[key] { return known }
        slots.append((key, builder.ports(of: inventory.endpoints[Int(interface.endpoint)])))
        newSlots[key] = slots.count - 1
        return slots.count - 1
    }

    // MARK: Order

    /// True when the groups are those of before, and each has an interface.
    var hasOldSlotsOnly: Bool {
        guard let old, slots.count == old.grouping.groups.count else { return false }
        return !isUsed.contains(false)
    }

    private var isUsed: [Bool] {
        var isUsed = Array(repeating: false, count: slots.count)
        for slot in slotOf { isUsed[Int(slot)] = true }
        return isUsed
    }

    /// Slots that have interfaces, by key.
    var order: [Int] {
        let isUsed = isUsed
        return slots.indices.filter { isUsed[$0] }.sorted { slots[$0].key < slots[$1].key }
    }

    /// Of each interface, the place of its slot in an order.
    func numbers(_ order: [Int]) -> [UInt32] {
        var numbers = Array(repeating: UInt32(0), count: slots.count)
        for (number, slot) in order.enumerated() { numbers[slot] = UInt32(number) }
        return slotOf.map { numbers[Int($0)] }
    }
}
