import Addresses
import Policy

/// What a tier says to all traffic with one peer: three sets that share nothing; the rest is undecided.
struct TierVerdict: Hashable, Sendable {
    var accept = TrafficSet.none
    var deny = TrafficSet.none
    var pass = TrafficSet.none

    var decided: TrafficSet { accept.union(deny).union(pass) }
}

/// A value for every peer, as runs of equal values.
package struct PeerTable: Hashable, Sendable {
    /// Peers before this one; values of the run.
    package struct Segment: Hashable, Sendable {
        package var end: Int32
        package var value: Int32
    }

    /// Ascending.
    package private(set) var segments: [Segment] = []

    /// The next run; joined with the last where the value is the same.
    mutating func append(to end: Int, _ value: Int32) {
        if let last = segments.last, last.value == value {
            segments[segments.count - 1].end = Int32(end)
        } else {
            segments.append(Segment(end: Int32(end), value: value))
        }
    }

    /// The same value for all.
    init(_ value: Int32, count: Int) {
        if count > 0 { segments = [Segment(end: Int32(count), value: value)] }
    }

    init() {}

    /// The value of a peer. O(log n).
    package subscript(peer: Int) -> Int32 { segments[place(peer)].value }

    /// The index of the segment of a peer.
    private func place(_ peer: Int) -> Int {
        var low = 0
        var high = segments.count
        while low < high {
            let middle = (low + high) / 2
            if segments[middle].end <= Int32(peer) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The runs of equal values in a range of peers.
    package func segments(in range: Range<Int>) -> [(peers: Range<Int>, value: Int32)] {
        var found: [(peers: Range<Int>, value: Int32)] = []
        var start = range.lowerBound
        var place = range.isEmpty ? segments.count : self.place(start)
        while place < segments.count, start < range.upperBound {
            let end = min(Int(segments[place].end), range.upperBound)
            found.append((start..<end, segments[place].value))
            start = end
            place += 1
        }
        return found
    }

    /// What it says of the first ones.
    package func prefix(_ count: Int) -> PeerTable {
        var result = PeerTable()
        for (peers, value) in segments(in: 0..<count) { result.append(to: peers.upperBound, value) }
        return result
    }

    /// The same in another space; nil: that does not know a border that is needed.
    ///
    /// - Parameter places: where runs are in that one (`PeerSpace.places`), behind so many groups.
    func moved(_ groups: Int, _ places: [Int32]) -> PeerTable? {
        var result = self
        for index in segments.indices where Int(segments[index].end) >= groups {
            let place = places[Int(segments[index].end) - groups]
            guard place >= 0 else { return nil }
            result.segments[index].end = Int32(groups) + place
        }
        return result
    }

    /// With what becomes of each value.
    func mapped(_ change: (Int32) -> Int32) -> PeerTable {
        var result = PeerTable()
        result.segments.reserveCapacity(segments.count)
        for segment in segments { result.append(to: Int(segment.end), change(segment.value)) }
        return result
    }

    /// Both tables, value by value.
    func combined(_ other: PeerTable, _ combine: (Int32, Int32) -> Int32) -> PeerTable {
        var result = PeerTable()
        result.segments.reserveCapacity(segments.count + other.segments.count)
        var (i, j) = (0, 0)
        while i < segments.count, j < other.segments.count {
            let (a, b) = (segments[i], other.segments[j])
            result.append(to: Int(min(a.end, b.end)), combine(a.value, b.value))
            if a.end <= b.end { i += 1 }
            if b.end <= a.end { j += 1 }
        }
        return result
    }
}

/// Computes, for a tier, what it says to each peer: a sweep over the borders of its cells, in which only sets of
/// cells are looked at that were not seen before.
struct TierSweep {
    private let tier: TierProgram
    private var cells: [TrafficSet] = []
    /// Of each rule: which cells are its.
    private var cellsOfRule: [Range<Int>] = []

    init(_ tier: TierProgram) { self.tier = tier }

    /// The table of groups and runs; values are what `number` makes of verdicts.
    ///
    /// - Parameter name: the name under which addresses were learned; then the table says nothing of groups.
    mutating func table(
        _ space: PeerSpace, under name: DomainPattern?, _ number: (TierVerdict) -> Int32
    ) -> PeerTable {
        var events: [(at: Int, cell: Int, begins: Bool)] = []
        for rule in tier.turns.joined().lazy.flatMap(\.rules) {
            let first = cells.count
            for cell in rule.cells {
                for range in space.ranges(of: cell, under: name) {
                    events.append((range.lowerBound, cells.count, true))
                    events.append((range.upperBound + 1, cells.count, false))
                }
                cells.append(cell.traffic)
            }
            cellsOfRule.append(first..<cells.count)
        }
        events.sort { $0.at < $1.at }
        return sweep(events, space.runs.upperBound, number)
    }

    private func sweep(
        _ events: [(at: Int, cell: Int, begins: Bool)], _ count: Int, _ number: (TierVerdict) -> Int32
    ) -> PeerTable {
        var table = PeerTable()
        var depth = Array(repeating: Int32(0), count: cells.count)
        var active = Bits(count: cells.count)
        var known: [Bits: Int32] = [:]
        var next = 0
        var position = 0
        while position < count {
            while next < events.count, events[next].at <= position {
                let event = events[next]
                depth[event.cell] += event.begins ? 1 : -1
                active.set(event.cell, depth[event.cell] > 0)
                next += 1
            }
            let end = next < events.count ? min(events[next].at, count) : count
            let value = known[active] ?? number(verdict(active))
            known[active] = value
            table.append(to: end, value)
            position = end
        }
        return table
    }

    /// What the rules say where these cells match, in the order in which they are asked.
    private func verdict(_ active: Bits) -> TierVerdict {
        var tierVerdict = TierVerdict()
        var undecided = TrafficSet.all
        var rule = 0
        for turn in tier.turns {
            var said = TierVerdict()
            for policy in turn {
                let own = verdict(policy, firstRule: rule, active, undecided)
                rule += policy.rules.count
                // The strongest wins: deny, pass, accept.
                said.deny = said.deny.union(own.deny)
                said.pass = said.pass.union(own.pass)
                said.accept = said.accept.union(own.accept)
            }
            said.pass = said.pass.subtracting(said.deny)
            said.accept = said.accept.subtracting(said.deny).subtracting(said.pass)
            tierVerdict.accept = tierVerdict.accept.union(said.accept)
            tierVerdict.deny = tierVerdict.deny.union(said.deny)
            tierVerdict.pass = tierVerdict.pass.union(said.pass)
            undecided = undecided.subtracting(said.decided)
        }
        return tierVerdict
    }

    private func verdict(
        _ policy: PolicyProgram, firstRule: Int, _ active: Bits, _ undecided: TrafficSet
    ) -> TierVerdict {
        var verdict = TierVerdict()
        var rest = undecided
        for (index, rule) in policy.rules.enumerated() where rule.action != .log {
            for cell in cellsOfRule[firstRule + index] where active.contains(cell) && !rest.isEmpty {
                let hit = rest.intersection(cells[cell])
                switch rule.action {
                case .accept: verdict.accept = verdict.accept.union(hit)
                case .deny: verdict.deny = verdict.deny.union(hit)
                case .pass: verdict.pass = verdict.pass.union(hit)
                case .log: break
                }
                rest = rest.subtracting(hit)
            }
        }
        return verdict
    }
}

/// A set of small numbers.
struct Bits: Hashable {
    private var words: [UInt64]

    init(count: Int) { words = Array(repeating: 0, count: (count + 63) / 64) }

    var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    /// The number that comes after all that there were places for.
    mutating func append(_ index: Int, _ isIn: Bool) {
        if index >> 6 == words.count { words.append(0) }
        set(index, isIn)
    }

    func contains(_ index: Int) -> Bool { words[index >> 6] & (1 << UInt64(index & 63)) != 0 }

    mutating func set(_ index: Int, _ isIn: Bool) {
        let bit: UInt64 = 1 << UInt64(index & 63)
        if isIn { words[index >> 6] |= bit } else { words[index >> 6] &= ~bit }
    }
}
