/// A short name in filters.
public struct FilterAlias: Sendable, Hashable {
    /// The name.
    public let name: String
    /// What it asks about, for who reads the documentation.
    public let meaning: String
    let subject: FilterSubject

    private init(
        _ name: String, _ sources: [FilterSubject.Source], condition: FilterSubject.Condition? = nil, _ meaning: String
    ) {
        self.name = name
        self.meaning = meaning
        subject = FilterSubject(name: name, kind: .text, sources: sources, condition: condition)
    }

    private init(
        _ name: String, _ kind: FilterSubject.Kind, _ sources: [FilterSubject.Source], _ meaning: String
    ) {
        self.name = name
        self.meaning = meaning
        subject = FilterSubject(name: name, kind: kind, sources: sources)
    }

    /// What can be compared with it, such as `text` or `address`.
    public var kind: String { FilterSubject.kindInWords(name) ?? "" }

    /// All short names but `label.KEY`, `workload.label.KEY` and `destination.label.KEY`.
    public static let all: [FilterAlias] = [
        .init(
            "namespace",
            [.field(.workloadNamespace), .field(.destinationWorkloadNamespace), .namespace(.destinationService)],
            "`workload.namespace`, `destination.workload.namespace`, and the namespace of `destination.service`"),
        .init(
            "workload", [.field(.workloadName), .field(.destinationWorkloadName)],
            "`workload.name` and `destination.workload.name`"),
        .init(
            "pod", [.field(.workloadPod), .field(.destinationWorkloadPod)],
            "`workload.pod` and `destination.workload.pod`"),
        .init(
            "address", .address,
            [.field(.sourceAddress), .field(.destinationAddress), .field(.connectionOriginalAddress)],
            "`source.address`, `destination.address` and `connection.original.address`"),
        .init(
            "port", .integer, [.field(.destinationPort), .field(.connectionOriginalPort)],
            "`destination.port` and `connection.original.port`"),
        .init("service", [.field(.destinationService)], "`destination.service`"),
        .init("transport", [.field(.connectionTransport)], "`connection.transport`"),
        .init("event", [.field(.connectionEvent)], "`connection.event`"),
        .init(
            "principal", [.field(.principalName)], "`principal.name`"),
        .init(
            "key", [.field(.principalName)], condition: .init(field: .principalKind, text: "access_key"),
            "`principal.name` where `principal.kind` is `access_key`"),
        .init("owner", [.field(.principalOwner)], "`principal.owner`"),
        .init("model", [.field(.aiModel), .field(.aiUpstreamModel)], "`ai.model` and `ai.upstream_model`"),
        .init("tool", [.field(.aiTool)], "`ai.tool`"),
        .init("class", [.field(.aiClasses)], "`ai.classes[]`"),
        .init("operation", [.field(.aiOperation)], "`ai.operation`"),
        .init("server", [.field(.aiServer)], "`ai.server`"),
        .init("cost", .cost, [.field(.aiCostUSD)], "`ai.cost_usd`"),
        .init(
            "tokens", .integer, [.sum([.aiTokensInput, .aiTokensOutput])],
            "`ai.tokens.input` and `ai.tokens.output` together"),
        .init(
            "budget", [.field(.aiBudgetExhausted), .field(.aiBudgetStaged)],
            "`ai.budget.exhausted` and `ai.budget.staged`"),
        .init("method", [.field(.httpMethod)], "`http.method`"),
        .init("host", [.field(.httpHost)], "`http.host`"),
        .init("path", [.field(.httpPath)], "`http.path`"),
        .init("duration", .duration, [.field(.timingDuration)], "`timing.duration`"),
        .init("first_byte", .duration, [.field(.timingFirstByte)], "`timing.first_byte`"),
        .init("bytes", .integer, [.sum([.bytesIn, .bytesOut])], "`bytes.in` and `bytes.out` together"),
        .init("packets", .integer, [.sum([.packetsIn, .packetsOut])], "`packets.in` and `packets.out` together"),
        .init("theft", .boolean, [.field(.suspectedTheft)], "`suspected_theft`"),
        .init("disagreement", .boolean, [.field(.connectionDisagreement)], "`connection.disagreement`"),
        .init("trace_id", [.field(.traceContextTraceID)], "`trace_context.trace_id`"),
    ]
}
