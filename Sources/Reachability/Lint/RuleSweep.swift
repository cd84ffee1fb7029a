import Addresses
import Policy

/// Goes over all peers and visits each set of cells of a tier that match one of them, once.
struct RuleSweep {
    /// A rule in its tier, with its cells.
    struct Rule {
        let key: RuleKey
        let action: RuleAction
        /// Which turn it is of, and which policy in that.
        let turn: Int
        let policy: Int
        let cells: Range<Int>
    }

    /// In the order in which they are asked.
    private(set) var rules: [Rule] = []
    /// The traffic of each cell.
    private(set) var cells: [TrafficSet] = []
    private var events: [(at: Int, cell: Int, begins: Bool)] = []
    private let count: Int

    init(_ tier: TierProgram, _ direction: Direction, _ space: PeerSpace) {
        count = space.count
        for (turn, policies) in tier.turns.enumerated() {
            for (place, policy) in policies.enumerated() {
                for rule in policy.rules {
                    let first = cells.count
                    for cell in rule.cells { add(cell, space) }
                    rules.append(
                        Rule(
                            key: RuleKey(policy: policy.policy, direction: direction, rule: rule.index),
                            action: rule.action, turn: turn, policy: place, cells: first..<cells.count))
                }
            }
        }
        events.sort { $0.at < $1.at }
    }

    private mutating func add(_ cell: Cell, _ space: PeerSpace) {
        for range in space.ranges(of: cell) {
            events.append((range.lowerBound, cells.count, true))
            events.append((range.upperBound + 1, cells.count, false))
        }
        cells.append(cell.traffic)
    }

    /// - Parameter visit: takes a set of cells, and a peer that they match.
    func forEachSet(_ visit: (Bits, Int) -> Void) {
        var depth = Array(repeating: Int32(0), count: cells.count)
        var active = Bits(count: cells.count)
        var seen: Set<Bits> = []
        var next = 0
        var position = 0
        while position < count {
            while next < events.count, events[next].at <= position {
                let event = events[next]
                depth[event.cell] += event.begins ? 1 : -1
                active.set(event.cell, depth[event.cell] > 0)
                next += 1
            }
            if seen.insert(active).inserted { visit(active, position) }
            position = next < events.count ? min(events[next].at, count) : count
        }
    }

    /// What a rule matches where these cells do.
    func traffic(_ rule: Rule, _ active: Bits) -> TrafficSet {
        var set = TrafficSet.none
        for cell in rule.cells where active.contains(cell) { set = set.union(cells[cell]) }
        return set
    }

    /// How much each rule matches, by peers and traffic: a rule that matches all that another does and more has more.
    var sizes: [Double] {
        var peers = Array(repeating: 0.0, count: cells.count)
        for event in events { peers[event.cell] += event.begins ? -Double(event.at) : Double(event.at) }
        return rules.map { rule in
            rule.cells.reduce(0) { sum, cell in
                let traffic = cells[cell].keys.ranges.reduce(0.0) { $0 + Double($1.upperBound - $1.lowerBound) + 1 }
                return sum + peers[cell] * traffic
            }
        }
    }
}

/// A rule of a policy of a guest list.
struct RuleKey: Hashable, Comparable {
    /// Index into `GuestList.policies`.
    let policy: Int32
    let direction: Direction
    /// Index into the policy's rules of that direction.
    let rule: Int32

    static func < (a: Self, b: Self) -> Bool {
        (a.policy, a.direction.rawValue, a.rule) < (b.policy, b.direction.rawValue, b.rule)
    }
}
