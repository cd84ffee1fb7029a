import Addresses
import Kubernetes
import Policy

/// Which rules and policies a verdict depends on.
///
/// Pods that are not there are looked at as well: for each selector of a rule one that fits it, and pods without
/// labels. So a rule is not called useless because of who happens to be there. Everything that is found useless may
/// be removed at once.
struct Contributions {
    /// Rules of tiers that go by order, which others before them leave nothing.
    private(set) var shadowed: Set<RuleKey> = []
    /// Rules of tiers where rules only allow, to whose traffic they add nothing: wider rules are kept before narrower.
    private(set) var redundant: Set<RuleKey> = []
    /// Policies without which nothing would change.
    private(set) var redundantPolicies: Set<Int32> = []
    /// Rules that allow everything, with how many others are useless beside them.
    private(set) var openers: [RuleKey: Int] = [:]
    /// Useless rules that are counted there.
    private(set) var underOpeners: Set<RuleKey> = []
    /// Pairs of policies of one priority that say different things.
    private(set) var conflicts: [Conflict] = []

    /// Two policies that disagree.
    struct Conflict {
        let first: Int32
        let second: Int32
        let direction: Direction
        let traffic: Traffic
        /// Who is selected, and the other side.
        let subject: String
        let peer: String
    }

    init(_ list: GuestList) {
        let strangers = Strangers(list, many: true) { _ in true }
        let extended = list.updated(inventory: strangers.inventory, policies: list.policies)
        let space = PeerSpace(extended, Distinctions())
        let tiers = TierUse.all(extended)
        let sweeps = tiers.map { RuleSweep($0.program, $0.direction, space) }
        var needed: Set<RuleKey> = []
        var present: Set<RuleKey> = []
        let ranks = Self.ranks(sweeps)
        for (tier, sweep) in zip(tiers, sweeps) {
            if tier.isPresent { present.formUnion(sweep.rules.lazy.filter { !$0.cells.isEmpty }.map(\.key)) }
            if tier.onlyAllows {
                Self.findNeeded(sweep, ranks, &needed)
            } else {
                var finder = ConflictFinder(extended, space, tier)
                Self.findNeeded(sweep, &needed, &finder)
                conflicts += finder.found
            }
        }
        let useless = present.subtracting(needed)
        let unions = Set(zip(tiers, sweeps).lazy.filter { $0.0.onlyAllows }.flatMap { $0.1.rules.map(\.key) })
        redundant = useless.intersection(unions)
        shadowed = useless.subtracting(unions)
        findOpeners(list, tiers, sweeps)
        findPolicies(list, tiers, present)
    }

    /// The place of each rule among all, widest first.
    private static func ranks(_ sweeps: [RuleSweep]) -> [RuleKey: Int] {
        var sizes: [RuleKey: Double] = [:]
        for sweep in sweeps {
            for (rule, size) in zip(sweep.rules, sweep.sizes) { sizes[rule.key] = max(sizes[rule.key] ?? 0, size) }
        }
        let order = sizes.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
        return Dictionary(uniqueKeysWithValues: order.enumerated().map { ($0.element.key, $0.offset) })
    }

    /// Rules only allow: those are needed that add to wider ones.
    private static func findNeeded(_ sweep: RuleSweep, _ ranks: [RuleKey: Int], _ needed: inout Set<RuleKey>) {
        let order = sweep.rules.filter { $0.action != .log }
            .sorted { (ranks[$0.key] ?? 0) < (ranks[$1.key] ?? 0) }
        needed.formUnion(sweep.rules.lazy.filter { $0.action == .log }.map(\.key))
        sweep.forEachSet { active, _ in
            var allowed = TrafficSet.none
            for rule in order {
                let own = sweep.traffic(rule, active)
                if own.isSubset(of: allowed) { continue }
                needed.insert(rule.key)
                allowed = allowed.union(own)
            }
        }
    }

    /// The first rule that matches decides: those are needed that something is left to.
    private static func findNeeded(
        _ sweep: RuleSweep, _ needed: inout Set<RuleKey>, _ conflicts: inout ConflictFinder
    ) {
        needed.formUnion(sweep.rules.lazy.filter { $0.action == .log }.map(\.key))
        sweep.forEachSet { active, peer in
            var undecided = TrafficSet.all
            var decided = TrafficSet.none
            var rest = undecided
            var last = (turn: 0, policy: 0)
            conflicts.begin(peer)
            for rule in sweep.rules where rule.action != .log {
                if rule.turn != last.turn {
                    undecided = undecided.subtracting(decided)
                    rest = undecided
                    conflicts.beginTurn()
                } else if rule.policy != last.policy {
                    rest = undecided
                }
                last = (rule.turn, rule.policy)
                let hit = sweep.traffic(rule, active).intersection(rest)
                if hit.isEmpty { continue }
                needed.insert(rule.key)
                conflicts.note(rule, hit)
                rest = rest.subtracting(hit)
                decided = decided.union(hit)
            }
        }
    }

    // MARK: What follows

    private mutating func findOpeners(_ list: GuestList, _ tiers: [TierUse], _ sweeps: [RuleSweep]) {
        for (tier, sweep) in zip(tiers, sweeps) where tier.onlyAllows {
            let opener = sweep.rules.first { list.policies[Int($0.key.policy)].rule($0.key)?.isEverything == true }
            guard let opener, !redundant.contains(opener.key) else { continue }
            let useless = redundant
            let others = sweep.rules.map(\.key).filter { key in
                useless.contains(key) && list.policies[Int(key.policy)].rule(key)?.isEverything != true
            }
            for key in others where underOpeners.insert(key).inserted { openers[opener.key, default: 0] += 1 }
        }
    }

    private mutating func findPolicies(_ list: GuestList, _ tiers: [TierUse], _ present: Set<RuleKey>) {
        let useless = redundant.union(shadowed)
        var tiersOfPolicy: [Int32: [Int]] = [:]
        var left: [Int] = []
        for (index, tier) in tiers.enumerated() {
            let policies = Set(tier.program.turns.joined().lazy.map(\.policy))
            left.append(policies.count)
            for policy in policies { tiersOfPolicy[policy, default: []].append(index) }
        }
        for (policy, places) in tiersOfPolicy.sorted(by: { $0.key < $1.key }) {
            let keys = list.policies[Int(policy)].ruleKeys(policy)
            // A policy without rules only isolates: it is there for pods that come.
            guard !keys.isEmpty, keys.allSatisfy({ useless.contains($0) }) else { continue }
            let isolating = places.filter { tiers[$0].program.tier.isolates }
            guard isolating.allSatisfy({ left[$0] > 1 }) else { continue }
            for place in places { left[place] -= 1 }
            redundantPolicies.insert(policy)
        }
    }
}

extension WorkloadPolicy {
    /// A rule by its key.
    func rule(_ key: RuleKey) -> WorkloadRule? {
        let rules = rules(key.direction) ?? []
        return rules.indices.contains(Int(key.rule)) ? rules[Int(key.rule)] : nil
    }

    fileprivate func ruleKeys(_ index: Int32) -> [RuleKey] {
        Direction.allCases.flatMap { direction in
            (rules(direction) ?? []).indices.map { RuleKey(policy: index, direction: direction, rule: Int32($0)) }
        }
    }
}

extension WorkloadRule {
    /// True when it allows everything with everyone.
    fileprivate var isEverything: Bool {
        action == .accept && peers == nil && own == nil && traffic == nil && exceptTraffic.isEmpty
    }
}
