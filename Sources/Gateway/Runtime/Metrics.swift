import Access

/// Why a connection is closed before anything has been read from it.
enum ConnectionRefusal: String, Error, CaseIterable {
    /// As many are open as the Gateway's limits allow.
    case tooMany = "too_many"
    /// No listener of the objects in force has this port.
    case notServed = "not_served"
    /// The server ends.
    case draining
    /// The kernel does not say whose it is: it was gone before it was taken.
    case noPeer = "no_peer"
}

/// What one event loop counts. Plain numbers: the loop alone writes them, and a scrape asks the loop for a copy.
struct Metrics: Sendable {
    /// Requests by method, status and version, with how long they took.
    var durations: [RequestLabels: Histogram] = [:]
    /// Requests that passed and came to a good end.
    var allowed: UInt64 = 0
    /// Requests that were refused or failed, by reason.
    var reasons: [Reason: UInt64] = [:]
    var activeRequests = 0
    var connections = 0
    var connectionsTotal: UInt64 = 0
    /// Connections that were closed before anything was read, by why.
    var refusedConnections: [ConnectionRefusal: UInt64] = [:]
    var tlsHandshakeFailures: UInt64 = 0
    var requestBytes: UInt64 = 0
    var responseBytes: UInt64 = 0
    var upstreamConnections = 0
    var upstreamConnectionsTotal: UInt64 = 0
    var upstreamFailures: [String: UInt64] = [:]
    var upstreamRetries: UInt64 = 0
    var ejections: UInt64 = 0
    var mirrorsDropped: UInt64 = 0

    /// What a request's duration is counted under: bounded sets only.
    struct RequestLabels: Hashable, Sendable {
        var method: Method
        var status: UInt16
        var version: HTTPVersion
    }

    /// Adds what another loop counted.
    mutating func add(_ other: Metrics) {
        durations.merge(other.durations) { $0.adding($1) }
        reasons.merge(other.reasons, uniquingKeysWith: +)
        refusedConnections.merge(other.refusedConnections, uniquingKeysWith: +)
        upstreamFailures.merge(other.upstreamFailures, uniquingKeysWith: +)
        for field in Self.sums { self[keyPath: field] += other[keyPath: field] }
        for field in Self.gauges { self[keyPath: field] += other[keyPath: field] }
    }

    private static var sums: [WritableKeyPath<Metrics, UInt64>] {
        [
            \.allowed, \.connectionsTotal, \.tlsHandshakeFailures, \.requestBytes, \.responseBytes,
            \.upstreamConnectionsTotal, \.upstreamRetries, \.ejections, \.mirrorsDropped,
        ]
    }

    private static var gauges: [WritableKeyPath<Metrics, Int>] {
        [\.activeRequests, \.connections, \.upstreamConnections]
    }
}

/// Counts by upper bound, the buckets that OpenTelemetry advises for HTTP durations.
struct Histogram: Sendable {
    /// Upper bounds in nanoseconds; the last bucket has none.
    static let bounds: [UInt64] = [
        5_000_000, 10_000_000, 25_000_000, 50_000_000, 75_000_000, 100_000_000, 250_000_000, 500_000_000, 750_000_000,
        1_000_000_000, 2_500_000_000, 5_000_000_000, 7_500_000_000, 10_000_000_000,
    ]
    /// The same in seconds, as they are shown.
    static let labels = [
        "0.005", "0.01", "0.025", "0.05", "0.075", "0.1", "0.25", "0.5", "0.75", "1", "2.5", "5", "7.5", "10", "+Inf",
    ]

    private(set) var counts = [UInt64](repeating: 0, count: bounds.count + 1)
    private(set) var sum: UInt64 = 0

    /// Counts one value, in nanoseconds.
    mutating func observe(_ nanoseconds: UInt64) {
        var index = 0
        while index < Self.bounds.count, nanoseconds > Self.bounds[index] { index += 1 }
        counts[index] += 1
        sum &+= nanoseconds
    }

    /// Both together.
    func adding(_ other: Histogram) -> Histogram {
        var result = self
        for index in counts.indices { result.counts[index] += other.counts[index] }
        result.sum &+= other.sum
        return result
    }
}

/// Prometheus' text format.
struct Exposition {
    /// What has been written.
    private(set) var text = ""

    /// Starts a family: `HELP` and `TYPE`.
    mutating func family(_ name: String, _ type: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    /// One sample.
    mutating func sample(_ name: String, _ labels: [(String, String)] = [], _ value: some CustomStringConvertible) {
        let inner = labels.map { "\($0.0)=\"\(Self.escape($0.1))\"" }.joined(separator: ",")
        text += inner.isEmpty ? "\(name) \(value)\n" : "\(name){\(inner)} \(value)\n"
    }

    /// A family of one sample without labels.
    mutating func single(_ name: String, _ type: String, _ help: String, _ value: some CustomStringConvertible) {
        family(name, type, help)
        sample(name, value)
    }

    private mutating func sample(_ name: String, _ value: some CustomStringConvertible) { sample(name, [], value) }

    private static func escape(_ value: String) -> String {
        var result = ""
        for character in value.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}

extension Metrics {
    /// Everything in Prometheus' text format, in a stable order.
    func write(into page: inout Exposition) {
        let duration = "http_server_request_duration_seconds"
        page.family(duration, "histogram", "Duration of requests from callers.")
        for (labels, histogram) in durations.sorted(by: { "\($0.key)" < "\($1.key)" }) {
            Self.write(labels, histogram, name: duration, into: &page)
        }
        page.family("sallyport_decisions_total", "counter", "Decisions by reason; allowed for those that passed.")
        page.sample("sallyport_decisions_total", [("reason", "allowed")], allowed)
        for (reason, count) in reasons.map({ ($0.key.name, $0.value) }).sorted(by: { $0.0 < $1.0 }) {
            page.sample("sallyport_decisions_total", [("reason", reason)], count)
        }
        page.family("sallyport_upstream_failures_total", "counter", "Attempts at backends that failed, by kind.")
        for (kind, count) in upstreamFailures.sorted(by: { $0.key < $1.key }) {
            page.sample("sallyport_upstream_failures_total", [("kind", kind)], count)
        }
        page.family(
            "sallyport_refused_connections_total", "counter", "Connections closed before anything was read, by why.")
        for refusal in ConnectionRefusal.allCases {
            page.sample(
                "sallyport_refused_connections_total", [("reason", refusal.rawValue)], refusedConnections[refusal] ?? 0)
        }
        for (name, type, help, value) in singles { page.single(name, type, help, value) }
    }

    private var singles: [(String, String, String, String)] {
        [
            ("http_server_active_requests", "gauge", "Requests that run now.", "\(activeRequests)"),
            ("sallyport_connections", "gauge", "Open connections of callers.", "\(connections)"),
            ("sallyport_connections_total", "counter", "Connections of callers.", "\(connectionsTotal)"),
            (
                "sallyport_tls_handshake_failures_total", "counter", "TLS handshakes that failed.",
                "\(tlsHandshakeFailures)"
            ),
            ("sallyport_request_bytes_total", "counter", "Body bytes from callers.", "\(requestBytes)"),
            ("sallyport_response_bytes_total", "counter", "Body bytes to callers.", "\(responseBytes)"),
            ("sallyport_upstream_connections", "gauge", "Open connections to backends.", "\(upstreamConnections)"),
            (
                "sallyport_upstream_connections_total", "counter", "Connections made to backends.",
                "\(upstreamConnectionsTotal)"
            ),
            ("sallyport_upstream_retries_total", "counter", "Requests sent again.", "\(upstreamRetries)"),
            ("sallyport_ejections_total", "counter", "Endpoints taken out after failures.", "\(ejections)"),
            (
                "sallyport_mirrors_dropped_total", "counter", "Mirrored requests dropped: the mirror was too slow.",
                "\(mirrorsDropped)"
            ),
        ]
    }

    private static func write(
        _ labels: RequestLabels, _ histogram: Histogram, name: String, into page: inout Exposition
    ) {
        let common = [
            ("http_request_method", labels.method.label), ("http_response_status_code", "\(labels.status)"),
            ("network_protocol_version", labels.version.label),
        ]
        var total: UInt64 = 0
        for (bound, count) in zip(Histogram.labels, histogram.counts) {
            total += count
            page.sample("\(name)_bucket", common + [("le", bound)], total)
        }
        page.sample("\(name)_sum", common, Double(histogram.sum) / 1e9)
        page.sample("\(name)_count", common, total)
    }
}
