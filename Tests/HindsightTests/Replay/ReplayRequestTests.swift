import Kubernetes
import Records
import Testing

@testable import Hindsight

@Suite struct ReplayRequestTests {
    private func outcome(_ record: Record, _ policies: String, _ keys: String = frontDoor) -> (
        ReplayReport, ReplayOutcome?
    ) {
        var replay = Replay(objects: objects(keys + policies))
        replay.take(record)
        let report = replay.report()
        return (report, report.totals.keys.first)
    }

    private let open = accessPolicy(
        "[{name: chat, from: [{accessKeys: {names: [alice]}}], to: [{classes: [Inference], models: [\"llama*\"]}]}]")

    @Test("models, classes, keys and routes decide again")
    func decides() {
        #expect(outcome(request(model: "llama3"), open).1 == .same)
        #expect(outcome(request(model: "gpt-4o"), open).1 == .newlyDenied)
        #expect(outcome(request(key: "bob", model: "llama3"), open).1 == .newlyDenied)
        #expect(outcome(request(model: "llama3", classes: ["ModelMutation"]), open).1 == .newlyDenied)
        #expect(outcome(request(key: "nobody", model: "llama3"), open).1 == .newlyDenied)
        #expect(outcome(request(model: "llama3"), "").1 == .newlyDenied)
        let denied = request(model: "llama3", verdict: .denied, reason: "model_not_allowed")
        #expect(outcome(denied, open).1 == .newlyAllowed)
        let (report, _) = outcome(request(model: "gpt-4o"), open)
        #expect(report.rows[0].group.new == DecidingRule(policy: "ai/team", rule: "chat", reason: "model_not_allowed"))
        #expect(report.rows[0].group.who == "access_key ai/alice")
        #expect(report.rows[0].group.topic == "Inference model gpt-4o")
    }

    @Test("what the record leaves out is never guessed")
    func gaps() {
        var fetched = request(model: "llama3", classes: ["Inference", "ServerFetch"])
        let hosts = accessPolicy(
            "[{name: chat, from: [{accessKeys: {names: [alice]}}], to: [{classes: [Inference, ServerFetch], mediaHosts: [a.example.com]}]}]"
        )
        #expect(outcome(fetched, hosts).0.blindSpots.cannotTell == [.request(.mediaHosts): 1])
        // Denied whatever was fetched.
        fetched.ai?.model = Array("gpt".utf8)
        #expect(outcome(fetched, open).1 == .newlyDenied)
        let strict = accessPolicy(
            "[{name: chat, from: [{accessKeys: {names: [alice]}}], to: [{classes: [Inference], strict: true}]}]")
        #expect(outcome(request(model: "llama3"), strict).0.blindSpots.cannotTell == [.request(.fields): 1])
        let early = request(verdict: .denied, reason: "no_rule_matches")
        #expect(outcome(early, open).0.blindSpots.cannotTell == [.request(.body): 1])
        let unknown = request(key: nil, model: "llama3", verdict: .denied, reason: "unknown_key")
        #expect(outcome(unknown, open).0.blindSpots.cannotTell == [.request(.credential): 1])
        var elsewhere = request(model: "llama3")
        elsewhere.place.route = "HTTPRoute ai/gone"
        #expect(outcome(elsewhere, open).0.blindSpots.cannotTell == [.route: 1])
    }

    @Test("a rule with another way in makes the gap no matter")
    func secondWay() {
        let both = accessPolicy(
            """
            [{name: strict, from: [{accessKeys: {names: [alice]}}], to: [{classes: [Inference], strict: true}]},
             {name: plain, from: [{accessKeys: {names: [alice]}}], to: [{classes: [Inference]}]}]
            """)
        let (report, outcome) = outcome(request(model: "llama3"), both)
        #expect(outcome == .same && report.blindSpots.cannotTell.isEmpty)
    }

    @Test("limits decided then are not judged again")
    func limits() {
        let limited = request(model: "llama3", verdict: .denied, reason: "rate_limited")
        #expect(outcome(limited, open).0.blindSpots.cannotTell == [.limits: 1])
        #expect(outcome(limited, "").1 == .same)
        let rates = accessPolicy(
            "[{name: chat, from: [{accessKeys: {names: [alice]}}], limits: {concurrency: 1}}]")
        let (report, found) = outcome(request(model: "llama3"), rates)
        #expect(found == .same && report.blindSpots.limited == 1)
        #expect(outcome(request(verdict: .denied, reason: "invalid_host"), open).1 == .same)
        #expect(outcome(request(verdict: .denied, reason: "unknown_endpoint"), open).1 == .same)
        #expect(outcome(request(verdict: .denied, reason: "session_not_yours"), open).1 == .same)
    }

    @Test("keys are judged as they would be: revoked, expired, bound elsewhere")
    func keys() {
        func with(_ more: String) -> String {
            frontDoor.replacing(
                "spec: {sha256: \"\(String(repeating: "1", count: 64))\"}",
                "spec: {sha256: \"\(String(repeating: "1", count: 64))\", \(more)}")
        }
        func reason(_ more: String, _ change: (inout Record) -> Void = { _ in }) -> String? {
            var record = request(model: "llama3")
            change(&record)
            return outcome(record, open, with(more)).0.rows.first?.group.new.reason
        }
        #expect(reason("revoked: true") == "revoked_key")
        #expect(reason("expires: 2020-01-01T00:00:00Z") == "expired_key")
        #expect(reason("expires: 2040-01-01T00:00:00Z") == nil)
        #expect(reason("networks: [192.0.2.0/24]") == "key_not_bound_to_network")
        #expect(reason("networks: [10.0.0.0/8]") == nil)
        #expect(reason("workloads: {namespaces: [agents]}") == "key_not_bound_to_workload")
        #expect(
            reason("workloads: {namespaces: [agents]}") { $0.workload = Record.Workload("Deployment agents/a") } == nil)
        // Without TLS there was no certificate; with it, there may have been one.
        #expect(reason("certificates: {dnsNames: [a.example.com]}") == "key_not_bound_to_certificate")
        var secured = request(model: "llama3")
        secured.tls = Record.TLS(version: "1.3", serverName: [])
        let (report, _) = outcome(secured, open, with("certificates: {dnsNames: [a.example.com]}"))
        #expect(report.blindSpots.cannotTell == [.request(.certificate): 1])
    }

    @Test("MCP: tools by name, prompts by name, and what may be either")
    func mcp() {
        func call(_ method: String, _ name: String) -> Record {
            var record = request(classes: ["CodeExecution"], server: "mcp", path: "/mcp")
            record.ai?.mcpMethod = Array(method.utf8)
            record.ai?.tool = Array(name.utf8)
            return record
        }
        let tools = accessPolicy(
            "[{name: t, from: [{accessKeys: {names: [alice]}}], to: [{classes: [CodeExecution], tools: [search], prompts: [hello]}]}]"
        )
        #expect(outcome(call("tools/call", "search"), tools).1 == .same)
        #expect(outcome(call("tools/call", "delete"), tools).1 == .newlyDenied)
        #expect(outcome(call("tools/list", ""), tools).1 == .same)
        #expect(outcome(call("prompts/get", "hello"), tools).1 == .same)
        #expect(outcome(call("prompts/get", "search"), tools).1 == .newlyDenied)
        #expect(outcome(call("completion/complete", "hello"), tools).0.blindSpots.cannotTell == [.request(.mcpName): 1])
        #expect(outcome(call("completion/complete", "other"), tools).1 == .newlyDenied)
    }

    @Test("a staged policy of the candidate decides nothing, unless that is asked for")
    func staged() {
        let policies =
            accessPolicy("[]", annotations: "{sallyport.dev/enforcement: staged}")
            + open.replacing("name: team", "name: now")
        for (view, outcome) in [(Replay.View.enforced, ReplayOutcome.same), (.staged, .newlyDenied)] {
            var replay = Replay(objects: objects(frontDoor + policies), view: view)
            replay.take(request(model: "llama3"))
            #expect(replay.report().totals[outcome]?.records == 1)
        }
    }
}
