import ClusterSource
import Gateway
import Kubernetes
import Telemetry
import Testing

@testable import sallyport

@Suite("What pages say of the cluster behind them")
struct SourcePagesTests {
    private func entry(
        _ kind: String, _ standing: SourceHealth.Standing, since: Int64, problem: String? = nil, objects: Int = 0
    ) -> SourceHealth.Entry {
        var entry = SourceHealth.Entry(kind: kind, part: "", since: since)
        entry.standing = standing
        entry.problem = problem
        entry.objects = objects
        return entry
    }

    private func health(_ entries: [SourceHealth.Entry], isSynced: Bool = true) -> SourceHealth {
        SourceHealth(entries: entries, isSynced: isSynced, revision: 7)
    }

    private var stale: SourceHealth {
        health([
            entry("Pod", .stale, since: 100, problem: "GET /api/v1/pods: no answer", objects: 3),
            entry("Service", .stale, since: 140, problem: "GET /api/v1/services: no answer"),
            entry("Node", .following, since: 10, objects: 2), entry("Tier.projectcalico.org", .notInstalled, since: 10),
        ])
    }

    /// A source that stands so, and has no objects.
    private struct Standing: ObjectSource {
        let changes = AsyncStream<Snapshot> { $0.finish() }
        let clusterHealth: SourceHealth?
        func load() -> Snapshot { Snapshot(revision: 1, objects: Objects()) }
        func stop() {}
    }

    private func pages(_ source: SourceHealth?) -> AdminPages {
        AdminPages(
            readiness: { .init(isReady: true, lines: ["ready"]) }, metrics: { "own 1\n" }, status: { "{}" }
        ).adding(Standing(clusterHealth: source))
    }

    @Test("the age is that of the kind that was not up to date for longest")
    func age() {
        let report = SourceReport(stale, now: 163)
        #expect(report.ageSeconds == 63 && report.revision == 7 && report.isKnown)
        #expect(report.kinds.map(\.ageSeconds) == [63, 23, 0, 0])
        #expect(report.kinds.map(\.standing) == ["stale", "stale", "following", "notInstalled"])
        #expect(report.kinds[0].since == "1970-01-01T00:01:40Z")
        #expect(
            report.lines == [
                "the state of the cluster is 63 seconds old", "Pod: GET /api/v1/pods: no answer; and 1 more",
            ])
        #expect(SourceReport(stale, now: 50).ageSeconds == 0, "a clock that went back")
    }

    @Test("what is up to date, and what is not known yet, is said too")
    func others() {
        let good = health([entry("Pod", .following, since: 1)])
        #expect(SourceReport(good, now: 99).lines == ["the state of the cluster is up to date"])
        let none = health([entry("Pod", .unknown, since: 1, problem: "no answer")], isSynced: false)
        #expect(SourceReport(none, now: 99).lines == ["the cluster is not known yet", "Pod: no answer"])
        #expect(SourceReport(none, now: 99).ageSeconds == 0)
    }

    @Test("metrics by kind, without kinds that are not there")
    func metrics() {
        let text = PrometheusText.write(stale.families(now: 163))
        let lines = Set(text.split(separator: "\n").map(String.init))
        for line in [
            "sallyport_source_revision 7", "sallyport_source_stale 2", "sallyport_source_age_seconds{kind=\"Pod\"} 63",
            "sallyport_source_age_seconds{kind=\"Node\"} 0", "sallyport_source_objects{kind=\"Pod\"} 3",
            "sallyport_source_failures_total{kind=\"Service\"} 0", "# TYPE sallyport_source_events_total counter",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
        #expect(!text.contains("Tier"))
        let early = PrometheusText.write(health([entry("Pod", .unknown, since: 1)]).families(now: 9))
        #expect(early.contains("sallyport_source_objects{kind=\"Pod\"} 0"))
        #expect(!early.contains("sallyport_source_age_seconds{"), "what nobody knows has no age")
    }

    @Test("pages of what has a cluster say more, and those of a directory what they said before")
    func pages() async {
        let clustered = pages(stale)
        let readiness = await clustered.readiness()
        #expect(readiness.isReady, "the last state stays in force")
        #expect(readiness.lines.first == "ready" && readiness.lines.count == 3)
        #expect(await clustered.metrics()?.hasPrefix("own 1\n# HELP sallyport_source_age_seconds") == true)
        let plain = pages(nil)
        #expect(await plain.readiness() == .init(isReady: true, lines: ["ready"]))
        #expect(await plain.metrics() == "own 1\n")
        #expect(SourceReport(Standing(clusterHealth: nil)) == nil)
    }
}
