import Foundation
import Hindsight

/// A replay, in the forms in which it is printed.
struct ReplayView {
    private let report: ReplayReport
    private let coverage: RecordWalk.Coverage
    private let limit: Int

    init(_ report: ReplayReport, _ coverage: RecordWalk.Coverage, limit: Int) {
        self.report = report
        self.coverage = coverage
        self.limit = limit
    }

    // MARK: For people

    func lines(_ terminal: Terminal) -> [String] {
        var lines = [
            "\(Words.count(Int(coverage.records), "record")): \(count(.same)) the same, \(count(.newlyDenied)) newly denied, "
                + "\(count(.newlyAllowed)) newly allowed, \(count(.cannotTell)) cannot be told"
        ]
        lines += group(.newlyDenied, "Newly denied:", .bad, terminal)
        lines += group(.newlyAllowed, "Newly allowed:", .careful, terminal)
        lines += group(.cannotTell, "Cannot be told:", .faint, terminal)
        return lines + blindSpots
    }

    private func count(_ outcome: ReplayOutcome) -> UInt64 { report.totals[outcome]?.records ?? 0 }

    private func group(
        _ outcome: ReplayOutcome, _ heading: String, _ style: Terminal.Style, _ terminal: Terminal
    ) -> [String] {
        let rows = report.rows.filter { $0.group.outcome == outcome }
        guard !rows.isEmpty else { return [] }
        let shown = rows.prefix(limit).flatMap { row -> [String] in
            let group = row.group
            let why =
                group.doubt.map { ", because of \($0.name.replacing("_", with: " "))" } ?? ": \(Self.text(group.new))"
            let was = outcome == .cannotTell ? "" : "\n      was \(Self.text(group.old))"
            return
                ("  \(row.tally.attempts) x \(group.who) -> \(group.target), \(group.topic)\(why)\(was)\n"
                + "      last \(row.tally.lastText), record \(row.tally.example)").split(separator: "\n").map(
                    String.init)
        }
        let rest = rows.count - limit
        let more = rest > 0 ? ["  and \(rest) more groups"] : []
        return ["", terminal.styled(heading, style)] + shown.map(Printable.oneLine) + more
    }

    private static func text(_ rule: DecidingRule) -> String {
        let place = [rule.policy, rule.rule].filter { !$0.isEmpty }.joined(separator: " ")
        return place.isEmpty ? rule.reason : "\(place) (\(rule.reason))"
    }

    /// What records do not show, in words.
    private var blindSpots: [String] {
        let spots = report.blindSpots
        var lines: [String] = []
        if coverage.share < 1 {
            lines.append("of allowed decisions \(Int((coverage.share * 100).rounded())) % are kept one by one")
        }
        for (count, text) in [
            (spots.dropped, "records were lost"), (spots.hidden, "packets were not shown by nodes"),
            (spots.limited, "were denied by limits or budgets, which are not judged again"),
            (coverage.unreadable, "records cannot be read"),
        ] where count > 0 {
            lines.append("\(count) \(text)")
        }
        return lines.isEmpty ? [] : ["", "Not seen:"] + lines.map { "  \($0)" }
    }

    // MARK: For programs

    struct Report: Encodable {
        struct Group: Encodable {
            var outcome: String
            var who: String
            var target: String
            var topic: String
            var wasPolicy: String
            var wasRule: String
            var wasReason: String
            var policy: String
            var rule: String
            var reason: String
            var doubt: String?
            var records: UInt64
            var attempts: UInt64
            var first: String
            var last: String
            var example: String
        }

        var records: UInt64
        var same: UInt64
        var newlyDenied: UInt64
        var newlyAllowed: UInt64
        var cannotTell: UInt64
        var share: Double
        var lost: UInt64
        var hidden: UInt64
        var limited: UInt64
        var groups: [Group]
    }

    var json: Report {
        Report(
            records: coverage.records, same: count(.same), newlyDenied: count(.newlyDenied),
            newlyAllowed: count(.newlyAllowed), cannotTell: count(.cannotTell), share: coverage.share,
            lost: report.blindSpots.dropped, hidden: report.blindSpots.hidden, limited: report.blindSpots.limited,
            groups: report.rows.filter { $0.group.outcome != .same }.map { row in
                let group = row.group
                return Report.Group(
                    outcome: group.outcome.rawValue, who: group.who, target: group.target, topic: group.topic,
                    wasPolicy: group.old.policy, wasRule: group.old.rule, wasReason: group.old.reason,
                    policy: group.new.policy, rule: group.new.rule, reason: group.new.reason, doubt: group.doubt?.name,
                    records: row.tally.records, attempts: row.tally.attempts,
                    first: PlainLog.timestamp(time_t(row.tally.first / 1_000_000)), last: row.tally.lastText,
                    example: row.tally.example)
            })
    }
}
