import Addresses
import Kubernetes
import Records
import Testing

@testable import Hindsight

@Suite struct AlarmTests {
    private let agent = Record.Workload("Deployment agents/agent", pod: "agent-1", labels: ["app=agent"])
    private let gateway = Record.Workload("Deployment gateway/sallyport", pod: "g", labels: ["app=sallyport"])
    private let ollama = Record.Workload("Pod ai/ollama", pod: "ollama", labels: ["app=ollama"])

    private let cluster =
        frontDoor + """
            {apiVersion: v1, kind: Pod, metadata: {name: ollama, namespace: ai, labels: {app: ollama}}, spec: {containers: [{name: c, image: ollama/ollama}]}, status: {phase: Running, podIP: 10.0.1.9}}
            ---
            {apiVersion: v1, kind: Pod, metadata: {name: web, namespace: ai, labels: {app: web}}, spec: {containers: [{name: c, image: i}]}, status: {phase: Running, podIP: 10.0.1.10}}
            ---
            {apiVersion: v1, kind: Service, metadata: {name: web, namespace: ai}, spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}}
            ---
            {apiVersion: v1, kind: Service, metadata: {name: openai, namespace: ai}, spec: {ports: [{port: 443}]}}
            ---
            {apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: openai-1, namespace: ai, labels: {kubernetes.io/service-name: openai}}, addressType: IPv4, endpoints: [{addresses: [203.0.113.50]}], ports: [{port: 443}]}
            ---
            apiVersion: sallyport.dev/v1alpha1
            kind: Provider
            metadata: {name: openai, namespace: ai}
            spec: {services: [openai], models: [{match: ["*"], prices: {input: "1", output: "1"}}]}
            ---
            apiVersion: sallyport.dev/v1alpha1
            kind: Budget
            metadata: {name: daily, namespace: ai}
            spec: {targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: chat}], limit: {tokens: 28800}, window: {rolling: 24h}}
            ---

            """

    private func facts() -> AlarmFacts {
        AlarmFacts(
            objects: objects(cluster), gatewayWorkloads: [gateway.workloadName],
            providerAddresses: ["mistral": [Prefix("198.51.100.0/24")].compactMap { $0 }])
    }

    /// Names of the alarms that a record alone raises.
    private func raised(_ record: Record) -> [String] {
        var watch = AlarmWatch(facts())
        return watch.take(record, at: record.time).compactMap(\.alarm?.name)
    }

    @Test("denied calls of cloud metadata, and no others")
    func metadata() {
        let denied = connection(from: "10.0.0.7", agent, to: "169.254.169.254", verdict: .denied)
        var watch = AlarmWatch(facts())
        let alarms = watch.take(denied, at: moment())
        #expect(alarms.count == 1)
        let alarm = alarms[0].alarm
        #expect(alarm?.name == "metadata_address" && alarm?.severity == .critical && alarm?.evidence == "c")
        #expect(alarm?.subject == "Deployment agents/agent" && alarm?.text.contains("169.254.169.254") == true)
        #expect(alarms[0].point == .hub && alarms[0].id.hasPrefix("alarm-"))
        #expect(raised(connection(from: "10.0.0.7", agent, to: "169.254.169.254")).isEmpty)
        #expect(raised(connection(from: "10.0.0.7", agent, to: "192.0.2.1", verdict: .denied)).isEmpty)
        // The alarm is a record that can be written and read.
        var line: [UInt8] = []
        RecordEncoder.append(alarms[0], to: &line)
        #expect((try? Record(line: Array(line.dropLast()))) == alarms[0])
    }

    @Test("calls of model providers past the gateway")
    func bypass() {
        for address in ["160.79.104.10", "203.0.113.50", "198.51.100.7"] {
            #expect(
                raised(connection(from: "10.0.0.7", agent, to: address, port: 443)) == ["provider_bypass"], "\(address)"
            )
            #expect(raised(connection(from: "10.0.0.8", gateway, to: address, port: 443)).isEmpty)
        }
        #expect(raised(connection(from: "10.0.0.7", agent, to: "203.0.113.51", port: 443)).isEmpty)
        // The node is no pod.
        #expect(raised(connection(from: "10.9.0.1", to: "160.79.104.10", port: 443)).isEmpty)
        var watch = AlarmWatch(facts())
        let denied = connection(from: "10.0.0.7", agent, to: "160.79.104.10", port: 443, verdict: .denied)
        #expect(watch.take(denied, at: moment()).first?.alarm?.severity == .warning)
    }

    @Test("what comes from outside to a port that nothing opens, and calls of model servers past the gateway")
    func exposed() {
        let web = Record.Workload("Pod ai/web", pod: "web", labels: ["app=web"])
        #expect(raised(connection(from: "203.0.113.9", to: "10.0.1.10", web, port: 8080)).isEmpty)
        #expect(raised(connection(from: "203.0.113.9", to: "10.0.1.10", web, port: 22)) == ["exposed_listener"])
        #expect(raised(connection(from: "203.0.113.9", to: "10.0.1.10", web, port: 22, verdict: .denied)).isEmpty)
        #expect(
            raised(connection(from: "10.0.0.7", agent, to: "10.0.1.9", ollama, port: 11434)) == ["exposed_listener"])
        #expect(raised(connection(from: "10.0.0.8", gateway, to: "10.0.1.9", ollama, port: 11434)).isEmpty)
        #expect(raised(connection(from: "10.0.0.7", agent, to: "10.0.1.10", web, port: 8080)).isEmpty)
        // Of a workload that the objects do not know nothing is known.
        #expect(raised(connection(from: "203.0.113.9", to: "10.0.1.77", agent, port: 22)).isEmpty)
        var probe = connection(from: "10.9.0.1", to: "10.0.1.10", web, port: 22)
        probe.source?.node = "n1"
        #expect(raised(probe).isEmpty)
        // Without a gateway that is known nobody can say who goes past it.
        var blind = AlarmWatch(AlarmFacts(objects: objects(cluster)))
        #expect(
            blind.take(connection(from: "10.0.0.7", agent, to: "10.0.1.9", ollama, port: 11434), at: moment()).isEmpty)
    }

    @Test("gateways that the controller made are known, and what only looks like one is not")
    func madeGateways() {
        func pod(_ name: String, _ namespace: String, _ address: String) -> String {
            """
            {apiVersion: v1, kind: Pod, metadata: {name: \(name), namespace: \(namespace), labels: {app.kubernetes.io/name: sallyport, app.kubernetes.io/component: gateway}}, spec: {containers: [{name: c, image: i}]}, status: {phase: Running, podIP: \(address)}}
            ---

            """
        }
        let pods = pod("gw", "sallyport-gateways", "10.0.2.1") + pod("pretender", "ai", "10.0.2.2")
        var watch = AlarmWatch(AlarmFacts(objects: objects(cluster + pods)))
        func raised(_ name: String, _ address: String, to: String, _ other: Record.Workload?, port: UInt16) -> [String]
        {
            let workload = Record.Workload("Pod \(name)", pod: "p")
            let record = connection(from: address, workload, to: to, other, port: port)
            return watch.take(record, at: record.time).compactMap(\.alarm?.name)
        }
        #expect(raised("sallyport-gateways/gw", "10.0.2.1", to: "160.79.104.10", nil, port: 443).isEmpty)
        #expect(raised("sallyport-gateways/gw", "10.0.2.1", to: "10.0.1.9", ollama, port: 11434).isEmpty)
        #expect(raised("ai/pretender", "10.0.2.2", to: "160.79.104.10", nil, port: 443) == ["provider_bypass"])
        #expect(raised("ai/pretender", "10.0.2.2", to: "10.0.1.9", ollama, port: 11434) == ["exposed_listener"])
    }

    @Test("keys that are used from elsewhere")
    func stolen() {
        var record = request(verdict: .denied, reason: "key_not_bound_to_workload")
        #expect(raised(record).isEmpty)
        record.isSuspectedTheft = true
        record.workload = agent
        var watch = AlarmWatch(facts())
        let alarm = watch.take(record, at: moment()).first?.alarm
        #expect(alarm?.name == "stolen_key" && alarm?.subject == "access_key ai/alice")
        #expect(alarm?.text.contains("Deployment agents/agent") == true)
    }

    @Test("what the hub says of itself")
    func hub() {
        var watch = AlarmWatch(facts())
        let degraded = watch.take(.historyDegraded(reason: "no space left on the device", time: moment()))
        #expect(degraded.first?.alarm?.name == "history_degraded" && degraded.first?.alarm?.evidence == "")
        let clock = watch.take(.sourceClock(source: "node n1", ahead: -90_000_000, time: moment()))
        #expect(clock.first?.alarm?.text == "the clock of node n1 is 90 seconds behind")
        #expect(watch.take(.sourceClock(source: "node n1", ahead: -90_000_000, time: moment(1))).isEmpty)
    }

    @Test("names are told once, and all kinds have another one")
    func kinds() {
        #expect(Set(AlarmKind.all.map(\.name)).count == AlarmKind.all.count)
        #expect(
            Set(AlarmKind.all.map(\.name)) == [
                "metadata_address", "provider_bypass", "stolen_key", "exfiltration", "budget_burn", "exposed_listener",
                "history_degraded", "source_clock",
            ])
        #expect(!AlarmKind.all.contains { $0.meaning.isEmpty || $0.meaning.hasSuffix(".") })
    }
}

@Suite struct MeasuredAlarmTests {
    private let agent = Record.Workload("Deployment agents/agent", pod: "agent-1", labels: ["app=agent"])

    private func sent(
        _ bytes: Int64, hour: Int64, to address: String = "203.0.113.9", from workload: Record.Workload? = nil
    ) -> Record {
        var record = connection(
            "h\(hour)", from: "10.0.0.7", workload ?? agent, to: address, event: .closed, at: moment(hour * 3_600))
        record.bytes = Record.Bytes(in: bytes, out: 10)
        return record
    }

    @Test("a workload that sends far more than ever, once it has been learned")
    func exfiltration() {
        var detector = Exfiltration(settings: Exfiltration.Settings())
        let mebi: Int64 = 1 << 20
        func take(_ record: Record) -> AlarmFinding? { detector.take(record, at: record.time) }
        // While it is learned from, nothing is alarming.
        #expect(take(sent(900 * mebi, hour: 0)) == nil)
        for hour in 1..<30 { #expect(take(sent(50 * mebi, hour: Int64(hour))) == nil) }
        // The most there was was 900 MiB, and has hardly faded.
        #expect(take(sent(3_000 * mebi, hour: 30)) == nil)
        let found = take(sent(20_000 * mebi, hour: 31))
        #expect(found?.subject == "Deployment agents/agent")
        #expect(found?.evidence.first == "h31" && found?.text.contains("19.5 GiB") == true)
        // Now that is what it once did.
        #expect(take(sent(20_000 * mebi, hour: 32)) == nil)
        // Inside, to a node, and on the link is not out.
        var inside = sent(900_000 * mebi, hour: 33)
        inside.destination?.workload = Record.Workload("Pod ai/x")
        #expect(take(inside) == nil)
        #expect(take(sent(900_000 * mebi, hour: 33, to: "169.254.1.1")) == nil)
        var opened = sent(900_000 * mebi, hour: 33)
        opened.connection?.event = .opened
        #expect(take(opened) == nil)
    }

    @Test("many small connections in one hour are as much as a large one; little is never alarming")
    func exfiltrationSums() {
        var detector = Exfiltration(settings: Exfiltration.Settings())
        func take(_ record: Record) -> AlarmFinding? { detector.take(record, at: record.time) }
        for hour in 0..<25 { _ = take(sent(1_000, hour: Int64(hour))) }
        #expect(take(sent(90 << 20, hour: 25)) == nil)
        var found = 0
        for _ in 0..<400 where take(sent(1 << 20, hour: 26)) != nil { found += 1 }
        #expect(found > 0)
        // What comes late, for an hour that is over, is held against nobody.
        #expect(take(sent(1 << 40, hour: 20)) == nil)
    }

    @Test("workloads that are kept are bounded")
    func exfiltrationBound() {
        var settings = Exfiltration.Settings()
        settings.most = 16
        settings.learning = 0
        var detector = Exfiltration(settings: settings)
        for number in 0..<1_000 {
            var workload = agent
            workload.name = "agent-\(number)"
            let record = sent(1, hour: Int64(number), from: workload)
            #expect(detector.take(record, at: record.time) == nil)
        }
        #expect(detector.count <= 16)
    }

    private func budgets(_ limit: String, _ window: String, per: String = "Principal", staged: Bool = false)
        -> AlarmFacts
    {
        let note = staged ? ", annotations: {sallyport.dev/enforcement: staged}" : ""
        return AlarmFacts(
            objects: objects(
                frontDoor + """
                    apiVersion: sallyport.dev/v1alpha1
                    kind: Budget
                    metadata: {name: daily, namespace: ai\(note)}
                    spec:
                      targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: chat}]
                      per: \(per)
                      limit: {\(limit)}
                      window: {\(window)}
                    """))
    }

    private func spending(_ tokens: Int64, _ seconds: Int64, key: String = "alice", cost: String = "") -> Record {
        var record = request("r\(seconds)", key: key, model: "m", at: moment(seconds))
        record.ai?.tokens = Record.Tokens(input: tokens, output: 0, cached: 0, reasoning: 0, isEstimate: false)
        record.ai?.cost = cost
        return record
    }

    /// Seconds after the first at which the first alarm comes; nil: none comes.
    private func burns(_ facts: AlarmFacts, every step: Int64, _ tokens: Int64, until end: Int64, cost: String = "")
        -> (Int64, String)?
    {
        var detector = BudgetBurn(facts)
        for second in stride(from: Int64(0), to: end, by: Int(step)) {
            let record = spending(tokens, second, cost: cost)
            if let found = detector.take(record, at: record.time) { return (second, found.text) }
        }
        return nil
    }

    @Test("spending at the speed of the window never burns; eight times as fast does, within an hour")
    func burnRates() {
        let facts = budgets("tokens: 86400", "rolling: 24h")
        #expect(burns(facts, every: 60, 60, until: 86_400) == nil)
        let fast = burns(facts, every: 60, 60 * 20, until: 86_400)
        #expect((1_300...1_500).contains(fast?.0 ?? 0))
        #expect(fast?.1.contains("Budget ai/daily") == true && fast?.1.contains("access_key ai/alice") == true)
        // A little too fast is found later, over a longer time.
        let slow = burns(facts, every: 60, 150, until: 86_400)
        #expect((10_000...40_000).contains(slow?.0 ?? 0))
        // One large request is no burning.
        #expect(burns(facts, every: 90_000, 80_000, until: 86_400) == nil)
        #expect(burns(budgets("tokens: 86400", "rolling: 24h", staged: true), every: 60, 1_200, until: 86_400) == nil)
    }

    @Test("dollars burn too, and what is over does not go on burning")
    func burnDollars() {
        let facts = budgets("dollars: \"8.64\"", "rolling: 24h")
        #expect(burns(facts, every: 60, 1, until: 86_400, cost: "0.006") == nil)
        #expect(burns(facts, every: 60, 1, until: 86_400, cost: "0.12")?.1.contains("$") == true)
        var detector = BudgetBurn(budgets("tokens: 86400", "rolling: 24h"))
        for minute in 0..<20 { _ = detector.take(spending(2_400, Int64(minute) * 60), at: moment(Int64(minute) * 60)) }
        // Hours later somebody asks something small.
        #expect(detector.take(spending(1, 12_000), at: moment(12_000)) == nil)
    }

    @Test("near the end of a day a budget may be spent fast")
    func calendarWindow() {
        // The day began at `moment(0)`.
        let facts = budgets("tokens: 86400", "calendar: Day")
        var early = BudgetBurn(facts)
        var late = BudgetBurn(facts)
        var found = (early: false, late: false)
        for minute in 0..<50 {
            let (morning, evening) = (Int64(minute) * 60 + 3_600, Int64(minute) * 60 + 86_400 - 3_600)
            if early.take(spending(700, morning), at: moment(morning)) != nil { found.early = true }
            if late.take(spending(700, evening), at: moment(evening)) != nil { found.late = true }
        }
        #expect(found.early && !found.late)
    }

    @Test("whose spending it is: everybody's, a namespace's, a key's, a principal's")
    func subjects() {
        func alarms(_ per: String) -> Set<String> {
            var detector = BudgetBurn(budgets("tokens: 86400", "rolling: 24h", per: per))
            var found: Set<String> = []
            for minute in 0..<60 {
                for key in ["alice", "bob"] {
                    let record = spending(700, Int64(minute) * 60, key: key)
                    if let one = detector.take(record, at: record.time) { found.insert(one.subject) }
                }
            }
            return found
        }
        #expect(alarms("All") == ["Budget ai/daily, all"])
        #expect(alarms("Namespace") == ["Budget ai/daily, namespace ai"])
        #expect(alarms("Principal") == ["Budget ai/daily, access_key ai/alice", "Budget ai/daily, access_key ai/bob"])
        #expect(alarms("AccessKey").count == 2)
    }
}
