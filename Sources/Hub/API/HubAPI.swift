import HTTPTypes
import Hummingbird
import Records

/// The HTTP API. `routes` is all of it: a new route is one entry, from which `/openapi.json` is made too.
struct HubAPI: Sendable {
    let configuration: HubConfiguration
    let data: any HubData
    let cluster: any HubCluster
    let doorkeeper: Doorkeeper
    let streams: StreamCount
    var isTLS: Bool { configuration.certificate != nil }

    init(_ configuration: HubConfiguration, data: any HubData, cluster: any HubCluster, doorkeeper: Doorkeeper) {
        self.configuration = configuration
        self.data = data
        self.cluster = cluster
        self.doorkeeper = doorkeeper
        streams = StreamCount(most: configuration.streams)
    }

    var routes: [Route] {
        let within: [Parameter] = [.filter, .from, .to]
        return [
            Route(
                .get, "/api/v1/records", .viewer, "Records, a page at a time.",
                within + [.cursor, .limit, .order], gives: .json("RecordPage"), records),
            Route(
                .get, "/api/v1/records/live", .viewer, "Records as they come, as server-sent events.",
                [.filter, .cursor], gives: .events, live),
            Route(.get, "/api/v1/records/{id}", .viewer, "All records with an id.", gives: .json("RecordList"), record),
            Route(
                .get, "/api/v1/records/{id}/content", .viewer,
                "The prompt and the answer that a policy has stored of a request. Each look is kept as a record.",
                gives: .json("Content"), content),
            Route(
                .get, "/api/v1/groups", .viewer, "What was measured, added up by what is asked for.",
                within + [.step, .by, .groupOrder, .top], gives: .json("Groups"), groups),
            Route(
                .get, "/api/v1/graph", .viewer, "Who talked to whom, for the map.", within + [.step],
                gives: .json("Graph"), graph),
            Route(
                .get, "/api/v1/overview", .viewer, "What is protected, exposed, denied, and what it costs.",
                [.from, .to, .step], gives: .json("Overview"), overview),
            Route(
                .get, "/api/v1/policies", .viewer, "Every policy and what it did.", [.from, .to],
                gives: .json("Policies"), policies),
            Route(
                .get, "/api/v1/ai", .viewer, "Models, principals, tools, tokens and cost.", within + [.step],
                gives: .json("AI"), ai),
            Route(
                .get, "/api/v1/guarantees", .viewer, "Every guarantee, proved or refuted.", gives: .json("Guarantees"),
                guarantees),
            Route(
                .get, "/api/v1/objects", .viewer, "Every object and its conditions.", gives: .json("Objects"), objects),
            Route(
                .get, "/api/v1/explain", .viewer, "Why a record's decision was made, and what would change it.",
                [Parameter("record", .text(most: 200), isNeeded: true, "Id of the record.")],
                gives: .json("Explained"), explain),
            Route(
                .get, "/api/v1/filter/check", .viewer, "Whether a text is a filter, and how it is written shortest.",
                [.filter], gives: .json("FilterCheck"), checkFilter),
            Route(.get, "/api/v1/fields", .viewer, "The fields of a record.", gives: .json("Fields"), fields),
            Route(.get, "/api/v1/status", .operator, "How the hub itself is.", gives: .json("Status"), status),
            Route(.get, "/api/v1/session", .viewer, "Who is logged in.", gives: .json("Session"), session),
            Route(
                .post, "/api/v1/session", .anyone, "Logs in: `{\"key\": \"...\"}`. Answers with a cookie.",
                gives: .json("Session"), login),
            Route(.delete, "/api/v1/session", .viewer, "Logs out.", gives: .nothing, logout),
            Route(
                .get, "/metrics", .operator, "Metrics for Prometheus.", gives: .text("text/plain; version=0.0.4"),
                metrics),
            Route(.get, "/healthz", .anyone, "Whether it runs.", gives: .text("text/plain"), health),
            Route(.get, "/readyz", .anyone, "Whether it serves all that it should.", gives: .text("text/plain"), ready),
        ]
    }

    // MARK: Small ones

    private func health(_ call: Call) async throws -> Response { .bytes("ok\n".utf8, "text/plain; charset=utf-8") }

    private func ready(_ call: Call) async throws -> Response {
        let isReady = await configuration.isReady()
        return .bytes(
            (isReady ? "ready\n" : "not ready\n").utf8, "text/plain; charset=utf-8",
            status: isReady ? .ok : .serviceUnavailable)
    }

    private func metrics(_ call: Call) async throws -> Response {
        // Numbers of all namespaces are in it.
        guard try call.known().sight == .everything else {
            throw Problem(403, "namespaces_limited", "metrics are of all namespaces, and you see only some")
        }
        guard let metrics = configuration.metrics else { throw Problem.nothingHere }
        return .bytes(await metrics().utf8, "text/plain; version=0.0.4; charset=utf-8")
    }

    private func status(_ call: Call) async throws -> Response {
        guard try call.known().sight == .everything else {
            throw Problem(403, "namespaces_limited", "the hub's state is of all namespaces, and you see only some")
        }
        return .json(await data.status())
    }

    private func fields(_ call: Call) async throws -> Response {
        .json(FieldList())
    }
}

extension Parameter {
    static let filter = Parameter("filter", .filter, standard: "all records", "Which records, in the filter language.")
    static let from = Parameter("from", .time, standard: "-1h", "From when: RFC 3339, or back from now like `-15m`.")
    static let to = Parameter("to", .time, standard: "now", "To when, not itself.")
    static let cursor = Parameter("cursor", .text(most: 200), "Where to go on: `next` of the page before.")
    static let limit = Parameter("limit", .number(1...1000), standard: "100", "Records in a page, at most.")
    static let order = Parameter("order", .choice(["newest", "oldest"]), standard: "newest", "Which come first.")
    static let step = Parameter("step", .span, standard: "none", "Length of steps that time is cut into, such as `5m`.")
    static let by = Parameter(
        "by", .choices(Dimension.allCases.map(\.name), most: 6), standard: "one row", "What rows differ in.")
    static let groupOrder = Parameter(
        "order", .choice(GroupQuery.Order.allCases.map(\.rawValue)), standard: "count",
        "What rows are ordered by, most first.")
    static let top = Parameter("top", .number(1...1000), standard: "20", "Rows, at most; the others are one row.")
}
