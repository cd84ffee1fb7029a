import Addresses
import Kubernetes
import Policy

/// An attacker on the way through a cluster: which pods are taken over, and what follows from that.
struct BlastWalk {
    /// A workload of which the first pods are reached.
    struct Arrival {
        /// Index into `WorkloadIndex.workloads`.
        let workload: Int32
        /// The first by name of those from which it is reached.
        var via: Int32
        /// What that one can reach it on.
        var traffic: TrafficSet
    }

    let index: WorkloadIndex
    private let reachability: Reachability
    private let kinds: PodKinds
    /// Of each kind of pod: taken over.
    private var isTaken: [Bool]
    /// Of each workload: some of its pods are.
    private var isKnown: [Bool]
    /// Of each workload: the groups of what was taken over in the last step, and not before.
    private var frontier: [[Int32]]
    /// All groups that were ever in `frontier`.
    private var past: [Set<Int32>]
    /// Ways out that were told, by workload and where to.
    private var told: [Way: TrafficSet] = [:]

    private struct Way: Hashable {
        let from: Entity
        let to: Entity
    }

    /// - Parameter start: workloads of which all pods are taken over.
    init(_ reachability: Reachability, from start: Set<WorkloadName>) {
        self.reachability = reachability
        index = WorkloadIndex(reachability.list)
        kinds = PodKinds(reachability.list, index)
        isKnown = index.workloads.map(start.contains)
        isTaken = Array(repeating: false, count: kinds.kinds.count)
        frontier = Array(repeating: [], count: index.workloads.count)
        past = Array(repeating: [], count: index.workloads.count)
        take(kinds.kinds.indices.filter { isKnown[Int(kinds.kinds[$0].workload)] })
    }

    /// True: nothing was taken over in the last step.
    var isOver: Bool { frontier.allSatisfy(\.isEmpty) }

    /// True: some pods of the workload are not taken over.
    func isPartial(_ workload: Int32) -> Bool { kinds.ofWorkload[Int(workload)].contains { !isTaken[$0] } }

    /// Ways out of the cluster from what was taken over in the last step.
    mutating func waysOut(_ step: Int) -> [BlastRadius.WayOut] {
        let entries = reachability.connections(
            index, kinds, sources: frontier, fromOutside: false, to: { $0 == nil })
        return entries.compactMap { entry in
            guard case .workload(let from) = entry.from else { return nil }
            let way = Way(from: entry.from, to: entry.to)
            // Other pods of the same workload may have been there before.
            if let known = told[way], entry.traffic.isSubset(of: known) { return nil }
            told[way] = (told[way] ?? .none).union(entry.traffic)
            return BlastRadius.WayOut(from: from, steps: step, to: entry.to, traffic: entry.traffic)
        }
    }

    /// Follows one more connection from all that was taken over in the last step; gives the workloads that are new, by
    /// name.
    mutating func advance() -> [Arrival] {
        var owners: [Int32: Int32] = [:]
        for (workload, groups) in frontier.enumerated() {
            for group in groups where owners[group] == nil { owners[group] = Int32(workload) }
        }
        var reached: Set<Int> = []
        var arrivals: [Int32: Arrival] = [:]
        reachability.forEachRow(where: { owners[Int32($0)] != nil }) { row, traffic in
            guard let via = owners[Int32(row.source)] else { return true }
            var start = 0
            for segment in row.segments {
                let peers = start..<max(start, min(segment.end, kinds.ofGroup.count))
                start = segment.end
                if segment.traffic == TrafficPool.none || peers.isEmpty { continue }
                let allowed = traffic(segment.traffic)
                for peer in peers {
                    for kind in kinds.ofGroup[peer] where !isTaken[Int(kind)] {
                        reached.insert(Int(kind))
                        let workload = kinds.kinds[Int(kind)].workload
                        if !isKnown[Int(workload)] { note(workload, via, allowed, in: &arrivals) }
                    }
                }
            }
            return true
        }
        for workload in arrivals.keys { isKnown[Int(workload)] = true }
        take(reached.sorted())
        return arrivals.values.sorted { $0.workload < $1.workload }
    }

    private func note(_ workload: Int32, _ via: Int32, _ traffic: TrafficSet, in arrivals: inout [Int32: Arrival]) {
        let arrival = Arrival(workload: workload, via: via, traffic: traffic)
        guard let known = arrivals[workload] else { return arrivals[workload] = arrival }
        if via == known.via {
            arrivals[workload]?.traffic = known.traffic.union(traffic)
        } else if via < known.via {
            arrivals[workload] = arrival
        }
    }

    private mutating func take(_ taken: [Int]) {
        for workload in frontier.indices { frontier[workload] = [] }
        for kind in taken {
            isTaken[kind] = true
            let workload = Int(kinds.kinds[kind].workload)
            for group in kinds.kinds[kind].groups where past[workload].insert(group).inserted {
                frontier[workload].append(group)
            }
        }
    }
}
