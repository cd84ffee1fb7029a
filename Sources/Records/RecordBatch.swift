/// Lines of records, one after the other, written member by member into memory that is kept from record to record: a
/// record costs no allocation, and no value is made of it.
///
/// A record is `begin`, the members that it has, in the order of `Record.fields`, and `end`. Whatever bytes are in the
/// members, the line is valid UTF-8 and valid JSON, has no control character in it and no character that cannot be
/// seen, and what looks like an access key is redacted. Bytes that came from outside are given as bytes.
public struct RecordBatch: ~Copyable {
    var writer: LineWriter
    /// Lines so far.
    public private(set) var lineCount = 0

    /// No lines.
    ///
    /// - Parameter capacity: bytes that there is room for at first.
    public init(capacity: Int = 2_048) {
        writer = LineWriter(capacity: capacity)
    }

    /// Bytes so far.
    public var byteCount: Int { writer.count }

    /// Gives the lines out and forgets them.
    public mutating func take() -> [UInt8] {
        lineCount = 0
        return writer.take()
    }

    // MARK: the whole

    /// Begins a record: `time` to `revision`.
    ///
    /// - Parameters:
    ///   - time: microseconds since 1970.
    ///   - verdict: nil: a node tells what it did not show.
    ///   - status: 0: the caller got none.
    public mutating func begin(
        time: Int64, id: String, point: Record.Point, verdict: Record.Verdict?, reason: String, explanation: String,
        status: Int, revision: UInt64
    ) {
        writer.raw("{\"time\":")
        writer.time(time)
        writer.raw(",\"id\":")
        writer.quoted(id)
        begin(point, verdict, reason: reason, explanation: explanation, status: status, revision: revision)
    }

    /// What follows `id`, to `revision`.
    mutating func begin(
        _ point: Record.Point, _ verdict: Record.Verdict?, reason: String, explanation: String, status: Int,
        revision: UInt64
    ) {
        switch point {
        case .gateway: writer.raw(",\"point\":\"gateway\",")
        case .node: writer.raw(",\"point\":\"node\",")
        case .hub: writer.raw(",\"point\":\"hub\",")
        }
        if let verdict {
            writer.raw("\"verdict\":")
            writer.verdict(verdict)
            writer.raw(",")
        }
        writer.raw("\"reason\":")
        writer.quoted(reason)
        writer.raw(",")
        writer.optional("\"explanation\":", explanation)
        if status > 0 {
            writer.raw("\"status\":")
            writer.number(Int64(status))
            writer.raw(",")
        }
        writer.raw("\"revision\":")
        writer.number(revision)
        writer.raw(",")
    }

    /// Ends the record.
    public mutating func end() {
        writer.closeObject()
        writer.byte(UInt8(ascii: "\n"))
        lineCount += 1
    }

    /// Members that were encoded before.
    public mutating func part(_ part: RecordPart) {
        writer.encoded(part.bytes)
    }

    /// The same: one of many parts.
    public mutating func part(_ number: Int, of parts: RecordParts) {
        writer.encoded(parts.bytes, parts.range(number))
    }

    // MARK: who

    /// `source`.
    public mutating func source(address: String, port: UInt16) {
        writer.raw("\"source\":{\"address\":")
        writer.quoted(address)
        writer.raw(",\"port\":")
        writer.number(UInt64(port))
        writer.raw("},")
    }

    /// `workload`.
    ///
    /// - Parameter labels: of the pod, each `key=value`.
    public mutating func workload(kind: String, namespace: String, name: String, pod: String, labels: [String] = []) {
        writer.workload(kind: kind, namespace: namespace, name: name, pod: pod, labels: labels)
    }

    /// `suspected_theft`.
    public mutating func suspectedTheft() {
        writer.raw("\"suspected_theft\":true,")
    }

    /// `principal`.
    ///
    /// - Parameter owner: empty: not said.
    public mutating func principal(kind: String, name: String, namespace: String, owner: String) {
        writer.principal(kind: kind, name: name, namespace: namespace, owner: owner)
    }

    /// `policy` and `rule`; each empty where there is none.
    public mutating func policy(_ policy: String, rule: String) {
        writer.optional("\"policy\":", policy)
        writer.optional("\"rule\":", rule)
    }

    // MARK: what

    /// `http`. All but the version comes from outside.
    ///
    /// - Parameters:
    ///   - path: what follows `?` or `#` in it is left out.
    ///   - userAgent: empty: not said.
    public mutating func http(
        method: UnsafeRawBufferPointer, host: UnsafeRawBufferPointer, path: UnsafeRawBufferPointer, version: String,
        userAgent: UnsafeRawBufferPointer
    ) {
        writer.raw("\"http\":{\"method\":")
        writer.outside(method)
        writer.raw(",\"host\":")
        writer.outside(host)
        writer.raw(",\"path\":")
        let end = path.firstIndex { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") } ?? path.count
        writer.outside(UnsafeRawBufferPointer(rebasing: path[..<end]))
        writer.raw(",\"version\":")
        writer.quoted(version)
        writer.raw(",")
        writer.optional("\"user_agent\":", userAgent)
        writer.endMember()
    }

    /// `tls`.
    ///
    /// - Parameter serverName: from outside; empty: none was asked for.
    public mutating func tls(version: String, serverName: [UInt8]) {
        writer.raw("\"tls\":{\"version\":")
        writer.quoted(version)
        writer.raw(",")
        serverName.withUnsafeBytes { writer.optional("\"server_name\":", $0) }
        writer.endMember()
    }

    /// `trace_context`.
    ///
    /// - Parameter parent: the caller's span; empty: he named none.
    public mutating func traceContext(traceID: String, spanID: String, parent: String = "") {
        writer.raw("\"trace_context\":{\"trace_id\":")
        writer.quoted(traceID)
        writer.raw(",\"span_id\":")
        writer.quoted(spanID)
        writer.raw(",")
        writer.optional("\"parent_span_id\":", parent)
        writer.endMember()
    }

    /// `destination`.
    ///
    /// - Parameters:
    ///   - endpoint: nil: none was chosen.
    ///   - attempts: how often it was sent.
    public mutating func destination(_ service: RecordPart, _ endpoint: RecordPart?, attempts: Int) {
        part(service)
        if let endpoint { part(endpoint) }
        writer.raw("\"attempts\":")
        writer.number(Int64(attempts))
        writer.raw("},")
    }

    // MARK: how much, and why

    /// `bytes` and `timing`.
    public mutating func measured(bytesIn: Int64, bytesOut: Int64, _ timing: Record.Timing) {
        bytes(Record.Bytes(in: bytesIn, out: bytesOut))
        self.timing(timing)
    }

    /// `bytes`.
    public mutating func bytes(_ bytes: Record.Bytes) {
        writer.raw("\"bytes\":{\"in\":")
        writer.number(bytes.in)
        writer.raw(",\"out\":")
        writer.number(bytes.out)
        writer.raw("},")
    }

    /// `timing`.
    public mutating func timing(_ timing: Record.Timing) {
        writer.raw("\"timing\":{\"duration\":")
        writer.seconds(timing.duration)
        writer.optional(",\"first_byte\":", timing.firstByte)
        writer.optional(",\"upstream_connect\":", timing.upstreamConnect)
        writer.optional(",\"upstream_first_byte\":", timing.upstreamFirstByte)
        writer.raw("},")
    }

    /// `staged`.
    ///
    /// - Parameter rule: empty: none.
    public mutating func staged(policy: String, rule: String, verdict: Record.Verdict, reason: String) {
        writer.staged(policy, rule, verdict, reason)
    }

    /// Begins `trace`, of at least one step; ends with `endTrace`.
    public mutating func beginTrace() {
        writer.raw("\"trace\":[")
    }

    /// One step of the trace.
    public mutating func step(policy: String, rule: String, isStaged: Bool, result: String) {
        writer.step(policy: policy, rule: rule, isStaged: isStaged)
        writer.quoted(result)
        writer.raw("},")
    }

    /// One step of the trace, whose policy and rule were encoded before.
    public mutating func step(_ step: RecordPart, result: String) {
        part(step)
        writer.quoted(result)
        writer.raw("},")
    }

    /// Ends the trace.
    public mutating func endTrace() {
        writer.closeArray()
        writer.raw(",")
    }
}
