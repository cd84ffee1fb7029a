import ClusterSource
import Foundation
import Gateway
import Telemetry

/// How well a part knows its cluster, and how old what it knows is: the same words on the pages of all parts.
struct SourceReport: Codable, Equatable {
    /// One kind, or one object that is read by its name.
    struct Kind: Codable, Equatable {
        /// Kind, as `Kind.group`.
        var kind: String
        /// What part of it; absent: all.
        var part: String?
        /// `unknown`, `following`, `notInstalled`, `stale` or `refused`.
        var standing: String
        /// From when on it stands so.
        var since: String
        /// Seconds since it was up to date last; 0: it is.
        var ageSeconds: Int64
        /// Objects that are known.
        var objects: Int
        /// The last problem while there is one.
        var problem: String?
    }

    /// States of the cluster that were read.
    var revision: UInt64
    /// Whether everything that is wanted was read once.
    var isKnown: Bool
    /// Seconds since all of it was up to date last; 0: it is.
    var ageSeconds: Int64
    /// By name.
    var kinds: [Kind]

    /// nil: the objects come from no cluster.
    init?(_ source: any ObjectSource) {
        guard let health = source.clusterHealth else { return nil }
        self.init(health, now: Int64(Date().timeIntervalSince1970))
    }

    /// - Parameter now: seconds since 1970.
    init(_ health: SourceHealth, now: Int64) {
        revision = health.revision
        isKnown = health.isSynced
        ageSeconds = health.age(now: now)
        kinds = health.entries.map { entry in
            Kind(
                kind: entry.kind, part: entry.part.isEmpty ? nil : entry.part, standing: entry.standing.rawValue,
                since: Date(timeIntervalSince1970: Double(entry.since)).formatted(.iso8601),
                ageSeconds: entry.age(now: now), objects: entry.objects, problem: entry.problem)
        }
    }

    /// For `/readyz`: how old the state of the cluster is, and why.
    var lines: [String] {
        guard isKnown else { return ["the cluster is not known yet"] + problems }
        guard kinds.contains(where: { $0.standing == "stale" || $0.standing == "refused" }) else {
            return ["the state of the cluster is up to date"]
        }
        return ["the state of the cluster is \(ageSeconds) seconds old"] + problems
    }

    /// What is not up to date, in words; only the first of many that say the same.
    private var problems: [String] {
        let bad = kinds.compactMap { kind in kind.problem.map { (kind: kind.kind, words: $0) } }
        guard let first = bad.first else { return [] }
        let more = bad.count > 1 ? "; and \(bad.count - 1) more" : ""
        return ["\(first.kind): \(first.words)\(more)"]
    }
}

extension SourceHealth {
    /// For Prometheus, by kind; objects that are read by their names are counted with their kind.
    func families(now: Int64) -> [MetricFamily] {
        let there = entries.filter { $0.standing != .notInstalled }
        // What nobody knows has no age.
        let known = there.filter { $0.standing != .unknown }
        func points(
            _ value: (Entry) -> Double, _ join: (Double, Double) -> Double, of entries: [Entry]? = nil
        ) -> [MetricFamily.Point] {
            Dictionary(grouping: entries ?? there, by: \.kind).map { kind, entries in
                .init([.init("kind", kind)], .number(entries.map(value).reduce(0, join)))
            }
        }
        return [
            MetricFamily(
                "sallyport.source.revision", help: "States of the cluster that were read.", kind: .gauge,
                number: Double(revision)),
            MetricFamily(
                "sallyport.source.stale", help: "Kinds of which newer state could not be had.", kind: .gauge,
                number: Double(entries.count { $0.standing == .stale || $0.standing == .refused })),
            MetricFamily(
                "sallyport.source.age", unit: "s",
                help: "Time since what is known of a kind was up to date last; 0 while it is.", kind: .gauge,
                points: points({ Double($0.age(now: now)) }, max, of: known)),
            MetricFamily(
                "sallyport.source.objects", help: "Objects of a kind that are known.", kind: .gauge,
                points: points({ Double($0.objects) }, +)),
            MetricFamily(
                "sallyport.source.events", help: "Changes that watches of a kind told of.", kind: .counter,
                points: points({ Double($0.events) }, +)),
            MetricFamily(
                "sallyport.source.failures", help: "Questions about a kind that failed.", kind: .counter,
                points: points({ Double($0.failures) }, +)),
        ]
    }
}

extension AdminPages {
    /// The same pages, which also say how well the cluster is known, where objects come from one.
    func adding(_ source: any ObjectSource) -> AdminPages {
        var pages = self
        pages.readiness = { [readiness] in
            var answer = await readiness()
            if let report = SourceReport(source) { answer.lines += report.lines }
            return answer
        }
        pages.metrics = { [metrics] in
            let text = await metrics()
            guard let health = source.clusterHealth else { return text }
            return (text ?? "") + PrometheusText.write(health.families(now: Int64(Date().timeIntervalSince1970)))
        }
        return pages
    }
}
