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
        /// True: not all of its pods can be reached, in however many of the steps that were asked for.
        public let isPartial: Bool
        /// What it is, or holds.
        public let assets: Set<Asset>
    }

    /// Addresses or names outside that can be reached.
    public struct WayOut: Sendable {
        /// From whom.
        public let from: WorkloadName
        /// How many connections it takes, this one included.
        public let steps: Int
        /// Where to.
        public let to: Entity
        /// On what.
        public let traffic: TrafficSet
    }
}

extension Reachability {
    /// Follows connections from workloads, breadth first, pod by pod: where only some pods of a workload can be reached,
    /// only those go on. Whoever is on the network of a node is reached at its addresses, and reaches what the node does:
    /// the pods on it whatever policies say.
    ///
    /// - Parameters:
    ///   - start: where the attacker is: in all of their pods.
    ///   - limit: how many connections are followed at most.
    public func blastRadius(from start: Set<WorkloadName>, steps limit: Int, _ assets: AssetTable) -> BlastRadius {
        let assetsOf = Self.assets(list, assets)
        var walk = BlastWalk(self, from: start)
        var found: [(step: Int, arrival: BlastWalk.Arrival)] = []
        var waysOut: [BlastRadius.WayOut] = []
        var step = 0
        while step < limit, !walk.isOver {
            step += 1
            waysOut += walk.waysOut(step)
            found += walk.advance().map { (step, $0) }
        }
        let reached = found.map { step, arrival in
            BlastRadius.Reached(
                workload: arrival.workload, steps: step, via: arrival.via, traffic: arrival.traffic,
                isPartial: walk.isPartial(arrival.workload), assets: assetsOf[arrival.workload] ?? [])
        }
        return BlastRadius(reached: reached, waysOut: waysOut, unknown: walk.hosts.unknown)
    }

    private static func assets(_ list: GuestList, _ table: AssetTable) -> [WorkloadName: Set<Asset>] {
        var found: [WorkloadName: Set<Asset>] = [:]
        for (number, endpoint) in list.inventory.endpoints.enumerated() where !table.assets[number].isEmpty {
            found[endpoint.workload, default: []].formUnion(table.assets[number])
        }
        return found
    }
}
