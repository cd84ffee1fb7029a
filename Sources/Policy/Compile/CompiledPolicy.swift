import Addresses
import Kubernetes

/// Peers and traffic that a rule matches together.
package struct Cell: Hashable, Sendable {
    /// Groups on the other side.
    package let groups: IntervalSet<UInt32>
    /// Addresses on the other side that are no workload's.
    package let outside: IntervalSet<UInt128>
    /// See `Reach.names`.
    package let names: [DomainPattern]?
    /// The traffic.
    package let traffic: TrafficSet
}

/// A rule for one kind of subject: what is particular to the subject is worked in.
package struct CompiledRule: Hashable, Sendable {
    /// Index into the policy's rules of its direction.
    package let index: Int32
    /// What it says of what it matches.
    package let action: RuleAction
    /// It matches what one of these matches.
    package let cells: [Cell]
}

/// A policy whose selectors are resolved. It never changes: lists share those that are the same in them.
final class CompiledPolicy: Sendable {
    /// The policy; where it was written may have changed since.
    let policy: WorkloadPolicy
    /// Of its own among all that were compiled for a guest list and those that it was made from.
    let serial: UInt32
    /// Groups that it is about.
    let subject: IntervalSet<UInt32>
    let ingress: CompiledDirection?
    let egress: CompiledDirection?

    init(_ policy: WorkloadPolicy, serial: UInt32, _ resolver: Resolver) {
        self.policy = policy
        self.serial = serial
        let subject = resolver.groups(policy.subject)
        self.subject = subject
        ingress = policy.ingress.map { CompiledDirection($0, .ingress, subject, resolver) }
        egress = policy.egress.map { CompiledDirection($0, .egress, subject, resolver) }
    }

    func rules(_ direction: Direction) -> CompiledDirection? { direction == .ingress ? ingress : egress }

    /// What stands for its rules for a group, in keys: equal only where the rules are; nil: it says nothing of that
    /// direction.
    ///
    /// - Parameter direction: its place in `Direction.inOrder`.
    func part(_ direction: Int, _ group: UInt32) -> UInt64? {
        guard let rules = rules(Direction.inOrder[direction]) else { return nil }
        return UInt64(serial) << 33 | UInt64(direction) << 32 | UInt64(rules.isSpecial ? group : UInt32.max)
    }
}

/// Compiles policies in turn, but for those that were compiled before and are the same.
struct PolicyCompiler {
    /// How many were compiled.
    private(set) var count = 0
    private(set) var nextSerial: UInt32

    private let resolver: Resolver
    private let kept: [CompiledPolicy]
    /// Where the next one stands among those that are kept, if nothing came or went.
    private var next = 0
    /// Places of those that are kept; made when it is needed.
    private lazy var places = Dictionary(
        kept.enumerated().map { ($0.element.policy.source, $0.offset) }, uniquingKeysWith: { first, _ in first })

    init(_ resolver: Resolver, kept: [CompiledPolicy], firstSerial: UInt32) {
        self.resolver = resolver
        self.kept = kept
        nextSerial = firstSerial
    }

    /// - Parameter changed: the places outside which policies are those that are kept; nil: that is not known.
    mutating func compile(_ policies: [WorkloadPolicy], changed: Range<Int>?) -> [CompiledPolicy] {
        guard let changed, kept.count == policies.count else { return policies.map { compile($0) } }
        var result = kept
        next = changed.lowerBound
        for place in changed { result[place] = compile(policies[place]) }
        return result
    }

    private mutating func compile(_ policy: WorkloadPolicy) -> CompiledPolicy {
        if next < kept.count, Self.isSame(kept[next].policy, policy) { return take(next) }
        // An edited one stands where it stood; only where some came or went must it be looked for.
        let isEdited = next < kept.count && kept[next].policy.source == policy.source
        if !kept.isEmpty, !isEdited, let place = places[policy.source], Self.isSame(kept[place].policy, policy) {
            return take(place)
        }
        if isEdited { next += 1 }
        count += 1
        nextSerial += 1
        return CompiledPolicy(policy, serial: nextSerial - 1, resolver)
    }

    private mutating func take(_ place: Int) -> CompiledPolicy {
        next = place + 1
        return kept[place]
    }

    /// True when both say the same, wherever it is written.
    private static func isSame(_ old: WorkloadPolicy, _ new: WorkloadPolicy) -> Bool {
        if old.isCopy(of: new) { return true }
        guard old.source == new.source else { return false }
        if old.position == new.position && old.rulePlaces == new.rulePlaces { return old == new }
        var moved = old
        (moved.position, moved.rulePlaces) = (new.position, new.rulePlaces)
        return moved == new
    }
}

/// The rules of a policy in one direction.
struct CompiledDirection: Sendable {
    /// The same for every group of the subject; nil: they depend on the group.
    let common: [CompiledRule]?
    /// Of each group of the subject, where they differ.
    let special: [UInt32: [CompiledRule]]

    init(_ rules: [WorkloadRule], _ direction: Direction, _ subject: IntervalSet<UInt32>, _ resolver: Resolver) {
        let isCommon = rules.allSatisfy { $0.own == nil && !(direction == .ingress && $0.asksForNamedPorts) }
        guard !isCommon else {
            common = RuleCompiler(resolver, direction, group: nil).compile(rules)
            special = [:]
            return
        }
        common = nil
        var special: [UInt32: [CompiledRule]] = [:]
        for group in subject.ranges.joined() {
            special[group] = RuleCompiler(resolver, direction, group: group).compile(rules)
        }
        self.special = special
    }

    /// True: every group has its own rules.
    var isSpecial: Bool { common == nil }

    func rules(for group: UInt32) -> [CompiledRule] { common ?? special[group] ?? [] }
}

extension WorkloadRule {
    /// True when what it matches depends on the ports of the pod that a connection comes to.
    var asksForNamedPorts: Bool {
        ((traffic ?? []) + exceptTraffic).contains { if case .named? = $0.port { true } else { false } }
    }
}

/// Compiles the rules of one direction.
private struct RuleCompiler {
    let resolver: Resolver
    let direction: Direction
    /// The subject, where rules depend on it.
    let group: UInt32?

    init(_ resolver: Resolver, _ direction: Direction, group: UInt32?) {
        self.resolver = resolver
        self.direction = direction
        self.group = group
    }

    func compile(_ rules: [WorkloadRule]) -> [CompiledRule] {
        rules.enumerated().map { index, rule in
            CompiledRule(
                index: Int32(index), action: rule.action, cells: isAbout(rule) ? cells(rule) : [])
        }
    }

    /// Whether the rule is about the group at all.
    private func isAbout(_ rule: WorkloadRule) -> Bool {
        guard let group, let own = rule.own else { return true }
        return resolver.reaches(own).contains { $0.groups.contains(group) }
    }

    private func cells(_ rule: WorkloadRule) -> [Cell] {
        let reaches = resolver.reaches(rule.peers)
        guard rule.asksForNamedPorts else {
            let traffic = NamedPorts(of: []).traffic(rule)
            return traffic.isEmpty ? [] : reaches.map { cell($0, traffic) }
        }
        guard direction == .egress else {
            let ports = group.map { resolver.grouping.groups[Int($0)].ports } ?? []
            let traffic = NamedPorts(of: ports).traffic(rule)
            return traffic.isEmpty ? [] : reaches.map { cell($0, traffic) }
        }
        return reaches.flatMap { perDestination(rule, $0) }
    }

    /// Ports have other numbers on other pods: peers are taken apart by the numbers that the names stand for there.
    private func perDestination(_ rule: WorkloadRule, _ reach: Reach) -> [Cell] {
        var byTraffic: [TrafficSet: [UInt32]] = [:]
        let limit = UInt32(resolver.grouping.groups.count)
        for range in reach.groups.ranges where range.lowerBound < limit {
            for group in range.lowerBound...min(range.upperBound, limit - 1) {
                let traffic = NamedPorts(of: resolver.grouping.groups[Int(group)].ports).traffic(rule)
                if !traffic.isEmpty { byTraffic[traffic, default: []].append(group) }
            }
        }
        var cells = byTraffic.map { traffic, groups in
            Cell(groups: IntervalSet(ascending: groups), outside: .empty, names: nil, traffic: traffic)
        }
        cells.sort { ($0.groups.ranges.first?.lowerBound ?? 0) < ($1.groups.ranges.first?.lowerBound ?? 0) }
        // Outside nothing has named ports; terms with numbers count there too.
        let traffic = NamedPorts(of: []).traffic(rule)
        if !traffic.isEmpty, !reach.outside.isEmpty {
            cells.append(Cell(groups: .empty, outside: reach.outside, names: reach.names, traffic: traffic))
        }
        return cells
    }

    private func cell(_ reach: Reach, _ traffic: TrafficSet) -> Cell {
        Cell(groups: reach.groups, outside: reach.outside, names: reach.names, traffic: traffic)
    }
}

/// What terms mean where these ports have names.
private struct NamedPorts {
    let ports: [NamedPort]

    init(of ports: [NamedPort]) { self.ports = ports }

    func traffic(_ rule: WorkloadRule) -> TrafficSet {
        let wanted = rule.traffic.map(union) ?? .all
        return rule.exceptTraffic.isEmpty ? wanted : wanted.subtracting(union(rule.exceptTraffic))
    }

    private func union(_ terms: [TrafficTerm]) -> TrafficSet {
        TrafficSet(keys: IntervalSet(terms.flatMap { traffic($0).keys.ranges }))
    }

    private func traffic(_ term: TrafficTerm) -> TrafficSet {
        switch term.port {
        case nil: return term.proto.map { TrafficSet($0) } ?? .all
        case .range(let range):
            let protocols = term.proto.map { [$0] } ?? IPProtocol.withPorts
            return TrafficSet(keys: IntervalSet(protocols.flatMap { TrafficSet($0, range).keys.ranges }))
        case .icmp(let type, let code):
            let low = Traffic(term.proto ?? .icmp, icmpType: type, code: code ?? 0).key
            let high = Traffic(term.proto ?? .icmp, icmpType: type, code: code ?? .max).key
            return TrafficSet(keys: IntervalSet(low...high))
        case .named(let name):
            let meant = ports.filter { $0.name == name && (term.proto == nil || term.proto == $0.proto) }
            return TrafficSet(keys: IntervalSet(meant.flatMap { TrafficSet($0.proto, PortRange($0.port)).keys.ranges }))
        }
    }
}
