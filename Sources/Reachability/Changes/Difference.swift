import Addresses
import Kubernetes
import Policy

/// What changed between two states of a cluster for one pair.
public struct ConnectionChange: Sendable {
    /// Who opens connections.
    public let from: Entity
    /// Whom to.
    public let to: Entity
    /// What was allowed, at least between some pods of both.
    public let old: TrafficSet
    /// What is allowed, at least between some pods of both.
    public let new: TrafficSet
    /// What is allowed, or is now for all pods of both, and was not.
    public let gained: TrafficSet
    /// What was allowed, or was for all pods of both, and is not.
    public let lost: TrafficSet
    /// Why: the decision in the new state on something gained; nil: nothing is gained, or nobody is left who shows it.
    public let gainedWitness: Witness?
    /// Why: the decision in the new state on something lost, which denies it; nil as above.
    public let lostWitness: Witness?
    /// Workloads of the pair that are only in one of the states.
    public let appeared: [WorkloadName]
    /// See `appeared`.
    public let vanished: [WorkloadName]

    /// True when it is about the pods of one workload among themselves.
    public var isWithin: Bool { from == to }

    /// Who to whom, for people.
    public var title: String { isWithin ? "pods of \(from) among themselves" : "\(from) -> \(to)" }
}

/// Two states of a cluster, compared.
public struct Difference: Sendable {
    /// The state before, told apart where either state tells apart.
    public let old: Reachability
    /// The state after.
    public let new: Reachability
    /// Pairs that differ, by source and destination.
    public let changes: [ConnectionChange]

    /// Compares two guest lists.
    public init(_ old: GuestList, _ new: GuestList, staged: Bool = false) {
        let common = Reachability(old, staged: staged).space.distinctions
            .union(Reachability(new, staged: staged).space.distinctions)
        self.old = Reachability(old, staged: staged, distinctions: common)
        self.new = Reachability(new, staged: staged, distinctions: common)
        changes = Self.compare(self.old, self.new)
    }

    private struct Pair: Hashable {
        let from: Entity
        let to: Entity
    }

    private static func compare(_ old: Reachability, _ new: Reachability) -> [ConnectionChange] {
        let (before, after) = (entries(old), entries(new))
        let workloads = (Set(WorkloadIndex(old.list).workloads), Set(WorkloadIndex(new.list).workloads))
        let pairs = Set(before.keys).union(after.keys)
        let changed = pairs.filter {
            before[$0]?.traffic != after[$0]?.traffic || before[$0]?.everywhere != after[$0]?.everywhere
        }
        let finder = WitnessFinder(new)
        let changes = changed.map { pair in
            let was = before[pair]?.traffic ?? .none
            let isNow = after[pair]?.traffic ?? .none
            let (before, after) = (before[pair]?.everywhere ?? .none, after[pair]?.everywhere ?? .none)
            let gained = isNow.subtracting(was).union(after.subtracting(before))
            let lost = was.subtracting(isNow).union(before.subtracting(after))
            let names = (pair.from == pair.to ? [pair.from] : [pair.from, pair.to]).compactMap {
                if case .workload(let name) = $0 { name } else { nil }
            }
            return ConnectionChange(
                from: pair.from, to: pair.to, old: was, new: isNow, gained: gained, lost: lost,
                gainedWitness: finder.witness(pair.from, pair.to, gained, isAllowed: true),
                lostWitness: finder.witness(pair.from, pair.to, lost, isAllowed: false),
                appeared: names.filter { !workloads.0.contains($0) },
                vanished: names.filter { !workloads.1.contains($0) })
        }
        return joined(changes.sorted { ($0.from, $0.to) < ($1.from, $1.to) })
    }

    /// Entries with addresses cut at every border, so that both states can be laid upon each other; what pods of a
    /// workload may do among themselves is among them.
    private static func entries(_ reachability: Reachability) -> [Pair: ConnectionEntry] {
        let all = reachability.connections(joiningRuns: false) + reachability.connectionsWithin()
        return Dictionary(
            all.map { (Pair(from: $0.from, to: $0.to), $0) },
            uniquingKeysWith: { first, _ in first })
    }

    /// Ranges beside each other with the same change, as one.
    private static func joined(_ changes: [ConnectionChange]) -> [ConnectionChange] {
        var result: [ConnectionChange] = []
        var open: [Key: Int] = [:]
        for change in changes {
            guard let (key, range) = Key.of(change) else {
                result.append(change)
                continue
            }
            if let index = open[key], case let before? = Key.of(result[index])?.range,
                Entity.touch(before, range)
            {
                result[index] = result[index].widened(to: before.lowerBound...range.upperBound)
            } else {
                open[key] = result.count
                result.append(change)
            }
        }
        return result.sorted { ($0.from, $0.to) < ($1.from, $1.to) }
    }

    /// What changes of ranges must have in common to be one.
    private struct Key: Hashable {
        let other: Entity
        let isSource: Bool
        let isIPv4: Bool
        let old: TrafficSet
        let new: TrafficSet
        let gained: TrafficSet
        let lost: TrafficSet

        init(_ other: Entity, isSource: Bool, _ range: ClosedRange<Address>, _ change: ConnectionChange) {
            self.other = other
            self.isSource = isSource
            isIPv4 = range.lowerBound.isIPv4
            (old, new, gained, lost) = (change.old, change.new, change.gained, change.lost)
        }

        static func of(_ change: ConnectionChange) -> (key: Key, range: ClosedRange<Address>)? {
            if case .addresses(let range) = change.from {
                return (Key(change.to, isSource: true, range, change), range)
            }
            if case .addresses(let range) = change.to {
                return (Key(change.from, isSource: false, range, change), range)
            }
            return nil
        }
    }
}

extension ConnectionChange {
    fileprivate func widened(to range: ClosedRange<Address>) -> ConnectionChange {
        let isSource = if case .addresses = from { true } else { false }
        return ConnectionChange(
            from: isSource ? .addresses(range) : from, to: isSource ? to : .addresses(range), old: old, new: new,
            gained: gained, lost: lost, gainedWitness: gainedWitness, lostWitness: lostWitness, appeared: appeared,
            vanished: vanished)
    }
}
