/// Writes records as lines of JSON.
public enum RecordEncoder {
    /// Text from outside is cut after this many bytes, and `…` put at its end.
    public static let longestText = 2048

    /// Appends the record as one JSON object on one line, with the line end.
    ///
    /// Whatever bytes are in the record, the line is valid UTF-8 and valid JSON, has no control character in it and no
    /// character that cannot be seen, and what looks like an access key is redacted.
    public static func append(_ record: borrowing Record, to line: inout [UInt8]) {
        var writer = LineWriter()
        decision(record, &writer)
        caller(record, &writer)
        place(record, &writer)
        if let http = record.http { request(http, &writer) }
        if let tls = record.tls { secured(tls, &writer) }
        if let destination = record.destination { sent(destination, &writer) }
        if let ai = record.ai { Self.ai(ai, &writer) }
        measured(record, &writer)
        if let staged = record.staged { watched(staged, &writer) }
        if !record.trace.isEmpty { trace(record.trace, &writer) }
        writer.closeObject()
        writer.byte(UInt8(ascii: "\n"))
        writer.append(to: &line)
    }

    private static func decision(_ record: borrowing Record, _ writer: inout LineWriter) {
        writer.raw("{\"time\":")
        writer.time(record.time)
        writer.raw(",\"id\":")
        writer.quoted(record.id)
        switch record.point {
        case .gateway: writer.raw(",\"point\":\"gateway\"")
        }
        writer.raw(",\"verdict\":")
        verdict(record.verdict, &writer)
        writer.raw(",\"reason\":")
        writer.quoted(record.reason)
        writer.raw(",")
        optional("\"explanation\":", record.explanation, &writer)
        if record.status > 0 {
            writer.raw("\"status\":")
            writer.number(Int64(record.status))
            writer.raw(",")
        }
        writer.raw("\"revision\":")
        writer.number(record.revision)
    }

    private static func caller(_ record: borrowing Record, _ writer: inout LineWriter) {
        writer.raw(",\"source\":{\"address\":")
        writer.quoted(record.source.address)
        writer.raw(",\"port\":")
        writer.number(UInt64(record.source.port))
        writer.raw("},")
        if let workload = record.workload { Self.workload(workload, &writer) }
        if record.isSuspectedTheft { writer.raw("\"suspected_theft\":true,") }
        guard let principal = record.principal else { return }
        writer.raw("\"principal\":{\"kind\":")
        writer.quoted(principal.kind)
        writer.raw(",\"name\":")
        writer.quoted(principal.name)
        writer.raw(",\"namespace\":")
        writer.quoted(principal.namespace)
        writer.raw(",")
        optional("\"owner\":", principal.owner, &writer)
        end(&writer)
    }

    private static func place(_ record: borrowing Record, _ writer: inout LineWriter) {
        optional("\"gateway\":", record.place.gateway, &writer)
        optional("\"listener\":", record.place.listener, &writer)
        optional("\"route\":", record.place.route, &writer)
        optional("\"route_rule\":", record.place.routeRule, &writer)
        optional("\"policy\":", record.policy, &writer)
        optional("\"rule\":", record.rule, &writer)
    }

    private static func request(_ http: Record.HTTP, _ writer: inout LineWriter) {
        writer.raw("\"http\":{\"method\":")
        outside(http.method, &writer)
        writer.raw(",\"host\":")
        outside(http.host, &writer)
        writer.raw(",\"path\":")
        path(http.path, &writer)
        writer.raw(",\"version\":")
        writer.quoted(http.version)
        writer.raw(",")
        if !http.userAgent.isEmpty {
            writer.raw("\"user_agent\":")
            outside(http.userAgent, &writer)
        }
        end(&writer)
    }

    private static func secured(_ tls: Record.TLS, _ writer: inout LineWriter) {
        writer.raw("\"tls\":{\"version\":")
        writer.quoted(tls.version)
        writer.raw(",")
        if !tls.serverName.isEmpty {
            writer.raw("\"server_name\":")
            outside(tls.serverName, &writer)
        }
        end(&writer)
    }

    private static func sent(_ destination: Record.Destination, _ writer: inout LineWriter) {
        writer.raw("\"destination\":{\"service\":")
        writer.quoted(destination.service)
        if !destination.endpoint.address.isEmpty {
            writer.raw(",\"address\":")
            writer.quoted(destination.endpoint.address)
            writer.raw(",\"port\":")
            writer.number(UInt64(destination.endpoint.port))
        }
        writer.raw(",\"attempts\":")
        writer.number(Int64(destination.attempts))
        writer.raw("},")
    }

    private static func measured(_ record: borrowing Record, _ writer: inout LineWriter) {
        writer.raw("\"bytes\":{\"in\":")
        writer.number(record.bytesIn)
        writer.raw(",\"out\":")
        writer.number(record.bytesOut)
        writer.raw("},\"timing\":{\"duration\":")
        writer.seconds(record.timing.duration)
        optional(",\"first_byte\":", record.timing.firstByte, &writer)
        optional(",\"upstream_connect\":", record.timing.upstreamConnect, &writer)
        optional(",\"upstream_first_byte\":", record.timing.upstreamFirstByte, &writer)
        writer.raw("},")
    }

    private static func watched(_ staged: Record.Staged, _ writer: inout LineWriter) {
        writer.raw("\"staged\":{\"policy\":")
        writer.quoted(staged.policy)
        writer.raw(",")
        optional("\"rule\":", staged.rule, &writer)
        writer.raw("\"verdict\":")
        verdict(staged.verdict, &writer)
        writer.raw(",\"reason\":")
        writer.quoted(staged.reason)
        writer.raw("},")
    }

    private static func trace(_ steps: [Record.Step], _ writer: inout LineWriter) {
        writer.raw("\"trace\":[")
        for (index, step) in steps.enumerated() {
            if index > 0 { writer.raw(",") }
            writer.raw("{\"policy\":")
            writer.quoted(step.policy)
            writer.raw(",\"rule\":")
            writer.quoted(step.rule)
            if step.isStaged { writer.raw(",\"mode\":\"staged\"") } else { writer.raw(",\"mode\":\"enforced\"") }
            writer.raw(",\"result\":")
            writer.quoted(step.result)
            writer.raw("}")
        }
        writer.raw("],")
    }

    // What more than one of the above needs.

    private static func verdict(_ verdict: Record.Verdict, _ writer: inout LineWriter) {
        switch verdict {
        case .allowed: writer.raw("\"allowed\"")
        case .denied: writer.raw("\"denied\"")
        }
    }

    /// A member and the comma after it; nothing for the empty text.
    static func optional(_ name: StaticString, _ text: String, _ writer: inout LineWriter) {
        guard !text.isEmpty else { return }
        writer.raw(name)
        writer.quoted(text)
        writer.raw(",")
    }

    private static func optional(_ name: StaticString, _ microseconds: Int64?, _ writer: inout LineWriter) {
        guard let microseconds else { return }
        writer.raw(name)
        writer.seconds(microseconds)
    }

    /// The end of an object whose last member may have left a comma, and the comma after it.
    static func end(_ writer: inout LineWriter) {
        writer.closeObject()
        writer.raw(",")
    }

    private static func path(_ text: [UInt8], _ writer: inout LineWriter) {
        text.withUnsafeBufferPointer { bytes in
            let query = bytes.firstIndex { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") } ?? bytes.count
            outside(UnsafeBufferPointer(rebasing: bytes[..<query]), &writer)
        }
    }

    static func outside(_ text: [UInt8], _ writer: inout LineWriter) {
        text.withUnsafeBufferPointer { outside($0, &writer) }
    }

    private static func outside(_ text: UnsafeBufferPointer<UInt8>, _ writer: inout LineWriter) {
        guard let redacted = TokenRedaction.redacted(text) else { return cut(text, &writer) }
        redacted.withUnsafeBufferPointer { cut($0, &writer) }
    }

    private static func cut(_ text: UnsafeBufferPointer<UInt8>, _ writer: inout LineWriter) {
        guard text.count > longestText else {
            writer.quoted(text)
            return
        }
        var end = longestText
        // Not in the middle of a character, whose bytes after the first all begin with the bits 10.
        while end > longestText - 4, text[end] & 0xc0 == 0x80 { end -= 1 }
        writer.quoted(UnsafeBufferPointer(rebasing: text[..<end]), isCut: true)
    }
}
