import Addresses
import Policy

/// What is open between groups and addresses that are no workload's: read from the tables of programs, once for all
/// groups with the same programs.
struct OutsideTables {
    private let reachability: Reachability
    private var known: [Key: [TrafficSet: IntervalSet<UInt128>]] = [:]

    private struct Key: Hashable {
        let programs: Set<Side>
        struct Side: Hashable {
            let program: Int32
            let isIPv4: Bool
        }
    }

    init(_ reachability: Reachability) { self.reachability = reachability }

    /// Addresses by what is open between them and one of the groups; where nothing is, they are left out.
    mutating func addresses(_ groups: [Int], _ direction: Direction) -> [TrafficSet: IntervalSet<UInt128>] {
        let programs = direction == .egress ? reachability.egress : reachability.ingress
        let key = Key(
            programs: Set(groups.map { Key.Side(program: programs[$0], isIPv4: reachability.isIPv4($0)) }))
        if let found = known[key] { return found }
        let found = read(key)
        known[key] = found
        return found
    }

    /// Everything that is open between some address and one of the groups.
    mutating func traffic(_ groups: [Int], _ direction: Direction) -> TrafficSet {
        addresses(groups, direction).keys.reduce(.none) { $0.union($1) }
    }

    private func read(_ key: Key) -> [TrafficSet: IntervalSet<UInt128>] {
        let space = reachability.space
        var sets = TrafficUnions()
        var numbers = Array(repeating: TrafficPool.none, count: space.runs.count)
        for side in key.programs {
            var start: Int32 = 0
            for segment in reachability.tables.tables[Int(side.program)].segments {
                let number = sets.number(reachability.tables.pool.sets[Int(segment.value)])
                for run in space.runs.clamped(to: Int(start)..<Int(segment.end))
                where space.isIPv4(outside: run) == side.isIPv4 {
                    numbers[run - space.groups] = sets.union(numbers[run - space.groups], number)
                }
                start = segment.end
            }
        }
        var ranges: [Int32: [ClosedRange<UInt128>]] = [:]
        for (index, number) in numbers.enumerated() where number != TrafficPool.none {
            ranges[number, default: []].append(space.addresses(ofRun: space.groups + index))
        }
        return Dictionary(uniqueKeysWithValues: ranges.map { (sets[$0.key], IntervalSet($0.value)) })
    }
}

extension IntervalSet where Bound == UInt128 {
    /// Addresses in it, a few of them, from the ends of its ranges.
    var examples: [Address] {
        ranges.prefix(4).flatMap { range in
            let middle = range.lowerBound + (range.upperBound - range.lowerBound) / 2
            return [range.lowerBound, range.upperBound, middle].map { Address(bits: $0) }
        }
    }
}
