import Addresses
import Kubernetes
import Policy

/// The policies of a tier about somebody, and whether there is such a workload.
struct TierUse {
    let program: TierProgram
    let direction: Direction
    /// A group that it is about; one that is there, if any is.
    let group: Int
    let isPresent: Bool

    /// True when no rule of it denies or passes: then their order says nothing.
    var onlyAllows: Bool {
        program.tier.isolates
            && program.turns.joined().allSatisfy { $0.rules.allSatisfy { $0.action == .accept || $0.action == .log } }
    }

    /// Every one of the policies in force, once.
    static func all(_ list: GuestList) -> [TierUse] {
        var places: [ObjectIdentifier: Int] = [:]
        var found: [TierUse] = []
        for (index, group) in list.grouping.groups.enumerated() {
            let members = group.members.lazy.map {
                list.inventory.endpoints[Int(list.grouping.interfaces[Int($0)].endpoint)]
            }
            let isPresent = members.contains { !Strangers.isStranger($0) }
            // Those that fit selectors of rules are there to be the other side.
            guard isPresent || members.contains(where: { $0.name.name == Strangers.newcomer }) else { continue }
            for direction in Direction.allCases {
                for tier in list.program(Int32(index), direction, staged: false).tiers {
                    let use = TierUse(program: tier, direction: direction, group: index, isPresent: isPresent)
                    if let place = places[ObjectIdentifier(tier)] {
                        if isPresent, !found[place].isPresent { found[place] = use }
                    } else {
                        places[ObjectIdentifier(tier)] = found.count
                        found.append(use)
                    }
                }
            }
        }
        return found
    }
}

/// Finds policies of one priority that say different things of the same traffic.
struct ConflictFinder {
    private(set) var found: [Contributions.Conflict] = []
    private let list: GuestList
    private let space: PeerSpace
    private let tier: TierUse
    private let isPossible: Bool
    private var peer = 0
    private var said: [(key: RuleKey, action: RuleAction, traffic: TrafficSet)] = []
    /// What was said so far in this turn, by action: most rules meet no other that they could contradict.
    private var sum: [RuleAction: TrafficSet] = [:]
    /// How often a contradiction was looked for that changes no answer.
    private var attempts: [Int32: Int] = [:]
    private static let mostAttempts = 16

    init(_ list: GuestList, _ space: PeerSpace, _ tier: TierUse) {
        self.list = list
        self.space = space
        self.tier = tier
        isPossible = tier.isPresent && tier.program.turns.contains { $0.count > 1 }
    }

    mutating func begin(_ peer: Int) {
        self.peer = peer
        beginTurn()
    }

    mutating func beginTurn() {
        said = []
        sum = [:]
    }

    mutating func note(_ rule: RuleSweep.Rule, _ hit: TrafficSet) {
        guard isPossible else { return }
        let isDisputed = sum.contains { $0.key != rule.action && $0.value.keys.overlaps(hit.keys) }
        if isDisputed, attempts[rule.key.policy, default: 0] < Self.mostAttempts { look(rule, hit) }
        said.append((rule.key, rule.action, hit))
        sum[rule.action] = hit.union(sum[rule.action] ?? .none)
    }

    private mutating func look(_ rule: RuleSweep.Rule, _ hit: TrafficSet) {
        let policy = rule.key.policy
        for other in said where other.key.policy != policy && other.action != rule.action {
            guard let example = other.traffic.intersection(hit).example else { continue }
            attempts[policy, default: 0] += 1
            guard let conflict = conflict(other.key.policy, policy, example) else { continue }
            found.append(conflict)
            // One is enough.
            attempts[policy] = Self.mostAttempts
            return
        }
    }

    /// The conflict, if the order of the two would change an answer.
    private func conflict(_ first: Int32, _ second: Int32, _ traffic: Traffic) -> Contributions.Conflict? {
        guard let subject = party(group: tier.group), let other = party(peer) else { return nil }
        let isIngress = tier.direction == .ingress
        let decision = list.evaluate(
            Connection(
                source: isIngress ? other : subject, destination: isIngress ? subject : other, traffic: traffic))
        guard decision.enforced[tier.direction].isAmbiguous else { return nil }
        return Contributions.Conflict(
            first: first, second: second, direction: tier.direction, traffic: traffic, subject: text(subject),
            peer: text(other))
    }

    private func party(group: Int) -> Party? {
        let member = list.grouping.interfaces[Int(list.grouping.groups[group].first)]
        return list.party(endpoint: Int(member.endpoint), isIPv4: member.isIPv4)
    }

    private func party(_ peer: Int) -> Party? {
        if peer < space.groups { return party(group: peer) }
        guard space.runs.contains(peer) else { return nil }
        return IntervalSet(space.addresses(ofRun: peer)).examples.map { list.party($0) }.first(where: \.isOutside)
    }

    private func text(_ party: Party) -> String {
        guard party.endpoint >= 0 else { return party.address?.description ?? "an address" }
        let endpoint = list.inventory.endpoints[Int(party.endpoint)]
        return Strangers.isStranger(endpoint) ? "a pod that its rules fit" : endpoint.workload.description
    }
}
