import Addresses
import Kubernetes
import Policy

/// From one workload, whom an attacker can get to, hop by hop.
public struct BlastRadius: Sendable {
    /// Workloads that can be reached, nearest first, then by name; not the one that it starts from.
    public let reached: [Reached]
    /// Ways out of the cluster, from the start or from what was reached.
    public let waysOut: [WayOut]
    /// Workloads on the network of nodes whose addresses are not known, by name: whether they can be reached, and what
    /// from there, is not known, but that they reach the pods of their nodes.
    public let unknown: [WorkloadName]

    /// A workload that can be reached.
    public struct Reached: Sendable {
        /// The workload.
        public let workload: WorkloadName
        /// How many connections it takes.
        public let steps: Int
        /// The workload from which the last of them is made.
        public let via: WorkloadName
        /// What that one can reach it on.
        public let traffic: TrafficSet
        /// What it is, or holds.
        public let assets: Set<Asset>
    }

    /// Addresses or names outside that can be reached.
    public struct WayOut: Sendable {
        /// From whom.
        public let from: WorkloadName
        /// How many connections it took to get there.
        public let steps: Int
        /// Where to.
        public let to: Entity
        /// On what.
        public let traffic: TrafficSet
    }
}

extension Reachability {
    /// Follows connections from workloads, breadth first. Whoever is on the network of a node is reached at its addresses,
    /// and reaches what the node does, the pods on it whatever policies say.
    ///
    /// - Parameters:
    ///   - start: where the attacker is.
    ///   - limit: how many connections are followed at most.
    public func blastRadius(from start: Set<WorkloadName>, steps limit: Int, _ assets: AssetTable) -> BlastRadius {
        let assetsOf = Self.assets(list, assets)
        let hosts = HostNetwork(self)
        var seen = start
        var frontier = start
        var reached: [BlastRadius.Reached] = []
        var waysOut: [BlastRadius.WayOut] = []
        for step in 0...limit where !frontier.isEmpty {
            let entries = connections(from: { $0.map(frontier.contains) ?? false }) + hosts.entries(from: frontier)
            var next: [WorkloadName: BlastRadius.Reached] = [:]
            for entry in entries {
                guard case .workload(let from) = entry.from else { continue }
                guard case .workload(let to) = entry.to else {
                    waysOut.append(
                        BlastRadius.WayOut(from: from, steps: step, to: entry.to, traffic: entry.traffic))
                    continue
                }
                guard step < limit, !seen.contains(to), next[to] == nil else { continue }
                next[to] = BlastRadius.Reached(
                    workload: to, steps: step + 1, via: from, traffic: entry.traffic, assets: assetsOf[to] ?? [])
            }
            reached += next.values.sorted { $0.workload < $1.workload }
            frontier = Set(next.keys)
            seen.formUnion(frontier)
        }
        return BlastRadius(reached: reached, waysOut: waysOut, unknown: hosts.unknown)
    }

    private static func assets(_ list: GuestList, _ table: AssetTable) -> [WorkloadName: Set<Asset>] {
        var found: [WorkloadName: Set<Asset>] = [:]
        for (number, endpoint) in list.inventory.endpoints.enumerated() where !table.assets[number].isEmpty {
            found[endpoint.workload, default: []].formUnion(table.assets[number])
        }
        return found
    }
}
