import Kubernetes
import Records
import Testing

@testable import Hindsight

@Suite struct ReplayTests {
    private let agent = Record.Workload("Deployment agents/agent", pod: "agent-1", labels: ["app=agent"])
    private let ollama = Record.Workload("StatefulSet ai/ollama", pod: "ollama-0", labels: ["app=ollama"])

    private let closed = """
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {name: ollama, namespace: ai}
        spec:
          podSelector: {matchLabels: {app: ollama}}
          ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: web}}}]}]
        ---

        """

    @Test("groups say who, to what, on what, by which rules, how often and when")
    func groups() {
        var replay = Replay(objects: objects(closed))
        for number in 0..<3 {
            var record = connection(
                "c\(number)", from: "10.0.0.7", agent, to: "10.0.1.9", ollama, port: 11434, direction: .ingress,
                at: moment(Int64(number)))
            record.policy = "NetworkPolicy ai/old"
            record.rule = "spec.ingress[0]"
            record.connection?.repeats = number == 1 ? 4 : 0
            replay.take(record)
        }
        let report = replay.report()
        #expect(report.totals[.newlyDenied]?.records == 3)
        #expect(report.rows.count == 1)
        let row = report.rows[0]
        #expect(row.group.who == "Deployment agents/agent" && row.group.target == "StatefulSet ai/ollama")
        #expect(row.group.topic == "tcp/11434")
        #expect(
            row.group.old
                == DecidingRule(policy: "NetworkPolicy ai/old", rule: "spec.ingress[0]", reason: "rule_matched"))
        #expect(row.group.new == DecidingRule(policy: "NetworkPolicy ai/ollama", rule: "", reason: "isolated"))
        #expect(row.tally.records == 3 && row.tally.attempts == 7)
        #expect(row.tally.first == moment() && row.tally.last == moment(2) && row.tally.example == "c2")
        #expect(report.bases[.recordedLabels] == 6)
        #expect(!report.isUnchanged)
    }

    @Test("a pod without recorded labels whose workload is gone cannot be told")
    func unknownLabels() {
        var replay = Replay(objects: objects(closed))
        var bare = ollama
        bare.labels = []
        replay.take(connection(from: "10.0.0.7", agent, to: "10.0.1.9", bare, direction: .ingress))
        let report = replay.report()
        #expect(report.totals[.newlyDenied] == nil)
        #expect(report.blindSpots.cannotTell == [.unknownLabels: 1])
        #expect(report.rows[0].group.doubt == .unknownLabels)
    }

    @Test("an address that is another pod's now is judged as the pod that had it")
    func reusedAddress() {
        let now = """
            apiVersion: v1
            kind: Pod
            metadata: {name: other, namespace: ai, labels: {app: other}}
            spec: {containers: [{name: c, image: i}]}
            status: {phase: Running, podIP: 10.0.1.9}
            ---

            """
        var replay = Replay(objects: objects(closed + now))
        replay.take(connection(from: "10.0.0.7", agent, to: "10.0.1.9", ollama, direction: .ingress))
        #expect(replay.report().totals[.newlyDenied]?.records == 1)
        // And an address that was nobody's is nobody's, whosever it is now.
        var outside = Replay(objects: objects(closed + now))
        outside.take(connection(from: "10.0.1.9", to: "10.0.1.5", ollama, direction: .ingress))
        #expect(outside.report().bases == [.address: 1, .recordedLabels: 1])
        // Also where one batch has it both ways: a pod's, which is let in, and then nobody's.
        var both = Replay(objects: objects(closed))
        let web = Record.Workload("Deployment web/site", pod: "site-1", labels: ["app=site"])
        both.take(connection("pod", from: "10.0.5.5", web, to: "10.0.1.9", ollama, direction: .ingress))
        both.take(connection("nobody", from: "10.0.5.5", to: "10.0.1.9", ollama, direction: .ingress))
        let report = both.report()
        #expect(report.totals[.same]?.example == "pod" && report.totals[.newlyDenied]?.example == "nobody")
    }

    @Test("ends, alarms and notes of nodes are no decisions; what is hidden is counted")
    func blindSpots() {
        var replay = Replay(objects: objects(closed))
        replay.take(connection(from: "10.0.0.7", agent, to: "10.0.1.9", ollama, event: .closed))
        var hidden = connection(from: "10.0.0.7", to: "10.0.1.9")
        hidden.verdict = nil
        hidden.hidden = Record.Hidden()
        hidden.hidden?.repeats = 7
        hidden.hidden?.records = 2
        replay.take(hidden)
        replay.take(
            Record(
                time: moment(), id: "a",
                alarm: Record.Alarm(name: "x", severity: .info, subject: "", evidence: "", text: "")))
        replay.note(sampled: 10, dropped: 3)
        let spots = replay.report().blindSpots
        #expect(spots.notDecisions == 3 && spots.hidden == 9 && spots.sampled == 10 && spots.dropped == 3)
        #expect(replay.report().totals.isEmpty)
    }

    @Test("what no policy decided is not told")
    func notByPolicy() {
        var replay = Replay(objects: objects(closed))
        var record = connection(from: "10.0.0.7", agent, to: "10.0.1.9", ollama, verdict: .denied)
        record.reason = "spoofed_source"
        replay.take(record)
        record.reason = "same_pod"
        record.verdict = .allowed
        replay.take(record)
        var pathless = connection(from: "10.0.0.7", agent, to: "10.0.1.9", ollama)
        pathless.destination?.endpoint.port = nil
        replay.take(pathless)
        let report = replay.report()
        #expect(report.blindSpots.cannotTell == [.notByPolicy: 1, .noTraffic: 1])
        #expect(report.totals[.same]?.records == 1)
    }

    @Test("groups are bounded, and what has no group of its own is counted")
    func boundedGroups() {
        var replay = Replay(objects: objects(closed), groups: 10)
        for number in 0..<500 {
            var who = agent
            who.name = "agent-\(number)"
            for _ in 0..<(number == 3 ? 5 : 1) {
                replay.take(
                    connection(
                        "c\(number)", from: "10.0.0.7", who, to: "10.0.1.9", ollama, direction: .ingress,
                        at: moment(Int64(number))))
            }
        }
        let report = replay.report()
        #expect(report.rows.count == 10)
        #expect(report.rows[0].group.who == "Deployment agents/agent-3" && report.rows[0].tally.records == 5)
        let shown = report.rows.map(\.tally.records).reduce(0, +)
        #expect(shown + (report.others[.newlyDenied]?.records ?? 0) == 504)
    }

    @Test("a rule by name of a host is a reason to say nothing")
    func domainNames() {
        let policies = """
            apiVersion: policy.networking.k8s.io/v1alpha2
            kind: ClusterNetworkPolicy
            metadata: {name: names}
            spec:
              tier: Admin
              priority: 1
              subject: {namespaces: {}}
              egress:
              - {action: Accept, to: [{domainNames: [api.example.com]}]}
              - {action: Deny, to: [{networks: [0.0.0.0/0]}]}
            """
        var replay = Replay(objects: objects(policies))
        replay.take(connection(from: "10.0.0.7", agent, to: "203.0.113.9", port: 443, direction: .egress))
        replay.take(
            connection(from: "10.0.0.7", agent, to: "203.0.113.9", port: 443, verdict: .denied, direction: .egress))
        #expect(replay.report().blindSpots.cannotTell == [.domainName: 2])
    }

    @Test("rules are used on both sides, whichever the record names")
    func usage() {
        let both = """
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: {name: out, namespace: agents}
            spec:
              podSelector: {}
              policyTypes: [Egress]
              egress:
              - {to: [{namespaceSelector: {}}]}
              - {to: [{ipBlock: {cidr: 192.0.2.0/24}}]}
            ---
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: {name: in, namespace: ai}
            spec: {podSelector: {}, ingress: [{}]}
            """
        let all = objects(both)
        var replay = Replay(objects: all)
        replay.take(connection(from: "10.0.0.7", agent, to: "10.0.1.9", ollama, direction: .ingress))
        let usage = replay.usage()
        #expect(usage["NetworkPolicy agents/out", "spec.egress[0]"]?.records == 1)
        #expect(usage["NetworkPolicy ai/in", "spec.ingress[0]"]?.records == 1)
        let unused = usage.unusedRules(of: all)
        #expect(unused.map(\.key) == [RuleUsage.Key(policy: "NetworkPolicy agents/out", rule: "spec.egress[1]")])
        #expect(unused[0].position?.line == 9 && !unused[0].isWholePolicy)
    }

    @Test("staged policies are seen from what records say of them")
    func stagedEffect() {
        var effect = StagedEffect()
        var denied = connection("a", from: "10.0.0.7", agent, to: "10.0.1.9", ollama)
        denied.staged = Record.Staged(policy: "NetworkPolicy ai/new", rule: "", verdict: .denied, reason: "isolated")
        effect.take(denied)
        var allowed = connection("b", from: "10.0.0.7", agent, to: "10.0.1.9", ollama, verdict: .denied)
        allowed.staged = Record.Staged(
            policy: "NetworkPolicy ai/wide", rule: "spec.ingress[0]", verdict: .allowed, reason: "rule_matched")
        effect.take(allowed)
        effect.take(connection("c", from: "10.0.0.7", agent, to: "10.0.1.9", ollama))
        var limited = request(verdict: .denied, reason: "rate_limited")
        limited.staged = Record.Staged(policy: "ai/new", rule: "all", verdict: .allowed, reason: "rule_matched")
        effect.take(limited)
        var closed = denied
        closed.connection?.event = .closed
        effect.take(closed)
        let report = effect.report()
        #expect(report.totals.mapValues(\.records) == [.newlyDenied: 1, .newlyAllowed: 1, .cannotTell: 1])
        #expect(effect.byPolicy["NetworkPolicy ai/new"]?[.newlyDenied]?.example == "a")
        #expect(report.blindSpots.notDecisions == 1)
    }

    @Test("with staged policies in force, they decide")
    func stagedView() {
        let staged = closed.replacing(
            "namespace: ai}", "namespace: ai, annotations: {sallyport.dev/enforcement: staged}}")
        for (view, outcome) in [(Replay.View.enforced, ReplayOutcome.same), (.staged, .newlyDenied)] {
            var replay = Replay(objects: objects(staged), view: view)
            replay.take(connection(from: "10.0.0.7", agent, to: "10.0.1.9", ollama, direction: .ingress))
            #expect(replay.report().totals[outcome]?.records == 1)
        }
    }
}

extension String {
    func replacing(_ part: String, _ other: String) -> String {
        split(separator: part, omittingEmptySubsequences: false).joined(separator: other)
    }
}
