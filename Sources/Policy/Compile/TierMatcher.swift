import Addresses

/// Finds the rules of a tier that match a connection, however many there are.
///
/// The cells of all rules are numbered in the order in which rules are asked. One table says which cells a peer is in,
/// another which cells the traffic is in; the cells in both are those that match, and the lowest bit is the first of
/// them. So a question costs two binary searches, and one step for each 64 cells.
package final class TierMatcher: Sendable {
    private let groups: CellTable<UInt32>
    private let outside: CellTable<UInt128>
    private let traffic: CellTable<UInt32>
    private let words: Int
    /// Of each cell.
    private let rules: [Rule]
    /// Of each cell: under which names an address from outside counts; empty: no cell asks for names.
    private let names: [[DomainPattern]?]

    private struct Rule {
        /// Which turn its policy has.
        let turn: Int32
        /// Which policy of the tier it is of, counted in the order of the tier.
        let policy: Int32
        let index: Int32
        let action: RuleAction
    }

    /// What the first turn says in which a rule matches.
    struct Found {
        var action: RuleAction
        /// Counted in the order of the tier.
        var policy: Int32
        var rule: Int32
        let turn: Int32
        /// What policies of the turn say, this included.
        var said: Actions
    }

    struct Actions: OptionSet {
        let rawValue: UInt8
        static let accept = Actions(rawValue: 1)
        static let pass = Actions(rawValue: 2)
        static let deny = Actions(rawValue: 4)
    }

    init(_ turns: [[PolicyProgram]]) {
        var rules: [Rule] = []
        var cells: [Cell] = []
        var policy: Int32 = 0
        for (turn, policies) in turns.enumerated() {
            for program in policies {
                // A rule that is only noted in traces decides nothing.
                for rule in program.rules where rule.action != .log {
                    let one = Rule(turn: Int32(turn), policy: policy, index: rule.index, action: rule.action)
                    rules += Array(repeating: one, count: rule.cells.count)
                    cells += rule.cells
                }
                policy += 1
            }
        }
        self.rules = rules
        words = (cells.count + 63) / 64
        groups = CellTable(cells.lazy.map(\.groups), words: words)
        outside = CellTable(cells.lazy.map(\.outside), words: words)
        traffic = CellTable(cells.lazy.map(\.traffic.keys), words: words)
        names = cells.contains { $0.names != nil } ? cells.map(\.names) : []
    }

    /// What the first turn says in which a rule matches; of one turn, the strongest. Allocates nothing.
    func decide(_ peer: borrowing Peering, _ sent: Traffic) -> Found? {
        let isGroup = peer.group >= 0
        let first = isGroup ? groups.place(UInt32(bitPattern: peer.group)) : outside.place(peer.bits)
        let second = traffic.place(sent.key)
        var found: Found?
        var decided: Int32 = -1
        for word in 0..<words {
            var both =
                (isGroup ? groups.words[first + word] : outside.words[first + word]) & traffic.words[second + word]
            while both != 0 {
                let cell = word << 6 + both.trailingZeroBitCount
                both &= both &- 1
                let rule = rules[cell]
                if let found, found.turn != rule.turn { return found }
                if rule.policy == decided || (!isGroup && !isNamed(peer.name, cell)) { continue }
                decided = rule.policy
                Self.add(rule, to: &found)
            }
        }
        return found
    }

    private static func add(_ rule: Rule, to found: inout Found?) {
        let said = (found?.said ?? []).union(rule.action.bit)
        if let before = found, before.action.strength >= rule.action.strength {
            found?.said = said
        } else {
            found = Found(action: rule.action, policy: rule.policy, rule: rule.index, turn: rule.turn, said: said)
        }
    }

    private func isNamed(_ name: String?, _ cell: Int) -> Bool {
        guard !names.isEmpty, let patterns = names[cell] else { return true }
        guard let name else { return false }
        return patterns.contains { $0.matches(name) }
    }
}

/// For every number, the cells that it is in: one bit a cell.
private struct CellTable<Bound: FixedWidthInteger & UnsignedInteger & Sendable>: Sendable {
    /// First numbers of runs in which all numbers are in the same cells; the first is 0.
    private var starts: [Bound] = [0]
    /// Of each run, where its words begin.
    private var places: [Int32] = []
    private(set) var words: [UInt64] = []

    init(_ cells: some Sequence<IntervalSet<Bound>>, words count: Int) {
        var borders: [(at: Bound, cell: Int)] = []
        // What begins or ends turns the bit of its cell; ranges of one cell never touch.
        for (cell, set) in cells.enumerated() {
            for range in set.ranges {
                borders.append((range.lowerBound, cell))
                if range.upperBound != .max { borders.append((range.upperBound + 1, cell)) }
            }
        }
        borders.sort { $0.at < $1.at }
        var known: [[UInt64]: Int32] = [:]
        var current = Array(repeating: UInt64(0), count: count)
        var next = 0
        while true {
            let at = starts[starts.count - 1]
            while next < borders.count, borders[next].at == at {
                current[borders[next].cell >> 6] ^= 1 << UInt64(borders[next].cell & 63)
                next += 1
            }
            places.append(place(of: current, &known))
            guard next < borders.count else { return }
            starts.append(borders[next].at)
        }
    }

    private mutating func place(of set: [UInt64], _ known: inout [[UInt64]: Int32]) -> Int32 {
        if let place = known[set] { return place }
        let place = Int32(words.count)
        words += set
        known[set] = place
        return place
    }

    /// Where the words of a number begin. O(log n).
    func place(_ number: Bound) -> Int {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= number { low = middle } else { high = middle }
        }
        return Int(places[low])
    }
}

extension RuleAction {
    fileprivate var bit: TierMatcher.Actions {
        switch self {
        case .log: []
        case .accept: .accept
        case .pass: .pass
        case .deny: .deny
        }
    }
}
