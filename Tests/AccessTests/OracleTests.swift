import Addresses
import Kubernetes
import ModelTraffic
import Testing

@testable import Access

/// The compiled table against the plainest reading of the objects, on random policies and requests.
@Suite("Compiled and plain reading agree")
struct OracleTests {
    @Test("on random objects")
    func agree() {
        let seed = UInt64.random(in: 0...(.max))
        var random = SeededGenerator(seed: seed)
        print("oracle: seed \(seed)")
        var allowed = 0
        for _ in 0..<150 {
            let yaml = gatewayAndRoute + randomKeys(&random) + Self.pods + policy("p", rules: randomRules(&random))
            let door = Door(yaml)
            let objects = objects(yaml)
            for _ in 0..<60 {
                let asked = Asked(&random)
                let compiled = door.ask(
                    key: asked.key, from: asked.source, asked.method, asked.path, operation: asked.operation)
                let plain = plainAnswer(objects, asked)
                if plain { allowed += 1 }
                #expect((compiled.reason == nil) == plain, "seed \(seed): \(asked): \(yaml)")
            }
        }
        // Both answers came up often enough to mean something.
        #expect(allowed > 300 && allowed < 8_000, "seed \(seed): \(allowed)")
    }

    /// A random request.
    private struct Asked {
        let key: UInt64?
        let source: String
        let method: String
        let path: String
        let operation: Operation

        init(_ random: inout SeededGenerator) {
            key = Bool.random(using: &random) ? UInt64.random(in: 0...5, using: &random) : nil
            source = ["10.0.0.1", "10.1.0.1", "10.1.0.2", "192.168.0.1", "fd00::1"].randomElement(using: &random)!
            method = ["GET", "POST", "PURGE"].randomElement(using: &random)!
            path = ["/", "/a", "/a/", "/a/b", "/ab", "/a/b/c", "/x"].randomElement(using: &random)!
            let classes: [OperationClasses?] = [
                nil, .inference, .metadata, .modelMutation, [.inference, .serverFetch], [.metadata, .dataRead], [],
            ]
            var operation = Operation(classes: classes.randomElement(using: &random)!)
            if Bool.random(using: &random) {
                operation.model = ["llama3", "llama3:1b", "qwen", "Llama3"].randomElement(using: &random)!
            }
            self.operation = operation
        }
    }

    private static let pods =
        pod("web-1", ["10.0.0.1", "fd00::1"], owner: "StatefulSet web")
        + pod("agent-1", ["10.1.0.1"], namespace: "agents", owner: "StatefulSet agent")
        + pod("ended", ["10.1.0.2"], namespace: "agents", owner: "StatefulSet agent", phase: "Failed")

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
        let workloads = [
            "workloads: {namespaces: [agents]}", "workloads: {names: [{kind: StatefulSet, namespace: ai, name: web}]}",
            "workloads: {namespaces: [x], names: [{kind: StatefulSet, namespace: agents, name: agent}]}",
        ].randomElement(using: &random)!
        return some([keys, workloads, "networks: ['\(networks.randomElement(using: &random)!)']"], &random)
    }

    private func randomTo(_ random: inout SeededGenerator) -> String {
        let methods = ["methods: [GET]", "methods: [POST, PURGE]"].randomElement(using: &random)!
        let type = ["Exact", "PathPrefix"].randomElement(using: &random)!
        let path = "paths: [{type: \(type), value: \(["/", "/a", "/a/b"].randomElement(using: &random)!)}]"
        let classes = [
            "classes: [Inference]", "classes: [Inference, ServerFetch]", "classes: [Metadata, ModelMutation, DataRead]",
        ].randomElement(using: &random)!
        let models = ["models: ['llama3*']", "models: [qwen, llama3]"].randomElement(using: &random)!
        return some([methods, path, classes, models], &random)
    }

    /// An entry with one or more of these conditions.
    private func some(_ conditions: [String], _ random: inout SeededGenerator) -> String {
        var chosen = conditions.filter { _ in Int.random(in: 0..<3, using: &random) == 0 }
        if chosen.isEmpty { chosen = [conditions.randomElement(using: &random)!] }
        return "{\(chosen.joined(separator: ", "))}"
    }

    private func plainAnswer(_ objects: Objects, _ asked: Asked) -> Bool {
        let known = asked.key.flatMap { number in
            objects.accessKeys.values.first { $0.sha256 == keyText(number).digest.bytes }
        }
        if asked.key != nil, known == nil { return false }
        return (objects.accessPolicies.values.first?.rules ?? []).contains { rule in
            rule.from.contains { admits($0, known, asked.source, objects) }
                && (rule.to.isEmpty || rule.to.contains { admits($0, asked) })
        }
    }

    private func admits(_ from: AccessPolicy.From, _ key: AccessKey?, _ source: String, _ objects: Objects) -> Bool {
        if let selection = from.accessKeys {
            guard let key else { return false }
            let isSelected =
                selection.names.contains(key.metadata.name) || selection.selector?.matches(key.metadata.labels) == true
            if !isSelected { return false }
        }
        if let workloads = from.workloads {
            let pod = objects.pods.values.first { $0.addresses.contains(Address(source)!) && $0.phase == "Running" }
            guard let pod, let owner = pod.controller else { return false }
            let name = WorkloadName(kind: owner.kind, namespace: pod.metadata.namespace, name: owner.name)
            if !workloads.namespaces.contains(name.namespace), !workloads.names.contains(name) { return false }
        }
        return from.networks.isEmpty || from.networks.contains { $0.contains(Address(source)!) }
    }

    private func admits(_ to: AccessPolicy.To, _ asked: Asked) -> Bool {
        if !to.methods.isEmpty, !to.methods.contains(asked.method) { return false }
        if !to.paths.isEmpty, !to.paths.contains(where: { matches($0, asked.path) }) { return false }
        let classes = asked.operation.classes
        if !to.classes.isEmpty {
            guard let classes, !classes.names.isEmpty, classes.names.allSatisfy(to.classes.contains) else {
                return false
            }
        }
        guard !to.models.isEmpty else { return true }
        guard let classes else { return false }
        guard let model = asked.operation.model else {
            return !to.classes.isEmpty && !classes.names.contains("Inference")
                && !classes.names.contains("ModelMutation")
        }
        return to.models.contains { pattern in
            pattern.hasSuffix("*") ? model.hasPrefix(pattern.dropLast()) : model == pattern
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
