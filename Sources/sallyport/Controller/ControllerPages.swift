import ClusterSource
import Controller
import Gateway
import Telemetry

/// What a controller says of itself at its admin address.
extension AdminPages {
    init(_ controller: Controller, source: any ObjectSource) {
        self = AdminPages(
            readiness: {
                let obstacles = controller.report.obstacles
                return Readiness(isReady: obstacles.isEmpty, lines: obstacles.isEmpty ? ["ready"] : obstacles)
            },
            metrics: { PrometheusText.write(controller.report.families) },
            status: { (try? JSON.text(ControllerPage(controller.report, SourceReport(source)))) ?? "{}" }
        ).adding(source)
    }
}

extension ControllerReport {
    /// For Prometheus.
    var families: [MetricFamily] {
        func points(_ label: String, _ values: [(String, Double)]) -> [MetricFamily.Point] {
            values.map { MetricFamily.Point([.init(label, $0)], .number($1)) }
        }
        let ready = gateways.count { $0.problem == nil }
        return [
            MetricFamily(
                "sallyport.controller.leader", help: "1 while this controller leads.", kind: .gauge,
                number: isLeader ? 1 : 0),
            MetricFamily(
                "sallyport.controller.statuses", help: "Statuses of objects that were looked at, by result.",
                kind: .counter,
                points: points(
                    "result",
                    [
                        ("written", Double(statuses.written)), ("unchanged", Double(statuses.unchanged)),
                        ("failed", Double(statuses.failed)),
                    ])),
            MetricFamily(
                "sallyport.controller.statuses.waiting", help: "Statuses that are still to be written.", kind: .gauge,
                number: Double(statuses.waiting)),
            MetricFamily(
                "sallyport.controller.admission", help: "Questions of API servers about objects, by answer.",
                kind: .counter,
                points: points(
                    "answer",
                    [
                        ("allowed", Double(admission.allowed)), ("refused", Double(admission.refused)),
                        ("none", Double(admission.unanswered)),
                    ])),
            MetricFamily(
                "sallyport.controller.gateways", help: "Gateways of ours, by whether they are programmed.",
                kind: .gauge,
                points: points("programmed", [("true", Double(ready)), ("false", Double(gateways.count - ready))])),
        ]
    }
}

/// The page `/status`.
private struct ControllerPage: Encodable {
    struct Gateway: Encodable {
        var gateway: String
        var ready: Int
        var addresses: [String]
        /// Why it is not programmed; absent: it is.
        var problem: String?
    }

    var version = Version.text
    var identity: String
    var isLeader: Bool
    var leader: String
    /// Why it cannot do its work.
    var obstacles: [String]
    var problems: [String]
    var gateways: [Gateway]
    /// How well the cluster is known.
    var source: SourceReport?

    init(_ report: ControllerReport, _ source: SourceReport?) {
        identity = report.identity
        isLeader = report.isLeader
        leader = report.leader
        obstacles = report.obstacles
        problems = report.health.problems + [report.trouble].compactMap { $0 }
        gateways = report.gateways.map {
            Gateway(gateway: $0.name.description, ready: $0.ready, addresses: $0.addresses, problem: $0.problem)
        }
        self.source = source
    }
}
