import Addresses
import Kubernetes
import PolicyWorlds

@testable import Policy

/// A random cluster in which one thing after the other happens.
struct ChangingWorld {
    private(set) var objects: Objects
    /// Everything that ever was: what went may come back.
    private let whole: Objects
    private var dice: WorldDice
    private let pods: [NamespacedName]

    init(seed: UInt64) {
        var dice = WorldDice(seed: seed ^ 0x57e9)
        let controllers = Self.controllers(&dice)
        whole = AgreementTests.objects(RandomCluster(seed: seed).text + "---\n" + controllers)
        objects = whole
        pods = whole.pods.keys.sorted()
        self.dice = dice
    }

    /// What stands between controllers and pods.
    private static func controllers(_ dice: inout WorldDice) -> String {
        var text = "{apiVersion: batch/v1, kind: CronJob, metadata: {name: cron, namespace: a},"
        text += " spec: {jobTemplate: {spec: {template: {metadata: {labels: {app: x}}, spec: {containers: []}}}}}}\n"
        for namespace in ["a", "b"] {
            for (kind, version, owner) in [("ReplicaSet", "apps/v1", "Deployment"), ("Job", "batch/v1", "CronJob")] {
                let name = kind == "Job" ? "cron" : "t\(Int.random(in: 0...1, using: &dice))"
                let isOwned = dice.chance(70)
                let owners = isOwned ? "ownerReferences: [{kind: \(owner), name: \(name), controller: true}]" : ""
                let labels = "metadata: {labels: {app: \(dice.pick(RandomCluster.apps))}}"
                let metadata = "name: \(name)-1, namespace: \(namespace)" + (owners.isEmpty ? "" : ", \(owners)")
                text += """
                    ---
                    {apiVersion: \(version), kind: \(kind), metadata: {\(metadata)},
                      spec: {template: {\(labels), spec: {containers: []}}}}

                    """
            }
        }
        for name in ["default", "other"] {
            let metadata = "metadata: {name: \(name), namespace: a, labels: {team: red}}"
            text += "---\n{apiVersion: v1, kind: ServiceAccount, \(metadata)}\n"
        }
        return text
    }

    /// Something happens, mostly one thing at a time.
    mutating func step() {
        for _ in 0..<(dice.chance(75) ? 1 : Int.random(in: 2...5, using: &dice)) {
            switch Int.random(in: 0..<20, using: &dice) {
            case 0..<9: if !pods.isEmpty { changePod() }
            case 9..<12: changeController()
            case 12..<17: changePolicy()
            case 17: changePlace()
            case 18: readAnew()
            default: if dice.chance(15) { objects = dice.chance(50) ? Objects() : whole }
            }
        }
    }

    // MARK: Pods

    private mutating func changePod() {
        let (key, other) = (dice.pick(pods), dice.pick(pods))
        switch Int.random(in: 0..<14, using: &dice) {
        case 0: objects.pods[key] = nil
        case 1: objects.pods[key] = whole.pods[key]
        case 2: objects.pods[key]?.metadata.labels["app"] = dice.chance(70) ? dice.pick(RandomCluster.apps) : nil
        case 3: objects.pods[key]?.nodeName = whole.pods[other]?.nodeName
        case 4, 5: objects.pods[key]?.addresses = whole.pods[other]?.addresses ?? []
        case 6: objects.pods[key]?.phase = dice.pick(["Running", "Pending", "Succeeded", "Failed"])
        case 7: objects.pods[key]?.usesHostNetwork = dice.chance(50)
        case 8: objects.pods[key]?.ports = whole.pods[other]?.ports ?? []
        case 9: objects.pods[key]?.metadata.creationTimestamp = Int64.random(in: 0...5, using: &dice)
        case 10: objects.pods[key]?.serviceAccount = dice.pick(["default", "other"])
        case 11, 12:
            let owner = owner()
            objects.pods[key]?.controller = owner
        default:
            // One takes over the address of another that ends.
            let addresses = objects.pods[other]?.addresses ?? []
            objects.pods[key]?.addresses = addresses
            if key != other { objects.pods[other]?.phase = "Succeeded" }
        }
    }

    private mutating func owner() -> OwnerRef? {
        let name = "t\(Int.random(in: 0...1, using: &dice))"
        return dice.pick([
            nil, OwnerRef(kind: "ReplicaSet", name: "\(name)-1"), OwnerRef(kind: "ReplicaSet", name: "\(name)-2"),
            OwnerRef(kind: "Deployment", name: name), OwnerRef(kind: "Job", name: "cron-1"),
            OwnerRef(kind: "Node", name: "n1"),
        ])
    }

    // MARK: What makes pods

    private mutating func changeController() {
        switch Int.random(in: 0..<4, using: &dice) {
        case 0: change(\.deployments)
        case 1: change(\.cronJobs)
        case 2: change(\.replicaSets)
        default: change(\.jobs)
        }
    }

    private mutating func change<T: ChangingController>(_ path: WritableKeyPath<Objects, [NamespacedName: T]>) {
        guard let key = some(whole[keyPath: path]) else { return }
        switch Int.random(in: 0..<6, using: &dice) {
        case 0: objects[keyPath: path][key] = nil
        case 1: objects[keyPath: path][key] = whole[keyPath: path][key]
        case 2: objects[keyPath: path][key]?.replicas = dice.pick([nil, 0, 1, 2])
        case 3: objects[keyPath: path][key]?.template.labels = ["app": dice.pick(RandomCluster.apps)]
        case 4:
            let owner = owner()
            objects[keyPath: path][key]?.controller = owner
        default: objects[keyPath: path][key]?.metadata.generation += 1
        }
    }

    // MARK: Policies

    private mutating func changePolicy() {
        switch Int.random(in: 0..<6, using: &dice) {
        case 0..<3:
            guard let key = some(whole.networkPolicies) else { return }
            switch Int.random(in: 0..<10, using: &dice) {
            case 0: objects.networkPolicies[key] = nil
            case 1: objects.networkPolicies[key] = whole.networkPolicies[key]
            case 2: objects.networkPolicies[key]?.isStaged.toggle()
            case 3: _ = objects.networkPolicies[key]?.ingress.popLast()
            case 4:
                guard let other = some(whole.networkPolicies) else { return }
                objects.networkPolicies[key]?.podSelector = whole.networkPolicies[other]?.podSelector ?? .everything
            default: editRules(key)
            }
        case 3, 4:
            guard let key = some(whole.clusterNetworkPolicies) else { return }
            let isGone = objects.clusterNetworkPolicies[key] == nil
            objects.clusterNetworkPolicies[key] = isGone ? whole.clusterNetworkPolicies[key] : nil
        default: objects.invalid = objects.invalid.isEmpty ? whole.invalid : []
        }
    }

    /// Other ports, or other blocks as peers, in a policy that is about the same pods.
    private mutating func editRules(_ key: NamespacedName) {
        guard var policy = objects.networkPolicies[key] else { return }
        let (isIngress, isAboutPorts) = (dice.chance(50), dice.chance(50))
        var rules = isIngress ? policy.ingress : policy.egress
        guard !rules.isEmpty else { return }
        let place = Int.random(in: 0..<rules.count, using: &dice)
        if isAboutPorts, !rules[place].ports.isEmpty {
            rules[place].ports[0].port = dice.pick([
                .range(PortRange(80)), .range(PortRange(UInt16.random(in: 8000...8003, using: &dice))), .named("web"),
                nil,
            ])
        } else if let block = Prefix(dice.pick(Self.blocks)) {
            let peer = NetworkPolicy.Peer.ipBlock(cidr: block, except: [])
            if rules[place].peers.isEmpty || dice.chance(30) {
                rules[place].peers.append(peer)
            } else {
                rules[place].peers[0] = peer
            }
        }
        if isIngress { policy.ingress = rules } else { policy.egress = rules }
        objects.networkPolicies[key] = policy
    }

    /// Some hold pods of a cluster, some cut others, some are far away.
    private static let blocks = [
        "10.0.0.0/29", "10.0.0.4/31", "10.0.0.6/32", "10.0.0.0/8", "203.0.113.7/32", "203.0.113.9/32",
        "198.51.100.0/24",
        "fd00::2/127", "fd00::4/128", "2001:db8:7::/48",
    ]

    // MARK: Places

    private mutating func changePlace() {
        switch Int.random(in: 0..<6, using: &dice) {
        case 0:
            guard let key = some(whole.namespaces) else { return }
            objects.namespaces[key] = objects.namespaces[key] == nil ? whole.namespaces[key] : nil
        case 1:
            guard let key = some(whole.namespaces) else { return }
            objects.namespaces[key]?.metadata.labels["team"] = dice.pick(["red", "blue", nil])
        case 2:
            guard let key = some(whole.nodes) else { return }
            objects.nodes[key] = objects.nodes[key] == nil ? whole.nodes[key] : nil
        case 3:
            guard let key = some(whole.nodes) else { return }
            objects.nodes[key]?.addresses = dice.chance(50) ? [] : whole.nodes[key]?.addresses ?? []
        case 4:
            guard let key = some(whole.nodes) else { return }
            objects.nodes[key]?.metadata.annotations["seen"] = "\(Int.random(in: 0...9, using: &dice))"
        default:
            guard let key = some(whole.serviceAccounts) else { return }
            objects.serviceAccounts[key]?.metadata.labels["team"] = dice.pick(["red", "blue", nil])
        }
    }

    // MARK: The same again

    /// The objects are as they were, and nothing of them is a copy of what they were, nor in its order.
    private mutating func readAnew() {
        var pods: [NamespacedName: Pod] = [:]
        for (key, pod) in objects.pods.sorted(by: { $0.key < $1.key }) {
            var same = pod
            same.phase = pod.phase
            pods[key] = same
        }
        objects.pods = pods
        objects.networkPolicies = Dictionary(
            uniqueKeysWithValues: objects.networkPolicies.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    }

    private mutating func some<T>(_ map: [NamespacedName: T]) -> NamespacedName? {
        map.isEmpty ? nil : dice.pick(map.keys.sorted())
    }
}

/// A kind of controller whose fields may be changed.
private protocol ChangingController: PodController {
    var controller: OwnerRef? { get set }
    var replicas: Int? { get set }
    var template: PodTemplate { get set }
}

extension Deployment: ChangingController {}
extension ReplicaSet: ChangingController {}
extension Job: ChangingController {}
extension CronJob: ChangingController {}
