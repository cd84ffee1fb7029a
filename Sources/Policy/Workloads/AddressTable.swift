import Addresses

/// Whose each address is: of everybody who says that it is his, the first is found by it.
///
/// Two plain arrays, which are copied and shifted at the speed of memory when somebody comes or goes.
struct AddressTable: Hashable, Sendable {
    /// Ascending; an address that several have is there for each of them.
    private(set) var bits: [UInt128] = []
    /// Who has it: an index into `Inventory.endpoints`.
    private(set) var owners: [Int32] = []

    /// - Parameter claims: of one address, the first comes first.
    init(_ claims: [(address: Address, owner: Int32)]) {
        let order = claims.indices.sorted {
            (claims[$0].address.bits, $0) < (claims[$1].address.bits, $1)
        }
        bits.reserveCapacity(order.count)
        owners.reserveCapacity(order.count)
        for index in order { add(claims[index].address, claims[index].owner) }
    }

    private mutating func add(_ address: Address, _ owner: Int32) {
        // Whoever says so twice has it once.
        var last = bits.count - 1
        while last >= 0, bits[last] == address.bits {
            if owners[last] == owner { return }
            last -= 1
        }
        bits.append(address.bits)
        owners.append(owner)
    }

    /// The first who has it. O(log n).
    subscript(address: Address) -> Int32? {
        let place = place(address.bits)
        return place < bits.count && bits[place] == address.bits ? owners[place] : nil
    }

    /// Everybody who has it.
    func owners(of address: Address) -> ArraySlice<Int32> {
        let first = place(address.bits)
        var end = first
        while end < bits.count, bits[end] == address.bits { end += 1 }
        return owners[first..<end]
    }

    /// Says who has an address, in order.
    mutating func set(_ address: Address, _ all: [Int32]) {
        let old = owners(of: address).indices
        bits.replaceSubrange(old, with: repeatElement(address.bits, count: all.count))
        owners.replaceSubrange(old, with: all)
    }

    /// Where addresses of a range stand.
    func places(in range: ClosedRange<UInt128>) -> Range<Int> {
        let end = range.upperBound == .max ? bits.count : place(range.upperBound + 1)
        return place(range.lowerBound)..<end
    }

    /// Follows endpoints from an index on, which have moved up or down.
    mutating func shift(from index: Int, by step: Int32) {
        let first = Int32(index)
        for place in owners.indices { owners[place] &+= owners[place] >= first ? step : 0 }
    }

    private func place(_ number: UInt128) -> Int {
        var low = 0
        var high = bits.count
        while low < high {
            let middle = (low + high) / 2
            if bits[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
