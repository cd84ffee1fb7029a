import History
import Hub
import Telemetry

/// What the hub says of itself to Prometheus.
enum HubMetrics {
    static func families(
        _ status: HistoryStatus, _ export: OTLPExporter.Status?, _ contents: (dropped: UInt64, stored: UInt64)
    ) -> [MetricFamily] {
        let dropped = status.dropped
        var families = [
            counter("sallyport.hub.records", "Records that came to the hub.", status.taken),
            counter("sallyport.hub.records.kept", "Records that are kept one by one.", status.kept),
            MetricFamily(
                "sallyport.hub.records.dropped", help: "Records that the hub does not have, by where they were lost.",
                kind: .counter,
                points: [
                    ("queue", dropped.queue), ("memory", dropped.memory), ("source", dropped.source),
                    ("refused", dropped.refused),
                ].map { MetricFamily.Point([.init("cause", $0)], .number(Double($1))) }),
            MetricFamily(
                "sallyport.hub.history.size", unit: "By", help: "Bytes of history on the disk.", kind: .gauge,
                number: Double(status.segmentBytes + status.tableBytes)),
            MetricFamily(
                "sallyport.hub.history.degraded", help: "1 while history is in memory only.", kind: .gauge,
                number: status.problem == nil ? 0 : 1),
            MetricFamily(
                "sallyport.hub.series", help: "Combinations that are counted apart.", kind: .gauge,
                number: Double(status.series)),
            counter(
                "sallyport.hub.series.overflowed", "Records that are counted with the rest, for too many series.",
                status.overflowed),
            counter(
                "sallyport.hub.contents", "Requests of which prompt or answer were stored, as a policy says.",
                contents.stored),
            counter("sallyport.hub.contents.dropped", "Requests of which they could not be stored.", contents.dropped),
        ]
        if let export {
            families += [
                counter("sallyport.hub.export.records", "Records that a collector took as logs.", export.logs),
                counter("sallyport.hub.export.dropped", "Records that were not sent on.", export.dropped),
            ]
        }
        return families
    }

    private static func counter(_ name: String, _ help: String, _ value: UInt64) -> MetricFamily {
        MetricFamily(name, help: help, kind: .counter, number: Double(value))
    }
}
