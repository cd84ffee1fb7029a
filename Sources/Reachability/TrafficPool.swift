import Addresses

/// Sets of traffic as small numbers: equal sets have equal numbers, and what was computed once is kept.
package struct TrafficPool: Sendable {
    /// Nothing.
    package static let none: Int32 = 0
    /// Everything.
    package static let all: Int32 = 1

    /// By number.
    package private(set) var sets: [TrafficSet] = [.none, .all]
    private var numbers: [TrafficSet: Int32] = [.none: none, .all: all]
    private var intersections: [UInt64: Int32] = [:]

    /// How much is kept.
    var size: Int { sets.count + intersections.count }

    /// The number of a set.
    mutating func number(_ set: TrafficSet) -> Int32 {
        if let known = numbers[set] { return known }
        let number = Int32(sets.count)
        sets.append(set)
        numbers[set] = number
        return number
    }

    /// The number of what is in both.
    mutating func intersection(_ a: Int32, _ b: Int32) -> Int32 {
        if a == b || b == Self.all { return a }
        if a == Self.all { return b }
        if a == Self.none || b == Self.none { return Self.none }
        let key = UInt64(UInt32(bitPattern: min(a, b))) << 32 | UInt64(UInt32(bitPattern: max(a, b)))
        if let known = intersections[key] { return known }
        let result = number(sets[Int(a)].intersection(sets[Int(b)]))
        intersections[key] = result
        return result
    }

    /// The number of what is in either. Not kept: it is asked for once for each program.
    mutating func union(_ a: Int32, _ b: Int32) -> Int32 {
        if a == b || b == Self.none || a == Self.all { return a }
        if a == Self.none || b == Self.all { return b }
        return number(sets[Int(a)].union(sets[Int(b)]))
    }
}
