/// A set of numbers as disjoint ranges, in order, with at least one number between two of them.
///
/// Two sets with the same numbers are equal, whatever they were made of. Every operation is linear in the number of
/// ranges; asking for one number is a binary search.
public struct IntervalSet<Bound: FixedWidthInteger & UnsignedInteger & Sendable>: Hashable, Sendable {
    /// Both ends included, ascending.
    @inlinable public var ranges: [ClosedRange<Bound>] { parts }

    /// What is inlinable is made for each type of number where it is used: without that, every comparison is a call.
    @usableFromInline var parts: [ClosedRange<Bound>]

    /// No number.
    @inlinable public static var empty: Self { Self(sorted: []) }

    /// Every number of the type.
    @inlinable public static var all: Self { Self(sorted: [0...Bound.max]) }

    /// One range.
    @inlinable public init(_ range: ClosedRange<Bound>) { parts = [range] }

    /// The union of ranges in any order. O(n log n).
    @inlinable public init(_ ranges: some Sequence<ClosedRange<Bound>>) {
        parts = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) { append(range) }
    }

    /// The set of single numbers, ascending; equal ones may stand side by side.
    @inlinable public init(ascending numbers: some Sequence<Bound>) {
        parts = []
        for number in numbers { append(number...number) }
    }

    @inlinable init(sorted: [ClosedRange<Bound>]) { parts = sorted }

    /// Adds a range that begins nowhere below the last one; joins them where they touch.
    @inlinable mutating func append(_ range: ClosedRange<Bound>) {
        guard let last = parts.last, last.upperBound == .max || range.lowerBound <= last.upperBound + 1 else {
            return parts.append(range)
        }
        parts[parts.count - 1] = last.lowerBound...Swift.max(last.upperBound, range.upperBound)
    }

    /// True when no number is in it.
    @inlinable public var isEmpty: Bool { ranges.isEmpty }

    /// True when every number of the type is in it.
    @inlinable public var isAll: Bool { ranges.count == 1 && ranges[0] == 0...Bound.max }

    /// True when the number is in it. O(log n).
    @inlinable public func contains(_ number: Bound) -> Bool {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < number { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].lowerBound <= number
    }

    /// Numbers in one of both.
    @inlinable public func union(_ other: Self) -> Self {
        if isEmpty || other.isAll { return other }
        if other.isEmpty || isAll { return self }
        var result = Self.empty
        result.parts.reserveCapacity(ranges.count + other.ranges.count)
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
    @inlinable public func intersection(_ other: Self) -> Self {
        if isEmpty || other.isAll { return self }
        if other.isEmpty || isAll { return other }
        var result = Self.empty
        var (i, j) = (0, 0)
        while i < ranges.count, j < other.ranges.count {
            let (a, b) = (ranges[i], other.ranges[j])
            if a.overlaps(b) { result.parts.append(a.clamped(to: b)) }
            if a.upperBound < b.upperBound { i += 1 } else { j += 1 }
        }
        return result
    }

    /// Numbers in this one and not in the other.
    @inlinable public func subtracting(_ other: Self) -> Self { intersection(other.complement) }

    /// Numbers that are not in it.
    @inlinable public var complement: Self {
        var result = Self.empty
        var next: Bound? = 0
        for range in ranges {
            if let start = next, start < range.lowerBound { result.parts.append(start...(range.lowerBound - 1)) }
            next = range.upperBound == .max ? nil : range.upperBound + 1
        }
        if let start = next { result.parts.append(start...Bound.max) }
        return result
    }

    /// True when every number is in the other too.
    @inlinable public func isSubset(of other: Self) -> Bool {
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
    @inlinable public func overlaps(_ other: Self) -> Bool {
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

    /// The same, made for arrays.
    public init(prefixes: [Prefix]) {
        if prefixes.count == 1 {
            self.init(sorted: prefixes[0].ranges)
        } else {
            self.init(prefixes.flatMap(\.ranges))
        }
    }

    /// Every IPv4 address.
    public static var ipv4: Self { Self(Address.mapped...(Address.mapped | 0xffff_ffff)) }

    /// Every IPv6 address.
    public static var ipv6: Self { ipv4.complement }
}
