/// One decision with what was measured, as a value. The gateway, which writes one for each request, and the node, which
/// writes some for each connection, write the members into a `RecordBatch` and make no value of them.
///
/// Two kinds of text are in it. `String`: our own words and names from the configuration. `[UInt8]`: bytes that came
/// from outside, exactly as they came; encoding makes them harmless. What a field means stands in `Record.fields`,
/// from which `docs/records.md` is made. There is no place for header values other than those named, for query
/// strings, bodies or credentials.
public struct Record: Sendable, Hashable {
    /// Microseconds since 1970 at which the request began; at a node, at which it happened.
    public var time: Int64
    /// The request's id, the same that the caller was told; at a node the connection's.
    public var id: String
    /// Where the decision was made.
    public var point: Point
    /// What was decided; nil: a node tells what it did not show, or the hub raises an alarm.
    public var verdict: Verdict?
    /// Stable name of the reason: `rule_matched`, or a name from the list of reasons.
    public var reason: String
    /// The reason in words; empty where the name says all.
    public var explanation: String
    /// HTTP status that the caller got; 0 when he got none.
    public var status: Int
    /// Revision of the configuration that decided.
    public var revision: UInt64
    /// The node that decided; empty: not at a node.
    public var node: String
    /// Who asked, as the network says it; nil: a node tells what it did not show.
    public var source: Endpoint?
    /// Who asked, as his credentials say it.
    public var principal: Principal?
    /// Whose pod the source is; nil: no pod that is known.
    public var workload: Workload?
    /// A right key or token was used from where it is not bound.
    public var isSuspectedTheft: Bool
    /// Where in the configuration the request came in and went.
    public var place: Place
    /// The policy in force, `namespace/name`; empty: none.
    public var policy: String
    /// The rule that allowed, or the one that came nearest; empty: none.
    public var rule: String
    /// The request.
    public var http: HTTP?
    /// How the connection was secured; nil: plain text.
    public var tls: TLS?
    /// The trace that the request is part of; nil: none.
    public var traceContext: TraceContext?
    /// Where the request was sent; nil: nowhere.
    public var destination: Destination?
    /// What an AI request asked for and cost; nil: nothing is known of the server.
    public var ai: AI?
    /// A connection that a node saw; nil: a request.
    public var connection: Connection?
    /// What passed; nil: it was not counted.
    public var bytes: Bytes?
    /// Packets that passed; nil: they were not counted.
    public var packets: Packets?
    /// Times that were measured; nil: none.
    public var timing: Timing?
    /// What a node did not show since it last said so.
    public var hidden: Hidden?
    /// What a staged policy would have decided.
    public var staged: Staged?
    /// The rules that were looked at, in order.
    public var trace: [Step]
    /// What the hub is alarmed about; nil: a record of a decision.
    public var alarm: Alarm?

    /// A record of a request with nothing measured yet.
    public init(time: Int64, id: String, verdict: Verdict, reason: String, source: Endpoint) {
        self.init(time: time, id: id, point: .gateway, reason: reason)
        self.verdict = verdict
        self.source = source
        bytes = Bytes(in: 0, out: 0)
        timing = Timing()
    }

    /// A record that says nothing yet but when, where and why.
    init(time: Int64, id: String, point: Point, reason: String) {
        self.time = time
        self.id = id
        self.point = point
        self.reason = reason
        node = ""
        explanation = ""
        status = 0
        revision = 0
        isSuspectedTheft = false
        place = Place()
        policy = ""
        rule = ""
        trace = []
    }

    /// The reason of every record of a request that a rule allowed and that did not fail later.
    public static let ruleMatched = "rule_matched"
}

extension Record {
    /// Where a decision is made.
    public enum Point: String, Sendable, Hashable, CaseIterable {
        /// The front door.
        case gateway
        /// The kernel of a node.
        case node
        /// The hub, which raises alarms and decides nothing.
        case hub
    }

    /// What was decided. A request that was allowed and then failed is `allowed`, with the reason of the failure.
    public enum Verdict: String, Sendable, Hashable, CaseIterable {
        /// It was let through.
        case allowed
        /// It was not.
        case denied
    }

    /// An address and a port.
    public struct Endpoint: Sendable, Hashable {
        /// Canonical text of the address.
        public var address: String
        /// Port; nil: the protocol has none.
        public var port: UInt16?
        /// The node that has the address; empty: none.
        public var node = ""
        /// The well-known range that it is in; empty: none.
        public var range = ""

        /// An address and a port.
        public init(address: String, port: UInt16?) {
            self.address = address
            self.port = port
        }
    }

    /// Who asked, once authenticated (or refused: the key that was shown, when it is known).
    public struct Principal: Sendable, Hashable {
        /// `access_key`, `token`, `service_account` or `certificate`.
        public var kind: String
        /// Name of the `AccessKey`, subject of the token, name of the service account or of the certificate.
        public var name: String
        /// Namespace of the `AccessKey`, of the `TokenIssuer` or of the service account; empty for certificates.
        public var namespace: String
        /// Whose key it is, or which issuer's token, `namespace/name`; empty: not said.
        public var owner: String

        /// A principal.
        public init(kind: String, name: String, namespace: String, owner: String) {
            self.kind = kind
            self.name = name
            self.namespace = namespace
            self.owner = owner
        }
    }

    /// Where in the configuration a request came in and went. Empty: it did not get that far.
    public struct Place: Sendable, Hashable {
        /// `namespace/name` of the Gateway.
        public var gateway = ""
        /// Name of the listener.
        public var listener = ""
        /// `Kind namespace/name` of the route.
        public var route = ""
        /// Name of the route's rule, or its number where it has no name.
        public var routeRule = ""

        /// Nowhere yet.
        public init() {}
    }

    /// What was asked. All of it comes from outside.
    public struct HTTP: Sendable, Hashable {
        /// Method.
        public var method: [UInt8] = []
        /// Host, from `Host` or `:authority`.
        public var host: [UInt8] = []
        /// Path. A query is cut off when it is encoded.
        public var path: [UInt8] = []
        /// `1.0`, `1.1` or `2`.
        public var version = ""
        /// `User-Agent`.
        public var userAgent: [UInt8] = []

        /// Nothing known yet.
        public init() {}
    }

    /// How a connection is secured.
    public struct TLS: Sendable, Hashable {
        /// `1.2` or `1.3`.
        public var version: String
        /// The name that the client asked for.
        public var serverName: [UInt8]

        /// A secured connection.
        public init(version: String, serverName: [UInt8]) {
            self.version = version
            self.serverName = serverName
        }
    }

    /// Where a request was sent.
    public struct Destination: Sendable, Hashable {
        /// `namespace/name` of the Service; empty: none.
        public var service: String
        /// The endpoint that was chosen last; an empty address: none was.
        public var endpoint: Endpoint
        /// How often it was sent; more than 1: it was tried again. 0: a connection, which is opened once.
        public var attempts: Int
        /// Whose pod the endpoint is; nil: no pod that is known, or not asked.
        public var workload: Workload?

        /// A destination.
        public init(service: String, endpoint: Endpoint, attempts: Int) {
            self.service = service
            self.endpoint = endpoint
            self.attempts = attempts
        }
    }

    /// Lengths of time in microseconds; nil: it did not come to that.
    public struct Timing: Sendable, Hashable {
        /// From the first byte of the request to the end of everything.
        public var duration: Int64 = 0
        /// From the first byte of the request to the first byte of the response.
        public var firstByte: Int64?
        /// To get a connection to the upstream; 0 when one was there.
        public var upstreamConnect: Int64?
        /// From sending to the upstream to the first byte that it answered.
        public var upstreamFirstByte: Int64?

        /// Nothing measured yet.
        public init() {}
    }

    /// What a staged policy would have decided.
    public struct Staged: Sendable, Hashable {
        /// `namespace/name` of the policy.
        public var policy: String
        /// The rule that would have allowed, or the one that came nearest; empty: none.
        public var rule: String
        /// What it would have decided.
        public var verdict: Verdict
        /// Stable name of the reason.
        public var reason: String

        /// What a staged policy would have decided.
        public init(policy: String, rule: String, verdict: Verdict, reason: String) {
            self.policy = policy
            self.rule = rule
            self.verdict = verdict
            self.reason = reason
        }
    }

    /// What one rule said.
    public struct Step: Sendable, Hashable {
        /// `namespace/name` of the policy.
        public var policy: String
        /// Name of the rule.
        public var rule: String
        /// True when the policy is only watched.
        public var isStaged: Bool
        /// Stable name of what it said, such as `matched` or `path_not_listed`.
        public var result: String

        /// What one rule said.
        public init(policy: String, rule: String, isStaged: Bool, result: String) {
            self.policy = policy
            self.rule = rule
            self.isStaged = isStaged
            self.result = result
        }
    }
}
