import ArgumentParser
import Foundation
import Kubernetes
import Routing

/// `sallyport status`
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Say what is thought of each object: accepted, in force, or why not.",
        discussion: """
            Asks a running gateway at its admin address; or, given a directory, computes what a gateway would say.

            EXIT CODES
              0    everything is as the objects ask
              1    something is not
              69   no gateway answers

            EXAMPLES
              sallyport status
              sallyport status --admin 127.0.0.1:9470 --output json
              sallyport status DIR
            """)

    @Argument(help: "Directory of objects, instead of a running gateway.")
    var dir: String?
    @OptionGroup(title: "A cluster, instead of a running gateway") var choice: ClusterChoice
    @Option(help: "Admin address of the running gateway.")
    var admin = AdminAddress.standard
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let place = ObjectPlace(directory: dir, cluster: choice.access())
        let isComputed = dir != nil || choice.isMeant
        let report = try isComputed ? await Self.computed(place) : Self.asked(AdminAddress(admin))
        switch output.format {
        case .json: Terminal.standardOutput.result(try JSON.text(report))
        case .text: StatusText(report, Terminal.standardOutput).lines.forEach { Terminal.standardOutput.result($0) }
        }
        if !report.isGood { throw ExitCode(Failure.Code.findings.rawValue) }
    }

    private static func computed(_ place: ObjectPlace) async throws -> StatusReport {
        let now = Date()
        let objects = try await place.read()
        // Certificates of our own are made by a gateway on this machine, not in a cluster.
        let snapshot = try place.cluster == nil ? LocalPreview.fill(objects, now: now) : objects
        let routing = place.cluster == nil ? RoutingOptions.embedded : RoutingOptions()
        return StatusReport(directory: place.title, snapshot: snapshot, routing: routing, now: now)
    }

    private static func asked(_ address: AdminAddress) throws -> StatusReport {
        func unavailable(_ why: String) -> Failure {
            Failure(
                .unavailable, "no gateway answers at \(address): \(why)",
                advice: "start one with `sallyport up`, say where it is with --admin, or name a directory")
        }
        let answer: PlainHTTP.Response
        do throws(PlainHTTP.Problem) {
            answer = try PlainHTTP.get(host: address.host, port: address.port, path: "/status", seconds: 10)
        } catch {
            throw unavailable(error.text)
        }
        guard answer.status == 200 else { throw unavailable("it answers \(answer.status)") }
        guard var report = try? JSONDecoder().decode(StatusReport.self, from: Data(answer.body)) else {
            throw unavailable("what answers is not sallyport \(Version.text)")
        }
        report.admin = address.description
        return report
    }
}

/// A report for people.
struct StatusText {
    private let report: StatusReport
    private let terminal: Terminal

    init(_ report: StatusReport, _ terminal: Terminal) {
        self.report = report
        self.terminal = terminal
    }

    var lines: [String] {
        var lines: [String] = []
        if let revision = report.revision {
            let state = report.ready == true ? terminal.styled("ready", .good) : terminal.styled("not ready", .bad)
            lines.append("\(report.admin ?? report.directory): \(state), revision \(revision)")
            lines += (report.listening ?? [:]).sorted { $0.key < $1.key }.map { "  listening on \($0.value)" }
        }
        for object in report.objects { lines += text(of: object) }
        for mistake in report.mistakes {
            lines.append("\(terminal.styled("mistake:", .bad)) \(mistake.text(in: report.directory))")
        }
        for file in report.unreadable {
            let consequence = "cannot be read; everything is denied until it can"
            lines.append("\(terminal.styled("unreadable:", .bad)) \(Printable.oneLine(file)): \(consequence)")
        }
        if report.objects.isEmpty { lines.append("there are no objects that have a status") }
        return lines
    }

    private func text(of object: StatusReport.Entry) -> [String] {
        let mark = object.isGood ? terminal.styled("ok ", .good) : terminal.styled("bad", .bad)
        var lines = ["\(mark) \(Printable.oneLine(object.title))\(held(object.conditions))"]
        lines += failures(object.conditions, indentation: "      ")
        for part in object.parts {
            let routes = part.attachedRoutes.map { ", \(Words.count($0, "route"))" } ?? ""
            lines.append("      \(Printable.oneLine(part.name))\(held(part.conditions))\(routes)")
            lines += failures(part.conditions, indentation: "        ")
        }
        return lines
    }

    /// Types of the conditions that are good, in one line.
    private func held(_ conditions: [StatusReport.Condition]) -> String {
        let types = conditions.compactMap { $0.isGood ? $0.shown : nil }
        return types.isEmpty ? "" : ": \(types.joined(separator: ", "))"
    }

    private func failures(_ conditions: [StatusReport.Condition], indentation: String) -> [String] {
        conditions.filter { !$0.isGood }.map { condition in
            let message = condition.message.isEmpty ? "" : ": \(condition.message)"
            let text = "\(condition.type) is \(condition.status): \(condition.reason)\(message)"
            return indentation + Printable.oneLine(text)
        }
    }
}

extension PlainHTTP.Problem {
    /// Why there is no answer, in words.
    var text: String {
        switch self {
        case .unknownHost: "the host is not known"
        case .refused(let why): why
        case .timedOut: "it takes too long"
        case .notHTTP: "what answers does not speak HTTP"
        case .tooLarge: "the answer is too large"
        }
    }
}
