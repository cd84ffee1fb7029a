import Kubernetes
import PolicyWorlds
import Records
import Testing

@testable import Hindsight

/// Recommended AccessPolicies: all that was seen is allowed, and nothing else; judged as a replay judges.
@Suite struct AccessRecommendationTests {
    private func outcome(_ record: Record, _ start: Replay) -> ReplayReport {
        var replay = start
        replay.take(record)
        return replay.report()
    }

    private func randomRequest(_ number: Int, _ dice: inout WorldDice) -> Record {
        let key = dice.pick(["alice", "bob", "carol"])
        switch Int.random(in: 0..<4, using: &dice) {
        case 0:
            var record = request("r\(number)", key: key, classes: ["CodeExecution"], server: "mcp", path: "/mcp")
            let method = dice.pick(["tools/call", "tools/list", "prompts/get", "resources/read", "initialize"])
            record.ai?.mcpMethod = Array(method.utf8)
            if ["tools/call", "prompts/get", "resources/read"].contains(method) {
                record.ai?.tool = Array(dice.pick(["search", "read \"file\"", "файл"]).utf8)
            }
            return record
        case 1:
            return request(
                "r\(number)", key: key, server: "", method: dice.pick(["GET", "POST"]),
                path: dice.pick(["/a", "/a/b", "/c:d", "/%23x/"]))
        case 2: return request("r\(number)", key: key, classes: ["Metadata"], method: "GET", path: "/api/tags")
        default:
            return request(
                "r\(number)", key: key, model: dice.pick(["llama3", "gpt-4o", "yes", "1.5", "mod: el", "qwen2.5:7b"]),
                classes: dice.pick([["Inference"], ["Inference", "ModelMutation"], ["Metadata"]]))
        }
    }

    /// Who did what; requests that use no model may name any that the caller uses.
    private func deed(_ record: Record) -> String { "\(record.who) \(record.ai?.server ?? "") \(record.topic)" }

    @Test("what was seen is allowed by the recommended policy, and what was not seen is denied")
    func leastPrivilege() {
        var (allowed, denied) = (0, 0)
        withSeeds(30) { seed, dice in
            let old = accessPolicy("[{name: chat, from: [{accessKeys: {selector: {}}}]}]")
            var observations = RequestsSeen()
            var seen: [String: Record] = [:]
            for number in 0..<Int.random(in: 1...15, using: &dice) {
                let record = randomRequest(number, &dice)
                observations.take(record)
                seen[deed(record)] = record
            }
            var settings = RecommendationSettings()
            settings.isStaged = false
            let found = observations.recommendations(objects(frontDoor + old), settings: settings)
            let text = found.map(\.text).joined(separator: "---\n")
            let replayed = objects(frontDoor + text)
            #expect(found.filter { $0.kind == "AccessPolicy" }.count == 1 && replayed.accessPolicies.count == 1)
            let start = Replay(objects: replayed)
            for record in seen.values {
                allowed += 1
                #expect(outcome(record, start).totals[.same] != nil, "seed \(seed): \(encoded(record))\n\(text)")
            }
            for number in 0..<30 {
                let record = randomRequest(number, &dice)
                guard seen[deed(record)] == nil else { continue }
                let report = outcome(record, start)
                // Sessions and lists are open to whoever uses anything of a server of tools.
                let method = String(decoding: record.ai?.mcpMethod ?? [], as: UTF8.self)
                if ["initialize", "tools/list"].contains(method) { continue }
                // So are, for requests that use no model, all models of the caller.
                if record.ai?.classes == ["Metadata"] { continue }
                // Who may do more with a model may do less.
                let more =
                    "\(record.who) ollama Inference,ModelMutation model \(String(decoding: record.ai?.model ?? [], as: UTF8.self))"
                if record.ai?.classes == ["Inference"], seen[more] != nil { continue }
                denied += 1
                #expect(report.totals[.newlyDenied] != nil, "seed \(seed): \(encoded(record))\n\(text)")
            }
        }
        #expect(allowed > 40 && denied > 40)
    }

    @Test("the text has callers with the same needs in one rule, limits taken over, and budgets with headroom")
    func text() {
        let old = accessPolicy(
            """
            [{name: chat, from: [{accessKeys: {selector: {}}}], to: [{classes: [Inference, ServerFetch], mediaHosts: [img.example.com]}],
              limits: {requests: {count: 60, window: 90s, burst: 5}, concurrency: 2}}]
            """)
        var seen = RequestsSeen()
        for (number, key) in ["alice", "bob", "carol"].enumerated() {
            for day in 0..<3 {
                var record = request(
                    key: key, model: "llama3",
                    classes: key == "carol" ? ["Inference", "ServerFetch"] : ["Inference"],
                    at: moment(Int64(day) * 86_400))
                record.ai?.tokens = Record.Tokens(
                    input: Int64(1_000 * (number + day)), output: 234, cached: 0, reasoning: 0, isEstimate: false)
                record.ai?.cost = "0.0\(number + 1)"
                seen.take(record)
            }
        }
        let found = seen.recommendations(objects(frontDoor + old))
        #expect(found.map(\.kind) == ["AccessPolicy", "Budget", "Budget"])
        #expect(
            found[0].text == """
                # HTTPRoute ai/chat: 3 days, 9 records, 1 of 24 hours of the day, 3 of 168 hours of the week, all kept; confidence medium
                apiVersion: sallyport.dev/v1alpha1
                kind: AccessPolicy
                metadata:
                  name: chat-seen
                  namespace: ai
                  annotations:
                    sallyport.dev/enforcement: staged
                spec:
                  targetRefs:
                  - {group: gateway.networking.k8s.io, kind: HTTPRoute, name: chat}
                  rules:
                  - name: seen-1
                    from:
                    - accessKeys: {names: [alice, bob]}
                    to:
                    - {classes: [Inference], models: [llama3]}
                    limits: {requests: {count: 60, window: 1m30s, burst: 5}, concurrency: 2}
                  - name: seen-2
                    from:
                    - accessKeys: {names: [carol]}
                    to:
                    - {classes: [Inference, ServerFetch], models: [llama3], mediaHosts: [img.example.com]}
                    limits: {requests: {count: 60, window: 1m30s, burst: 5}, concurrency: 2}

                """)
        // 4234 tokens at most on a day, and half as much again, rounded up to two digits.
        #expect(found[1].text.contains("limit: {tokens: 6400}") && found[1].text.contains("window: {calendar: Day}"))
        #expect(found[2].text.contains("limit: {dollars: \"0.045\"}"))
        let read = objects(frontDoor + found.map(\.text).joined(separator: "---\n"))
        #expect(read.budgets.count == 2 && read.accessPolicies.count == 1)
        #expect(!read.budgets.values.contains { !$0.isMarkedStaged })
    }

    @Test("tokens, service accounts, certificates, workloads and addresses are written as they are asked for")
    func callers() {
        var seen = RequestsSeen()
        func take(_ change: (inout Record) -> Void) {
            var record = request(key: nil, model: "llama3")
            change(&record)
            seen.take(record)
        }
        take {
            $0.principal = Record.Principal(kind: "token", name: "a@example.com", namespace: "ai", owner: "ai/corp")
        }
        take {
            $0.principal = Record.Principal(kind: "service_account", name: "bot", namespace: "agents", owner: "ai/k8s")
        }
        for name in [
            "spiffe://example.org/ns/a", "CN=chat,O=Example", "a.example.com",
            "sha256:" + String(repeating: "a", count: 64),
        ] {
            take { $0.principal = Record.Principal(kind: "certificate", name: name, namespace: "", owner: "") }
        }
        take { $0.workload = Record.Workload("Deployment agents/a") }
        take { _ in }
        let found = seen.recommendations(Objects())
        let text = found[0].text
        for line in [
            "- tokens: {issuers: [corp], subjects: [\"a@example.com\"]}",
            "- serviceAccounts: [{namespace: agents, name: bot}]",
            "- workloads: {names: [{kind: Deployment, namespace: agents, name: a}]}",
            "- networks: [\"10.0.0.7/32\"]",
            "dnsNames: [a.example.com]", "spiffeIDs: [\"spiffe://example.org/ns/a\"]",
            "subjects: [\"CN=chat,O=Example\"]",
        ] { #expect(text.contains(line), "\(line)\n\(text)") }
        #expect(objects(text).accessPolicies.count == 1)
    }

    @Test("a policy of the Gateway's namespace is recommended for the listener")
    func listener() {
        var seen = RequestsSeen()
        var record = request(key: nil, model: "llama3")
        record.policy = "edge/all"
        record.place.gateway = "edge/front"
        seen.take(record)
        let text = seen.recommendations(Objects())[0].text
        #expect(text.contains("- {group: gateway.networking.k8s.io, kind: Gateway, name: front, sectionName: web}"))
        // No policy can name what a ListenerSet adds.
        var added = RequestsSeen()
        record.place.listener = "team/more/web"
        added.take(record)
        #expect(added.recommendations(Objects()).isEmpty)
        // Nobody knows where a policy of a third namespace would be attached.
        record.policy = "other/x"
        record.place.route = "HTTPRoute other2/x"
        var none = RequestsSeen()
        none.take(record)
        #expect(none.recommendations(Objects()).isEmpty)
    }

    @Test("text from outside never becomes anything but text")
    func hostileNames() {
        withSeeds(60) { seed, dice in
            let scalars: [Unicode.Scalar] = [
                "a", "\"", "\\", "\n", "#", ":", "{", "'", "\u{202e}", "\u{7f}", "é", " ", "*", "\u{85}", "\u{feff}",
                "\u{0}", "-",
            ]
            let name = String(
                String.UnicodeScalarView((0..<Int.random(in: 1...12, using: &dice)).map { _ in dice.pick(scalars) }))
            var seen = RequestsSeen()
            var record = request(model: name)
            record.principal?.name = "alice"
            seen.take(record)
            var subject = request(key: nil, model: "m")
            subject.principal = Record.Principal(kind: "token", name: name, namespace: "ai", owner: "ai/corp")
            let isPlain = name.unicodeScalars.allSatisfy {
                $0.value >= 0x20 && !(0x7f..<0xa0).contains($0.value) && $0.value != 0xfeff
            }
            seen.take(subject)
            let text = seen.recommendations(Objects())[0].text
            let policy = objects(text).accessPolicies.values.first
            if isPlain {
                #expect(policy?.rules.flatMap(\.to).contains { $0.models == [name] } == true, "seed \(seed): \(text)")
                #expect(
                    policy?.rules.flatMap(\.from).contains { $0.tokens?.subjects == [name] } == true, "seed \(seed)")
            } else {
                #expect(policy?.rules.flatMap(\.to).contains { $0.models == ["none-was-seen"] } == true, "seed \(seed)")
            }
        }
    }

    @Test("unused rules and privileges of access policies")
    func audit() {
        let policies = accessPolicy(
            """
            [{name: chat, from: [{accessKeys: {names: [alice, bob]}, workloads: {names: [{kind: Deployment, namespace: agents, name: a}]}}],
              to: [{classes: [Inference, ModelMutation], models: ["llama*", "gpt*"]}]},
             {name: tools, from: [{accessKeys: {names: [carol]}}], to: [{classes: [CodeExecution], tools: [search, delete]}]},
             {name: never, from: [{accessKeys: {names: [carol]}}]}]
            """)
        let all = objects(frontDoor + policies)
        var audit = PrivilegeAudit(objects: all)
        var replay = Replay(objects: all)
        var chat = request(model: "llama3")
        chat.workload = Record.Workload("Deployment agents/a")
        var tool = request(key: "carol", classes: ["CodeExecution"], server: "mcp", path: "/mcp")
        tool.ai?.mcpMethod = Array("tools/call".utf8)
        tool.ai?.tool = Array("search".utf8)
        for record in [chat, tool, request(key: "bob", model: "gpt-4o", verdict: .denied, reason: "no_rule_matches")] {
            audit.take(record)
            replay.take(record)
        }
        let unused = audit.unused()
        #expect(
            unused.map { "\($0.rule.rule) \($0.kind.rawValue) \($0.value)" } == [
                "chat principal access key bob", "chat operation_class ModelMutation", "chat model gpt*",
                "tools tool delete", "never principal access key carol",
            ])
        #expect(replay.usage().unusedRules(of: all).map(\.key.rule) == ["never"])
    }

    @Test("unused peers of NetworkPolicies, and peers that another one makes needless")
    func peers() {
        let text = """
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: {name: ollama, namespace: ai}
            spec:
              podSelector: {matchLabels: {app: ollama}}
              ingress:
              - from:
                - {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: agents}}}
                - {podSelector: {matchLabels: {app: web}}}
                - {namespaceSelector: {}, podSelector: {matchExpressions: [{key: app, operator: In, values: [agent, x]}]}}
              - from: [{ipBlock: {cidr: 192.0.2.0/24}}]
              - from: [{ipBlock: {cidr: 203.0.113.0/24}}]
            """
        var audit = PrivilegeAudit(objects: objects(text))
        let ollama = Record.Workload("StatefulSet ai/ollama", pod: "ollama-0", labels: ["app=ollama"])
        let agent = Record.Workload("Deployment agents/agent", pod: "agent-1", labels: ["app=agent"])
        audit.take(connection(from: "10.0.0.7", agent, to: "10.0.1.9", ollama, direction: .ingress))
        audit.take(connection(from: "203.0.113.9", to: "10.0.1.9", ollama, direction: .ingress))
        audit.take(connection(from: "192.0.2.9", to: "10.0.1.9", ollama, verdict: .denied, direction: .ingress))
        #expect(
            audit.unused().map { "\($0.rule.rule) \($0.value)" } == [
                "spec.ingress[0] from[1]: podSelector {matchLabels: {app: web}}",
                "spec.ingress[0] from[2]: namespaceSelector {}, podSelector {matchExpressions: [{key: app, operator: In, values: [agent, x]}]}",
                "spec.ingress[1] from[0]: ipBlock 192.0.2.0/24",
            ])
    }
}

extension AccessRecommendationTests {
    @Test("paths and methods that no rule can have are left out and said")
    func unwritable() {
        var seen = RequestsSeen()
        for path in ["/a//b", "/a/../b", "/%2f", "/a b", "/é", "x", "/ok", "/%41/"] {
            seen.take(request(server: "", method: "GET", path: path))
        }
        seen.take(request(server: "", method: "get", path: "/ok"))
        let found = seen.recommendations(Objects())[0]
        let rules = objects(found.text).accessPolicies.values.flatMap(\.rules)
        #expect(rules.flatMap(\.to).flatMap(\.paths) == [.exact("/%41/"), .exact("/ok")])
        #expect(found.remarks.count == 1)
        var many = RequestsSeen()
        for number in 0..<40 { many.take(request(server: "", method: "GET", path: "/files/\(number)")) }
        let wide = many.recommendations(Objects())[0]
        #expect(
            objects(wide.text).accessPolicies.values.flatMap(\.rules).flatMap(\.to).flatMap(\.paths) == [
                .prefix("/files")
            ])
        #expect(wide.remarks.count == 1)
    }
}
