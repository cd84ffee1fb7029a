extension Record {
    /// Reads what `RecordEncoder` wrote. Members that the schema does not have are left out; values that it does not
    /// have, such as another verdict, are refused.
    public init(line: UnsafeRawBufferPointer) throws(RecordLineError) {
        var scanner = RecordScanner()
        try scanner.scan(line)
        self = try Record(scanner, in: line)
    }

    /// Reads what `RecordEncoder` wrote.
    public init(line: [UInt8]) throws(RecordLineError) {
        let read = line.withUnsafeBytes { line in
            Result<Record, RecordLineError> { () throws(RecordLineError) in try Record(line: line) }
        }
        self = try read.get()
    }

    /// The record of a line that was scanned.
    public init(_ scanner: borrowing RecordScanner, in line: UnsafeRawBufferPointer) throws(RecordLineError) {
        self.init(
            time: scanner.time, id: scanner.text(.id, line), point: try scanner.choice(.point, line) ?? .gateway,
            reason: scanner.text(.reason, line))
        verdict = try scanner.choice(.verdict, line)
        explanation = scanner.text(.explanation, line)
        status = Int(scanner.integer(.status) ?? 0)
        revision = try scanner.count(.revision, line)
        node = scanner.text(.node, line)
        isSuspectedTheft = scanner.isTrue(.suspectedTheft)
        place.gateway = scanner.text(.gateway, line)
        place.listener = scanner.text(.listener, line)
        place.route = scanner.text(.route, line)
        place.routeRule = scanner.text(.routeRule, line)
        policy = scanner.text(.policy, line)
        rule = scanner.text(.rule, line)
        if scanner.hasObject("source") {
            source = try scanner.endpoint(.sourceAddress, .sourcePort, .sourceNode, .sourceRange, line)
        }
        if scanner.hasObject("workload") {
            workload = scanner.workload(
                .workloadKind, .workloadNamespace, .workloadName, .workloadPod, .workloadLabels, line)
        }
        principal = scanner.principal(line)
        http = scanner.http(line)
        tls = scanner.tls(line)
        traceContext = scanner.traceContext(line)
        destination = try scanner.destination(line)
        ai = scanner.ai(line)
        connection = try scanner.connection(line)
        try measured(scanner, line)
        staged = try scanner.staged(line)
        trace = try scanner.trace(line)
        alarm = try scanner.alarm(line)
    }

    private mutating func measured(
        _ scanner: borrowing RecordScanner, _ line: UnsafeRawBufferPointer
    ) throws(RecordLineError) {
        if scanner.hasObject("bytes") {
            bytes = Bytes(in: scanner.integer(.bytesIn) ?? 0, out: scanner.integer(.bytesOut) ?? 0)
        }
        if scanner.hasObject("packets") {
            packets = Packets(in: try scanner.count(.packetsIn, line), out: try scanner.count(.packetsOut, line))
        }
        if scanner.hasObject("timing") {
            var timing = Timing()
            timing.duration = scanner.integer(.timingDuration) ?? 0
            timing.firstByte = scanner.microseconds(.timingFirstByte)
            timing.upstreamConnect = scanner.microseconds(.timingUpstreamConnect)
            timing.upstreamFirstByte = scanner.microseconds(.timingUpstreamFirstByte)
            self.timing = timing
        }
        guard scanner.hasObject("hidden") else { return }
        var hidden = Hidden()
        hidden.repeats = try scanner.count(.hiddenRepeats, line)
        hidden.unseen = try scanner.count(.hiddenUnseen, line)
        hidden.lost = try scanner.count(.hiddenLost, line)
        hidden.overruns = try scanner.count(.hiddenOverruns, line)
        hidden.forgotten = try scanner.count(.hiddenForgotten, line)
        hidden.denied = try scanner.count(.hiddenDenied, line)
        hidden.records = try scanner.count(.hiddenRecords, line)
        self.hidden = hidden
    }
}
