// The parts of a record, from a line that was scanned.

extension RecordScanner {
    typealias Line = UnsafeRawBufferPointer

    func text(_ field: FieldNumber, _ line: Line) -> String { text(field, in: line) ?? "" }

    func bytes(_ field: FieldNumber, _ line: Line) -> [UInt8] { Array(text(field, line).utf8) }

    /// A number that is not less than 0, exactly.
    func count(_ field: FieldNumber, _ line: Line) throws(RecordLineError) -> UInt64 {
        guard let raw = raw(field, in: line) else { return 0 }
        guard let count = UInt64(String(decoding: raw, as: UTF8.self)) else {
            throw error(field, "must be a number from 0 to \(UInt64.max)")
        }
        return count
    }

    /// A number that fits the type.
    func number<Number: FixedWidthInteger>(
        _ field: FieldNumber, as type: Number.Type = Number.self
    ) throws(RecordLineError) -> Number? {
        guard let integer = integer(field) else { return nil }
        guard let number = Number(exactly: integer) else {
            throw error(field, "must be a number from \(Number.min) to \(Number.max)")
        }
        return number
    }

    /// One of the texts that there are; nil: the line does not have the field.
    func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ field: FieldNumber, _ line: Line
    ) throws(RecordLineError) -> Choice? {
        guard let text = text(field, in: line) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let all = Choice.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
            throw error(field, "must be one of \(all)")
        }
        return choice
    }

    /// A choice that an object must have.
    func needed<Choice: RawRepresentable<String> & CaseIterable>(
        _ field: FieldNumber, _ line: Line
    ) throws(RecordLineError) -> Choice {
        guard let choice: Choice = try choice(field, line) else { throw error(field, "is missing") }
        return choice
    }

    private func error(_ field: FieldNumber, _ reason: String) -> RecordLineError {
        RecordLineError(offset: isSeen(field) ? Int(place(field).start) : 0, reason: "`\(field.name)` \(reason)")
    }

    // MARK: parts

    func endpoint(
        _ address: FieldNumber, _ port: FieldNumber, _ node: FieldNumber, _ range: FieldNumber, _ line: Line
    ) throws(RecordLineError) -> Record.Endpoint {
        var endpoint = Record.Endpoint(address: text(address, line), port: try number(port))
        endpoint.node = text(node, line)
        endpoint.range = text(range, line)
        return endpoint
    }

    func workload(
        _ kind: FieldNumber, _ namespace: FieldNumber, _ name: FieldNumber, _ pod: FieldNumber, _ labels: FieldNumber,
        _ line: Line
    ) -> Record.Workload {
        Record.Workload(
            kind: text(kind, line), namespace: text(namespace, line), name: text(name, line), pod: text(pod, line),
            labels: texts(labels, in: line))
    }

    func principal(_ line: Line) -> Record.Principal? {
        guard hasObject("principal") else { return nil }
        return Record.Principal(
            kind: text(.principalKind, line), name: text(.principalName, line),
            namespace: text(.principalNamespace, line), owner: text(.principalOwner, line))
    }

    func http(_ line: Line) -> Record.HTTP? {
        guard hasObject("http") else { return nil }
        var http = Record.HTTP()
        http.method = bytes(.httpMethod, line)
        http.host = bytes(.httpHost, line)
        http.path = bytes(.httpPath, line)
        http.version = text(.httpVersion, line)
        http.userAgent = bytes(.httpUserAgent, line)
        return http
    }

    func tls(_ line: Line) -> Record.TLS? {
        guard hasObject("tls") else { return nil }
        return Record.TLS(version: text(.tlsVersion, line), serverName: bytes(.tlsServerName, line))
    }

    func traceContext(_ line: Line) -> Record.TraceContext? {
        guard hasObject("trace_context") else { return nil }
        return Record.TraceContext(
            traceID: text(.traceContextTraceID, line), spanID: text(.traceContextSpanID, line),
            parentSpanID: text(.traceContextParentSpanID, line))
    }

    func destination(_ line: Line) throws(RecordLineError) -> Record.Destination? {
        guard hasObject("destination") else { return nil }
        var destination = Record.Destination(
            service: text(.destinationService, line),
            endpoint: try endpoint(
                .destinationAddress, .destinationPort, .destinationNode, .destinationRange, line),
            attempts: try number(.destinationAttempts) ?? 0)
        if hasObject("destination.workload") {
            destination.workload = workload(
                .destinationWorkloadKind, .destinationWorkloadNamespace, .destinationWorkloadName,
                .destinationWorkloadPod, .destinationWorkloadLabels, line)
        }
        return destination
    }

    func ai(_ line: Line) -> Record.AI? {
        guard hasObject("ai") else { return nil }
        var ai = Record.AI()
        ai.server = text(.aiServer, line)
        ai.classes = texts(.aiClasses, in: line)
        ai.operation = text(.aiOperation, line)
        ai.model = bytes(.aiModel, line)
        ai.upstreamModel = text(.aiUpstreamModel, line)
        ai.isStreaming = isTrue(.aiStream)
        ai.mcpMethod = bytes(.aiMCPMethod, line)
        ai.tool = bytes(.aiTool, line)
        ai.cost = text(.aiCostUSD, line)
        if hasObject("ai.tokens") {
            ai.tokens = Record.Tokens(
                input: integer(.aiTokensInput) ?? 0, output: integer(.aiTokensOutput) ?? 0,
                cached: integer(.aiTokensCached) ?? 0, reasoning: integer(.aiTokensReasoning) ?? 0,
                isEstimate: isTrue(.aiTokensEstimate))
        }
        if hasObject("ai.budget") {
            ai.budget = Record.Budget(
                exhausted: text(.aiBudgetExhausted, line), counters: text(.aiBudgetCounters, line),
                staged: text(.aiBudgetStaged, line))
        }
        return ai
    }

    func connection(_ line: Line) throws(RecordLineError) -> Record.Connection? {
        guard hasObject("connection") else { return nil }
        var connection = Record.Connection(
            event: try needed(.connectionEvent, line), transport: text(.connectionTransport, line))
        if let type: UInt8 = try number(.connectionICMPType) {
            connection.icmp = Record.ICMP(type: type, code: try number(.connectionICMPCode) ?? 0)
        }
        connection.direction = try choice(.connectionDirection, line)
        if hasObject("connection.original") {
            connection.original = Record.Endpoint(
                address: text(.connectionOriginalAddress, line), port: try number(.connectionOriginalPort))
        }
        connection.inputInterface = text(.connectionInputInterface, line)
        connection.outputInterface = text(.connectionOutputInterface, line)
        connection.end = try choice(.connectionEnd, line)
        connection.repeats = try count(.connectionRepeats, line)
        connection.isDisagreement = isTrue(.connectionDisagreement)
        return connection
    }

    func staged(_ line: Line) throws(RecordLineError) -> Record.Staged? {
        guard hasObject("staged") else { return nil }
        return Record.Staged(
            policy: text(.stagedPolicy, line), rule: text(.stagedRule, line), verdict: try needed(.stagedVerdict, line),
            reason: text(.stagedReason, line))
    }

    func trace(_ line: Line) throws(RecordLineError) -> [Record.Step] {
        let (policies, rules) = (texts(.tracePolicy, in: line), texts(.traceRule, in: line))
        let (modes, results) = (texts(.traceMode, in: line), texts(.traceResult, in: line))
        let count = [policies.count, rules.count, modes.count, results.count].max() ?? 0
        var steps: [Record.Step] = []
        for place in 0..<count {
            let mode = modes.isEmpty ? "" : modes[place]
            guard mode == "enforced" || mode == "staged" else {
                throw error(.traceMode, "must be one of `enforced`, `staged`")
            }
            steps.append(
                Record.Step(
                    policy: policies.isEmpty ? "" : policies[place], rule: rules.isEmpty ? "" : rules[place],
                    isStaged: mode == "staged", result: results.isEmpty ? "" : results[place]))
        }
        return steps
    }

    func alarm(_ line: Line) throws(RecordLineError) -> Record.Alarm? {
        guard hasObject("alarm") else { return nil }
        return Record.Alarm(
            name: text(.alarmName, line), severity: try needed(.alarmSeverity, line),
            subject: text(.alarmSubject, line), evidence: text(.alarmEvidence, line), text: text(.alarmText, line))
    }
}
