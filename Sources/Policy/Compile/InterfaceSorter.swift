import Addresses

/// Puts interfaces into slots, one for each key. Endpoints that are as they were before are in the slots of their groups
/// of before, without a look at them.
struct InterfaceSorter {
    private(set) var interfaces: [Interface] = []
    private(set) var firstInterface: [Int32] = []
    /// Of each interface.
    private(set) var slotOf: [UInt32] = []
    /// Slots that are not groups of before. Those come first, in their order; some may have no interface.
    private var added: [Grouping.Kind] = []

    private let inventory: Inventory
    private let builder: GroupingBuilder
    private let families: [Bool]
    private var old: Grouping.Basis?
    /// True: nobody can be in another run of addresses.
    private var isSettled = true
    private var newSlots: [GroupKey: Int] = [:]

    init(_ inventory: Inventory, _ builder: GroupingBuilder) {
        self.inventory = inventory
        self.builder = builder
        families = [true, false].filter { isIPv4 in inventory.podRanges.contains { $0.address.isIPv4 == isIPv4 } }
    }

    /// - Parameter old: a grouping whose keys mean the same, and its inventory; nil: there is none.
    mutating func sort(_ old: Grouping.Basis?) {
        self.old = old
        isSettled = old.map(staysInPlace) ?? true
        interfaces.reserveCapacity(inventory.endpoints.count + 16)
        slotOf.reserveCapacity(inventory.endpoints.count + 16)
        firstInterface.reserveCapacity(inventory.endpoints.count + 1)
        let (before, now) = (old?.inventory.endpoints ?? [], inventory.endpoints)
        // What both share at their ends needs no look, unless somebody may be in another run.
        let ends = isSettled ? SharedEnds(before, now) : SharedEnds([Endpoint](), [])
        if ends.prefix > 0 { keep(0..<ends.prefix, from: 0) }
        sort(
            before, ends.prefix..<(before.count - ends.suffix), now, ends.prefix..<(now.count - ends.suffix))
        if ends.suffix > 0 { keep((before.count - ends.suffix)..<before.count, from: now.count - ends.suffix) }
        firstInterface.append(Int32(interfaces.count))
    }

    /// Both are in one order.
    private mutating func sort(
        _ before: [Endpoint], _ ofBefore: Range<Int>, _ now: [Endpoint], _ ofNow: Range<Int>
    ) {
        var (i, j) = (ofBefore.lowerBound, ofNow.lowerBound)
        while j < ofNow.upperBound {
            let (start, first) = (i, j)
            while i < ofBefore.upperBound, j < ofNow.upperBound, before[i].isAsked(like: now[j]), isInPlace(i) {
                (i, j) = (i + 1, j + 1)
            }
            if i > start { keep(start..<i, from: first) }
            guard j < ofNow.upperBound else { break }
            if i < ofBefore.upperBound, Inventory.stands(before[i], before: now[j]) {
                i += 1
            } else {
                add(j)
                j += 1
            }
        }
    }

    /// True when the run of every group of before is whole: it begins where it began, and ends no earlier.
    private func staysInPlace(_ old: Grouping.Basis) -> Bool {
        let (before, now) = (old.grouping.borders, builder.borders)
        if before == now { return true }
        var runs: Set<UInt128> = []
        for group in old.grouping.groups { if let place = group.key.place { runs.insert(place) } }
        return runs.allSatisfy { run in
            let (was, next) = (AddressBorders.run(of: run, in: before), AddressBorders.run(of: run, in: now))
            guard now[next] == run else { return false }
            guard next + 1 < now.count else { return true }
            return was + 1 < before.count && before[was + 1] <= now[next + 1]
        }
    }

    /// True when the addresses of an endpoint of before are in the runs in which they were.
    private func isInPlace(_ index: Int) -> Bool {
        guard !isSettled, let grouping = old?.grouping else { return true }
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
        let number = slotCount
        added.append(Grouping.Kind(key, builder.ports(of: inventory.endpoints[Int(interface.endpoint)])))
        newSlots[key] = number
        return number
    }

    private var oldSlots: Int { old?.grouping.groups.count ?? 0 }

    /// How many slots there are.
    var slotCount: Int { oldSlots + added.count }

    /// What the interfaces of a slot have in common.
    func kind(_ slot: Int) -> Grouping.Kind {
        if let old, slot < oldSlots { return old.grouping.groups[slot].kind }
        return added[slot - oldSlots]
    }

    // MARK: Order

    /// True when the groups are those of before, and each has an interface.
    var hasOldSlotsOnly: Bool {
        old != nil && added.isEmpty && !isUsed.contains(false)
    }

    private var isUsed: [Bool] {
        var isUsed = Array(repeating: false, count: slotCount)
        for slot in slotOf { isUsed[Int(slot)] = true }
        return isUsed
    }

    /// Slots that have interfaces, by key.
    var order: [Int] {
        let isUsed = isUsed
        return (0..<slotCount).filter { isUsed[$0] }.map { (slot: $0, kind: kind($0)) }
            .sorted { $0.kind.key < $1.kind.key }.map(\.slot)
    }

    /// Of each interface, the place of its slot in an order.
    func numbers(_ order: [Int]) -> [UInt32] {
        var numbers = Array(repeating: UInt32(0), count: slotCount)
        for (number, slot) in order.enumerated() { numbers[slot] = UInt32(number) }
        return slotOf.map { numbers[Int($0)] }
    }
}
