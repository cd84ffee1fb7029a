/// One field of the encoded record.
public struct RecordField: Sendable, Hashable {
    /// What is in a field.
    public enum Kind: String, Sendable, Hashable {
        /// Text.
        case string
        /// A whole number.
        case integer
        /// `true`; absent where it would be false.
        case boolean
        /// Seconds, with six digits after the point.
        case seconds
    }

    /// Path in the JSON object; `[]` stands for each entry of an array.
    public var name: String
    /// What is in it.
    public var kind: Kind
    /// Where every record has it. Others are left out where there is nothing to say.
    public var alwaysAt: Set<Record.Point>
    /// The attribute of OpenTelemetry's semantic conventions that means the same; empty: none does.
    public var openTelemetry: String
    /// What it means.
    public var meaning: String

    init(
        _ name: String, _ kind: Kind, always: Set<Record.Point> = [], otel: String = "", _ meaning: String
    ) {
        self.name = name
        self.kind = kind
        self.alwaysAt = always
        self.openTelemetry = otel
        self.meaning = meaning
    }
}

extension Record {
    private static let everywhere = Set(Point.allCases)

    /// Every field that a record can have, in the order in which they are written.
    public static let fields: [RecordField] = decision + asked + ai + connected + measured + alarmed

    private static let decision: [RecordField] = [
        .init(
            "time", .string, always: everywhere,
            "When the request began; at a node, when it happened. RFC 3339 with microseconds, UTC."),
        .init(
            "id", .string, always: everywhere,
            "The request's id; the caller was told it as `x-request-id`. At a node the connection's: all of its "
                + "records have it."
        ),
        .init(
            "point", .string, always: everywhere,
            "Where it was decided: `gateway`, or `node`: in the kernel. `hub`: an alarm, which decides nothing."),
        .init(
            "verdict", .string, always: [.gateway],
            "`allowed` or `denied`. Absent: a node tells what it did not show, or an alarm."),
        .init(
            "reason", .string, always: everywhere, otel: "error.type",
            "`rule_matched`, or the name of the reason why it was denied or, once allowed, failed; of alarms `alarm`."),
        .init("explanation", .string, "The reason in words."),
        .init(
            "status", .integer, otel: "http.response.status_code",
            "Status that the caller got. Absent: the connection ended first."),
        .init("revision", .integer, always: everywhere, "Revision of the configuration that decided; 0 in an alarm."),
        .init("node", .string, always: [.node], otel: "k8s.node.name", "The node that decided."),
        .init("source.address", .string, always: [.gateway], otel: "client.address", "Address of the caller."),
        .init("source.port", .integer, always: [.gateway], otel: "client.port", "Port of the caller."),
        .init("source.node", .string, "The node whose address that is."),
        .init(
            "source.range", .string,
            "The well-known range that the address is in, where it is nobody's that is known."),
        .init("workload.kind", .string, "Kind of the workload whose pod the source is, such as `Deployment`."),
        .init("workload.namespace", .string, otel: "k8s.namespace.name", "Its namespace."),
        .init("workload.name", .string, "Its name."),
        .init("workload.pod", .string, otel: "k8s.pod.name", "Name of the pod."),
        .init(
            "workload.labels[]", .string,
            "Labels of the pod when it was decided, each `key=value`, in the order of the keys."),
        .init(
            "suspected_theft", .boolean,
            "`true`: a right key or token was used from where it is not bound. Absent otherwise."),
        .init(
            "principal.kind", .string,
            "What the caller is known by: `access_key`, `token`, `service_account` or `certificate`."),
        .init(
            "principal.name", .string,
            "Name of the `AccessKey` (of a refused one too, when it is known), subject of the token, name of the "
                + "service "
                + "account or of the certificate."),
        .init(
            "principal.namespace", .string,
            "Namespace of the `AccessKey`, of the `TokenIssuer` or of the service account."),
        .init(
            "principal.owner", .string,
            "`spec.owner` of the `AccessKey`; of a token the `TokenIssuer`, `namespace/name`."),
        .init("gateway", .string, "Gateway, `namespace/name`."),
        .init("listener", .string, "Name of the listener."),
        .init("route", .string, "Route, `Kind namespace/name`."),
        .init("route_rule", .string, "Name of the route's rule, or its number."),
        .init(
            "policy", .string,
            "The `AccessPolicy` in force, `namespace/name`; at a node the policy that decided, `Kind namespace/name`."),
        .init(
            "rule", .string,
            "The rule that allowed; of a denial the one that came nearest. At a node the rule that decided: its "
                + "name, or its place."
        ),
    ]

    private static let asked: [RecordField] = [
        .init("http.method", .string, otel: "http.request.method", "Method."),
        .init("http.host", .string, otel: "server.address", "Host that was asked for."),
        .init("http.path", .string, otel: "url.path", "Path, never the query."),
        .init("http.version", .string, otel: "network.protocol.version", "`1.0`, `1.1` or `2`."),
        .init("http.user_agent", .string, otel: "user_agent.original", "`User-Agent`."),
        .init("tls.version", .string, otel: "tls.protocol.version", "`1.2` or `1.3`. Absent: plain text."),
        .init("tls.server_name", .string, otel: "tls.client.server_name", "Name that the client asked for (SNI)."),
        .init(
            "trace_context.trace_id", .string,
            "The trace that the request is part of, as W3C Trace Context writes it: 32 hexadecimal digits."),
        .init("trace_context.span_id", .string, "The request's own span: 16 hexadecimal digits."),
        .init(
            "trace_context.parent_span_id", .string,
            "The caller's span, where he named one."),
        .init("destination.service", .string, "Service, `namespace/name`."),
        .init("destination.address", .string, otel: "destination.address", "Address of the endpoint."),
        .init("destination.port", .integer, otel: "destination.port", "Port of the endpoint."),
        .init("destination.attempts", .integer, "How often the request was sent; more than 1: it was tried again."),
        .init("destination.node", .string, "The node whose address that is."),
        .init(
            "destination.range", .string,
            "The well-known range that the address is in, where it is nobody's that is known, such as `cloud_metadata`."
        ),
        .init("destination.workload.kind", .string, "Kind of the workload whose pod the destination is."),
        .init("destination.workload.namespace", .string, "Its namespace."),
        .init("destination.workload.name", .string, "Its name."),
        .init("destination.workload.pod", .string, "Name of the pod."),
        .init(
            "destination.workload.labels[]", .string,
            "Labels of the pod when it was decided, each `key=value`, in the order of the keys."),
    ]

    private static let ai: [RecordField] = [
        .init("ai.server", .string, "Which server's table the request was read by, such as `ollama`."),
        .init("ai.classes[]", .string, "What the request would do: operation classes, and `ServerFetch`."),
        .init("ai.operation", .string, otel: "gen_ai.operation.name", "`chat`, `embeddings`, `execute_tool`, ..."),
        .init("ai.model", .string, otel: "gen_ai.request.model", "Model, as the caller named it."),
        .init("ai.upstream_model", .string, "Model that the backend was asked for, where a `ModelFilter` renamed it."),
        .init("ai.stream", .boolean, otel: "gen_ai.request.stream", "`true`: the answer was asked for as a stream."),
        .init("ai.mcp_method", .string, otel: "mcp.method.name", "Method of an MCP request."),
        .init("ai.tool", .string, otel: "gen_ai.tool.name", "Tool, prompt or resource that an MCP request named."),
        .init("ai.tokens.input", .integer, otel: "gen_ai.usage.input_tokens", "Tokens in, cached ones among them."),
        .init(
            "ai.tokens.output", .integer, otel: "gen_ai.usage.output_tokens",
            "Tokens out, those of reasoning among them."),
        .init(
            "ai.tokens.cached", .integer, otel: "gen_ai.usage.cache_read.input_tokens",
            "Tokens in that were read from a cache."),
        .init(
            "ai.tokens.reasoning", .integer, otel: "gen_ai.usage.reasoning.output_tokens",
            "Tokens out that were reasoning."),
        .init("ai.tokens.estimate", .boolean, "`true`: the server did not report them. Absent otherwise."),
        .init("ai.cost_usd", .string, "Dollars, an exact decimal. Absent: no `Provider` has a price for the model."),
        .init("ai.budget.exhausted", .string, "The `Budget` that had nothing left, `namespace/name`."),
        .init(
            "ai.budget.counters", .string,
            "Where spending was counted: `local`, `shared`, or `local_share` while the shared counters could not be "
                + "reached."),
        .init(
            "ai.budget.staged", .string,
            "A staged `Budget` that would have denied or cut the request, `namespace/name`."),
    ]

    private static let connected: [RecordField] = [
        .init("connection.event", .string, "What happened to it: `opened`, `denied`, `closed` or `cut`."),
        .init(
            "connection.transport", .string, otel: "network.transport",
            "`tcp`, `udp`, `sctp`, `icmp`, `icmpv6`, `udplite`, or the number of another protocol."),
        .init("connection.icmp_type", .integer, "Type of the ICMP message."),
        .init("connection.icmp_code", .integer, "Code of the ICMP message."),
        .init(
            "connection.direction", .string,
            "The side whose policies decided: `egress` of the source, `ingress` of the destination."),
        .init(
            "connection.original.address", .string, otel: "server.address",
            "Where the source sent it, such as the address of a Service, where that was translated."),
        .init("connection.original.port", .integer, otel: "server.port", "The port of that."),
        .init("connection.input_interface", .string, "The node's interface that it came in by."),
        .init("connection.output_interface", .string, "The node's interface that it left by."),
        .init(
            "connection.end", .string,
            "How it ended: `finished`, `reset`, `idle`, `unanswered`, or `removed` from the kernel's table."),
        .init(
            "connection.repeats", .integer, "Attempts like this one, since the last record, that have no record each."),
        .init(
            "connection.disagreement", .boolean,
            "`true`: the guest list says otherwise than the kernel did. Absent otherwise."),
    ]

    private static let measured: [RecordField] = [
        .init(
            "bytes.in", .integer, always: [.gateway], otel: "http.request.body.size",
            "Bytes of the request body; of a connection all that the source sent, with the headers of IP."),
        .init(
            "bytes.out", .integer, always: [.gateway], otel: "http.response.body.size",
            "Bytes of the response body; of a connection all that was answered, with the headers of IP."),
        .init("packets.in", .integer, "Packets that the source sent."),
        .init("packets.out", .integer, "Packets that were answered."),
        .init(
            "timing.duration", .seconds, always: [.gateway], otel: "http.server.request.duration",
            "From the first byte of the request to the end; how long a connection was open; the time that `hidden` "
                + "is about."
        ),
        .init("timing.first_byte", .seconds, "From the first byte of the request to that of the response."),
        .init("timing.upstream_connect", .seconds, "To get a connection to the upstream."),
        .init("timing.upstream_first_byte", .seconds, "From sending to the upstream to the first byte of its answer."),
        .init(
            "staged.policy", .string,
            "The staged `AccessPolicy` that would be in force, `namespace/name`; at a node the policy that would "
                + "decide."
        ),
        .init(
            "staged.rule", .string,
            "Its rule that would have allowed, or that came nearest; at a node that would decide."),
        .init("staged.verdict", .string, "What it would have decided: `allowed` or `denied`."),
        .init("staged.reason", .string, "Why: `rule_matched` or the name of a reason."),
        .init("trace[].policy", .string, "Policy whose rule was looked at."),
        .init("trace[].rule", .string, "The rule."),
        .init("trace[].mode", .string, "`enforced` or `staged`."),
        .init("trace[].result", .string, "What the rule said: `matched`, or which of its conditions did not hold."),
        .init(
            "hidden.repeats", .integer,
            "Denied packets that the kernel did not show, because it had shown ones like them."),
        .init("hidden.unseen", .integer, "Packets that the kernel did not show, because there were too many."),
        .init("hidden.lost", .integer, "Packets that the kernel showed and that were lost before they were read."),
        .init("hidden.overruns", .integer, "How often beginnings and ends of connections were lost."),
        .init("hidden.forgotten", .integer, "Open connections that were forgotten, because there were too many."),
        .init(
            "hidden.denied", .integer,
            "Denied packets that were read and left no record, because there were too many of their source."),
        .init("hidden.records", .integer, "Records that were dropped, because the disk was too slow."),
    ]

    private static let alarmed: [RecordField] = [
        .init("alarm.name", .string, always: [.hub], "Which alarm it is, such as `key_from_elsewhere`."),
        .init("alarm.severity", .string, always: [.hub], "`info`, `warning` or `critical`."),
        .init("alarm.subject", .string, "What it is about: a workload, a key, a budget, a listener."),
        .init("alarm.evidence", .string, "The `id` of the record that shows it."),
        .init("alarm.text", .string, always: [.hub], "What happened, in words."),
    ]
}
