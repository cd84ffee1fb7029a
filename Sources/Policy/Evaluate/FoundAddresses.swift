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
        var found: [FoundAddress] = []
        if isIPv4 { found.reserveCapacity(table.bits.count) }
        var last: UInt128?
        for place in table.bits.indices {
            let bits = table.bits[place]
            // Of several who have an address the first is found by it.
            if bits == last { continue }
            last = bits
            let address = Address(bits: bits)
            guard address.isIPv4 == isIPv4 else { continue }
            let endpoint = Int(table.owners[place])
            for interface in Int(grouping.firstInterface[endpoint])..<Int(grouping.firstInterface[endpoint + 1])
            where grouping.interfaces[interface].address == address {
                found.append(FoundAddress(bits: bits, group: grouping.groupOf[interface]))
                break
            }
        }
        return found
    }
}
