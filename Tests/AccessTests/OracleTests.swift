import Kubernetes
import Addresses
import Testing

@testable import Access

/// The compiled table against the plainest reading of the objects, on random policies and requests.
@Suite("Compiled and plain reading agree")
struct OracleTests {
    @Test("on random objects")
    func agree() {
        let seed = UInt64.random(in: 0...(.max))
        var random = SeededGenerator(seed: seed)
        for _ in 0..<150 {
            let yaml = gatewayAndRoute + randomKeys(&random) + policy("p", rules: randomRules(&random))
            let door = Door(yaml)
            let objects = objects(yaml)
            for _ in 0..<60 {
                let number: UInt64? = Bool.random(using: &random) ? UInt64.random(in: 0...5, using: &random) : nil
                let source = ["10.0.0.1", "10.1.0.1", "192.168.0.1", "fd00::1"].randomElement(using: &random)!
                let method = ["GET", "POST", "PURGE"].randomElement(using: &random)!
                let path = paths.randomElement(using: &random)!
                let compiled = door.ask(key: number, from: source, method, path)
                let plain = plainAnswer(objects, key: number, source, method, path)
                #expect(
                    (compiled.reason == nil) == plain,
                    "seed \(seed): key \(number ?? 99) \(source) \(method) \(path): \(yaml)")
            }
        }
    }

    private let paths = ["/", "/a", "/a/", "/a/b", "/ab", "/a/b/c", "/x"]
    private let networks = ["10.0.0.0/8", "10.1.0.0/16", "192.168.0.0/16", "fd00::/8", "0.0.0.0/0"]

    private func randomKeys(_ random: inout SeededGenerator) -> String {
        (0..<5).map { number in
            let team = ["a", "b"].randomElement(using: &random)!
            return key("k\(number)", UInt64(number), labels: "{team: \(team)}")
        }.joined()
    }

    private func randomRules(_ random: inout SeededGenerator) -> String {
        let count = Int.random(in: 0...4, using: &random)
        guard count > 0 else { return "    []" }
        return (0..<count).map { _ in
            let from = (0..<Int.random(in: 0...2, using: &random)).map { _ in randomFrom(&random) }
            let to = (0..<Int.random(in: 0...2, using: &random)).map { _ in randomTo(&random) }
            let toField = to.isEmpty ? "" : ", to: [\(to.joined(separator: ", "))]"
            return "  - {from: [\(from.joined(separator: ", "))]\(toField)}"
        }.joined(separator: "\n")
    }

    private func randomFrom(_ random: inout SeededGenerator) -> String {
        let keys = [
            "accessKeys: {names: [k0, k3]}", "accessKeys: {selector: {matchLabels: {team: a}}}",
            "accessKeys: {names: [k1, gone], selector: {matchLabels: {team: b}}}",
        ].randomElement(using: &random)!
        let network = "networks: ['\(networks.randomElement(using: &random)!)']"
        return ["{\(keys)}", "{\(network)}", "{\(keys), \(network)}"].randomElement(using: &random)!
    }

    private func randomTo(_ random: inout SeededGenerator) -> String {
        let methods = ["methods: [GET]", "methods: [POST, PURGE]"].randomElement(using: &random)!
        let type = ["Exact", "PathPrefix"].randomElement(using: &random)!
        let path = "paths: [{type: \(type), value: \(["/", "/a", "/a/b"].randomElement(using: &random)!)}]"
        return ["{\(methods)}", "{\(path)}", "{\(methods), \(path)}"].randomElement(using: &random)!
    }

    private func plainAnswer(_ objects: Objects, key: UInt64?, _ source: String, _ method: String, _ path: String)
        -> Bool
    {
        let address = Address(source)!
        let known = key.flatMap { number in
            objects.accessKeys.values.first { $0.sha256 == keyText(number).digest.bytes }
        }
        if key != nil, known == nil { return false }
        return (objects.accessPolicies.values.first?.rules ?? []).contains { rule in
            rule.from.contains { from in
                let byKey = from.accessKeys.map { selection in
                    known.map { key in
                        selection.names.contains(key.metadata.name)
                            || selection.selector?.matches(key.metadata.labels) == true
                    } ?? false
                }
                return (byKey ?? true) && (from.networks.isEmpty || from.networks.contains { $0.contains(address) })
            }
                && (rule.to.isEmpty
                    || rule.to.contains { to in
                        (to.methods.isEmpty || to.methods.contains(method))
                            && (to.paths.isEmpty || to.paths.contains { matches($0, path) })
                    })
        }
    }

    private func matches(_ match: HTTPRoute.PathMatch, _ path: String) -> Bool {
        switch match {
        case .exact(let wanted): return path == wanted
        case .prefix(let wanted):
            let segments = { (text: String) in text.split(separator: "/") }
            return segments(path).starts(with: segments(wanted))
        case .regularExpression: return false
        }
    }
}
