/// What every part of ours shows at its admin address: the same pages for gateway, agent and controller.
public struct AdminPages: Sendable {
    /// Whether a part can do its work.
    public struct Readiness: Hashable, Sendable {
        /// False: nothing should be sent to it.
        public var isReady: Bool
        /// What there is to say, one line each.
        public var lines: [String]

        /// That answer.
        public init(isReady: Bool, lines: [String]) {
            self.isReady = isReady
            self.lines = lines
        }
    }

    /// For `/readyz`.
    public var readiness: @Sendable () async -> Readiness
    /// For `/metrics`: Prometheus' text format. nil: nothing was counted yet.
    public var metrics: @Sendable () async -> String?
    /// For `/status`: JSON.
    public var status: @Sendable () async -> String

    /// Pages that say that.
    public init(
        readiness: @escaping @Sendable () async -> Readiness, metrics: @escaping @Sendable () async -> String?,
        status: @escaping @Sendable () async -> String
    ) {
        self.readiness = readiness
        self.metrics = metrics
        self.status = status
    }

    /// The pages of a gateway.
    ///
    /// - Parameter status: the text of `/status`, JSON.
    public init(_ gateway: GatewayServer, version: String, status: @escaping @Sendable () async -> String) {
        self.init(
            readiness: {
                let isReady = gateway.isReady
                return Readiness(isReady: isReady, lines: [isReady ? "ready" : "not ready"])
            },
            metrics: { await Self.metrics(gateway, version) }, status: status)
    }

    /// The page of a path.
    func answer(_ path: String) async -> AdminServer.Answer {
        switch path {
        case "/healthz", "/livez": return .page("ok\n")
        case "/readyz":
            let readiness = await readiness()
            let text = readiness.lines.joined(separator: "\n")
            return readiness.isReady ? .page(text + "\n") : .unavailable(text)
        case "/metrics":
            guard let text = await metrics() else { return .unavailable("nothing was counted yet") }
            return .page(text, type: "text/plain; version=0.0.4; charset=utf-8")
        case "/status": return .page(await status(), type: "application/json")
        default: return .notFound
        }
    }

    private static func metrics(_ gateway: GatewayServer, _ version: String) async -> String {
        var page = Exposition()
        await gateway.metrics().write(into: &page)
        page.single(
            "sallyport_config_revision", "gauge", "Revision of the configuration in force.",
            "\(gateway.configuration.routing.revision)")
        page.single("sallyport_records_written_total", "counter", "Records written.", "\(gateway.writer.written)")
        page.single(
            "sallyport_records_dropped_total", "counter", "Records dropped: the disk was too slow, or full.",
            "\(gateway.writer.dropped)")
        page.single(
            "sallyport_contents_dropped_total", "counter",
            "Requests of which a policy has prompts or answers stored, and of which none were: there was no room.",
            "\(gateway.contents?.dropped ?? 0)")
        page.family("sallyport_build_info", "gauge", "The version that runs.")
        page.sample("sallyport_build_info", [("version", version)], 1)
        return page.text
    }
}
