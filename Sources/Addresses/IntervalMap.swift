/// Values over ranges of numbers that do not overlap; a look-up is a binary search.
public struct IntervalMap<Bound: FixedWidthInteger & Sendable, Value: Sendable>: Sendable {
    /// A range with both ends in it, so that the last number of a type can be covered.
    public struct Entry: Sendable {
        /// The numbers.
        public let range: ClosedRange<Bound>
        /// What they map to.
        public let value: Value
    }

    /// By range, ascending.
    public private(set) var entries: [Entry]

    /// The map in which, where ranges overlap, the narrowest wins; among equals, the first.
    ///
    /// With the ranges of prefixes this is the longest match. O(n log n) when ranges nest, as prefixes do;
    /// O(n^2) at most.
    public init(narrowestWins ranges: [(range: ClosedRange<Bound>, value: Value)]) {
        let order = ranges.indices.sorted {
            (ranges[$0].range.width, $0) < (ranges[$1].range.width, $1)
        }
        var free = FreeSpace<Bound>()
        entries = []
        for index in order {
            for gap in free.take(ranges[index].range) {
                entries.append(Entry(range: gap, value: ranges[index].value))
            }
        }
        entries.sort { $0.range.lowerBound < $1.range.lowerBound }
    }

    /// The value at a number; nil where no range covers it. O(log n).
    public subscript(number: Bound) -> Value? {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            let range = entries[middle].range
            if number < range.lowerBound {
                high = middle
            } else if number > range.upperBound {
                low = middle + 1
            } else {
                return entries[middle].value
            }
        }
        return nil
    }
}

extension IntervalMap.Entry: Equatable where Value: Equatable {}
extension IntervalMap.Entry: Hashable where Value: Hashable {}
extension IntervalMap: Equatable where Value: Equatable {}
extension IntervalMap: Hashable where Value: Hashable {}

extension ClosedRange where Bound: FixedWidthInteger {
    fileprivate var width: Bound.Magnitude { upperBound.magnitude &- lowerBound.magnitude }
}

/// What wider ranges may still claim: the complement of a sorted list of disjoint, non-touching taken ranges.
private struct FreeSpace<Bound: FixedWidthInteger> {
    private var taken: [ClosedRange<Bound>] = []

    /// Takes a range and gives back those parts of it that were free.
    mutating func take(_ range: ClosedRange<Bound>) -> [ClosedRange<Bound>] {
        let first = firstIndex { touches(taken[$0].upperBound, range.lowerBound) }
        var end = first
        var gaps: [ClosedRange<Bound>] = []
        var next: Bound? = range.lowerBound
        while end < taken.count, touches(range.upperBound, taken[end].lowerBound) {
            if let start = next, start < taken[end].lowerBound {
                gaps.append(start...Swift.min(range.upperBound, taken[end].lowerBound - 1))
            }
            if let start = next, taken[end].upperBound >= start {
                next = taken[end].upperBound == .max ? nil : taken[end].upperBound + 1
            }
            end += 1
        }
        if let start = next, start <= range.upperBound { gaps.append(start...range.upperBound) }
        let lower = Swift.min(range.lowerBound, first < end ? taken[first].lowerBound : range.lowerBound)
        let upper = Swift.max(range.upperBound, first < end ? taken[end - 1].upperBound : range.upperBound)
        taken.replaceSubrange(first..<end, with: [lower...upper])
        return gaps
    }

    /// True when `b` is at most one above `a`.
    private func touches(_ a: Bound, _ b: Bound) -> Bool { a == .max || b <= a + 1 }

    private func firstIndex(where isAtOrAfter: (Int) -> Bool) -> Int {
        var low = 0
        var high = taken.count
        while low < high {
            let middle = (low + high) / 2
            if isAtOrAfter(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
