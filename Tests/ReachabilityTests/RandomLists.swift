import Addresses
import Kubernetes
import PolicyWorlds

@testable import Policy

/// Small clusters and policies in which everything meets everything.
struct RandomWorld {
    var dice: WorldDice
    let namespaces = ["a", "b", "c"]
    let keys = ["app", "tier"]
    let values = ["x", "y", "z"]
    let ports: [UInt16] = [80, 81, 443, 8080]
    let blocks = [
        "10.0.0.0/30", "10.0.0.4/30", "10.0.0.0/24", "10.0.0.2/32", "0.0.0.0/0", "192.0.2.0/24", "203.0.113.0/24",
        "::/0", "fd00::/126",
    ]

    init(seed: UInt64) { dice = WorldDice(seed: seed) }

    mutating func inventory() -> Inventory {
        var labels: [String: [String: String]] = [:]
        for name in namespaces {
            labels[name] = ["kubernetes.io/metadata.name": name, "team": dice.pick(["red", "blue"])]
        }
        let nodes = (1...2).map {
            ClusterNode(
                name: "n\($0)", labels: ["zone": "z\($0)"], addresses: [Address(ipv4: 0xc000_0200 + UInt32($0))])
        }
        let endpoints = (0..<Int.random(in: 3...12, using: &dice)).map { index in endpoint(index) }
        return Inventory(endpoints: endpoints, namespaces: labels, nodes: nodes)
    }

    private mutating func endpoint(_ index: Int) -> Endpoint {
        var labels: [String: String] = [:]
        for key in keys where dice.chance(70) { labels[key] = dice.pick(values) }
        // Some have the address of another.
        let place = index > 0 && dice.chance(6) ? index - 1 : index
        let v4 = Address(ipv4: 0x0a00_0000 + UInt32(place)), v6 = Address("fd00::\(index + 1)")!
        let namespace = dice.pick(namespaces)
        return Endpoint(
            name: NamespacedName(namespace, "p\(index)"),
            workload: WorkloadName(kind: "Pod", namespace: namespace, name: "p\(index)"), labels: labels,
            node: dice.pick(["n1", "n2", nil]), addresses: dice.pick([[v4], [v4], [v4, v6], []]),
            ports: dice.chance(60)
                ? [NamedPort(name: "web", proto: dice.pick([.tcp, .udp]), port: dice.pick(ports))] : [],
            usesHostNetwork: dice.chance(8))
    }

    mutating func policies() -> [WorkloadPolicy] {
        (0..<Int.random(in: 0...7, using: &dice)).map { policy($0) }
    }

    mutating func policy(_ index: Int) -> WorkloadPolicy {
        let tier = dice.pick([Tier.admin, .networkPolicy, .networkPolicy, .baseline])
        let isPlain = tier == .networkPolicy
        let actions: [RuleAction] = isPlain ? [.accept] : [.accept, .deny, .pass, .log]
        return WorkloadPolicy(
            source: ObjectReference(group: "", kind: "Policy", namespace: "a", name: "policy\(index)"), position: nil,
            tier: tier, priority: isPlain ? 0 : Double(Int.random(in: 0...2, using: &dice)), isStaged: dice.chance(15),
            subject: selector(),
            ingress: dice.chance(75) ? (0..<Int.random(in: 0...3, using: &dice)).map { _ in rule(actions) } : nil,
            egress: dice.chance(60) ? (0..<Int.random(in: 0...3, using: &dice)).map { _ in rule(actions) } : nil)
    }

    mutating func selector() -> WorkloadSelector {
        let scope: WorkloadSelector.NamespaceScope =
            switch Int.random(in: 0..<3, using: &dice) {
            case 0: .every
            case 1: .named(dice.pick(namespaces))
            default: .matching(.label(.namespace, "team", .isIn([dice.pick(["red", "blue"])])))
            }
        return WorkloadSelector(namespaces: scope, labels: expression())
    }

    private mutating func expression() -> LabelExpression {
        let one = LabelExpression.label(.workload, dice.pick(keys), .isIn([dice.pick(values)]))
        switch Int.random(in: 0..<5, using: &dice) {
        case 0: return .everything
        case 1: return .not(one)
        case 2: return .and([one, .label(.workload, dice.pick(keys), .exists)])
        case 3: return .or([one, .label(.workload, dice.pick(keys), .hasPrefix("x"))])
        default: return one
        }
    }

    private mutating func peer() -> Peer {
        switch Int.random(in: 0..<8, using: &dice) {
        case 0:
            return Peer(
                blocks: [Prefix(dice.pick(blocks))!], exceptBlocks: dice.chance(50) ? [Prefix("10.0.0.2/32")!] : [])
        case 1: return Peer(nodes: .label(.workload, "zone", .isIn(["z1"])))
        case 2:
            return Peer(
                blocks: dice.chance(20) ? [Prefix(dice.pick(blocks))!] : nil,
                names: [DomainPattern(dice.pick(["*.example.com", "api.example.com"]))])
        case 3: return Peer(notWorkloads: selector())
        case 4: return Peer()
        default: return Peer(workloads: selector())
        }
    }

    private mutating func term() -> TrafficTerm {
        let proto = dice.pick([IPProtocol.tcp, .udp, .sctp])
        switch Int.random(in: 0..<5, using: &dice) {
        case 0: return TrafficTerm(proto: proto)
        case 1: return TrafficTerm(proto: dice.pick([proto, nil]), port: .named("web"))
        case 2: return TrafficTerm(proto: proto, port: .range(PortRange(80, 443)!))
        default: return TrafficTerm(proto: proto, port: .range(PortRange(dice.pick(ports))))
        }
    }

    private mutating func rule(_ actions: [RuleAction]) -> WorkloadRule {
        WorkloadRule(
            path: "rule", action: dice.pick(actions),
            peers: dice.chance(15) ? nil : (0..<Int.random(in: 0...3, using: &dice)).map { _ in peer() },
            own: dice.chance(10) ? [peer()] : nil,
            traffic: dice.chance(30) ? nil : (0..<Int.random(in: 0...2, using: &dice)).map { _ in term() },
            exceptTraffic: dice.chance(10) ? [term()] : [])
    }
}
