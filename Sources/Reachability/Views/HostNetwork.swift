import Addresses
import Kubernetes
import Policy

/// Workloads on the network of their nodes: they are addresses of nodes, which no policy is about.
struct HostNetwork {
    /// Those of which an address is known, by name.
    let workloads: [WorkloadName]
    /// The others.
    let unknown: [WorkloadName]

    private let reachability: Reachability
    private let callers: [WorkloadName: [Party]]
    /// Of each, the runs of its addresses, by family.
    private let runs: [WorkloadName: Set<Int>]
    /// Endpoints on networks of their own, by the name of their node.
    private let podsOfNode: [String: [Int]]

    init(_ reachability: Reachability) {
        self.reachability = reachability
        let list = reachability.list
        var callers: [WorkloadName: Set<Party>] = [:]
        var unknown: Set<WorkloadName> = []
        var podsOfNode: [String: [Int]] = [:]
        for (number, endpoint) in list.inventory.endpoints.enumerated() {
            guard endpoint.usesHostNetwork else {
                if let node = endpoint.node { podsOfNode[node, default: []].append(number) }
                continue
            }
            let parties = list.inventory.hostAddresses(endpoint).compactMap(list.outsider(at:))
            if parties.isEmpty {
                unknown.insert(endpoint.workload)
            } else {
                callers[endpoint.workload, default: []].formUnion(parties)
            }
        }
        self.callers = callers.mapValues(Array.init)
        runs = callers.mapValues { parties in
            Set(parties.compactMap(\.address).map(reachability.space.run(of:)))
        }
        workloads = callers.keys.sorted()
        self.unknown = unknown.sorted()
        self.podsOfNode = podsOfNode
    }

    /// What pods of a group can reach on the networks of nodes.
    func reached(from group: Int) -> [WorkloadName: TrafficSet] {
        runs.compactMapValues { runs in
            let traffic = runs.reduce(TrafficSet.none) { $0.union(reachability.traffic(from: group, to: $1)) }
            return traffic.isEmpty ? nil : traffic
        }
    }

    /// Groups that policies let the addresses of a workload's nodes reach.
    func groups(from name: WorkloadName) -> [(group: Int, traffic: TrafficSet)] {
        (runs[name] ?? []).flatMap { run in
            (0..<reachability.space.groups).compactMap { group in
                let traffic = reachability.traffic(from: run, to: group)
                return traffic.isEmpty ? nil : (group, traffic)
            }
        }
    }

    /// Endpoints on the nodes of a workload, which these reach whatever policies say.
    func ownPods(of name: WorkloadName) -> [Int] {
        let nodes = reachability.list.inventory.nodes
        let own = Set((callers[name] ?? []).lazy.filter { $0.node >= 0 }.map { nodes[Int($0.node)].name })
        return own.flatMap { podsOfNode[$0] ?? [] }
    }

    /// Workloads on networks of nodes that another one can call: no policy is about any of them.
    func others(than name: WorkloadName) -> [WorkloadName] {
        let families = Set((callers[name] ?? []).map(\.isIPv4))
        return workloads.filter { other in
            other != name && (callers[other] ?? []).contains { families.contains($0.isIPv4) }
        }
    }

    /// Everywhere outside.
    func waysOut(_ name: WorkloadName) -> [ConnectionEntry] {
        Set((callers[name] ?? []).map(\.isIPv4)).sorted { $0 && !$1 }.map { isIPv4 in
            let range = isIPv4 ? IntervalSet<UInt128>.ipv4.ranges[0] : 0...UInt128.max
            return ConnectionEntry(
                from: .workload(name),
                to: .addresses(Address(bits: range.lowerBound)...Address(bits: range.upperBound)),
                traffic: .all)
        }
    }
}
