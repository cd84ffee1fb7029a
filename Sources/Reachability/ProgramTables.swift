import Addresses
import Policy

/// For every program and every peer, the traffic that the program allows.
package struct ProgramTables: Sendable {
    /// Everyone.
    package let space: PeerSpace
    /// What numbers of tables stand for.
    package private(set) var pool = TrafficPool()
    /// Of each program of the guest list; values are numbers of the pool. A name has what may be reached where it leads,
    /// if rules of the program ask for it; what is open everywhere outside, if none does: then it is an address like
    /// any other, and runs of addresses say more.
    package private(set) var tables: [PeerTable] = []
    /// Of each program whose rules ask for names.
    private(set) var named: [NamedTables?] = []

    private var verdicts: [TierVerdict] = []
    private var verdictNumbers: [TierVerdict: Int32] = [:]
    private var states: [State] = []
    private var stateNumbers: [State: Int32] = [:]
    private var steps: [UInt64: Int32] = [:]
    /// What was computed, by what it was computed from. Objects are held, so that nothing else gets their place.
    private var tierTables: TierTables = [:]
    private var programTables: [[ObjectIdentifier]: ProgramTable] = [:]
    /// Of tiers, under names: by the cells of the tier that ask for the name.
    private var namedTiers: [NamedTier: PeerTable] = [:]
    /// How many tiers were computed, and not taken from before.
    private(set) var computedTiers = 0
    /// True: numbers of the pool mean what they meant before, to the same groups.
    package private(set) var isContinued = false

    /// How much is carried from one cluster to the next; with more, most of it must be of no use any more.
    private var most = Int.max
    /// How much there is to carry.
    var size: Int { pool.size + verdicts.count + states.count + steps.count }

    /// What is allowed so far, and what is still undecided: numbers of the pool.
    private struct State: Hashable, Sendable {
        var allowed: Int32
        var undecided: Int32
    }

    private struct NamedTier: Hashable {
        let matcher: ObjectIdentifier
        let asking: Bits
    }

    /// - Parameters:
    ///   - wanted: programs whose tables are asked for, the others' are empty; nil: all.
    ///   - previous: of a guest list that this one was made from: what did not change is taken from there.
    package init(
        _ list: GuestList, _ distinctions: Distinctions = Distinctions(), only wanted: Set<Int32>? = nil,
        previous: ProgramTables? = nil
    ) {
        space = PeerSpace(list, distinctions, only: wanted)
        let old = previous.flatMap { $0.size <= $0.most ? $0.tables(in: space) : nil }
        if let previous, old != nil {
            isContinued = true
            pool = previous.pool
            (verdicts, verdictNumbers) = (previous.verdicts, previous.verdictNumbers)
            (states, stateNumbers, steps) = (previous.states, previous.stateNumbers, previous.steps)
            most = previous.most
        }
        tables = Array(repeating: PeerTable(), count: list.programs.count)
        named = Array(repeating: nil, count: list.programs.count)
        for number in wanted?.sorted() ?? list.programs.indices.map(Int32.init) {
            let program = list.programs[Int(number)]
            let key = program.tiers.map { ObjectIdentifier($0.matcher) }
            for tier in program.tiers where tierTables[ObjectIdentifier(tier.matcher)] == nil {
                tierTables[ObjectIdentifier(tier.matcher)] =
                    old?.tiers[ObjectIdentifier(tier.matcher)] ?? (tier.matcher, tierTable(tier, under: nil))
            }
            let table = programTables[key] ?? old?.programs[key] ?? self.table(program)
            programTables[key] = table
            (tables[Int(number)], named[Int(number)]) = (table.table, table.named)
        }
        if !isContinued { most = 1_000 + 2 * size }
    }

    private typealias TierTables = [ObjectIdentifier: (matcher: TierMatcher, table: PeerTable)]
    private typealias ProgramTable = (table: PeerTable, named: NamedTables?)

    /// What was computed, as it is in another space; nil: that is too different.
    private func tables(in other: PeerSpace) -> (tiers: TierTables, programs: [[ObjectIdentifier]: ProgramTable])? {
        if other == space { return (tierTables, programTables) }
        guard let places = other.places(of: space) else { return nil }
        let groups = space.groups
        return (
            tierTables.compactMapValues { old in old.table.moved(groups, places).map { (old.matcher, $0) } },
            programTables.compactMapValues { old in old.table.moved(groups, places).map { ($0, nil) } }
        )
    }

    /// What a program allows to addresses that were learned under a name: right for runs only.
    func runs(_ program: Int32, under name: Int) -> PeerTable {
        named[Int(program)]?[name] ?? tables[Int(program)]
    }

    private mutating func table(_ program: Program) -> (table: PeerTable, named: NamedTables?) {
        var table = table(program, program.tiers.map { tierTables[ObjectIdentifier($0.matcher)]?.table })
        guard !space.names.isEmpty else { return (table, nil) }
        let named = namedTables(program)
        var everywhere: [Bool: Int32] = [:]
        for (index, name) in space.names.enumerated() {
            let value: Int32
            if let own = named?[index] {
                value = summary(own, isIPv4: name.isIPv4, ofAny: true)
            } else {
                value = everywhere[name.isIPv4] ?? summary(table, isIPv4: name.isIPv4, ofAny: false)
                everywhere[name.isIPv4] = value
            }
            table.append(to: space.runs.upperBound + index + 1, value)
        }
        return (table, named)
    }

    /// - Parameter said: by each of its tiers.
    private mutating func table(_ program: Program, _ said: [PeerTable?]) -> PeerTable {
        var table = PeerTable(
            state(State(allowed: TrafficPool.none, undecided: TrafficPool.all)), count: space.runs.upperBound)
        for (tier, said) in zip(program.tiers, said) {
            guard let said else { continue }
            table = table.combined(said) { step($0, $1, isolates: tier.tier.isolates) }
        }
        return table.mapped { conclude(states[Int($0)]) }
    }

    /// What is allowed to any address of a family, or to every one.
    private mutating func summary(_ table: PeerTable, isIPv4: Bool, ofAny: Bool) -> Int32 {
        var result: Int32?
        for runs in space.runs(isIPv4: isIPv4) {
            for (_, value) in table.segments(in: runs) {
                guard let known = result else {
                    result = value
                    continue
                }
                result = ofAny ? pool.union(known, value) : pool.intersection(known, value)
            }
        }
        return result ?? TrafficPool.none
    }

    private mutating func tierTable(_ tier: TierProgram, under name: DomainPattern?) -> PeerTable {
        computedTiers += 1
        var sweep = TierSweep(tier)
        return sweep.table(space, under: name) { verdict in
            if let known = verdictNumbers[verdict] { return known }
            let number = Int32(verdicts.count)
            verdicts.append(verdict)
            verdictNumbers[verdict] = number
            return number
        }
    }

    // MARK: Names

    /// Tables of a program for the names that its rules ask for; nil: it asks for none. Names for which the same cells
    /// ask share a table.
    private mutating func namedTables(_ program: Program) -> NamedTables? {
        guard program.tiers.contains(where: \.asksForNames) else { return nil }
        var found = NamedTables(count: space.names.count)
        var known: [[Bits]: Int32] = [:]
        for (index, name) in space.names.enumerated() {
            let asking = program.tiers.map { $0.asking(name.pattern) }
            guard asking.contains(where: { !$0.isEmpty }) else { continue }
            if let number = known[asking] {
                found.set(index, number)
                continue
            }
            var said: [PeerTable] = []
            for (tier, asking) in zip(program.tiers, asking) { said.append(namedTier(tier, asking, name.pattern)) }
            known[asking] = found.add(index, table(program, said))
        }
        return found
    }

    private mutating func namedTier(_ tier: TierProgram, _ asking: Bits, _ name: DomainPattern) -> PeerTable {
        let matcher = ObjectIdentifier(tier.matcher)
        if asking.isEmpty, let known = tierTables[matcher] { return known.table }
        let key = NamedTier(matcher: matcher, asking: asking)
        if let known = namedTiers[key] { return known }
        let table = tierTable(tier, under: name)
        namedTiers[key] = table
        return table
    }

    // MARK: Tiers, one after the other

    private mutating func state(_ state: State) -> Int32 {
        if let known = stateNumbers[state] { return known }
        let number = Int32(states.count)
        states.append(state)
        stateNumbers[state] = number
        return number
    }

    private mutating func step(_ number: Int32, _ verdict: Int32, isolates: Bool) -> Int32 {
        let key = UInt64(UInt32(number)) << 33 | UInt64(UInt32(verdict)) << 1 | (isolates ? 1 : 0)
        if let known = steps[key] { return known }
        let (before, said) = (states[Int(number)], verdicts[Int(verdict)])
        let open = pool.sets[Int(before.undecided)]
        let allowed = pool.sets[Int(before.allowed)].union(open.intersection(said.accept))
        let rest = isolates ? open.intersection(said.pass) : open.subtracting(said.accept.union(said.deny))
        let result = state(State(allowed: pool.number(allowed), undecided: pool.number(rest)))
        steps[key] = result
        return result
    }

    /// What no tier decided is allowed.
    private mutating func conclude(_ state: State) -> Int32 {
        pool.number(pool.sets[Int(state.allowed)].union(pool.sets[Int(state.undecided)]))
    }

    /// See `TrafficPool.intersection`.
    mutating func intersection(_ a: Int32, _ b: Int32) -> Int32 { pool.intersection(a, b) }
}

/// What a program allows to runs of addresses, by the name under which they were learned.
struct NamedTables: Sendable {
    /// Of each name of the space; -1: it makes no difference.
    private var ofName: [Int32]
    private var tables: [PeerTable] = []

    init(count: Int) { ofName = Array(repeating: -1, count: count) }

    /// The table of a name; nil: no rule asks for it.
    subscript(name: Int) -> PeerTable? { ofName[name] < 0 ? nil : tables[Int(ofName[name])] }

    fileprivate mutating func set(_ name: Int, _ table: Int32) { ofName[name] = table }

    fileprivate mutating func add(_ name: Int, _ table: PeerTable) -> Int32 {
        tables.append(table)
        ofName[name] = Int32(tables.count - 1)
        return ofName[name]
    }
}

extension TierProgram {
    fileprivate var asksForNames: Bool { cells.contains { $0.names != nil } }

    /// Which of its cells that ask for names ask for this one.
    fileprivate func asking(_ name: DomainPattern) -> Bits {
        var found = Bits(count: 0)
        for (index, patterns) in cells.lazy.compactMap(\.names).enumerated() {
            found.append(index, patterns.contains { $0.covers(name) })
        }
        return found
    }
}
