import Addresses

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
