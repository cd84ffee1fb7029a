import Addresses
import Policy

/// Everyone that rules can tell apart, in one row of numbers: first the groups of workloads, then runs of addresses
/// that are no workload's, then names.
public struct PeerSpace: Hashable, Sendable {
    /// How many groups there are.
    package let groups: Int
    /// First number of each run of addresses, ascending; each run ends before the next.
    package let runStarts: [UInt128]
    /// Names that rules ask for, once for each family of addresses that workloads have.
    ///
    /// A name leads to one address of its family or another, which nobody knows before. What is allowed there is exact
    /// for a name and a run of addresses together (`ProgramTables.runs`); a name by itself has a summary of that.
    let names: [Name]

    /// Whatever address of a family a name leads to.
    struct Name: Hashable, Sendable {
        let pattern: DomainPattern
        let isIPv4: Bool
        /// A name that it stands for, and that none of the others does.
        let example: String
    }

    /// Everything that is told apart: two clusters that are made with both of theirs can be laid upon each other.
    var distinctions: Distinctions {
        Distinctions(borders: Set(runStarts), names: Set(names.map(\.pattern)))
    }

    /// How many peers there are.
    var count: Int { groups + runStarts.count + names.count }
    /// Runs of addresses.
    package var runs: Range<Int> { groups..<(groups + runStarts.count) }

    /// - Parameter wanted: programs whose rules are asked what they tell apart; nil: all.
    init(_ list: GuestList, _ distinctions: Distinctions, only wanted: Set<Int32>? = nil) {
        groups = list.grouping.groups.count
        var ranges = Set(IntervalSet.rangesOfEach(distinctions.blocks))
        var names = distinctions.names
        var seen: Set<ObjectIdentifier> = []
        let programs = wanted.map { $0.map { list.programs[Int($0)] } } ?? list.programs
        for tier in programs.lazy.flatMap(\.tiers) where seen.insert(ObjectIdentifier(tier.matcher)).inserted {
            for cell in tier.cells {
                // Most name nobody outside, or everybody.
                if !cell.outside.isEmpty, !cell.outside.isAll { ranges.formUnion(cell.outside.ranges) }
                names.formUnion(cell.names ?? [])
            }
        }
        runStarts = Set(AddressBorders(Array(ranges)).starts).union(distinctions.borders).sorted()
        let families = names.isEmpty ? [] : Set(list.grouping.groups.map(\.key.isIPv4))
        self.names = names.sorted { $0.description < $1.description }.flatMap { pattern in
            let example = Self.example(pattern, besides: names)
            return [true, false].filter(families.contains).map {
                Name(pattern: pattern, isIPv4: $0, example: example)
            }
        }
    }

    /// Of a wildcard a name that no other pattern names, unless that stands for all that it does.
    private static func example(_ pattern: DomainPattern, besides others: Set<DomainPattern>) -> String {
        guard pattern.isWildcard else { return pattern.name }
        let labels = ["any"] + (0...others.count).map { "any-\($0)" }
        let free = labels.first { !others.contains(DomainPattern("\($0).\(pattern.name)")) }
        return "\(free ?? "any").\(pattern.name)"
    }

    /// The addresses of a run.
    package func addresses(ofRun index: Int) -> ClosedRange<UInt128> {
        let run = index - groups
        return runStarts[run]...(run + 1 < runStarts.count ? runStarts[run + 1] - 1 : .max)
    }

    /// The family of a run or a name; neither ever has both.
    func isIPv4(outside index: Int) -> Bool {
        index < runs.upperBound
            ? Address(bits: runStarts[index - groups]).isIPv4 : names[index - runs.upperBound].isIPv4
    }

    /// Runs of a family.
    package func runs(isIPv4: Bool) -> [Range<Int>] {
        let ipv4 = IntervalSet<UInt128>.ipv4.ranges[0]
        let first = run(of: Address(bits: ipv4.lowerBound))
        let end = run(of: Address(bits: ipv4.upperBound)) + 1
        return isIPv4 ? [first..<end] : [runs.lowerBound..<first, end..<runs.upperBound].filter { !$0.isEmpty }
    }

    /// Of each place between runs of another space with the same groups and no names, the same place here; -1: there is
    /// no border any more. The last place is the end. nil: the spaces differ in more.
    func places(of other: PeerSpace) -> [Int32]? {
        guard groups == other.groups, names.isEmpty, other.names.isEmpty else { return nil }
        var places: [Int32] = []
        places.reserveCapacity(other.runStarts.count + 1)
        var next = 0
        for start in other.runStarts {
            while next < runStarts.count, runStarts[next] < start { next += 1 }
            places.append(next < runStarts.count && runStarts[next] == start ? Int32(next) : -1)
        }
        return places + [Int32(runStarts.count)]
    }

    /// The run that holds an address.
    func run(of address: Address) -> Int { groups + AddressBorders.run(of: address.bits, in: runStarts) }

    /// Ranges of groups and runs that a cell matches, ascending, both ends included.
    ///
    /// - Parameter name: the name under which addresses were learned; then groups are left out: names are of addresses
    ///   that are no workload's. nil: none.
    func ranges(of cell: Cell, under name: DomainPattern?) -> [ClosedRange<Int>] {
        var found: [ClosedRange<Int>] = []
        if name == nil {
            for range in cell.groups.ranges where Int(range.lowerBound) < groups {
                found.append(Int(range.lowerBound)...min(Int(range.upperBound), groups - 1))
            }
        }
        if let patterns = cell.names {
            guard let name, patterns.contains(where: { $0.covers(name) }) else { return found }
        }
        for range in cell.outside.ranges {
            let first = AddressBorders.run(of: range.lowerBound, in: runStarts)
            let last = AddressBorders.run(of: range.upperBound, in: runStarts)
            found.append((groups + first)...(groups + last))
        }
        return found
    }

    /// Ranges of peers that a cell matches, names among them: those that it asks for, and, as nobody knows where a name
    /// leads, all names where it holds every address of a family. For questions about rules, not about connections.
    func ranges(of cell: Cell) -> [ClosedRange<Int>] {
        let matching = names.indices.filter { index in
            cell.names.map { $0.contains { $0.covers(names[index].pattern) } }
                ?? cell.holdsAll(isIPv4: names[index].isIPv4)
        }
        return ranges(of: cell, under: nil) + matching.map { (runs.upperBound + $0)...(runs.upperBound + $0) }
    }
}

/// What is told apart besides what rules tell apart, because somebody asks about it.
public struct Distinctions: Hashable, Sendable {
    /// Blocks of addresses.
    public var blocks: Set<Prefix>
    /// First numbers of runs of addresses.
    var borders: Set<UInt128>
    /// Names.
    public var names: Set<DomainPattern>

    /// Those.
    public init(blocks: Set<Prefix> = [], names: Set<DomainPattern> = []) {
        self.init(blocks: blocks, borders: [], names: names)
    }

    init(blocks: Set<Prefix> = [], borders: Set<UInt128>, names: Set<DomainPattern>) {
        self.blocks = blocks
        self.borders = borders
        self.names = names
    }

    /// Both together.
    public func union(_ other: Distinctions) -> Distinctions {
        Distinctions(
            blocks: blocks.union(other.blocks), borders: borders.union(other.borders), names: names.union(other.names))
    }
}

extension IntervalSet where Bound == UInt128 {
    /// The ranges of blocks, one by one.
    fileprivate static func rangesOfEach(_ blocks: Set<Prefix>) -> [ClosedRange<UInt128>] {
        blocks.flatMap { IntervalSet(prefixes: [$0]).ranges }
    }
}

extension DomainPattern {
    /// True when it stands for all that the other stands for.
    func covers(_ other: DomainPattern) -> Bool {
        if self == other { return true }
        guard isWildcard else { return false }
        return other.isWildcard ? matches(other.name) || name == other.name : matches(other.name)
    }
}

extension Cell {
    /// True when it matches every address of a family that is no workload's.
    fileprivate func holdsAll(isIPv4: Bool) -> Bool {
        (isIPv4 ? IntervalSet<UInt128>.ipv4 : .ipv6).isSubset(of: outside)
    }
}

extension TierProgram {
    /// The cells of all its rules.
    var cells: some Sequence<Cell> { turns.joined().lazy.flatMap(\.rules).flatMap(\.cells) }
}
