import Addresses
import Kubernetes

/// A small cluster and policies, as the text of manifests, in which everything meets everything.
///
/// Few names, labels, ports and blocks, so that they match one another often. The text goes through decoding like any other.
public struct RandomCluster {
    /// The manifests.
    public let text: String
    /// Pods and templates that may be asked about.
    public let names: [NamespacedName]

    /// Namespaces of its objects.
    public static let namespaces = ["a", "b", "c", "d"]
    /// Values of the label `app`.
    public static let apps = ["x", "y", "z"]
    static let tiers = ["front", "back"]
    static let ports = [80, 81, 443, 8080]
    static let portNames = ["http", "admin", "dns"]
    static let protocols = ["TCP", "UDP", "SCTP"]
    static let domains = ["example.com", "api.example.com", "a.b.example.com", "other.test"]
    /// Addresses that queries are about, besides those of pods and nodes.
    static let outside = [
        "192.0.2.1", "192.0.2.77", "203.0.113.9", "10.0.0.14", "10.200.0.1", "8.8.8.8", "2001:db8::1", "fd00::e",
        "2001:db8:1::1",
    ]
    static let nodes = ["n1": ["10.9.0.1", "fd00:9::1"], "n2": ["10.9.0.2", "192.0.2.9"]]

    /// The cluster of a seed.
    public init(seed: UInt64) {
        var maker = Maker(dice: WorldDice(seed: seed))
        maker.addNamespaces()
        maker.addNodes()
        maker.addPods()
        maker.addPolicies()
        text = maker.documents.joined(separator: "---\n")
        names = maker.names
    }

    /// One question about it.
    public func query(_ dice: inout WorldDice) -> NaiveQuery {
        let protocols: [IPProtocol] = [.tcp, .tcp, .tcp, .udp, .udp, .sctp, .icmp]
        let proto = dice.pick(protocols)
        let port = dice.chance(80) ? dice.pick(Self.ports) : Int.random(in: 1...65_535, using: &dice)
        let source = side(&dice)
        let isBack = dice.chance(8)
        return NaiveQuery(
            source, isBack ? source : side(&dice), proto, proto == .icmp ? 0 : UInt16(truncatingIfNeeded: port),
            name: dice.chance(40) ? dice.pick(Self.domains) : nil, isThroughService: isBack || dice.chance(20))
    }

    private func side(_ dice: inout WorldDice) -> NaiveQuery.Side {
        if dice.chance(65), !names.isEmpty { return .pod(dice.pick(names), isIPv4: dice.chance(85)) }
        let known = dice.chance(40) ? Self.outside : Self.nodes.values.flatMap { $0 }.sorted() + Maker.podAddresses
        return .address(known.isEmpty ? Address(bits: 0) : Address(dice.pick(known)) ?? Address(bits: 0))
    }

    /// Writes one manifest after the other.
    struct Maker {
        var dice: WorldDice
        var documents: [String] = []
        var names: [NamespacedName] = []

        static let podAddresses = (1...12).map { "10.0.0.\($0)" } + (1...6).map { "fd00::\($0)" }

        init(dice: WorldDice) { self.dice = dice }

        mutating func add(_ version: String, _ kind: String, _ metadata: String, _ rest: String = "") {
            documents.append(
                "{apiVersion: \(version), kind: \(kind), metadata: {\(metadata)}\(rest.isEmpty ? "" : ", " + rest)}\n")
        }

        mutating func addNamespaces() {
            // The last one is only mentioned.
            for name in RandomCluster.namespaces.dropLast() {
                add("v1", "Namespace", "name: \(name), labels: {\(labels(["team": ["red", "blue"]]))}")
            }
        }

        mutating func addNodes() {
            let saysBlocks = dice.chance(50)
            for (name, addresses) in RandomCluster.nodes.sorted(by: { $0.key < $1.key }) {
                let list = addresses.map { "{type: InternalIP, address: '\($0)'}" }.joined(separator: ", ")
                let blocks = dice.pick(["[10.0.0.0/29]", "[10.0.0.0/28, 'fd00::/124']", "[10.0.0.8/29, '10.0.1.0/24']"])
                let spec = saysBlocks ? "spec: {podCIDRs: \(blocks)}, " : ""
                add(
                    "v1", "Node", "name: \(name), labels: {\(labels(["zone": ["east", "west"]]))}",
                    "\(spec)status: {addresses: [\(list)]}")
            }
        }

        /// Labels that may be there: of each key one of the values.
        mutating func labels(_ values: [String: [String]]) -> String {
            values.sorted { $0.key < $1.key }.compactMap { key, values in
                dice.chance(75) ? "\(key): \(dice.pick(values))" : nil
            }.joined(separator: ", ")
        }

        mutating func podLabels() -> String { labels(["app": RandomCluster.apps, "tier": RandomCluster.tiers]) }

        mutating func addPods() {
            for number in 0..<Int.random(in: 3...9, using: &dice) { addPod("p\(number)") }
            for number in 0..<Int.random(in: 0...2, using: &dice) {
                let (namespace, own) = (dice.pick(RandomCluster.namespaces), podLabels())
                add(
                    "apps/v1", "Deployment", "name: t\(number), namespace: \(namespace)",
                    "spec: {selector: {matchLabels: {app: x}}, template: {metadata: {labels: {\(own)}}, spec: \(containers())}}"
                )
                names.append(NamespacedName(namespace, "t\(number)"))
            }
        }

        private mutating func addPod(_ name: String) {
            let namespace = dice.pick(RandomCluster.namespaces)
            var metadata = "name: \(name), namespace: \(namespace), labels: {\(podLabels())}"
            if dice.chance(60) {
                metadata += ", creationTimestamp: '2026-01-0\(Int.random(in: 1...9, using: &dice))T00:00:00Z'"
            }
            if dice.chance(10) { metadata += ", deletionTimestamp: '2026-02-01T00:00:00Z'" }
            let node = dice.chance(80) ? dice.pick(RandomCluster.nodes.keys.sorted()) : nil
            let isHost = node != nil && dice.chance(12)
            var spec = containers()
            if let node { spec = "{nodeName: \(node), " + spec.dropFirst() }
            if isHost { spec = "{hostNetwork: true, " + spec.dropFirst() }
            let phase = dice.pick(["Running", "Running", "Running", "Running", "Pending", "Succeeded", "Failed"])
            add("v1", "Pod", metadata, "spec: \(spec), status: {phase: \(phase)\(addresses(node, isHost: isHost))}")
            names.append(NamespacedName(namespace, name))
        }

        private mutating func addresses(_ node: String?, isHost: Bool) -> String {
            if isHost {
                let own = RandomCluster.nodes[node ?? ""] ?? []
                return ", podIPs: [" + own.map { "{ip: '\($0)'}" }.joined(separator: ", ") + "]"
            }
            let four = "10.0.0.\(Int.random(in: 1...12, using: &dice))"
            let six = "fd00::\(Int.random(in: 1...6, using: &dice))"
            switch Int.random(in: 0..<10, using: &dice) {
            case 0: return ""
            case 1: return ", podIP: '\(six)', podIPs: [{ip: '\(six)'}]"
            case 2...4: return ", podIP: \(four), podIPs: [{ip: \(four)}, {ip: '\(six)'}]"
            default: return ", podIP: \(four)"
            }
        }

        /// Ports have other names and numbers on each pod.
        private mutating func containers() -> String {
            let ports = dice.list(0...3) { dice in
                let name = dice.chance(80) ? "name: \(dice.pick(RandomCluster.portNames)), " : ""
                let proto = dice.chance(40) ? ", protocol: \(dice.pick(RandomCluster.protocols))" : ""
                return "{\(name)containerPort: \(dice.pick(RandomCluster.ports))\(proto)}"
            }
            let second = dice.chance(25) ? ", {name: s, image: i, ports: [{name: http, containerPort: 8080}]}" : ""
            return "{containers: [{name: c, image: i, ports: \(ports)}\(second)]}"
        }
    }
}
