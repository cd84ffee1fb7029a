import Records

/// The one line that `hubble observe` prints at the end.
enum FlowSummary {
    static func text(_ record: Record) -> String {
        if let connection = record.connection { return text(connection) }
        guard let request = record.http else { return record.explanation }
        var line = "HTTP/\(request.version) "
        if record.status > 0 {
            line += "\(record.status) \(milliseconds(record.timing?.duration ?? 0)) (\(asked(record, request)))"
        } else {
            line += asked(record, request)
        }
        if record.verdict == .denied || record.reason != Record.ruleMatched { line += " " + record.reason }
        return line
    }

    private static func text(_ connection: Record.Connection) -> String {
        let detail: String
        switch connection.transport {
        case "tcp": detail = flags(Flow_TCPFlags(connection))
        case "icmp": detail = "ICMPv4" + code(connection.icmp)
        case "icmpv6": detail = "ICMPv6" + code(connection.icmp)
        default: detail = connection.transport.uppercased()
        }
        var line = detail
        if connection.event == .cut { line += ", cut" }
        if connection.repeats > 0 { line += ", \(connection.repeats) more like it" }
        if connection.isDisagreement { line += ", the guest list says otherwise" }
        return line
    }

    private static func flags(_ flags: Flow_TCPFlags) -> String {
        var names: [String] = []
        if flags.syn { names.append("SYN") }
        if flags.ack { names.append("ACK") }
        if flags.fin { names.append("FIN") }
        if flags.rst { names.append("RST") }
        return names.isEmpty ? "TCP" : "TCP Flags: " + names.joined(separator: ", ")
    }

    private static func code(_ icmp: Record.ICMP?) -> String {
        icmp.map { " type \($0.type) code \($0.code)" } ?? ""
    }

    private static func asked(_ record: Record, _ request: Record.HTTP) -> String {
        var words = [request.method.text, Flow_HTTP(request, status: 0, isSecure: record.tls != nil).url]
        if let ai = record.ai {
            if !ai.model.isEmpty { words.append("model=" + ai.model.text) }
            if !ai.tool.isEmpty { words.append("tool=" + ai.tool.text) }
        }
        return words.joined(separator: " ")
    }

    private static func milliseconds(_ microseconds: Int64) -> String { "\(max(0, microseconds) / 1000)ms" }
}
