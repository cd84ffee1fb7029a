import Addresses
import Kubernetes
import Policy

/// An attacker on the way through a cluster: which pods are taken over, and what follows from that.
struct BlastWalk {
    /// A workload of which the first pods are reached.
    struct Arrival {
        let workload: WorkloadName
        /// The first by name of those from which it is reached.
        var via: WorkloadName
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
    let hosts: HostNetwork
    /// Workloads on the network of nodes that were taken over, and those of the last step.
    private var takenHosts: Set<WorkloadName>
    private var hostFrontier: [WorkloadName]
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
        hosts = HostNetwork(reachability)
        hostFrontier = hosts.workloads.filter(start.contains)
        takenHosts = Set(hostFrontier)
        isKnown = index.workloads.map(start.contains)
        isTaken = Array(repeating: false, count: kinds.kinds.count)
        frontier = Array(repeating: [], count: index.workloads.count)
        past = Array(repeating: [], count: index.workloads.count)
        take(kinds.kinds.indices.filter { isKnown[Int(kinds.kinds[$0].workload)] })
    }

    /// True: nothing was taken over in the last step.
    var isOver: Bool { hostFrontier.isEmpty && frontier.allSatisfy(\.isEmpty) }

    /// True: some pods of the workload are not taken over.
    func isPartial(_ workload: WorkloadName) -> Bool {
        guard let number = index.number(of: workload) else { return false }
        return kinds.ofWorkload[number].contains { !isTaken[$0] }
    }

    /// Ways out of the cluster from what was taken over in the last step.
    mutating func waysOut(_ step: Int) -> [BlastRadius.WayOut] {
        let entries =
            reachability.connections(
                index, kinds, sources: frontier, fromOutside: false, to: { $0 == nil })
            + hostFrontier.flatMap(hosts.waysOut)
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
        var reached: Set<Int> = []
        var arrivals: [WorkloadName: Arrival] = [:]
        followPods(&reached, &arrivals)
        followHosts(&reached, &arrivals)
        let newHosts = hostsWithinReach(&arrivals)
        for kind in reached { isKnown[Int(kinds.kinds[kind].workload)] = true }
        take(reached.sorted())
        takenHosts.formUnion(newHosts)
        hostFrontier = newHosts.sorted()
        return arrivals.values.sorted { $0.workload < $1.workload }
    }

    private func followPods(_ reached: inout Set<Int>, _ arrivals: inout [WorkloadName: Arrival]) {
        var owners: [Int32: Int32] = [:]
        for (workload, groups) in frontier.enumerated() {
            for group in groups where owners[group] == nil { owners[group] = Int32(workload) }
        }
        reachability.forEachRow(where: { owners[Int32($0)] != nil }) { row, traffic in
            guard let via = owners[Int32(row.source)] else { return true }
            var start = 0
            for segment in row.segments {
                let peers = start..<max(start, min(segment.end, kinds.ofGroup.count))
                start = segment.end
                if segment.traffic == TrafficPool.none || peers.isEmpty { continue }
                let allowed = traffic(segment.traffic)
                for kind in peers.lazy.flatMap({ kinds.ofGroup[$0] }) {
                    reach(Int(kind), index.workloads[Int(via)], allowed, &reached, &arrivals)
                }
            }
            return true
        }
    }

    /// What nodes reach that were taken over in the last step.
    private func followHosts(_ reached: inout Set<Int>, _ arrivals: inout [WorkloadName: Arrival]) {
        for name in hostFrontier {
            for (group, traffic) in hosts.groups(from: name) {
                for kind in kinds.ofGroup[group] { reach(Int(kind), name, traffic, &reached, &arrivals) }
            }
            // The pods of a node are reached whatever policies say; all that policies do not tell apart count.
            for endpoint in hosts.ownPods(of: name) {
                guard let kind = kinds.ofEndpoint[endpoint] else { continue }
                reach(Int(kind), name, .all, &reached, &arrivals)
            }
        }
    }

    private func reach(
        _ kind: Int, _ via: WorkloadName, _ traffic: TrafficSet, _ reached: inout Set<Int>,
        _ arrivals: inout [WorkloadName: Arrival]
    ) {
        if isTaken[kind] { return }
        reached.insert(kind)
        let workload = Int(kinds.kinds[kind].workload)
        if !isKnown[workload] { note(index.workloads[workload], via, traffic, in: &arrivals) }
    }

    /// Workloads on the network of nodes that are new.
    private func hostsWithinReach(_ arrivals: inout [WorkloadName: Arrival]) -> Set<WorkloadName> {
        guard !hosts.workloads.isEmpty else { return [] }
        var found: Set<WorkloadName> = []
        for (workload, groups) in frontier.enumerated() {
            for group in groups {
                for (name, traffic) in hosts.reached(from: Int(group)) where !takenHosts.contains(name) {
                    found.insert(name)
                    note(name, index.workloads[workload], traffic, in: &arrivals)
                }
            }
        }
        for source in hostFrontier {
            for name in hosts.others(than: source) where !takenHosts.contains(name) {
                found.insert(name)
                note(name, source, .all, in: &arrivals)
            }
        }
        return found
    }

    private func note(
        _ workload: WorkloadName, _ via: WorkloadName, _ traffic: TrafficSet,
        in arrivals: inout [WorkloadName: Arrival]
    ) {
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
