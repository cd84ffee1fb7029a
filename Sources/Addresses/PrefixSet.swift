/// A set of addresses given by blocks; asking is a binary search however many blocks there are.
public struct PrefixSet: Hashable, Sendable {
    private let lower: [UInt128]
    private let upper: [UInt128]

    /// The union of the blocks. O(n log n).
    public init(_ prefixes: some Sequence<Prefix>) {
        let ranges = prefixes.flatMap(\.ranges).sorted { $0.lowerBound < $1.lowerBound }
        var lower: [UInt128] = []
        var upper: [UInt128] = []
        for range in ranges {
            if let last = upper.last, last == .max || range.lowerBound <= last + 1 {
                upper[upper.count - 1] = max(last, range.upperBound)
            } else {
                lower.append(range.lowerBound)
                upper.append(range.upperBound)
            }
        }
        self.lower = lower
        self.upper = upper
    }

    /// True when no address is in the set.
    public var isEmpty: Bool { lower.isEmpty }

    /// True when one of the blocks holds the address. O(log n).
    public func contains(_ address: Address) -> Bool {
        var low = 0
        var high = lower.count
        while low < high {
            let middle = (low + high) / 2
            if lower[middle] <= address.bits { low = middle + 1 } else { high = middle }
        }
        return low > 0 && address.bits <= upper[low - 1]
    }
}

extension Prefix {
    /// The numbers of its addresses. A wide IPv6 block has the IPv4 block cut out, whose numbers lie inside `::/32`.
    var ranges: [ClosedRange<UInt128>] {
        let whole = address.bits...lastAddress.bits
        let ipv4 = Address.mapped...(Address.mapped | 0xffff_ffff)
        guard !address.isIPv4, whole.contains(ipv4.lowerBound) else { return [whole] }
        return [whole.lowerBound...(ipv4.lowerBound - 1), (ipv4.upperBound + 1)...whole.upperBound]
    }
}
