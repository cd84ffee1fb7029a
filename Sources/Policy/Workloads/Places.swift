import Addresses
import Kubernetes

// Where pods may be whose addresses are not known. A block of a policy may hold such a pod or not; what is decided for the
// pod at an address of each part that blocks tell apart is all that can be decided for it.

extension GuestList {
    /// The guest list with a place for everyone whose address is not known, in each part of where pods may be that its
    /// policies, or these blocks, tell apart. What holds for all places holds wherever they are.
    ///
    /// - Parameters:
    ///   - blocks: what is told apart besides; where there are any, everyone gets a place, since it is asked who is in
    ///     them.
    ///   - most: nil when there would be more groups in more places than this; an answer about so many would
    ///     take too long.
    package func placed(apart blocks: Set<Prefix>, most: Int) -> GuestList? {
        guard let placed = inventory.placed(apart: self.blocks.union(blocks), isAsked: !blocks.isEmpty) else {
            return self
        }
        let places = placed.endpoints.lazy.map(\.places.count).max() ?? 0
        let unknown = grouping.groups.count { group in
            inventory.endpoints[Int(group.example)].addresses.isEmpty
        }
        return unknown * places > most ? nil : updated(inventory: placed, policies: policies)
    }
}

extension Inventory {
    /// The same with places for endpoints whose addresses are not known; nil: they have these places already, or none can
    /// be told from another.
    fileprivate func placed(apart blocks: Set<Prefix>, isAsked: Bool) -> Inventory? {
        let unknown = endpoints.indices.filter { endpoints[$0].addresses.isEmpty && !endpoints[$0].usesHostNetwork }
        guard !unknown.isEmpty else { return nil }
        var places = places(apart: blocks)
        // In one run only they are what they are without a place.
        if !isAsked, [true, false].allSatisfy({ isIPv4 in places.count { $0.isIPv4 == isIPv4 } <= 1 }) { places = [] }
        guard unknown.contains(where: { endpoints[$0].places != places }) else { return nil }
        var result = self
        for index in unknown { result.endpoints[index] = endpoints[index].with(places: places) }
        return result
    }

    /// The first address that is nobody's of every run between borders of blocks in which pods may be.
    private func places(apart blocks: Set<Prefix>) -> [Address] {
        let starts = AddressBorders(blocks).starts
        var found: [Address] = []
        var last = -1
        for range in IntervalSet(prefixes: podRanges).ranges {
            var next: UInt128? = range.lowerBound
            while let bits = next, bits <= range.upperBound {
                let run = AddressBorders.run(of: bits, in: starts)
                let end = run + 1 < starts.count ? min(starts[run + 1] - 1, range.upperBound) : range.upperBound
                if run != last, let free = free(in: bits...end) {
                    found.append(free)
                    last = run
                }
                next = end == .max ? nil : end + 1
            }
        }
        return found
    }

    private func free(in range: ClosedRange<UInt128>) -> Address? {
        var bits = range.lowerBound
        while true {
            let address = Address(bits: bits)
            if self.endpoint(at: address) == nil, nodeByAddress[address] == nil { return address }
            if bits == range.upperBound { return nil }
            bits += 1
        }
    }
}
