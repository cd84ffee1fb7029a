// What passed, and where it was seen.

extension FlowFilterReader {
    // MARK: nodes

    mutating func placed(_ filter: Flow_FlowFilter) throws(FlowFilterError) {
        try any("node_name", filter.nodeName) { text throws(PatternError) in
            try NodePattern(text)
        } fits: { pattern, flow in
            pattern.matches(flow.nodeName)
        }
        try labels("node_labels", filter.nodeLabels) { $0.nodeLabels }
        guard !filter.interface.isEmpty else { return }
        let wanted = filter.interface
        add { flow in
            flow.hasInterface
                && wanted.contains {
                    ($0.index == 0 || $0.index == flow.interface.index)
                        && ($0.name.isEmpty || $0.name == flow.interface.name)
                }
        }
    }

    // MARK: protocols and ports

    mutating func transported(_ filter: Flow_FlowFilter) throws(FlowFilterError) {
        try any("protocol", filter.protocol) { text throws(PatternError) in
            guard let found = FlowProtocol(rawValue: text.lowercased()) else {
                throw PatternError(description: "\(text) is no protocol that is known")
            }
            return found
        } fits: { wanted, flow in
            wanted.fits(flow)
        }
        try ports("source_port", filter.sourcePort) { $0.source }
        try ports("destination_port", filter.destinationPort) { $0.destination }
        oneOf(filter.ipVersion) { $0.ip.ipVersion }
        guard !filter.tcpFlags.isEmpty else { return }
        let wanted = filter.tcpFlags
        add { flow in
            guard case .tcp(let tcp) = flow.l4.protocol, tcp.hasFlags else { return false }
            return wanted.contains { $0.isSubset(of: tcp.flags) }
        }
    }

    private mutating func ports(
        _ field: String, _ values: [String],
        of end: @escaping @Sendable ((source: UInt32, destination: UInt32)) -> UInt32
    ) throws(FlowFilterError) {
        try any(field, values) { text throws(PatternError) in
            guard let port = UInt16(text) else { throw PatternError(description: "\(text) is no port") }
            return UInt32(port)
        } fits: { port, flow in
            flow.l4.ports.map(end) == port
        }
    }

    // MARK: requests

    mutating func asked(_ filter: Flow_FlowFilter) throws(FlowFilterError) {
        try requests(filter)
        try any("dns_query", filter.dnsQuery) { text throws(PatternError) in
            try LinearPattern(text)
        } fits: { pattern, flow in
            flow.l7.dns.query.isEmpty ? false : pattern.isFound(in: flow.l7.dns.query)
        }
    }

    private mutating func requests(_ filter: Flow_FlowFilter) throws(FlowFilterError) {
        for (field, isAsked) in [
            ("http_status_code", !filter.httpStatusCode.isEmpty), ("http_method", !filter.httpMethod.isEmpty),
            ("http_path", !filter.httpPath.isEmpty), ("http_url", !filter.httpURL.isEmpty),
            ("http_header", !filter.httpHeader.isEmpty),
        ] where isAsked && !filter.eventType.isEmpty {
            guard filter.eventType.contains(where: { $0.type == FlowEventType.accessLog }) else {
                throw FlowFilterError(field: field, problem: "events are filtered by type, and l7 is not among them")
            }
        }
        try any("http_status_code", filter.httpStatusCode) { text throws(PatternError) in
            try StatusPattern(text)
        } fits: { pattern, flow in
            pattern.matches(flow.request?.code ?? 0)
        }
        if !filter.httpMethod.isEmpty {
            let methods = Set(filter.httpMethod.map { $0.lowercased() })
            add { $0.request.map { methods.contains($0.method.lowercased()) } ?? false }
        }
        try any("http_path", filter.httpPath) { text throws(PatternError) in
            try LinearPattern(text)
        } fits: { pattern, flow in
            flow.request.map { pattern.isFound(in: $0.path) } ?? false
        }
        try any("http_url", filter.httpURL) { text throws(PatternError) in
            try LinearPattern(text)
        } fits: { pattern, flow in
            flow.request.map { pattern.isFound(in: $0.url) } ?? false
        }
        guard !filter.httpHeader.isEmpty else { return }
        let headers = filter.httpHeader
        add { flow in
            flow.request?.headers.contains { own in
                headers.contains { $0.key.lowercased() == own.key.lowercased() && $0.value == own.value }
            } ?? false
        }
    }
}

/// Protocols by the names that filters have for them.
enum FlowProtocol: String, Sendable {
    case icmp, icmpv4, icmpv6, tcp, udp, sctp, vrrp, igmp, dns, http, kafka

    func fits(_ flow: Flow_Flow) -> Bool {
        switch (self, flow.l4.protocol) {
        case (.icmp, .icmpv4), (.icmp, .icmpv6), (.icmpv4, .icmpv4), (.icmpv6, .icmpv6), (.tcp, .tcp), (.udp, .udp),
            (.sctp, .sctp):
            true
        case (.dns, _): flow.l7.record.map { if case .dns = $0 { true } else { false } } ?? false
        case (.http, _): flow.request != nil
        default: false
        }
    }
}

/// `404`, `4+` or `40+`.
struct StatusPattern: Sendable, Hashable {
    private let digits: String
    private let isWhole: Bool

    init(_ text: String) throws(PatternError) {
        let number = text.hasSuffix("+") ? text.dropLast() : text[...]
        isWhole = !text.hasSuffix("+")
        let isNumber = number.utf8.allSatisfy { (48...57).contains($0) } && ("1"..."5").contains(number.first ?? "0")
        guard isNumber, isWhole ? number.count == 3 : (1...2).contains(number.count) else {
            throw PatternError(description: "expected a status such as 404, 40+ or 4+, not \(text)")
        }
        digits = String(number)
    }

    func matches(_ code: UInt32) -> Bool {
        guard code > 0 else { return false }
        return isWhole ? "\(code)" == digits : "\(code)".hasPrefix(digits)
    }
}

extension Flow_Flow {
    /// The request; nil: there is none.
    var request: Flow_HTTP? {
        guard case .http(let http) = l7.record else { return nil }
        return http
    }
}

extension Flow_HTTP {
    /// The path in the URL.
    var path: Substring {
        var rest = url[...]
        if let scheme = rest.firstRange(of: "://") {
            rest = rest[scheme.upperBound...]
            guard let slash = rest.firstIndex(of: "/") else { return "" }
            rest = rest[slash...]
        }
        return rest.prefix { $0 != "?" && $0 != "#" }
    }
}

extension Flow_Layer4 {
    /// Ports, of protocols that have them.
    var ports: (source: UInt32, destination: UInt32)? {
        switch self.protocol {
        case .tcp(let tcp): (tcp.sourcePort, tcp.destinationPort)
        case .udp(let udp): (udp.sourcePort, udp.destinationPort)
        case .sctp(let sctp): (sctp.sourcePort, sctp.destinationPort)
        default: nil
        }
    }
}

extension Flow_TCPFlags {
    /// True when the other has all of these.
    func isSubset(of other: Flow_TCPFlags) -> Bool {
        let pairs = [
            (fin, other.fin), (syn, other.syn), (rst, other.rst), (psh, other.psh), (ack, other.ack), (urg, other.urg),
            (ece, other.ece), (cwr, other.cwr), (ns, other.ns),
        ]
        return pairs.allSatisfy { !$0.0 || $0.1 }
    }
}
