import Addresses
import Foundation
import Kubernetes
import Testing

@testable import Policy

private struct Dice: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func pick<T>(_ choices: [T]) -> T { choices[Int.random(in: 0..<choices.count, using: &self)] }
    mutating func one(in count: Int) -> Bool { Int.random(in: 0..<count, using: &self) == 0 }
}

/// Random policies of Calico, decided by the engine and by Calico's own model.
@Suite struct CalicoAgreementTests {
    private static let cluster = """
        ---
        {apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {env: prod}}}
        ---
        {apiVersion: v1, kind: Namespace, metadata: {name: lab, labels: {env: dev, open: "yes"}}}
        ---
        {apiVersion: v1, kind: ServiceAccount, metadata: {name: robot, namespace: shop, labels: {team: blue}}}
        ---
        {apiVersion: v1, kind: ServiceAccount, metadata: {name: robot, namespace: lab, labels: {team: red}}}

        """

    private static func pods(_ dice: inout Dice) -> String {
        (1...6).map { number in
            let namespace = dice.pick(["shop", "lab"])
            let app = dice.pick(["web", "db", "api"])
            let role = dice.one(in: 2) ? ", role: partner" : ""
            let account = dice.pick(["robot", "default"])
            let port = dice.pick([8080, 9090])
            return """
                ---
                apiVersion: v1
                kind: Pod
                metadata: {name: pod-\(number), namespace: \(namespace), labels: {app: \(app)\(role)}}
                spec:
                  serviceAccountName: \(account)
                  containers: [{name: c, image: i, ports: [{name: web, containerPort: \(port)}]}]
                status: {phase: Running, podIPs: [{ip: 10.0.0.\(number)}]}

                """
        }.joined()
    }

    private static let nets = [
        "192.0.2.0/24", "192.0.2.128/25", "10.0.0.0/30", "10.0.0.4", "0.0.0.0/0", "'2001:db8::/32'",
    ]

    private static func list(_ dice: inout Dice) -> String {
        "[\((0..<Int.random(in: 1...2, using: &dice)).map { _ in dice.pick(nets) }.joined(separator: ", "))]"
    }

    private static func sets(_ dice: inout Dice) -> String {
        let labels = { (dice: inout Dice) in dice.pick(["role: partner", "app: web", "zone: far"]) }
        return [
            ("NetworkSet", "own", ", namespace: shop"), ("NetworkSet", "lab", ", namespace: lab"),
            ("GlobalNetworkSet", "all", ""),
        ].map { kind, name, place in
            "---\n{apiVersion: projectcalico.org/v3, kind: \(kind), metadata: {name: \(name)\(place), labels: {\(labels(&dice))}}, "
                + "spec: {nets: \(list(&dice))}}\n"
        }.joined()
    }

    private static func selector(_ dice: inout Dice, _ keys: [String], _ depth: Int = 2) -> String {
        if depth > 0, dice.one(in: 2) {
            let parts = (selector(&dice, keys, depth - 1), selector(&dice, keys, depth - 1))
            return dice.pick(["(\(parts.0)) && (\(parts.1))", "(\(parts.0)) || (\(parts.1))", "!(\(parts.0))"])
        }
        let key = dice.pick(keys)
        let value = dice.pick(["web", "db", "partner", "prod", "dev", "blue", "robot", "shop", "yes"])
        return dice.pick([
            "\(key) == \"\(value)\"", "\(key) != \"\(value)\"", "has(\(key))", "\(key) in {\"\(value)\", \"web\"}",
            "\(key) not in {\"\(value)\"}", "\(key) starts with \"\(value.prefix(1))\"", "all()",
        ])
    }

    private static let endpointKeys = [
        "app", "role", "zone", "projectcalico.org/namespace", "projectcalico.org/serviceaccount", "pcns.env",
        "pcsa.team",
        "pcsa.projectcalico.org/name", "projectcalico.org/orchestrator",
    ]
    private static let namespaceKeys = ["env", "open", "projectcalico.org/name", "kubernetes.io/metadata.name"]
    private static let accountKeys = ["team", "projectcalico.org/name"]

    private static func entity(_ dice: inout Dice) -> String {
        var fields: [String] = []
        if dice.one(in: 2) { fields.append("selector: '\(selector(&dice, endpointKeys))'") }
        if dice.one(in: 5) { fields.append("notSelector: '\(selector(&dice, endpointKeys, 1))'") }
        if dice.one(in: 3) {
            let text = selector(&dice, namespaceKeys, 1)
            fields.append("namespaceSelector: '\(dice.pick([text, "global()", "global() || \(text)", "!global()"]))'")
        }
        if dice.one(in: 4) { fields.append("nets: \(list(&dice))") }
        if dice.one(in: 5) { fields.append("notNets: \(list(&dice))") }
        if dice.one(in: 6) {
            fields.append("serviceAccounts: {names: [\(dice.pick(["robot", "default"]))]}")
        } else if dice
            .one(in: 6)
        {
            fields.append("serviceAccounts: {selector: '\(selector(&dice, accountKeys, 1))'}")
        }
        return fields.joined(separator: ", ")
    }

    private static func rule(_ dice: inout Dice) -> String {
        var fields = ["action: \(dice.pick(["Allow", "Allow", "Deny", "Pass", "Log"]))"]
        if dice.one(in: 2) { fields.append("source: {\(entity(&dice))}") }
        var destination = dice.one(in: 2) ? entity(&dice) : ""
        if dice.one(in: 2) {
            fields.append("protocol: TCP")
            if dice.one(in: 2) {
                destination +=
                    (destination.isEmpty ? "" : ", ") + "ports: [\(dice.pick(["8080", "web", "'8000:9000', 53"]))]"
            }
            if dice.one(in: 4) {
                destination += (destination.isEmpty ? "" : ", ") + "notPorts: [\(dice.pick(["8080", "web"]))]"
            }
        } else if dice.one(in: 4) {
            fields.append("notProtocol: UDP")
        }
        if !destination.isEmpty { fields.append("destination: {\(destination)}") }
        if dice.one(in: 8) { fields.append("ipVersion: \(dice.pick([4, 6]))") }
        return "{\(fields.joined(separator: ", "))}"
    }

    private static func policies(_ dice: inout Dice) -> String {
        var text = "---\n{apiVersion: projectcalico.org/v3, kind: Tier, metadata: {name: first}, spec: {order: 5}}\n"
        text +=
            "---\n{apiVersion: projectcalico.org/v3, kind: Tier, metadata: {name: last}, spec: {defaultAction: Pass}}\n"
        var names: Set<String> = []
        for _ in 0..<Int.random(in: 1...5, using: &dice) {
            let isGlobal = dice.one(in: 2)
            let place = isGlobal ? "" : ", namespace: \(dice.pick(["shop", "lab"]))"
            // Names that are the beginning of others, and the same in two namespaces.
            let name = dice.pick(["p", "p-a", "p.a", "p0"])
            guard names.insert(name + place).inserted else { continue }
            var spec = ["tier: \(dice.pick(["default", "first", "last"]))"]
            if dice.one(in: 2) { spec.append("order: \(dice.pick([1, 2]))") }
            if dice.one(in: 2) { spec.append("selector: '\(selector(&dice, endpointKeys, 1))'") }
            if isGlobal, dice.one(in: 3) { spec.append("namespaceSelector: '\(selector(&dice, namespaceKeys, 1))'") }
            if dice.one(in: 4) { spec.append("serviceAccountSelector: '\(selector(&dice, accountKeys, 1))'") }
            if dice.one(in: 3) { spec.append("types: \(dice.pick(["[Ingress]", "[Egress]", "[Ingress, Egress]"]))") }
            for direction in ["ingress", "egress"] where !dice.one(in: 3) {
                let rules = (0..<Int.random(in: 0...3, using: &dice)).map { _ in rule(&dice) }
                spec.append("\(direction): [\(rules.joined(separator: ", "))]")
            }
            text +=
                "---\napiVersion: projectcalico.org/v3\nkind: \(isGlobal ? "Global" : "")NetworkPolicy\n"
                + "metadata: {name: \(name)\(place)}\nspec: {\(spec.joined(separator: ", "))}\n"
        }
        return text
    }

    private static let outside = ["192.0.2.1", "192.0.2.200", "203.0.113.5"]

    @Test func theEngineDecidesAsCalicoDoes() throws {
        let environment = ProcessInfo.processInfo.environment
        let seed = environment["SALLYPORT_FUZZ_SEED"].flatMap(UInt64.init) ?? .random(in: 0 ... .max)
        let seconds = environment["SALLYPORT_FUZZ_SECONDS"].flatMap(Double.init)
        print("CalicoAgreementTests seed \(seed)")
        var dice = Dice(state: seed)
        let end = Date().addingTimeInterval(seconds ?? 0)
        let addresses = ((1...6).map { "10.0.0.\($0)" } + Self.outside).compactMap { Address($0) }
        let kinds = [
            Traffic(.tcp, port: 8080), Traffic(.tcp, port: 9090), Traffic(.udp, port: 53),
            Traffic(.icmp, icmpType: 8, code: 0),
        ]
        var (rounds, allowed, denied) = (0, 0, 0)
        while seconds == nil ? rounds < 60 : Date() < end {
            rounds += 1
            let text = Self.cluster + Self.pods(&dice) + Self.sets(&dice) + Self.policies(&dice)
            let snapshot = ObjectDecoder.combine([ObjectDecoder.decode(text: text, file: "f.yaml")], revision: 1)
            try #require(snapshot.mistakes.isEmpty, "seed \(seed) round \(rounds): \(snapshot.mistakes)\n\(text)")
            let policies = WorkloadPolicy.all(in: snapshot.objects)
            let list = GuestList(inventory: Inventory(snapshot.objects), policies: policies)
            let oracle = CalicoOracle(snapshot.objects)
            for source in addresses {
                for destination in addresses where source != destination {
                    for traffic in kinds {
                        let connection = Connection(
                            source: list.party(source), destination: list.party(destination), traffic: traffic)
                        let found = list.evaluate(connection).isAllowed
                        let expected = oracle.allows(source, destination, traffic)
                        if expected { allowed += 1 } else { denied += 1 }
                        try #require(
                            found == expected,
                            "seed \(seed) round \(rounds): \(source) to \(destination) \(traffic.proto) \(traffic.port) must be \(expected)\n\(text)"
                        )
                    }
                }
            }
        }
        print("CalicoAgreementTests: \(rounds) rounds, \(allowed) allowed, \(denied) denied")
        #expect(allowed > rounds && denied > rounds)
    }
}
