import Addresses
import Kubernetes
import Policy

/// Finds, for an entry of the view by workloads, two parties that show it.
public struct WitnessFinder: Sendable {
    private let reachability: Reachability
    private let index: WorkloadIndex
    private let numbers: [WorkloadName: Int]

    /// For entries of this.
    public init(_ reachability: Reachability) {
        self.reachability = reachability
        index = WorkloadIndex(reachability.list)
        numbers = Dictionary(
            index.workloads.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { first, _ in first })
    }

    /// A connection of some traffic that is allowed, or denied, between two entities; nil when there is none.
    public func witness(_ from: Entity, _ to: Entity, _ traffic: TrafficSet, isAllowed: Bool) -> Witness? {
        for source in peers(from) {
            for target in peers(to) where reachability.isIPv4(source) == reachability.isIPv4(target) {
                if let witness = witness(from, source, to, target, traffic, isAllowed) { return witness }
            }
        }
        return nil
    }

    private func witness(
        _ from: Entity, _ source: Int, _ to: Entity, _ target: Int, _ traffic: TrafficSet, _ isAllowed: Bool
    ) -> Witness? {
        func shown(_ allowed: TrafficSet) -> TrafficSet {
            isAllowed ? traffic.intersection(allowed) : traffic.subtracting(allowed)
        }
        let space = reachability.space
        if target >= space.runs.upperBound {
            let runs = space.runs(isIPv4: reachability.isIPv4(target))
            return reachability.witness(
                from: source, toName: target - space.runs.upperBound,
                in: IntervalSet(runs.map { UInt32($0.lowerBound)...UInt32($0.upperBound - 1) }), shown,
                interface: member(from, source))
        }
        let found = shown(reachability.traffic(from: source, to: target))
        guard !found.isEmpty else { return nil }
        guard from != to else { return within(from, source, target, found) }
        return reachability.witness(
            from: source, to: target, found, interfaces: (member(from, source), member(to, target)))
    }

    /// Two pods of one workload.
    private func within(_ entity: Entity, _ source: Int, _ target: Int, _ traffic: TrafficSet) -> Witness? {
        guard let first = member(entity, source) else { return nil }
        let endpoint = reachability.list.grouping.interfaces[Int(first)].endpoint
        let second = member(entity, target, besides: endpoint) ?? member(entity, target)
        return reachability.witness(from: source, to: target, traffic, interfaces: (first, second))
    }

    private func peers(_ entity: Entity) -> [Int] {
        let space = reachability.space
        switch entity {
        case .workload(let name): return numbers[name].map { index.groups[$0].map(Int.init) } ?? []
        case .addresses(let range):
            let first = space.run(of: range.lowerBound)
            return Array(first...max(first, space.run(of: range.upperBound)))
        case .name(let pattern):
            return space.names.indices.filter { space.names[$0].pattern == pattern }.map { space.runs.upperBound + $0 }
        }
    }

    /// A pod of the workload in the group.
    ///
    /// - Parameter other: not this one.
    private func member(_ entity: Entity, _ peer: Int, besides other: Int32 = -1) -> Int32? {
        guard case .workload(let name) = entity, peer < reachability.space.groups else { return nil }
        let list = reachability.list
        return list.grouping.groups[peer].members.first { member in
            let endpoint = list.grouping.interfaces[Int(member)].endpoint
            return endpoint != other && list.inventory.endpoints[Int(endpoint)].workload == name
        }
    }
}
