/// A set of numbers as disjoint ranges, in order, with at least one number between two of them.
///
/// Two sets with the same numbers are equal, whatever they were made of. Every operation is linear in the number of
/// ranges; asking for one number is a binary search.
public struct IntervalSet<Bound: FixedWidthInteger & UnsignedInteger & Sendable>: Hashable, Sendable {
    /// Both ends included, ascending.
    public private(set) var ranges: [ClosedRange<Bound>]

    /// No number.
    public static var empty: Self { Self(sorted: []) }

    /// Every number of the type.
    public static var all: Self { Self(sorted: [0...Bound.max]) }

    /// One range.
    public init(_ range: ClosedRange<Bound>) { ranges = [range] }

    /// The union of ranges in any order. O(n log n).
    public init(_ parts: some Sequence<ClosedRange<Bound>>) {
        ranges = []
        for range in parts.sorted(by: { $0.lowerBound < $1.lowerBound }) { append(range) }
    }

    /// The set of single numbers, ascending; equal ones may stand side by side.
    public init(ascending numbers: some Sequence<Bound>) {
        ranges = []
        for number in numbers { append(number...number) }
    }

    private init(sorted: [ClosedRange<Bound>]) { ranges = sorted }

    /// Adds a range that begins nowhere below the last one; joins them where they touch.
    private mutating func append(_ range: ClosedRange<Bound>) {
        guard let last = ranges.last, last.upperBound == .max || range.lowerBound <= last.upperBound + 1 else {
            return ranges.append(range)
        }
        ranges[ranges.count - 1] = last.lowerBound...Swift.max(last.upperBound, range.upperBound)
    }

    /// True when no number is in it.
    public var isEmpty: Bool { ranges.isEmpty }

    /// True when every number of the type is in it.
    public var isAll: Bool { ranges.count == 1 && ranges[0] == 0...Bound.max }

    /// True when the number is in it. O(log n).
    public func contains(_ number: Bound) -> Bool {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < number { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].lowerBound <= number
    }

    /// Numbers in one of both.
    public func union(_ other: Self) -> Self {
        if isEmpty || other.isAll { return other }
        if other.isEmpty || isAll { return self }
        var result = Self.empty
        result.ranges.reserveCapacity(ranges.count + other.ranges.count)
        var (i, j) = (0, 0)
        while i < ranges.count || j < other.ranges.count {
            if j == other.ranges.count || (i < ranges.count && ranges[i].lowerBound <= other.ranges[j].lowerBound) {
                result.append(ranges[i])
                i += 1
            } else {
                result.append(other.ranges[j])
                j += 1
            }
        }
        return result
    }

    /// Numbers in both.
    public func intersection(_ other: Self) -> Self {
        if isEmpty || other.isAll { return self }
        if other.isEmpty || isAll { return other }
        var result = Self.empty
        var (i, j) = (0, 0)
        while i < ranges.count, j < other.ranges.count {
            let (a, b) = (ranges[i], other.ranges[j])
            if a.overlaps(b) { result.ranges.append(a.clamped(to: b)) }
            if a.upperBound < b.upperBound { i += 1 } else { j += 1 }
        }
        return result
    }

    /// Numbers in this one and not in the other.
    public func subtracting(_ other: Self) -> Self { intersection(other.complement) }

    /// Numbers that are not in it.
    public var complement: Self {
        var result = Self.empty
        var next: Bound? = 0
        for range in ranges {
            if let start = next, start < range.lowerBound { result.ranges.append(start...(range.lowerBound - 1)) }
            next = range.upperBound == .max ? nil : range.upperBound + 1
        }
        if let start = next { result.ranges.append(start...Bound.max) }
        return result
    }

    /// True when every number is in the other too.
    public func isSubset(of other: Self) -> Bool {
        var j = 0
        for range in ranges {
            while j < other.ranges.count, other.ranges[j].upperBound < range.lowerBound { j += 1 }
            guard j < other.ranges.count, other.ranges[j].lowerBound <= range.lowerBound,
                range.upperBound <= other.ranges[j].upperBound
            else { return false }
        }
        return true
    }

    /// True when they share a number.
    public func overlaps(_ other: Self) -> Bool {
        var (i, j) = (0, 0)
        while i < ranges.count, j < other.ranges.count {
            if ranges[i].overlaps(other.ranges[j]) { return true }
            if ranges[i].upperBound < other.ranges[j].upperBound { i += 1 } else { j += 1 }
        }
        return false
    }
}

extension IntervalSet where Bound == UInt128 {
    /// The addresses of blocks; what a wide IPv6 block has of the numbers of IPv4 is left out.
    public init(prefixes: some Sequence<Prefix>) { self.init(prefixes.flatMap(\.ranges)) }

    /// Every IPv4 address.
    public static var ipv4: Self { Self(Address.mapped...(Address.mapped | 0xffff_ffff)) }

    /// Every IPv6 address.
    public static var ipv6: Self { ipv4.complement }
}
