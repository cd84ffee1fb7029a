import Access
import Addresses
import Kubernetes
import ModelTraffic
import PolicyWorlds
import Records
import Testing

@testable import Hindsight

/// What is said of a recorded request, held against what was decided of the whole request: it says the same, or that it
/// cannot tell.
@Suite struct RecordedJudgementTests {
    private let keys: [(name: String, text: AccessKeyText)]

    init() {
        var dice = WorldDice(seed: 7)
        keys = ["alice", "bob", "carol"].map { ($0, AccessKeyText.generate(using: &dice)) }
    }

    private func policies(_ dice: inout WorldDice) -> String {
        func some(_ values: [String], _ dice: inout WorldDice) -> String {
            let found = values.filter { _ in dice.chance(50) }
            return "[\((found.isEmpty ? [values[0]] : found).joined(separator: ", "))]"
        }
        var rules: [String] = []
        for number in 0..<Int.random(in: 0...4, using: &dice) {
            var from: [String] = []
            if dice.chance(70) { from.append("accessKeys: {names: \(some(["alice", "bob", "carol"], &dice))}") }
            if dice.chance(30) { from.append("networks: [\(dice.pick(["10.0.0.0/8", "192.0.2.0/24"]))]") }
            if dice.chance(30) { from.append("workloads: {namespaces: \(some(["agents", "web"], &dice))}") }
            if dice.chance(15) { from.append("certificates: {dnsNames: [a.example.com]}") }
            if from.isEmpty { from = ["networks: [0.0.0.0/0]"] }
            var to: [String] = []
            for _ in 0..<Int.random(in: 0...2, using: &dice) {
                var parts: [String] = []
                if dice.chance(70) {
                    parts.append("classes: \(some(["Inference", "Metadata", "ServerFetch", "CodeExecution"], &dice))")
                }
                if dice.chance(40) { parts.append("models: \(some(["\"llama*\"", "gpt", "\"*\""], &dice))") }
                if dice.chance(25) { parts.append("tools: \(some(["search", "\"read_*\""], &dice))") }
                if dice.chance(15) { parts.append("prompts: [hello]") }
                if dice.chance(30) { parts.append("mediaHosts: [img.example.com]") }
                if dice.chance(25) { parts.append("strict: true") }
                if dice.chance(20) { parts.append("methods: \(some(["GET", "POST"], &dice))") }
                if dice.chance(20) { parts.append("paths: [{type: PathPrefix, value: /api}]") }
                to.append("{\((parts.isEmpty ? ["strict: true"] : parts).joined(separator: ", "))}")
            }
            let list = to.isEmpty ? "" : ", to: [\(to.joined(separator: ", "))]"
            rules.append("{name: r\(number), from: [{\(from.joined(separator: ", "))}]\(list)}")
        }
        return accessPolicy("[\(rules.joined(separator: ", "))]")
    }

    /// A whole request, and what its record tells.
    private struct Asked {
        var caller: String?
        var source: Address
        var operation: Operation
        var method: String
        var path: String
        var workload: WorkloadName?
    }

    private func ask(_ dice: inout WorldDice) -> Asked {
        var classes: OperationClasses = dice.pick([.inference, .metadata, .codeExecution, [.inference, .metadata]])
        if dice.chance(30) { classes.formUnion(.serverFetch) }
        var operation = Operation(classes: dice.chance(85) ? classes : nil)
        var facts = RequestFacts()
        if operation.classes != nil {
            if classes.contains(.codeExecution), dice.chance(80) {
                operation.isMCP = true
                facts.mcp = MCPRequest(callOf: dice.pick(["search", "read_file", "delete"]))
            } else if dice.chance(70) {
                operation.model = dice.pick(["llama3", "gpt", "other"])
            }
            if classes.contains(.serverFetch) {
                let url = dice.pick(["https://img.example.com/a", "https://other.example.com/"])
                facts.media = [MediaReference(kind: .image, url: url, path: "x")]
            }
            if dice.chance(30) { facts.unknownFields = ["odd"] }
            operation.facts = facts
        }
        let isAgent = dice.chance(50)
        return Asked(
            caller: dice.chance(80) ? dice.pick(["alice", "bob", "carol"]) : nil,
            source: Address(isAgent ? "10.0.0.7" : dice.pick(["192.0.2.7", "10.9.9.9"])) ?? Address(bits: 0),
            operation: operation, method: dice.pick(["GET", "POST"]), path: dice.pick(["/api/chat", "/v1"]),
            workload: isAgent ? WorkloadName(kind: "Pod", namespace: "agents", name: "a") : nil)
    }

    @Test("certain answers are those of the whole request")
    func agrees() {
        var counts: [String: Int] = [:]
        withSeeds(60) { seed, dice in
            let cluster = keys.map { key in
                "{apiVersion: sallyport.dev/v1alpha1, kind: AccessKey, metadata: {name: \(key.name), namespace: ai}, spec: {sha256: \(key.text.digest.hexadecimal)\(dice.chance(15) ? ", revoked: true" : "")\(dice.chance(20) ? ", workloads: {namespaces: [agents]}" : "")}}\n---\n"
            }.joined()
            let pod =
                "{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: agents}, spec: {containers: [{name: c, image: i}]}, status: {phase: Running, podIP: 10.0.0.7}}\n---\n"
            let door = frontDoor.replacing("kind: AccessKey", "kind: Skipped")
            let table = AccessTable(
                ObjectDecoder.combine(
                    [ObjectDecoder.decode(text: door + cluster + pod + policies(&dice), file: "x.yaml")], revision: 1
                ).objects, revision: 1)
            let place = table.policy(
                gateway: NamespacedName("ai", "front"), listener: "web",
                route: ObjectReference(group: HTTPRoute.group, kind: "HTTPRoute", namespace: "ai", name: "chat"),
                rule: nil)
            for _ in 0..<40 {
                let asked = ask(&dice)
                var credentials = Credentials()
                if let key = keys.first(where: { $0.name == asked.caller }) {
                    key.text.reveal { text in
                        Array(text.utf8).withUnsafeBytes { credentials.offer(.xAPIKey, value: $0) }
                    }
                }
                var cache = TokenCache(capacity: 1)
                let caller = table.authenticate(
                    credentials, at: CallerPlace(source: asked.source), cache: &cache, nowSeconds: 1_800_000_000)
                let (method, path) = (Array(asked.method.utf8), Array(asked.path.utf8))
                let denial = method.withUnsafeBytes { method in
                    path.withUnsafeBytes { path in
                        table.evaluate(
                            place, caller,
                            AccessRequest(
                                source: asked.source, method: method, path: path, operation: asked.operation)
                        ).denial
                    }
                }
                var recorded = RecordedRequest(
                    source: asked.source, method: method, path: path, seconds: 1_800_000_000)
                recorded.credential = asked.caller.map { .key(NamespacedName("ai", $0)) } ?? .none
                recorded.workload = asked.workload
                recorded.classes = asked.operation.classes
                recorded.model = asked.operation.model
                recorded.isMCP = asked.operation.isMCP
                recorded.mcpMethod = asked.operation.facts?.mcp?.method
                recorded.mcpName = asked.operation.facts?.mcp?.tool
                let whole = table.judge(place, recorded)
                // What is known less of may be told less of, and never otherwise.
                var less = recorded
                less.isBodyRead = false
                (less.model, less.mcpMethod, less.mcpName) = (nil, nil, nil)
                var least = less
                least.credential = .unknown
                for verdict in [whole, table.judge(place, less), table.judge(place, least)] {
                    switch verdict.answer {
                    case .allowed: #expect(denial == nil, "seed \(seed): \(asked)")
                    case .denied:
                        #expect(denial != nil, "seed \(seed): \(asked)")
                    case .cannotTell(let gaps): #expect(!gaps.isEmpty, "seed \(seed)")
                    }
                }
                switch whole.answer {
                case .allowed: counts["allowed", default: 0] += 1
                case .denied(let reason):
                    counts["denied", default: 0] += 1
                    #expect(reason == denial?.reason, "seed \(seed): \(asked)")
                case .cannotTell(let gaps):
                    counts["open", default: 0] += 1
                    // Only what was left out is a reason.
                    #expect(gaps.isSubset(of: [.mediaHosts, .fields]), "seed \(seed): \(gaps)")
                }
            }
        }
        #expect(counts["allowed"] ?? 0 > 20 && counts["denied"] ?? 0 > 100 && counts["open"] ?? 0 > 20, "\(counts)")
    }
}
