import ClusterSource
import Hummingbird
import HummingbirdCore
import Kubernetes
import Logging
import ModelTraffic
import NIOCore

/// How a controller stands, at one moment.
struct ControllerReport: Sendable {
    var version: String
    var identity: String
    var isLeader: Bool
    var leader: String
    var health: SourceHealth
    var statuses: StatusWriter.Counts
    var waiting: Int
    var admission: AdmissionDesk.Counts
    var answersAtAdmission: Bool
    var gateways: [NamespacedName: GatewayStanding]
    /// What is wrong with the certificates of our own parts.
    var trouble: String?

    /// Why it cannot do its work; none: it can.
    var obstacles: [String] {
        var all: [String] = []
        if !health.isSynced { all.append("the cluster is not known yet") }
        if !answersAtAdmission { all.append("there is no certificate for admission yet") }
        return all
    }

    /// For Prometheus.
    var metrics: String {
        var lines: [String] = []
        func metric(_ name: String, _ type: String, _ help: String, _ values: [(labels: String, value: String)]) {
            lines += ["# HELP \(name) \(help)", "# TYPE \(name) \(type)"]
            lines += values.map { "\(name)\($0.labels) \($0.value)" }
        }
        metric("sallyport_controller_leader", "gauge", "1 while this controller leads.", [("", isLeader ? "1" : "0")])
        metric(
            "sallyport_controller_statuses_total", "counter", "Statuses of objects that were looked at, by result.",
            [
                ("{result=\"written\"}", "\(statuses.written)"), ("{result=\"unchanged\"}", "\(statuses.unchanged)"),
                ("{result=\"failed\"}", "\(statuses.failed)"),
            ])
        metric(
            "sallyport_controller_statuses_waiting", "gauge", "Statuses that are still to be written.",
            [("", "\(waiting)")])
        metric(
            "sallyport_controller_admission_total", "counter", "Questions of API servers about objects, by answer.",
            [
                ("{answer=\"allowed\"}", "\(admission.allowed)"), ("{answer=\"refused\"}", "\(admission.refused)"),
                ("{answer=\"none\"}", "\(admission.unanswered)"),
            ])
        metric(
            "sallyport_controller_gateways", "gauge", "Gateways of ours, by whether they are programmed.",
            [
                ("{programmed=\"true\"}", "\(gateways.values.count { $0.problem == nil })"),
                ("{programmed=\"false\"}", "\(gateways.values.count { $0.problem != nil })"),
            ])
        metric(
            "sallyport_source_revision", "counter", "States of the cluster that were read.",
            [("", "\(health.revision)")])
        metric(
            "sallyport_source_stale", "gauge", "Kinds of which newer state could not be had.",
            [("", "\(health.entries.count { $0.standing == .stale || $0.standing == .refused })")])
        return lines.joined(separator: "\n") + "\n"
    }

    /// For people and programs.
    var text: [UInt8] {
        JSONLiteral.object([
            "version": .string(version), "identity": .string(identity), "isLeader": .bool(isLeader),
            "leader": .string(leader), "obstacles": .list(obstacles),
            "problems": .list(health.problems + [trouble].compactMap { $0 }),
            "gateways": .array(
                gateways.sorted { $0.key < $1.key }.map { name, standing in
                    .object([
                        "gateway": .string(name.description), "ready": .number(standing.ready),
                        "addresses": .list(standing.addresses.compactMap(\.value)),
                        "problem": standing.problem.map { .string($0.message) },
                    ])
                }),
        ]).text
    }
}

/// `/livez`, `/readyz`, `/metrics` and `/status`.
struct ControllerPages: Sendable {
    let host: String
    let port: Int
    let logger: Logger
    let report: @Sendable () -> ControllerReport

    init(host: String, port: Int, logger: Logger, report: @escaping @Sendable () -> ControllerReport) {
        self.host = host
        self.port = port
        self.logger = logger
        self.report = report
    }

    /// Serves until the task is cancelled.
    func run() async throws {
        let router = Router()
        router.get("/livez") { _, _ in Self.answer(.ok, "text/plain", Array("ok\n".utf8)) }
        router.get("/readyz") { [report] _, _ in
            let obstacles = report().obstacles
            return obstacles.isEmpty
                ? Self.answer(.ok, "text/plain", Array("ok\n".utf8))
                : Self.answer(
                    .serviceUnavailable, "text/plain", Array((obstacles.joined(separator: "\n") + "\n").utf8))
        }
        router.get("/metrics") { [report] _, _ in
            Self.answer(.ok, "text/plain; version=0.0.4; charset=utf-8", Array(report().metrics.utf8))
        }
        router.get("/status") { [report] _, _ in Self.answer(.ok, "application/json", report().text) }
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .error)
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), serverName: nil,
                availableConnectionsDelegate: .maximum(64, logger: quiet)), logger: quiet)
        try await application.run()
    }

    private static func answer(_ status: HTTPResponse.Status, _ type: String, _ bytes: [UInt8]) -> Response {
        Response(
            status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
