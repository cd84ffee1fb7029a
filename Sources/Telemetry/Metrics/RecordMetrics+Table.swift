import Records

/// Upper bounds of histograms, in microseconds; each is one of `Histogram.bounds`.
enum MetricBounds {
    /// Of requests over HTTP, by OpenTelemetry's conventions.
    static let http: [UInt64] = [
        5_000, 10_000, 25_000, 50_000, 75_000, 100_000, 250_000, 500_000, 750_000, 1_000_000, 2_500_000, 5_000_000,
        7_500_000, 10_000_000,
    ]
    /// Of requests to models.
    static let model: [UInt64] = [
        10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 640_000, 1_280_000, 2_560_000, 5_120_000, 10_240_000,
        20_480_000, 40_960_000, 81_920_000,
    ]
    /// Of the time to the first token.
    static let firstToken: [UInt64] = [
        1_000, 5_000, 10_000, 20_000, 40_000, 60_000, 80_000, 100_000, 250_000, 500_000, 750_000, 1_000_000, 2_500_000,
        5_000_000, 7_500_000, 10_000_000,
    ]
}

extension Definition {
    /// Every metric of records.
    static let all: [Definition] = decisions + traffic + models

    // MARK: which records

    private static let isRequest: @Sendable (Series) -> Bool = {
        $0[.point] == Record.Point.gateway.rawValue && !$0[.verdict].isEmpty
    }
    private static let isConnection: @Sendable (Series) -> Bool = { !$0[.connectionEvent].isEmpty }
    /// A connection is decided when it opens; that it ended is no second decision, that it was cut is.
    private static let isDecision: @Sendable (Series) -> Bool = {
        !$0[.verdict].isEmpty && $0[.connectionEvent] != Record.ConnectionEvent.closed.rawValue
    }
    private static let isModel: @Sendable (Series) -> Bool = {
        isRequest($0) && !$0[.aiOperation].isEmpty && $0[.aiMCPMethod].isEmpty
    }
    private static let isMCP: @Sendable (Series) -> Bool = { isRequest($0) && !$0[.aiMCPMethod].isEmpty }

    // MARK: labels

    private static let errorType = Label("error.type") { series in
        series[.reason] == Record.ruleMatched ? "" : series[.reason]
    }
    private static let namespace = Label("k8s.namespace.name", .workloadNamespace)

    // MARK: decisions

    private static let decisions: [Definition] = [
        Definition(
            "sallyport.decisions", "Decisions about requests and connections, by the policy and the rule that decided.",
            labels: [
                Label("point", .point), Label("verdict", .verdict), Label("policy", .policy), Label("rule", .rule),
                Label("reason", .reason),
            ], .number { Double($0.count) + Double($0.repeats) }, of: isDecision),
        Definition(
            "sallyport.staged.decisions", "What staged policies would have decided, beside what was decided.",
            labels: [
                Label("point", .point), Label("verdict", .verdict), Label("staged_verdict", .stagedVerdict),
                Label("policy", .stagedPolicy), Label("rule", .stagedRule),
            ], .number { Double($0.count) + Double($0.repeats) }
        ) { isDecision($0) && !$0[.stagedPolicy].isEmpty },
        Definition(
            "sallyport.suspected.thefts", "Requests with a right key or token from where it is not bound.",
            labels: [Label("reason", .reason)], .number { Double($0.count) }
        ) { !$0[.suspectedTheft].isEmpty },
        Definition(
            "sallyport.disagreements", "Connections about which the kernel decided otherwise than the guest list says.",
            labels: [Label("node", .node)], .number { Double($0.count) }
        ) { !$0[.connectionDisagreement].isEmpty },
        Definition(
            "sallyport.alarms", "Alarms that the hub raised.",
            labels: [Label("alarm", .alarmName), Label("severity", .alarmSeverity)], .number { Double($0.count) }
        ) { !$0[.alarmName].isEmpty },
    ]

    // MARK: traffic

    private static let traffic: [Definition] = [
        Definition(
            "http.server.request.duration", unit: "s", "Requests by the time from the first byte to the end.",
            labels: [
                Label("http.request.method", isBounded: true) { RecordAttributes.method($0[.httpMethod]) },
                Label("http.response.status_code", .status), errorType, Label("gateway", .gateway),
                Label("route", .route),
            ], .durations(MetricBounds.http), of: isRequest),
        Definition(
            "sallyport.connections", "Connections that nodes saw, by what happened to them.",
            labels: [
                Label("event", .connectionEvent), Label("direction", .connectionDirection),
                Label("network.transport", .connectionTransport), namespace,
            ], .number { Double($0.count) + Double($0.repeats) }, of: isConnection),
        Definition(
            "sallyport.transferred", unit: "By", "Bytes of bodies of requests, and of connections all that passed.",
            labels: [Label("point", .point), namespace],
            .numbers(label: "network.io.direction") {
                [("receive", Double($0.bytesIn)), ("transmit", Double($0.bytesOut))]
            }
        ) { !$0[.verdict].isEmpty },
    ]

    // MARK: models and tools

    private static let modelLabels: [Label] = [
        Label("gen_ai.operation.name", .aiOperation),
        Label("gen_ai.provider.name") { RecordAttributes.provider($0[.aiServer]) },
        Label("gen_ai.request.model", .aiModel, isBounded: false),
    ]

    private static let models: [Definition] = [
        Definition(
            "gen_ai.client.token.usage", unit: "{token}", "Tokens of requests to models.", labels: modelLabels,
            .sumsOnly(label: "gen_ai.token.type") { measures in
                [("input", Double(measures.tokensIn)), ("output", Double(measures.tokensOut))]
            }
        ) { isModel($0) && $0[.verdict] == Record.Verdict.allowed.rawValue },
        Definition(
            "gen_ai.server.request.duration", unit: "s", "Requests to models by how long they took.",
            labels: modelLabels + [errorType], .durations(MetricBounds.model), of: isModel),
        Definition(
            "gen_ai.server.time_to_first_token", unit: "s",
            "Requests to models by the time to the first byte of the answer.",
            labels: modelLabels, .firstBytes(MetricBounds.firstToken)
        ) { isModel($0) && $0[.verdict] == Record.Verdict.allowed.rawValue },
        Definition(
            "mcp.server.operation.duration", unit: "s", "Requests of the Model Context Protocol by how long they took.",
            labels: [
                Label("mcp.method.name", .aiMCPMethod, isBounded: false),
                Label("gen_ai.tool.name", isBounded: false) { series in
                    series[.aiMCPMethod].hasPrefix("resources/") ? "" : series[.aiTool]
                }, errorType,
            ], .durations(MetricBounds.http), of: isMCP),
        Definition(
            "sallyport.ai.cost.dollars", "Dollars that requests to models cost, where a price is known.",
            labels: [Label("gen_ai.request.model", .aiModel, isBounded: false), namespace],
            .number { Double($0.cost.picodollars) / 1e12 }, of: isModel),
        Definition(
            "sallyport.ai.estimated.tokens", "Tokens that no server reported, and that are our estimate.",
            labels: [Label("gen_ai.request.model", .aiModel, isBounded: false)],
            .number { Double($0.tokensEstimated) }, of: isModel),
    ]
}
