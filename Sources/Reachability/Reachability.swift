import Addresses
import Policy

/// The whole cluster at once: for everyone, whom they can reach and on what.
///
/// What a program allows to each peer is computed once; a pair of groups is then one intersection of two small
/// numbers. Rows are made when they are asked for, in order, and not kept: a cluster of 100,000 pods has billions of
/// pairs. Two things that `GuestList.evaluate` knows depend on single pods and are not in it: a pod that calls itself,
/// and the node of a pod that calls it. Both are always allowed.
public struct Reachability: Sendable {
    /// What is looked at: the list that was given, or one in which everyone whose address is not known has places.
    public let list: GuestList
    /// True: with staged policies in force.
    public let isStaged: Bool
    /// Everyone.
    public let space: PeerSpace

    private let distinctions: Distinctions
    /// Blocks in which, or beside which, everyone is placed whose address is not known; nil: nobody is.
    private let placing: Set<Prefix>?
    /// True: there would be too many places for everyone, so that what is said of those whose address is not known may be
    /// wrong where blocks of policies hold some of the addresses that they may have.
    let lacksPlaces: Bool
    let tables: ProgramTables
    let egress: [Int32]
    let ingress: [Int32]

    /// Everything about a guest list.
    ///
    /// - Parameters:
    ///   - staged: with staged policies in force.
    ///   - distinctions: addresses and names that are to have peers of their own.
    public init(_ list: GuestList, staged: Bool = false, distinctions: Distinctions = Distinctions()) {
        self.init(list, staged: staged, distinctions, placing: nil, previous: nil)
    }

    /// Everything about a guest list, with everyone whose address is not known wherever they may be.
    ///
    /// - Parameter blocks: what is told apart besides what policies tell apart.
    init(placing list: GuestList, staged: Bool, distinctions: Distinctions, apart blocks: Set<Prefix>) {
        self.init(list, staged: staged, distinctions, placing: blocks, previous: nil)
    }

    /// The same about a guest list that was made from this one's by `GuestList.updated`: what did not change is not
    /// computed again.
    public func updated(_ list: GuestList, staged: Bool = false) -> Reachability {
        Reachability(list, staged: staged, distinctions, placing: placing, previous: tables)
    }

    /// Work of the last computation: tiers of policies about groups whose tables were made.
    public var computedTiers: Int { tables.computedTiers }

    private static let mostPlaces = 20_000

    private init(
        _ given: GuestList, staged: Bool, _ distinctions: Distinctions, placing: Set<Prefix>?, previous: ProgramTables?
    ) {
        let placed = placing.map { given.placed(apart: $0, most: Self.mostPlaces) }
        lacksPlaces = placed.map { $0 == nil } ?? false
        let list = placed.flatMap(\.self) ?? given
        self.list = list
        self.placing = placing
        isStaged = staged && list.hasStaged
        self.distinctions = distinctions
        tables = ProgramTables(list, distinctions, previous: previous)
        space = tables.space
        let (out, into) = (
            GuestList.index(.egress, staged: isStaged), GuestList.index(.ingress, staged: isStaged)
        )
        egress = list.programsOfGroup.map { $0[out] }
        ingress = list.programsOfGroup.map { $0[into] }
    }

    /// Whom one peer can reach.
    public struct Row: Sendable {
        /// The peer: an index into `space`.
        public let source: Int
        /// Runs of peers, ascending, each up to before `end`, with the number of what they can be reached on.
        public fileprivate(set) var segments: [(end: Int, traffic: Int32)] = []

        fileprivate init(source: Int) { self.source = source }

        fileprivate mutating func append(to end: Int, _ traffic: Int32) {
            if let last = segments.last, last.traffic == traffic {
                segments[segments.count - 1].end = end
            } else {
                segments.append((end, traffic))
            }
        }
    }

    /// The row of every source in turn, ascending, for sources that are asked for.
    ///
    /// - Parameters:
    ///   - wanted: false: the row of this peer is not made. Names are never sources.
    ///   - visit: takes a row, and looks numbers of traffic up; returns false to stop.
    public func forEachRow(
        where wanted: (Int) -> Bool = { _ in true }, _ visit: (Row, (Int32) -> TrafficSet) -> Bool
    ) {
        var maker = RowMaker(tables, egress: egress, ingress: ingress, isIPv4: list.grouping.groups.map(\.key.isIPv4))
        for source in 0..<space.runs.upperBound {
            maker.advance(to: source)
            guard wanted(source) else { continue }
            let row = maker.row()
            if !visit(row, { maker.tables.pool.sets[Int($0)] }) { return }
        }
    }

    /// What one peer can reach another on. For single questions; `forEachRow` is for many.
    ///
    /// Of a name it is a summary (`ProgramTables.tables`); `traffic(from:toRun:under:)` is exact.
    public func traffic(from source: Int, to destination: Int) -> TrafficSet {
        guard isIPv4(source) == isIPv4(destination) else { return .none }
        let sets = tables.pool.sets
        let out =
            source < space.groups
            ? sets[Int(tables.tables[Int(egress[source])][destination])] : .all
        guard destination < space.groups else { return source < space.groups ? out : .none }
        return out.intersection(sets[Int(tables.tables[Int(ingress[destination])][source])])
    }

    /// What a group can reach an address of a run on that was learned under a name.
    func traffic(from group: Int, toRun run: Int, under name: Int) -> TrafficSet {
        guard isIPv4(group) == space.isIPv4(outside: run), isIPv4(group) == space.names[name].isIPv4 else {
            return .none
        }
        return tables.pool.sets[Int(tables.runs(egress[group], under: name)[run])]
    }

    /// True when a rule about what a group may reach asks for a name.
    func asks(_ group: Int, forName name: Int) -> Bool { tables.named[Int(egress[group])]?[name] != nil }

    /// The family of a peer.
    func isIPv4(_ peer: Int) -> Bool {
        peer < space.groups ? list.grouping.groups[peer].key.isIPv4 : space.isIPv4(outside: peer)
    }

    fileprivate struct RowMaker {
        var tables: ProgramTables
        private let egress: [Int32]
        private let ingress: [Int32]
        /// Of each peer: true for IPv4.
        private var family: [Bool]
        private var source = 0
        /// Of each program: what it allows to the current source, as an ingress program.
        private var current: [Int32]
        /// Changes of `current`, by source.
        private var changes: [(at: Int32, program: Int32, value: Int32)] = []
        private var next = 0

        init(_ tables: ProgramTables, egress: [Int32], ingress: [Int32], isIPv4: [Bool]) {
            self.tables = tables
            self.egress = egress
            self.ingress = ingress
            let space = tables.space
            family = isIPv4 + (space.groups..<space.count).map { space.isIPv4(outside: $0) }
            current = Array(repeating: TrafficPool.none, count: tables.tables.count)
            for program in Set(ingress).sorted() {
                var start: Int32 = 0
                for segment in tables.tables[Int(program)].segments {
                    changes.append((start, program, segment.value))
                    start = segment.end
                }
            }
            changes.sort { $0.at < $1.at }
        }

        mutating func advance(to source: Int) {
            self.source = source
            while next < changes.count, changes[next].at <= source {
                current[Int(changes[next].program)] = changes[next].value
                next += 1
            }
        }

        mutating func row() -> Row {
            var row = Row(source: source)
            let space = tables.space
            if source >= space.groups {
                for destination in 0..<space.groups {
                    let value = family[destination] == family[source] ? current[Int(ingress[destination])] : 0
                    row.append(to: destination + 1, value)
                }
                row.append(to: space.count, TrafficPool.none)
                return row
            }
            var start = 0
            for segment in tables.tables[Int(egress[source])].segments {
                fill(&row, start, Int(segment.end), segment.value)
                start = Int(segment.end)
            }
            return row
        }

        private mutating func fill(_ row: inout Row, _ start: Int, _ end: Int, _ allowed: Int32) {
            if allowed == TrafficPool.none { return row.append(to: end, allowed) }
            let own = family[source]
            let groups = min(end, tables.space.groups)
            for destination in stride(from: start, to: groups, by: 1) {
                let value =
                    family[destination] == own
                    ? tables.intersection(allowed, current[Int(ingress[destination])]) : TrafficPool.none
                row.append(to: destination + 1, value)
            }
            for destination in stride(from: max(start, groups), to: end, by: 1) {
                row.append(to: destination + 1, family[destination] == own ? allowed : TrafficPool.none)
            }
        }
    }
}
