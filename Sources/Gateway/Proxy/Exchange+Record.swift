import Access
import Records
import Routing

// What is left of a request when it has ended: one record and a few counts.

extension Exchange {
    /// Counts the request.
    func measure() {
        let labels = Metrics.RequestLabels(
            method: request.method, status: measures.status, version: request.version)
        worker.metrics.durations[labels, default: Histogram()].observe(worker.now() &- measures.started)
        if let outcome = decision.outcome {
            worker.metrics.reasons[outcome, default: 0] += 1
        } else {
            worker.metrics.allowed += 1
        }
        worker.metrics.requestBytes += measures.bytesIn
        worker.metrics.responseBytes += measures.bytesOut
    }

    /// The record: what was decided, for whom, by which rule, and what was measured.
    func makeRecord() -> Record {
        var record = Record(
            time: measures.startedWall, id: id,
            verdict: decision.outcome == nil || decision.isPermitted ? .allowed : .denied,
            reason: decision.outcome?.name ?? Record.ruleMatched,
            source: source)
        record.explanation =
            decision.rejection.map { "\($0.code)" } ?? (decision.detail.isEmpty ? nil : decision.detail)
            ?? decision.outcome?.explanation ?? ""
        record.status = Int(measures.status)
        record.revision = configuration.routing.revision
        record.bytesIn = Int64(clamping: measures.bytesIn)
        record.bytesOut = Int64(clamping: measures.bytesOut)
        record.place = place
        record.http = http
        record.tls = facts.tls.map {
            Record.TLS(version: $0.version, serverName: facts.serverNameBytes ?? [])
        }
        record.destination = destination
        record.ai = ai
        record.timing = timing
        addDecision(to: &record)
        return record
    }

    private func addDecision(to record: inout Record) {
        let access = configuration.access
        record.principal = decision.principal.flatMap { access.principal(of: $0) }.map {
            Record.Principal(kind: $0.kind, name: $0.name, namespace: $0.namespace, owner: $0.owner)
        }
        record.workload = decision.principal?.pod.map {
            Record.Workload(
                kind: $0.workload.kind, namespace: $0.workload.namespace, name: $0.workload.name, pod: $0.pod)
        }
        record.isSuspectedTheft = decision.principal?.isSuspectedTheft ?? false
        guard let basis = decision.basis else { return }
        record.policy = access.policyName(basis) ?? ""
        record.rule = access.ruleName(basis) ?? ""
        record.staged = access.stagedVerdict(basis).map {
            Record.Staged(
                policy: $0.policy, rule: $0.rule, verdict: $0.reason == nil ? .allowed : .denied,
                reason: $0.reason?.name ?? Record.ruleMatched)
        }
        record.trace = access.trace(basis).map {
            Record.Step(policy: $0.policy, rule: $0.rule, isStaged: $0.isStaged, result: $0.outcome.name)
        }
    }

    /// The address that the decision was made for. Behind trusted hops nobody has said the port.
    var source: Record.Endpoint {
        decision.source == facts.source
            ? Record.Endpoint(address: facts.sourceText, port: UInt16(clamping: facts.sourcePort))
            : Record.Endpoint(address: decision.source.description, port: 0)
    }

    private var place: Record.Place {
        var place = Record.Place()
        guard let listener = decision.listener else { return place }
        let names = configuration.names[listener.index]
        place.gateway = names.gateway
        place.listener = names.listener
        if let match = decision.match {
            place.route = configuration.routeNames[match.rule.id].route
            place.routeRule = configuration.routeNames[match.rule.id].rule
        }
        return place
    }

    private var http: Record.HTTP {
        var http = Record.HTTP()
        let fields = request.fields
        http.method = fields.withBytes(request.methodToken) { Array($0) }
        http.host = fields.withBytes(decision.host) { Array($0) }
        http.path = fields.withBytes(decision.path) { Array($0) }
        http.version = request.version.label
        http.userAgent = fields.withValue(of: .userAgent) { Array($0) } ?? []
        return http
    }

    private var destination: Record.Destination? {
        guard let cluster, attempts > 0 else { return nil }
        return Record.Destination(
            service: cluster.name,
            endpoint: Record.Endpoint(
                address: endpoint?.addressText ?? "", port: UInt16(clamping: endpoint?.target.port ?? 0)),
            attempts: attempts)
    }

    private var timing: Record.Timing {
        var timing = Record.Timing()
        timing.duration = microseconds(from: measures.started, to: worker.now()) ?? 0
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
