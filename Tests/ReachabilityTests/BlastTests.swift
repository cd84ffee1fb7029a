import Addresses
import Kubernetes
import PolicyWorlds
import Testing

@testable import Policy
@testable import Reachability

@Suite struct BlastTests {
    /// A pod of StatefulSet `lab/w`.
    private static func replica(_ name: String, _ addresses: [String], _ role: String) -> String {
        """
        ---
        apiVersion: v1
        kind: Pod
        metadata:
          name: \(name)
          namespace: lab
          labels: {app: w, role: \(role)}
          ownerReferences: [{apiVersion: apps/v1, kind: StatefulSet, name: w, controller: true, uid: u}]
        spec: {containers: [{name: m, image: i}]}
        status: {phase: Running, podIPs: [\(addresses.map { "{ip: \"\($0)\"}" }.joined(separator: ", "))]}

        """
    }

    private static func egress(_ name: String, _ selector: String, to: String) -> String {
        """
        ---
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {name: \(name), namespace: lab}
        spec: {podSelector: {matchLabels: {\(selector)}}, policyTypes: [Egress], egress: [{to: [\(to)]}]}

        """
    }

    private func radius(_ cluster: Cluster, steps: Int = 9) -> BlastRadius {
        Reachability(cluster.list).blastRadius(
            from: [WorkloadName(kind: "Pod", namespace: "lab", name: "client")], steps: steps,
            AssetTable(cluster.objects, cluster.list.inventory))
    }

    private func texts(_ radius: BlastRadius) -> [String] {
        radius.reached.map { "\($0.workload.name) \($0.steps) via \($0.via.name)\($0.isPartial ? ", some" : "")" }
    }

    /// The client reaches the leader only, and the follower only the vault.
    private let apart =
        Cluster.pod("lab", "client", "10.1.1.9") + Cluster.pod("lab", "vault", "10.1.1.8")
        + replica("w-0", ["10.1.2.1"], "leader") + replica("w-1", ["10.1.2.2"], "follower")
        + egress("client", "app: client", to: "{podSelector: {matchLabels: {role: leader}}}")
        + egress("vault", "app: vault", to: "{podSelector: {matchLabels: {app: vault}}}")
        + egress("follower", "role: follower", to: "{podSelector: {matchLabels: {app: vault}}}")

    @Test("what only some pods of a workload can do goes on from those only")
    func partial() {
        let alone = Self.egress("leader", "role: leader", to: "{podSelector: {matchLabels: {app: none}}}")
        #expect(texts(radius(Cluster(apart + alone))) == ["w 1 via client, some"])
        #expect(radius(Cluster(apart + alone)).waysOut.isEmpty)
    }

    @Test("pods of one workload are reached from one another, and then go on")
    func within() {
        let talks = Self.egress("leader", "role: leader", to: "{podSelector: {matchLabels: {app: w}}}")
        let cluster = Cluster(apart + talks)
        #expect(texts(radius(cluster)) == ["w 1 via client", "vault 3 via w"])
        #expect(texts(radius(cluster, steps: 2)) == ["w 1 via client"])
        #expect(texts(radius(cluster, steps: 1)) == ["w 1 via client, some"])
    }

    @Test("a way out counts as a connection, and is told once")
    func waysOut() {
        let out = Self.egress(
            "leader", "role: leader", to: "{podSelector: {matchLabels: {app: w}}}, {ipBlock: {cidr: 192.0.2.0/24}}")
        let follower = Self.egress("more", "role: follower", to: "{ipBlock: {cidr: 192.0.2.0/24}}")
        let cluster = Cluster(apart + out + follower)
        let ways = { (steps: Int) in radius(cluster, steps: steps).waysOut.map { "\($0.to) \($0.steps)" } }
        #expect(ways(1) == [] && ways(2) == ["192.0.2.0/24 2"] && ways(9) == ["192.0.2.0/24 2"])
    }

    @Test("two pods that can talk in one family can talk")
    func dualStack() throws {
        let pods =
            Cluster.pod("lab", "client", "10.1.1.9}, {ip: \"fd00::9\"")
            + Self.replica("w-0", ["10.1.2.1", "fd00::1"], "leader")
            + Self.replica("w-1", ["10.1.2.2", "fd00::2"], "follower")
        // Only IPv4 addresses are let in, of all pods.
        let rule = Self.egress("client", "app: client", to: "{ipBlock: {cidr: 10.0.0.0/8}}")
        let plain = try #require(entry(Cluster(pods + rule)))
        #expect(!plain.isPartial && plain.traffic == .all)
        let some = Self.egress("client", "app: client", to: "{ipBlock: {cidr: 10.1.2.1/32}}")
        #expect(try #require(entry(Cluster(pods + some))).isPartial)
        // One pod by the one family, the other by the other: all pods.
        let mixed = Self.egress(
            "client", "app: client", to: "{ipBlock: {cidr: 10.1.2.1/32}}, {ipBlock: {cidr: \"fd00::2/128\"}}")
        #expect(try #require(entry(Cluster(pods + mixed))).isPartial == false)
        // A pod without an address of the family is not reached.
        let lacking = Cluster(pods + Self.replica("w-2", ["fd00::3"], "follower") + rule)
        #expect(try #require(entry(lacking)).isPartial)
    }

    private func entry(_ cluster: Cluster) -> ConnectionEntry? {
        Reachability(cluster.list).connections().first { $0.from.description.contains("client") && $0.to.isWorkload }
    }
}

/// What is said of workloads must be what follows from their pods, one by one.
@Suite struct PodByPodTests {
    @Test("workloads of several pods, in random worlds: what some and what all can do, and what is within reach")
    func randomWorlds() {
        let first = UInt64.random(in: 0..<1_000_000)
        print("workloads against their pods: seeds from \(first)")
        var partial = 0
        for seed in first..<(first + 150) {
            if let difference = Self.difference(seed: seed, &partial) {
                Issue.record("seed \(seed): \(difference)")
                return
            }
        }
        #expect(partial > 0, "no pair was partial")
    }

    private static func difference(seed: UInt64, _ partial: inout Int) -> String? {
        var world = RandomWorld(seed: seed)
        let inventory = world.inventory()
        // Whoever is on the network of a node is a matter of its own.
        let endpoints = inventory.endpoints.filter { !$0.usesHostNetwork }.map { endpoint in
            let name = "w\((endpoint.name.name.utf8.last ?? 0) & 1)"
            return Endpoint(
                name: endpoint.name,
                workload: WorkloadName(kind: "StatefulSet", namespace: endpoint.namespace, name: name),
                labels: endpoint.labels, annotations: endpoint.annotations, serviceAccount: endpoint.serviceAccount,
                node: endpoint.node, addresses: endpoint.addresses, ports: endpoint.ports,
                isTemplate: endpoint.isTemplate)
        }
        let list = GuestList(
            inventory: Inventory(endpoints: endpoints, namespaces: inventory.namespaces, nodes: inventory.nodes),
            policies: world.policies())
        let reachability = Reachability(list)
        let pods = Pods(reachability)
        for entry in reachability.connections() {
            guard case .workload(let from) = entry.from, case .workload(let to) = entry.to else { continue }
            let (some, all) = pods.traffic(from, to)
            if entry.isPartial { partial += 1 }
            if entry.traffic != some || entry.everywhere != all {
                return "\(from) to \(to): \(entry.traffic), \(entry.everywhere) for \(some), \(all)"
            }
        }
        for steps in 1...4 {
            for start in Set(pods.workloads.values) {
                let radius = reachability.blastRadius(
                    from: [start], steps: steps, AssetTable(Objects(), list.inventory))
                let found = Dictionary(
                    uniqueKeysWithValues: radius.reached.map { ($0.workload, "\($0.steps) \($0.isPartial)") })
                let wanted = pods.reached(from: start, steps)
                if found != wanted { return "from \(start) in \(steps): \(found) for \(wanted)" }
            }
        }
        return nil
    }

    /// Pods that have an address, and whom each can reach.
    private struct Pods {
        let workloads: [Int: WorkloadName]
        private var allowed: [[Int]: TrafficSet] = [:]

        init(_ reachability: Reachability) {
            let list = reachability.list
            var groups: [Int: [Int32]] = [:]
            var workloads: [Int: WorkloadName] = [:]
            for (index, endpoint) in list.inventory.endpoints.enumerated() where !endpoint.usesHostNetwork {
                let own = [true, false].compactMap { list.party(endpoint: index, isIPv4: $0)?.group }
                if own.isEmpty { continue }
                groups[index] = own
                workloads[index] = endpoint.workload
            }
            self.workloads = workloads
            for (one, own) in groups {
                for (other, theirs) in groups where one != other {
                    allowed[[one, other]] = own.reduce(TrafficSet.none) { sum, source in
                        theirs.reduce(sum) { $0.union(reachability.traffic(from: Int(source), to: Int($1))) }
                    }
                }
            }
        }

        func traffic(_ from: WorkloadName, _ to: WorkloadName) -> (some: TrafficSet, all: TrafficSet) {
            let pairs = allowed.filter { workloads[$0.key[0]] == from && workloads[$0.key[1]] == to }.values
            return (pairs.reduce(.none) { $0.union($1) }, pairs.reduce(.all) { $0.intersection($1) })
        }

        func reached(from start: WorkloadName, _ steps: Int) -> [WorkloadName: String] {
            var taken = Set(workloads.filter { $0.value == start }.keys)
            var first: [WorkloadName: Int] = [:]
            for step in 1...steps {
                let next = workloads.keys.filter { pod in
                    !taken.contains(pod) && taken.contains { allowed[[$0, pod]]?.isEmpty == false }
                }
                for pod in next {
                    if let name = workloads[pod], name != start, first[name] == nil { first[name] = step }
                }
                taken.formUnion(next)
            }
            return Dictionary(
                uniqueKeysWithValues: first.map { name, step in
                    (name, "\(step) \(workloads.contains { $0.value == name && !taken.contains($0.key) })")
                })
        }
    }
}

extension Entity {
    fileprivate var isWorkload: Bool { if case .workload = self { true } else { false } }
}
