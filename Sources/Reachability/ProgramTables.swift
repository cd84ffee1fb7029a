import Addresses
import Policy

/// For every program and every peer, the traffic that the program allows.
package struct ProgramTables: Sendable {
    /// Everyone.
    package let space: PeerSpace
    /// What numbers of tables stand for.
    package private(set) var pool = TrafficPool()
    /// Of each program of the guest list; values are numbers of the pool.
    package private(set) var tables: [PeerTable] = []

    private var verdicts: [TierVerdict] = []
    private var verdictNumbers: [TierVerdict: Int32] = [:]
    private var states: [State] = []
    private var stateNumbers: [State: Int32] = [:]
    private var steps: [UInt64: Int32] = [:]
    /// What was computed, by what it was computed from. Objects are held, so that nothing else gets their place.
    private var tierTables: [ObjectIdentifier: (matcher: TierMatcher, table: PeerTable)] = [:]
    private var programTables: [[ObjectIdentifier]: PeerTable] = [:]
    /// How many tiers were computed, and not taken from before.
    private(set) var computedTiers = 0

    /// More sets than this are not carried from one cluster to the next.
    private static let mostSets = 100_000

    /// What is allowed so far, and what is still undecided: numbers of the pool.
    private struct State: Hashable, Sendable {
        var allowed: Int32
        var undecided: Int32
    }

    /// - Parameters:
    ///   - wanted: programs whose tables are asked for, the others' are empty; nil: all.
    ///   - previous: of a guest list that this one was made from: what did not change is taken from there.
    package init(
        _ list: GuestList, _ distinctions: Distinctions = Distinctions(), only wanted: Set<Int32>? = nil,
        previous: ProgramTables? = nil
    ) {
        space = PeerSpace(list, distinctions)
        var oldTiers: [ObjectIdentifier: (matcher: TierMatcher, table: PeerTable)] = [:]
        var oldPrograms: [[ObjectIdentifier]: PeerTable] = [:]
        if let previous, previous.space == space, previous.pool.sets.count < Self.mostSets {
            (oldTiers, oldPrograms) = (previous.tierTables, previous.programTables)
            pool = previous.pool
            (verdicts, verdictNumbers) = (previous.verdicts, previous.verdictNumbers)
            (states, stateNumbers, steps) = (previous.states, previous.stateNumbers, previous.steps)
        }
        tables.reserveCapacity(list.programs.count)
        for (number, program) in list.programs.enumerated() {
            guard wanted?.contains(Int32(number)) ?? true else {
                tables.append(PeerTable())
                continue
            }
            let key = program.tiers.map { ObjectIdentifier($0.matcher) }
            for tier in program.tiers where tierTables[ObjectIdentifier(tier.matcher)] == nil {
                tierTables[ObjectIdentifier(tier.matcher)] =
                    oldTiers[ObjectIdentifier(tier.matcher)] ?? (tier.matcher, tierTable(tier))
            }
            let table = oldPrograms[key] ?? self.table(program)
            programTables[key] = table
            tables.append(table)
        }
    }

    private mutating func table(_ program: Program) -> PeerTable {
        var table = PeerTable(state(State(allowed: TrafficPool.none, undecided: TrafficPool.all)), count: space.count)
        for tier in program.tiers {
            guard let said = tierTables[ObjectIdentifier(tier.matcher)]?.table else { continue }
            table = table.combined(said) { step($0, $1, isolates: tier.tier.isolates) }
        }
        return table.mapped { conclude(states[Int($0)]) }
    }

    private mutating func tierTable(_ tier: TierProgram) -> PeerTable {
        computedTiers += 1
        var sweep = TierSweep(tier)
        return sweep.table(space) { verdict in
            if let known = verdictNumbers[verdict] { return known }
            let number = Int32(verdicts.count)
            verdicts.append(verdict)
            verdictNumbers[verdict] = number
            return number
        }
    }

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
