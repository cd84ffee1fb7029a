/// Policies of every kind, whole and with mistakes.
extension RandomCluster.Maker {
    private static let blocks = [
        "0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/28", "10.0.0.0/30", "10.0.0.4/30", "10.0.0.8/29", "10.9.0.0/24",
        "10.9.0.2/32",
        "192.0.2.0/24", "192.0.2.1/32", "'::/0'", "'fd00::/16'", "'fd00::/126'", "'2001:db8::/32'",
    ]
    private static let exceptions = [
        "0.0.0.0/0": ["10.0.0.0/8", "10.0.0.0/30", "192.0.2.0/24", "10.9.0.0/24"],
        "10.0.0.0/8": ["10.0.0.0/28", "10.0.0.4/30", "10.9.0.0/24", "10.0.0.14/32"],
        "10.0.0.0/28": ["10.0.0.0/30", "10.0.0.5/32", "10.0.0.4/31"],
        "192.0.2.0/24": ["192.0.2.1/32", "192.0.2.64/26"],
        "'::/0'": ["'fd00::/16'", "'2001:db8::/32'"], "'fd00::/16'": ["'fd00::/126'", "'fd00::3/128'"],
    ]

    mutating func addPolicies() {
        for number in 0..<Int.random(in: 0...6, using: &dice) { addNetworkPolicy("np\(number)") }
        for number in 0..<Int.random(in: 0...6, using: &dice) { addClusterPolicy("cnp\(number)") }
        for number in 0..<Int.random(in: 0...1, using: &dice) { addAdminPolicy("anp\(number)") }
        if dice.chance(20) { addBaselinePolicy() }
    }

    private mutating func metadata(_ name: String) -> String {
        let staged = dice.chance(18) ? dice.pick(["staged", "staged", "enforced"]) : nil
        return "name: \(name)" + (staged.map { ", annotations: {sallyport.dev/enforcement: \($0)}" } ?? "")
    }

    // MARK: Selectors

    private mutating func selector(_ keys: [String: [String]]) -> String {
        if dice.chance(20) { return "{}" }
        let (key, values) = dice.pick(keys.sorted { $0.key < $1.key })
        if dice.chance(45) { return "{matchLabels: {\(key): \(dice.pick(values))}}" }
        let expressions = dice.list(1...2) { dice in
            let key = dice.pick(keys.keys.sorted())
            switch dice.pick(["In", "NotIn", "Exists", "DoesNotExist"]) {
            case let word where word.hasSuffix("In"):
                let some = dice.list(1...2) { $0.pick(keys[key] ?? []) }
                return "{key: \(key), operator: \(word), values: \(some)}"
            case let word: return "{key: \(key), operator: \(word)}"
            }
        }
        let also = dice.chance(20) ? "matchLabels: {\(key): \(dice.pick(values))}, " : ""
        return "{\(also)matchExpressions: \(expressions)}"
    }

    private mutating func podSelector() -> String {
        selector(["app": RandomCluster.apps, "tier": RandomCluster.tiers])
    }

    private mutating func namespaceSelector() -> String {
        selector(["team": ["red", "blue"], "kubernetes.io/metadata.name": RandomCluster.namespaces])
    }

    // MARK: NetworkPolicy

    private mutating func addNetworkPolicy(_ name: String) {
        let namespace = dice.pick(RandomCluster.namespaces)
        var parts: [String] = []
        switch Int.random(in: 0..<10, using: &dice) {
        case 0: break
        case 1: parts.append("podSelector: null")
        default: parts.append("podSelector: \(podSelector())")
        }
        switch Int.random(in: 0..<8, using: &dice) {
        case 0, 1, 2: break
        case 3: parts.append("policyTypes: []")
        case 4: parts.append("policyTypes: [Ingress]")
        case 5: parts.append("policyTypes: [Egress]")
        default: parts.append("policyTypes: [Egress, Ingress]")
        }
        for (key, peers) in [("ingress", "from"), ("egress", "to")] where dice.chance(70) {
            parts.append(dice.chance(6) ? "\(key): null" : "\(key): \(rules(peers))")
        }
        if dice.chance(4) { parts.append("egress_: 1") }
        if dice.chance(4) { parts = ["podSelector: \(podSelector())", "policyTypes: [Sideways]"] }
        let own = metadata(name) + ", namespace: \(namespace)"
        let spec = parts.isEmpty ? "spec: {}" : "spec: {\(parts.joined(separator: ", "))}"
        add("networking.k8s.io/v1", "NetworkPolicy", own, spec)
    }

    private mutating func rules(_ peers: String) -> String {
        let rules = (0..<Int.random(in: 0...2, using: &dice)).map { _ -> String in
            var parts: [String] = []
            if dice.chance(80) { parts.append("\(peers): \(list(0...2) { $0.networkPeer() })") }
            if dice.chance(60) { parts.append("ports: \(list(0...2) { $0.networkPort() })") }
            return "{\(parts.joined(separator: ", "))}"
        }
        return "[\(rules.joined(separator: ", "))]"
    }

    private mutating func list(_ counts: ClosedRange<Int>, _ make: (inout Self) -> String) -> String {
        let items = (0..<Int.random(in: counts, using: &dice)).map { _ in make(&self) }
        return "[\(items.joined(separator: ", "))]"
    }

    private mutating func networkPeer() -> String {
        switch Int.random(in: 0..<5, using: &dice) {
        case 0: return "{podSelector: \(podSelector())}"
        case 1: return "{namespaceSelector: \(namespaceSelector())}"
        case 2: return "{namespaceSelector: \(namespaceSelector()), podSelector: \(podSelector())}"
        default:
            let block = dice.pick(Self.blocks)
            guard let parts = Self.exceptions[block], dice.chance(50) else { return "{ipBlock: {cidr: \(block)}}" }
            return "{ipBlock: {cidr: \(block), except: \(list(1...2) { $0.dice.pick(parts) })}}"
        }
    }

    private mutating func networkPort() -> String {
        let proto = dice.chance(60) ? "protocol: \(dice.pick(RandomCluster.protocols))" : ""
        let port: String
        switch Int.random(in: 0..<6, using: &dice) {
        case 0: return "{\(proto.isEmpty ? "protocol: TCP" : proto)}"
        case 1: port = "port: \(dice.pick(RandomCluster.portNames))"
        case 2:
            let first = dice.pick(RandomCluster.ports)
            port = "port: \(first), endPort: \(first + dice.pick([0, 1, 400]))"
        default: port = "port: \(dice.pick(RandomCluster.ports))"
        }
        return proto.isEmpty ? "{\(port)}" : "{\(proto), \(port)}"
    }

    // MARK: Policies of the cluster

    private mutating func addClusterPolicy(_ name: String) {
        let tier = dice.chance(65) ? "Admin" : "Baseline"
        let action = dice.chance(3) ? ["Maybe"] : ["Accept", "Deny", "Pass"]
        add(
            "policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy", metadata(name),
            "spec: {tier: \(tier), priority: \(dice.pick([0, 1, 1, 1, 2, 1000])), \(body(action, "protocols") { $0.clusterTraffic() })}"
        )
    }

    private mutating func addAdminPolicy(_ name: String) {
        add(
            "policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy", metadata(name),
            "spec: {priority: \(dice.pick([0, 1, 2])), \(body(["Allow", "Deny", "Pass"], "ports") { $0.adminPort() })}")
    }

    private mutating func addBaselinePolicy() {
        add(
            "policy.networking.k8s.io/v1alpha1", "BaselineAdminNetworkPolicy", metadata("default"),
            "spec: {\(body(["Allow", "Deny"], "ports") { $0.adminPort() })}")
    }

    private mutating func body(_ actions: [String], _ key: String, _ traffic: (inout Self) -> String) -> String {
        let subject =
            dice.chance(60)
            ? "namespaces: \(dice.chance(60) ? "{}" : namespaceSelector())"
            : "pods: {namespaceSelector: \(namespaceSelector()), podSelector: \(podSelector())}"
        var parts = ["subject: {\(subject)}"]
        for (way, peers) in [("ingress", "from"), ("egress", "to")] where dice.chance(65) {
            let rules = list(0...3) { maker in
                let action = maker.dice.pick(actions)
                let named = maker.list(1...2) { $0.adminPeer(isEgress: way == "egress", action: action) }
                var limits = maker.dice.chance(40) ? ", \(key): \(maker.list(1...2, traffic))" : ""
                // Names of ports beside these are refused; that too is tried, and not too often.
                let hasNone = named.contains("nodes:") || named.contains("domainNames:") || named.contains("networks:")
                if hasNone, limits.lowercased().contains("namedport"), !maker.dice.chance(5) { limits = "" }
                let odd = maker.dice.chance(3) ? ", novelty: {x: 1}" : ""
                return "{action: \(action), \(peers): \(named)\(limits)\(odd)}"
            }
            parts.append("\(way): \(rules)")
        }
        return parts.joined(separator: ", ")
    }

    private mutating func adminPeer(isEgress: Bool, action: String) -> String {
        switch Int.random(in: 0..<(isEgress ? 12 : 6), using: &dice) {
        case 0, 1, 2: return "{namespaces: \(namespaceSelector())}"
        case 3, 4: return "{pods: {namespaceSelector: \(namespaceSelector()), podSelector: \(podSelector())}}"
        case 5: return dice.chance(25) ? "{strangers: {}}" : "{namespaces: {}}"
        case 6, 7, 8:
            var seen: Set<String> = []
            let blocks = dice.some(1...2) { $0.pick(Self.blocks) }.filter { seen.insert($0).inserted }
            return "{networks: [\(blocks.joined(separator: ", "))]}"
        case 9: return "{nodes: \(selector(["zone": ["east", "west"]]))}"
        default:
            // What is no Accept fails closed; that is tried, and not too often.
            guard action == "Accept" || dice.chance(15) else { return "{namespaces: \(namespaceSelector())}" }
            let pattern = dice.pick([
                "example.com", "'*.example.com'", "api.example.com.", "other.test", "'*.other.test'",
            ])
            return "{domainNames: [\(pattern)]}"
        }
    }

    private mutating func clusterTraffic() -> String {
        let port = dice.pick(RandomCluster.ports)
        let word = dice.pick(["tcp", "tcp", "udp", "sctp"])
        switch Int.random(in: 0..<8, using: &dice) {
        case 0: return "{destinationNamedPort: \(dice.pick(RandomCluster.portNames))}"
        case 1: return "{\(word): {destinationPort: {range: {start: \(port), end: \(port + dice.pick([1, 400]))}}}}"
        case 2:
            return dice.chance(20) ? dice.pick(["{tcp: {}}", "{icmp: {}}"]) : "{udp: {destinationPort: {number: 80}}}"
        case 3: return "{\(word): {destinationPort: {range: {start: 1, end: 65535}}}}"
        default: return "{\(word): {destinationPort: {number: \(port)}}}"
        }
    }

    private mutating func adminPort() -> String {
        let proto = dice.pick(RandomCluster.protocols)
        let port = dice.pick(RandomCluster.ports)
        switch Int.random(in: 0..<4, using: &dice) {
        case 0: return "{namedPort: \(dice.pick(RandomCluster.portNames))}"
        case 1: return "{portRange: {protocol: \(proto), start: \(port), end: \(port + 400)}}"
        default: return "{portNumber: {protocol: \(proto), port: \(port)}}"
        }
    }
}
