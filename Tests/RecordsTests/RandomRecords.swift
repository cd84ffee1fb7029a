import Records

/// Records of all shapes, out of few values, so that many agree in something.
struct RandomRecords {
    var random: SeededGenerator
    /// Texts that need escapes too.
    var isStrange = false

    init(seed: UInt64, isStrange: Bool = false) {
        random = SeededGenerator(seed: seed)
        self.isStrange = isStrange
    }

    mutating func next() -> Record {
        var record = Record(
            time: 1_795_424_400_000_000 + number(0...7_200_000_000), id: "r-\(number(0...99))",
            verdict: choice([.allowed, .denied]), reason: choice(["rule_matched", "isolated", "no_policy"]),
            source: endpoint())
        record.point = choice([.gateway, .node])
        record.revision = choice([0, 7, .max])
        if chance() { record.workload = workload() }
        if chance() { (record.policy, record.rule) = (name(), text()) }
        if chance() { addDestination(&record) }
        if chance() { record.isSuspectedTheft = true }
        if chance() {
            record.principal = .init(
                kind: choice(["access_key", "token"]), name: text(), namespace: text(), owner: text())
        }
        if chance() {
            record.staged = .init(
                policy: name(), rule: text(), verdict: choice([.allowed, .denied]), reason: "isolated")
        }
        if chance() { addTimes(&record) }
        if record.point == .gateway { addRequest(&record) } else { addConnection(&record) }
        if chance() { record.trace = [.init(policy: name(), rule: text(), isStaged: chance(), result: "matched")] }
        if number(0...9) == 0 {
            record.alarm = .init(
                name: "spike", severity: choice([.info, .critical]), subject: text(), evidence: "r-1", text: text())
        }
        return record
    }

    private mutating func addDestination(_ record: inout Record) {
        record.destination = .init(service: choice(["", name()]), endpoint: endpoint(), attempts: Int(number(0...2)))
        if chance() { record.destination?.workload = workload() }
    }

    private mutating func addTimes(_ record: inout Record) {
        record.timing = .init()
        record.timing?.duration = choice([0, number(0...100_000_000)])
        if chance() { record.timing?.firstByte = number(0...5_000_000) }
    }

    private mutating func addRequest(_ record: inout Record) {
        record.status = choice([0, 200, 204, 403, 429, 503])
        record.place.gateway = choice(["", "ai/front"])
        record.place.route = choice(["", "HTTPRoute ai/chat"])
        if chance() {
            record.traceContext = .init(traceID: "4bf92f3577b34da6a3ce929d0e0e4736", spanID: "00f067aa0ba902b7")
        }
        if chance() {
            record.http = .init()
            record.http?.method = Array(choice(["GET", "POST"]).utf8)
            record.http?.path = Array("/v1/\(text())".utf8)
            record.http?.version = "2"
        }
        guard chance() else { return }
        var ai = Record.AI()
        ai.server = choice(["", "ollama"])
        ai.classes = choice([[], ["Inference"], ["Inference", "ServerFetch"], [text()]])
        ai.model = Array(choice(["", "llama3.2:1b", "gpt-5", text()]).utf8)
        ai.tool = Array(text().utf8)
        if chance() {
            ai.tokens = .init(
                input: number(0...4_000), output: number(0...400), cached: number(0...9), reasoning: number(0...9),
                isEstimate: chance())
        }
        ai.cost = choice(["", "0", "0.00039", "1.5", "0.000000000001", "12.345678901234"])
        if chance() {
            ai.budget = .init(exhausted: choice(["", name()]), counters: "local", staged: choice(["", name()]))
        }
        record.ai = ai
    }

    private mutating func addConnection(_ record: inout Record) {
        record.node = choice(["n1", "n2"])
        record.connection = .init(
            event: choice(Array(Record.ConnectionEvent.allCases)), transport: choice(["tcp", "udp", "47"]))
        record.connection?.direction = choice([nil, .egress, .ingress])
        record.connection?.end = choice([nil, .finished, .reset])
        record.connection?.repeats = choice([0, 3, .max])
        record.connection?.isDisagreement = chance()
        if chance() { record.connection?.original = .init(address: "10.96.0.10", port: choice([nil, 0, 80])) }
        if chance() { record.packets = .init(in: 3, out: choice([0, .max])) }
        if chance() { record.hidden = .init() }
    }

    private mutating func endpoint() -> Record.Endpoint {
        var endpoint = Record.Endpoint(
            address: choice(["10.0.0.7", "10.1.2.3", "169.254.169.254", "fd00::12", ""]),
            port: choice([nil, 0, 80, 443]))
        endpoint.node = choice(["", "n1"])
        endpoint.range = choice(["", "cloud_metadata"])
        return endpoint
    }

    private mutating func workload() -> Record.Workload {
        .init(
            kind: "Deployment", namespace: choice(["dev", "ai"]), name: text(), pod: text(),
            labels: choice([[], ["app=web"], ["app=web", "team=\(text())", "empty="]]))
    }

    private mutating func name() -> String { choice(["ai/ollama", "dev/web", "plain"]) }

    mutating func text() -> String {
        let plain = ["", "alpha", "beta", "Gamma-Ray", "llama3.2:1b", "a b", "häß"]
        let strange = [
            "q\"uote", "back\\slash", "a,b", "\u{1f}", "\u{202e}x", "tab\t", "😀", String(repeating: "x", count: 1_030),
        ]
        return choice(isStrange ? plain + strange : plain)
    }

    mutating func chance() -> Bool { Bool.random(using: &random) }

    mutating func number(_ range: ClosedRange<Int64>) -> Int64 { Int64.random(in: range, using: &random) }

    mutating func choice<Value>(_ values: [Value]) -> Value { values[Int.random(in: 0..<values.count, using: &random)] }
}

/// Scans a line and gives it to the body.
func withScan<Result>(
    _ line: [UInt8], _ body: (borrowing RecordScanner, UnsafeRawBufferPointer) throws -> Result
) throws -> Result {
    try line.withUnsafeBytes { line in
        var scanner = RecordScanner()
        try scanner.scan(line)
        return try body(scanner, line)
    }
}
