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
                let allowed = reachability.traffic(from: source, to: target)
                let shown = isAllowed ? traffic.intersection(allowed) : traffic.subtracting(allowed)
                guard !shown.isEmpty else { continue }
                let members = (member(from, source), member(to, target))
                if let witness = reachability.witness(from: source, to: target, shown, interfaces: members) {
                    return witness
                }
            }
        }
        return nil
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
    private func member(_ entity: Entity, _ peer: Int) -> Int32? {
        guard case .workload(let name) = entity, peer < reachability.space.groups else { return nil }
        let list = reachability.list
        return list.grouping.groups[peer].members.first { member in
            list.inventory.endpoints[Int(list.grouping.interfaces[Int(member)].endpoint)].workload == name
        }
    }
}
