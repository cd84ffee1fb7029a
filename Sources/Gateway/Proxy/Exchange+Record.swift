import Access
import Records
import Routing

// What is left of a request when it has ended: one record and a few counts.

extension Exchange {
    /// Counts the request.
    func measure() {
        let labels = Metrics.RequestLabels(
            method: request.method, status: measures.status, version: request.version)
        worker.metrics.durations[labels, default: Histogram()].observe(measures.ended &- measures.started)
        if let outcome = decision.outcome {
            worker.metrics.reasons[outcome, default: 0] += 1
        } else {
            worker.metrics.allowed += 1
        }
        worker.metrics.requestBytes += measures.bytesIn
        worker.metrics.responseBytes += measures.bytesOut
    }

    /// The record: what was decided, for whom, by which rule, and what was measured.
    func writeRecord(to batch: inout RecordBatch) {
        batch.begin(
            time: measures.startedWall, id: id, point: .gateway,
            verdict: decision.outcome == nil || decision.isPermitted ? .allowed : .denied,
            reason: decision.outcome?.name ?? Record.ruleMatched, explanation: explanation,
            status: Int(measures.status), revision: configuration.routing.revision)
        writeCaller(to: &batch)
        writePlace(to: &batch)
        writeRequest(to: &batch)
        if let cluster, attempts > 0 {
            batch.destination(cluster.recordPart, endpoint?.recordPart, attempts: attempts)
        }
        writeAI(to: &batch)
        batch.measured(
            bytesIn: Int64(clamping: measures.bytesIn), bytesOut: Int64(clamping: measures.bytesOut), timing)
        writeReasons(to: &batch)
        batch.end()
    }

    private var explanation: String {
        if let rejection = decision.rejection { return "\(rejection.code)" }
        return decision.detail.isEmpty ? decision.outcome?.explanation ?? "" : decision.detail
    }

    private func writeCaller(to batch: inout RecordBatch) {
        batch.source(address: sourceText, port: isSourcePeer ? UInt16(clamping: facts.sourcePort) : 0)
        guard let caller = decision.principal else { return }
        if let pod = caller.pod {
            let workload = pod.workload
            batch.workload(
                kind: workload.kind, namespace: workload.namespace, name: workload.name, pod: pod.pod,
                labels: pod.labels)
        }
        if caller.isSuspectedTheft { batch.suspectedTheft() }
        if let number = configuration.access.keyNumber(of: caller) {
            return batch.part(number, of: configuration.accessParts.keys)
        }
        guard let text = configuration.access.principal(of: caller) else { return }
        batch.principal(kind: text.kind, name: text.name, namespace: text.namespace, owner: text.owner)
    }

    private func writePlace(to batch: inout RecordBatch) {
        if let listener = decision.listener {
            batch.part(configuration.entranceParts[listener.index])
            if let match = decision.match { batch.part(match.rule.id, of: configuration.routeParts) }
        }
        guard let basis = decision.basis else { return }
        let access = configuration.access
        if let number = access.ruleInForce(basis) { return batch.part(configuration.accessParts[number].inForce) }
        batch.policy(access.policyName(basis) ?? "", rule: access.ruleName(basis) ?? "")
    }

    private func writeRequest(to batch: inout RecordBatch) {
        let fields = request.fields
        let userAgent = fields.first(.userAgent).map { fields.fields[$0].value } ?? .empty
        fields.withBytes(request.methodToken) { method in
            fields.withBytes(decision.host) { host in
                fields.withBytes(decision.path) { path in
                    fields.withBytes(userAgent) { userAgent in
                        batch.http(
                            method: method, host: host, path: path, version: request.version.label,
                            userAgent: userAgent)
                    }
                }
            }
        }
        if let tls = facts.tls { batch.tls(version: tls.version, serverName: facts.serverNameBytes ?? []) }
        if let trace {
            batch.traceContext(
                traceID: trace.own.traceText, spanID: TraceParent.text(trace.own.span),
                parent: trace.parent == 0 ? "" : TraceParent.text(trace.parent))
        }
    }

    /// What a staged policy would have decided, and what each rule said.
    private func writeReasons(to batch: inout RecordBatch) {
        guard let basis = decision.basis else { return }
        let access = configuration.access
        if let staged = access.stagedVerdict(basis) {
            batch.staged(
                policy: staged.policy, rule: staged.rule, verdict: staged.reason == nil ? .allowed : .denied,
                reason: staged.reason?.name ?? Record.ruleMatched)
        }
        var isFirst = true
        let parts = configuration.accessParts
        access.forEachStep(basis) { number, isStaged, outcome in
            if isFirst { batch.beginTrace() }
            isFirst = false
            batch.step(isStaged ? parts[number].stagedStep : parts[number].step, result: outcome.name)
        }
        if !isFirst { batch.endTrace() }
    }

    /// The address that the decision was made for.
    var sourceText: String { isSourcePeer ? facts.sourceText : decision.source.description }

    /// Behind trusted hops nobody has said the port.
    private var isSourcePeer: Bool { decision.source == facts.source }

    private var timing: Record.Timing {
        var timing = Record.Timing()
        timing.duration = microseconds(from: measures.started, to: measures.ended) ?? 0
        timing.firstByte = microseconds(from: measures.started, to: measures.firstByte)
        timing.upstreamConnect = microseconds(from: measures.connecting, to: measures.connected)
        timing.upstreamFirstByte = attempts > 0 ? microseconds(from: measures.connected, to: measures.firstByte) : nil
        return timing
    }

    private func microseconds(from start: UInt64, to end: UInt64) -> Int64? {
        guard start > 0, end >= start else { return nil }
        return Int64((end - start) / 1_000)
    }
}

extension HTTPVersion {
    /// As the HTTP conventions of OpenTelemetry write it.
    var label: String {
        switch self {
        case .http10: "1.0"
        case .http11: "1.1"
        case .http2: "2"
        }
    }
}
