/// Writes records that are there as values as lines of JSON. The gateway and the node, which have no such value, write
/// the same members into a `RecordBatch` themselves.
public enum RecordEncoder {
    /// Text from outside is cut after this many bytes, and `…` put at its end.
    public static let longestText = 2048

    /// Appends the record as one JSON object on one line, with the line end.
    public static func append(_ record: borrowing Record, to line: inout [UInt8]) {
        var batch = RecordBatch()
        append(record, to: &batch)
        line += batch.take()
    }

    private static func append(_ record: borrowing Record, to batch: inout RecordBatch) {
        batch.begin(
            time: record.time, id: record.id, point: record.point, verdict: record.verdict, reason: record.reason,
            explanation: record.explanation, status: record.status, revision: record.revision)
        if !record.node.isEmpty { batch.part(.node(record.node)) }
        caller(record, &batch)
        batch.part(.entrance(gateway: record.place.gateway, listener: record.place.listener))
        batch.part(.route(record.place.route, rule: record.place.routeRule))
        batch.policy(record.policy, rule: record.rule)
        if let http = record.http { request(http, &batch) }
        if let tls = record.tls { batch.tls(version: tls.version, serverName: tls.serverName) }
        if let context = record.traceContext {
            batch.traceContext(traceID: context.traceID, spanID: context.spanID, parent: context.parentSpanID)
        }
        if let sent = record.destination { destination(sent, &batch) }
        if let ai = record.ai { Self.ai(ai, &batch) }
        if let connection = record.connection { batch.connection(connection) }
        measured(record, &batch)
        if let staged = record.staged {
            batch.staged(policy: staged.policy, rule: staged.rule, verdict: staged.verdict, reason: staged.reason)
        }
        if !record.trace.isEmpty { trace(record.trace, &batch) }
        if let hidden = record.hidden { batch.hidden(hidden) }
        if let alarm = record.alarm { batch.alarm(alarm) }
        batch.end()
    }

    private static func destination(_ sent: Record.Destination, _ batch: inout RecordBatch) {
        batch.beginDestination()
        if !sent.service.isEmpty { batch.part(.serviceName(sent.service)) }
        batch.part(.endpoint(address: sent.endpoint.address, port: sent.endpoint.port))
        if sent.attempts > 0 { batch.attempts(sent.attempts) }
        batch.part(.place(node: sent.endpoint.node, range: sent.endpoint.range))
        if let workload = sent.workload { batch.part(.workload(workload)) }
        batch.endObject()
    }

    private static func measured(_ record: borrowing Record, _ batch: inout RecordBatch) {
        if let bytes = record.bytes { batch.bytes(bytes) }
        if let packets = record.packets { batch.packets(packets) }
        if let timing = record.timing { batch.timing(timing) }
    }

    private static func caller(_ record: borrowing Record, _ batch: inout RecordBatch) {
        if let source = record.source {
            batch.beginSource()
            batch.part(.endpoint(address: source.address, port: source.port))
            batch.part(.place(node: source.node, range: source.range))
            batch.endObject()
        }
        if let pod = record.workload { batch.part(.workload(pod)) }
        if record.isSuspectedTheft { batch.suspectedTheft() }
        if let who = record.principal {
            batch.principal(kind: who.kind, name: who.name, namespace: who.namespace, owner: who.owner)
        }
    }

    private static func request(_ http: Record.HTTP, _ batch: inout RecordBatch) {
        http.method.withUnsafeBytes { method in
            http.host.withUnsafeBytes { host in
                http.path.withUnsafeBytes { path in
                    http.userAgent.withUnsafeBytes { userAgent in
                        batch.http(method: method, host: host, path: path, version: http.version, userAgent: userAgent)
                    }
                }
            }
        }
    }

    private static func ai(_ ai: Record.AI, _ batch: inout RecordBatch) {
        batch.beginAI(server: ai.server, classes: ai.classes, operation: ai.operation)
        ai.model.withUnsafeBytes { batch.model($0, upstream: ai.upstreamModel, isStreaming: ai.isStreaming) }
        ai.mcpMethod.withUnsafeBytes { method in
            ai.tool.withUnsafeBytes { batch.message(method: method, target: $0) }
        }
        if let tokens = ai.tokens { batch.tokens(tokens) }
        batch.cost(ai.cost)
        if let budget = ai.budget {
            batch.budget(exhausted: budget.exhausted, counters: budget.counters, staged: budget.staged)
        }
        batch.endAI()
    }

    private static func trace(_ steps: [Record.Step], _ batch: inout RecordBatch) {
        batch.beginTrace()
        for step in steps {
            batch.step(policy: step.policy, rule: step.rule, isStaged: step.isStaged, result: step.result)
        }
        batch.endTrace()
    }
}
