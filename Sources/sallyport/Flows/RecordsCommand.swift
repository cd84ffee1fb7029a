import ArgumentParser
import Foundation
import History

/// `sallyport records`
struct RecordsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "records", abstract: "Look after records that are kept.",
        subcommands: [RecordsVerifyCommand.self])
}

/// `sallyport records verify`
struct RecordsVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Prove that nobody changed the records of a hub.",
        discussion: """
            Every block of records names the hash of the block before it; the last one is named by the tables and by the \
            running hub. This reads all of them, also beside a running hub. A hash that was noted earlier (--head) proves \
            that what was there then is there still. Ends with 1 when something is wrong.

            EXAMPLES
              sallyport records verify
              sallyport records verify --head 5d41402abc4b2a76b9719d911017c592ab3f…
            """)

    @Option(
        help: ArgumentHelp(
            "State directory of the hub (default: $XDG_STATE_HOME/sallyport or ~/.local/state/sallyport).",
            valueName: "dir"))
    var state: String?
    @Option(help: ArgumentHelp("A hash that was noted earlier: the chain has to go through it.", valueName: "hash"))
    var head: String?
    @Option(
        help: ArgumentHelp(
            "Key that signed places have to be signed with (default: the one beside the records).", valueName: "hex"))
    var publicKey: String?
    @OptionGroup var output: OutputOptions

    /// For programs.
    struct Report: Encodable {
        var isGood: Bool
        var blocks: Int
        var records: UInt64
        var first: UInt64?
        var last: UInt64?
        var retired: UInt64
        var lost: UInt64
        var uncommittedBytes: UInt64
        var head: String
        var signature: String
        var problem: String?
    }

    func run() throws {
        let state = try UpPlan.state(state, ProcessInfo.processInfo.environment)
        let report: VerifyReport
        do throws(HistoryError) {
            report = try History.verify(
                directory: HubOffice.directory(in: state), publicKey: publicKey, head: head)
        } catch {
            if case .wrongQuestion = error { throw Failure(.usage, "\(error)") }
            throw Failure(.inputOutput, "the records cannot be verified: \(error)")
        }
        switch output.format {
        case .json: Terminal.standardOutput.result(try JSON.text(Report(report)))
        case .text: Self.lines(report, .standardOutput).forEach { Terminal.standardOutput.result($0) }
        }
        if !report.isGood { throw ExitCode(Failure.Code.findings.rawValue) }
    }

    static func lines(_ report: VerifyReport, _ terminal: Terminal) -> [String] {
        var lines: [String] = []
        if let problem = report.problem {
            lines.append("\(terminal.styled("changed:", .bad)) \(problem)")
        }
        if case .wrong(let reason) = report.signature {
            lines.append("\(terminal.styled("not signed as it should be:", .bad)) \(reason)")
        }
        if report.isGood {
            lines.append(
                "\(terminal.styled("unchanged:", .good)) \(Words.count(Int(report.records), "record")) in \(Words.count(report.blocks, "block"))"
            )
        }
        if let first = report.first, let last = report.last { lines.append("  records  \(first) to \(last)") }
        if report.retired > 0 { lines.append("  deleted  \(report.retired) before those, by age or size") }
        if report.skipped > 0 { lines.append("  lost     \(report.skipped) while the disk refused") }
        if !report.head.isEmpty { lines.append("  head     \(report.head)") }
        lines.append("  signed   \(signature(report.signature))")
        return lines.map(Printable.oneLine)
    }

    fileprivate static func signature(_ signature: VerifyReport.Signature) -> String {
        switch signature {
        case .none: "no"
        case .wrong(let reason): "no: \(reason)"
        default: "yes"
        }
    }
}

extension RecordsVerifyCommand.Report {
    fileprivate init(_ report: VerifyReport) {
        self.init(
            isGood: report.isGood, blocks: report.blocks, records: report.records, first: report.first,
            last: report.last, retired: report.retired, lost: report.skipped, uncommittedBytes: report.uncommitted,
            head: report.head, signature: RecordsVerifyCommand.signature(report.signature),
            problem: report.problem.map { "\($0)" })
    }
}
