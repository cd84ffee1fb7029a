import Kubernetes

/// What one listener puts up with. Every limit can be set by an annotation of the Gateway,
/// `limits.sallyport.dev/NAME`; `Limits.settings` is the whole list.
struct Limits: Sendable, Hashable {
    /// Bytes of a request's head, names and values and line ends.
    var headerBytes = 64 * 1024
    /// Fields of a request's head.
    var headerCount = 100
    /// Bytes of the request target.
    var uriBytes = 8 * 1024
    /// Bytes of a request's body.
    var bodyBytes: UInt64 = 64 << 20
    /// Bytes of a request's body that has to be read before it is let through.
    var judgedBytes: UInt64 = 16 << 20
    /// Milliseconds a connection may be idle between requests.
    var idleTimeout: Int64 = 75_000
    /// Milliseconds from the first byte of a head to its last.
    var headerTimeout: Int64 = 10_000
    /// Milliseconds without a byte in either direction while a request runs.
    var streamIdleTimeout: Int64 = 300_000
    /// Milliseconds from the head to the end of the request's body.
    var requestTimeout: Int64 = 300_000
    /// Milliseconds to connect to a backend.
    var connectTimeout: Int64 = 5_000
    /// Connections of the listener's port, all event loops together.
    var connections = 20_000
    /// Concurrent HTTP/2 streams of one connection.
    var streams = 100
    /// HTTP/2 stream resets, by either side, that one connection may cause in 30 seconds.
    var resets = 200
    /// Requests that may wait for a connection to one endpoint, by event loop.
    var pendingRequests = 1_024
    /// Connections to one endpoint, by event loop.
    var upstreamConnections = 1_024
    /// Milliseconds a running request is given when the gateway stops.
    var drainTimeout: Int64 = 30_000
}

extension Limits {
    /// How one limit is written.
    struct Setting: Sendable {
        /// The annotation's name after `limits.sallyport.dev/`.
        var name: String
        /// What the values look like, for messages and the documentation.
        var unit: Unit
        /// What is allowed, in the unit's smallest step.
        var range: ClosedRange<Int64>
        /// Puts a value in.
        var set: @Sendable (inout Limits, Int64) -> Void
        /// Reads it out, for the documentation.
        var get: @Sendable (Limits) -> Int64
    }

    /// The three ways of writing a limit.
    enum Unit: String, Sendable {
        case bytes, count, duration
    }

    /// Every limit; adding one is one line here.
    static let settings: [Setting] = [
        bytes("header-bytes", 1_024...1_048_576, \.headerBytes),
        count("header-count", 10...1_000, \.headerCount),
        bytes("uri-bytes", 256...65_536, \.uriBytes),
        Setting(name: "body-bytes", unit: .bytes, range: 0...(1 << 40)) {
            $0.bodyBytes = UInt64($1)
        } get: {
            Int64($0.bodyBytes)
        },
        Setting(name: "judged-bytes", unit: .bytes, range: 1_024...(1 << 30)) {
            $0.judgedBytes = UInt64($1)
        } get: {
            Int64($0.judgedBytes)
        },
        duration("idle-timeout", 1_000...86_400_000, \.idleTimeout),
        duration("header-timeout", 1_000...600_000, \.headerTimeout),
        duration("stream-idle-timeout", 1_000...86_400_000, \.streamIdleTimeout),
        duration("request-timeout", 1_000...86_400_000, \.requestTimeout),
        duration("connect-timeout", 100...60_000, \.connectTimeout),
        count("connections", 1...1_000_000, \.connections),
        count("streams", 1...1_000, \.streams),
        count("resets", 1...100_000, \.resets),
        count("pending-requests", 0...100_000, \.pendingRequests),
        count("upstream-connections", 1...100_000, \.upstreamConnections),
        duration("drain-timeout", 0...3_600_000, \.drainTimeout),
    ]

    private typealias Field<Value> = any WritableKeyPath<Limits, Value> & Sendable

    private static func bytes(_ name: String, _ range: ClosedRange<Int64>, _ field: Field<Int>) -> Setting {
        Setting(name: name, unit: .bytes, range: range) {
            $0[keyPath: field] = Int($1)
        } get: {
            Int64($0[keyPath: field])
        }
    }

    private static func count(_ name: String, _ range: ClosedRange<Int64>, _ field: Field<Int>) -> Setting {
        Setting(name: name, unit: .count, range: range) {
            $0[keyPath: field] = Int($1)
        } get: {
            Int64($0[keyPath: field])
        }
    }

    private static func duration(_ name: String, _ range: ClosedRange<Int64>, _ field: Field<Int64>) -> Setting {
        Setting(name: name, unit: .duration, range: range) {
            $0[keyPath: field] = $1
        } get: {
            $0[keyPath: field]
        }
    }
}
