import Records

/// A record in words, a few for each thing that people ask first.
struct RecordWords {
    private let record: Record

    init(_ record: Record) { self.record = record }

    /// What stands in a column.
    func text(_ column: RecordColumns.Usual) -> String {
        switch column {
        case .time: time
        case .verdict: verdict
        case .from: from
        case .to: to
        case .what: what
        case .why: why
        case .size: size
        case .cost: record.ai.map { $0.cost.isEmpty ? "" : "$\($0.cost)" } ?? ""
        case .id: record.id
        }
    }

    /// `14:03:59.123`, UTC.
    var time: String {
        let milliseconds = max(0, record.time) / 1_000
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let seconds = milliseconds / 1_000
        let rest = String(milliseconds % 1_000 + 1_000).dropFirst()
        return "\(two(seconds / 3_600 % 24)):\(two(seconds / 60 % 60)):\(two(seconds % 60)).\(rest)"
    }

    private var verdict: String {
        if let alarm = record.alarm { return alarm.severity.rawValue }
        if let event = record.connection?.event, event != .opened { return event.rawValue }
        return record.verdict?.rawValue ?? "hidden"
    }

    /// Who: the principal, else the workload, else where the address is.
    var from: String {
        if let alarm = record.alarm { return alarm.subject }
        if let who = record.principal, !who.name.isEmpty {
            return who.namespace.isEmpty ? who.name : "\(who.namespace)/\(who.name)"
        }
        return Self.place(record.workload, record.source)
    }

    /// Whom: the Service, else the workload, else where the address is. What was denied got no further than the route, or the
    /// Gateway; what did not even get there asked for a host.
    var to: String {
        if let sent = record.destination {
            if !sent.service.isEmpty { return Self.port(sent.service, record.connection?.original ?? sent.endpoint) }
            return Self.port(Self.place(sent.workload, sent.endpoint), sent.endpoint)
        }
        if let route = record.place.route.split(separator: " ").last { return String(route) }
        if !record.place.gateway.isEmpty { return record.place.gateway }
        return record.http.map { Self.text($0.host) } ?? ""
    }

    /// What was asked: the model or tool, else method and path, else the protocol.
    var what: String {
        if let alarm = record.alarm { return alarm.name }
        if let ai = record.ai, !ai.operation.isEmpty {
            let named = ai.model.isEmpty ? ai.tool : ai.model
            return named.isEmpty ? ai.operation : "\(ai.operation) \(Self.text(named))"
        }
        if let http = record.http { return "\(Self.text(http.method)) \(Self.text(http.path))" }
        guard let connection = record.connection else { return "" }
        if let icmp = connection.icmp { return "\(connection.transport) \(icmp.type)/\(icmp.code)" }
        return connection.transport
    }

    /// Why: the rule that decided, else the reason.
    var why: String {
        if let alarm = record.alarm { return alarm.text }
        if record.verdict == .allowed, record.reason == Record.ruleMatched, !record.policy.isEmpty {
            return record.rule.isEmpty ? record.policy : "\(record.policy) \(record.rule)"
        }
        return record.policy.isEmpty || record.verdict == nil ? record.reason : "\(record.reason) (\(record.policy))"
    }

    private var size: String {
        if let tokens = record.ai?.tokens { return "\(tokens.input)+\(tokens.output) tok" }
        return record.bytes.map { "\($0.in)/\($0.out) B" } ?? ""
    }

    private static func place(_ workload: Record.Workload?, _ endpoint: Record.Endpoint?) -> String {
        if let workload { return "\(workload.namespace)/\(workload.name)" }
        guard let endpoint else { return "" }
        if !endpoint.node.isEmpty { return "node \(endpoint.node)" }
        let isNamed = !endpoint.range.isEmpty && endpoint.range != "public" && endpoint.range != "private"
        return isNamed ? "\(endpoint.address) (\(endpoint.range))" : endpoint.address
    }

    private static func port(_ name: String, _ endpoint: Record.Endpoint) -> String {
        endpoint.port.map { "\(name):\($0)" } ?? name
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
