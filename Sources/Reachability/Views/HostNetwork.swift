import Addresses
import Kubernetes
import Policy

/// Workloads on the network of their nodes: they are addresses of nodes, which no policy is about.
struct HostNetwork {
    /// Those of which an address is known.
    private let callers: [WorkloadName: [Party]]
    /// The others.
    let unknown: [WorkloadName]

    private let reachability: Reachability
    private let index: WorkloadIndex
    /// Pods on networks of their own, by the name of their node.
    private let podsOfNode: [String: Set<WorkloadName>]

    init(_ reachability: Reachability) {
        self.reachability = reachability
        let list = reachability.list
        index = WorkloadIndex(list)
        var callers: [WorkloadName: Set<Party>] = [:]
        var unknown: Set<WorkloadName> = []
        var podsOfNode: [String: Set<WorkloadName>] = [:]
        for endpoint in list.inventory.endpoints {
            guard endpoint.usesHostNetwork else {
                if let node = endpoint.node { podsOfNode[node, default: []].insert(endpoint.workload) }
                continue
            }
            let addresses = list.inventory.hostAddresses(endpoint)
            if addresses.isEmpty { unknown.insert(endpoint.workload) }
            callers[endpoint.workload, default: []].formUnion(addresses.compactMap(list.outsider(at:)))
        }
        self.callers = callers.filter { !$0.value.isEmpty }.mapValues(Array.init)
        self.unknown = unknown.sorted()
        self.podsOfNode = podsOfNode
    }

    /// What some workloads can reach where one of both is on the network of a node; by source and destination.
    func entries(from sources: Set<WorkloadName>) -> [ConnectionEntry] {
        let found =
            toNodes(sources) + sources.sorted().flatMap { name in callers[name].map { fromNode(name, $0) } ?? [] }
        return found.sorted { ($0.from, $0.to) < ($1.from, $1.to) }
    }

    private func entry(_ from: WorkloadName, _ to: Entity, _ traffic: TrafficSet) -> ConnectionEntry {
        ConnectionEntry(from: .workload(from), to: to, traffic: traffic)
    }

    // MARK: From pods

    private struct Side: Hashable {
        let program: Int32
        let isIPv4: Bool
    }

    private func toNodes(_ sources: Set<WorkloadName>) -> [ConnectionEntry] {
        guard !callers.isEmpty else { return [] }
        // Groups with one program are not told apart by what they may reach.
        var known: [Side: [WorkloadName: TrafficSet]] = [:]
        var found: [ConnectionEntry] = []
        for (number, name) in index.workloads.enumerated() where sources.contains(name) {
            var reached: [WorkloadName: TrafficSet] = [:]
            for group in index.groups[number] {
                let side = Side(
                    program: reachability.egress[Int(group)], isIPv4: reachability.isIPv4(Int(group)))
                let own = known[side] ?? nodes(from: Int(group))
                known[side] = own
                reached.merge(own) { $0.union($1) }
            }
            found += reached.map { entry(name, .workload($0.key), $0.value) }
        }
        return found
    }

    private func nodes(from group: Int) -> [WorkloadName: TrafficSet] {
        let space = reachability.space
        var found: [WorkloadName: TrafficSet] = [:]
        for (name, parties) in callers {
            let runs = Set(parties.compactMap(\.address).map(space.run(of:)))
            let traffic = runs.reduce(TrafficSet.none) { $0.union(reachability.traffic(from: group, to: $1)) }
            if !traffic.isEmpty { found[name] = traffic }
        }
        return found
    }

    // MARK: From nodes

    /// Pods that policies let nodes reach, all pods of the own node, everybody on another node, and everywhere outside.
    private func fromNode(_ name: WorkloadName, _ parties: [Party]) -> [ConnectionEntry] {
        var pods: [WorkloadName: TrafficSet] = [:]
        for run in Set(parties.compactMap(\.address).map(reachability.space.run(of:))) {
            for group in 0..<reachability.space.groups {
                let traffic = reachability.traffic(from: run, to: group)
                if traffic.isEmpty { continue }
                for workload in index.ofGroup[group] {
                    let target = index.workloads[Int(workload)]
                    pods[target] = (pods[target] ?? .none).union(traffic)
                }
            }
        }
        let nodes = Set(
            parties.lazy.filter { $0.node >= 0 }.map { reachability.list.inventory.nodes[Int($0.node)].name })
        for pod in nodes.flatMap({ podsOfNode[$0] ?? [] }) { pods[pod] = .all }
        let families = Set(parties.map(\.isIPv4))
        let others = callers.filter { $0.key != name && $0.value.contains { families.contains($0.isIPv4) } }
        return pods.map { entry(name, .workload($0.key), $0.value) }
            + others.keys.map { entry(name, .workload($0), .all) }
            + families.map { entry(name, .addresses(Self.everywhere(isIPv4: $0)), .all) }
    }

    private static func everywhere(isIPv4: Bool) -> ClosedRange<Address> {
        let range = isIPv4 ? IntervalSet<UInt128>.ipv4.ranges[0] : 0...UInt128.max
        return Address(bits: range.lowerBound)...Address(bits: range.upperBound)
    }
}
