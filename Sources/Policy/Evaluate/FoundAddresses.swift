import Addresses

extension GuestList {
    /// An address by which a pod is found.
    package struct FoundAddress: Hashable, Sendable {
        /// The address.
        package let bits: UInt128
        /// The group of the interface that has it.
        package let group: UInt32
    }

    /// All addresses of a family by which pods are found, ascending.
    package func foundAddresses(isIPv4: Bool) -> [FoundAddress] {
        let table = inventory.addresses
        // Those of IPv4 stand together among the others.
        let ofIPv4 = table.places(in: IntervalSet.ipv4.ranges[0])
        let parts = isIPv4 ? [ofIPv4] : [0..<ofIPv4.lowerBound, ofIPv4.upperBound..<table.bits.count]
        var found: [FoundAddress] = []
        found.reserveCapacity(parts.reduce(0) { $0 + $1.count })
        for part in parts where !part.isEmpty { add(part, of: table, to: &found) }
        return found
    }

    private func add(_ part: Range<Int>, of table: AddressTable, to found: inout [FoundAddress]) {
        var last: UInt128?
        let (first, interfaces, groups) = (grouping.firstInterface, grouping.interfaces, grouping.groupOf)
        for place in part {
            let bits = table.bits[place]
            // Of several who have an address the first is found by it.
            if bits == last { continue }
            last = bits
            let endpoint = Int(table.owners[place])
            for interface in Int(first[endpoint])..<Int(first[endpoint + 1])
            where interfaces[interface].address?.bits == bits {
                found.append(FoundAddress(bits: bits, group: groups[interface]))
                break
            }
        }
    }
}
