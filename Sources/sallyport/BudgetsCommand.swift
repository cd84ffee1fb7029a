import Access
import ArgumentParser
import Foundation
import Ledger
import ModelTraffic

/// `sallyport budgets`
struct BudgetsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "budgets",
        abstract: "Say what is spent of each budget.",
        discussion: """
            Reads the ledger of a state directory, also beside a running gateway, which writes it twenty times a second. \
            What is counted in shared counters (--counters) is not in it.

            EXAMPLES
              sallyport budgets
              sallyport budgets --state DIR --output json
            """)

    @Option(
        help: ArgumentHelp(
            "State directory of the gateway (default: $XDG_STATE_HOME/sallyport or ~/.local/state/sallyport).",
            valueName: "dir"))
    var state: String?
    @OptionGroup var output: OutputOptions

    /// One account, as it is printed.
    struct Entry: Encodable, Equatable {
        var budget: String
        var subject: String
        var unit: String
        var spent: String
        var limit: String
        var windowEnd: String
        var staged: Bool
    }

    func run() throws {
        let directory = try UpPlan.state(state, ProcessInfo.processInfo.environment)
        let reports: [SpendReport]
        do {
            reports = try SpendReport.read(directory: directory, now: Int64(Date().timeIntervalSince1970 * 1_000))
        } catch {
            throw Failure(.inputOutput, "what was spent is not known: \(error)")
        }
        let entries = reports.map(Entry.init)
        switch output.format {
        case .json: Terminal.standardOutput.result(try JSON.text(entries))
        case .text: Self.lines(entries).forEach { Terminal.standardOutput.result($0) }
        }
    }

    static func lines(_ entries: [Entry]) -> [String] {
        guard !entries.isEmpty else { return ["nothing is spent"] }
        let rows =
            [["BUDGET", "SUBJECT", "SPENT", "LIMIT", "UNIT", "UNTIL"]]
            + entries.map {
                [$0.budget + ($0.staged ? " (staged)" : ""), $0.subject, $0.spent, $0.limit, $0.unit, $0.windowEnd]
            }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }.joined(separator: "  ")
                .trimmingCharacters(in: .whitespaces)
        }
    }
}

extension BudgetsCommand.Entry {
    init(_ report: SpendReport) {
        func amount(_ value: Int64) -> String {
            report.unit == .tokens ? "\(value)" : Money(picodollars: value).description
        }
        let subject = report.subject
        let name = [subject.namespace, subject.name].filter { !$0.isEmpty }.joined(separator: "/")
        self.init(
            budget: report.budget, subject: name.isEmpty ? subject.kind : "\(subject.kind) \(name)",
            unit: report.unit == .tokens ? "tokens" : "dollars", spent: amount(report.spent),
            limit: amount(report.limit),
            windowEnd: Date(timeIntervalSince1970: Double(report.windowEnd) / 1_000).ISO8601Format(),
            staged: report.isStaged)
    }
}
