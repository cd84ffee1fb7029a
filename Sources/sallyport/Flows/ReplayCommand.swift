import ArgumentParser
import Foundation
import Hindsight
import Hub
import Kubernetes
import Synchronization

/// `sallyport replay`
struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Judge what happened again, by other objects.",
        discussion: """
            Every stored decision is put to the objects of a directory: what would be denied that was allowed, and allowed \
            that was denied, by whom, how often and when last. What cannot be told from records is said, not guessed. \
            Ends with 1 when something would be decided otherwise, for CI.

            EXAMPLES
              What would next week's policies have done to last week?
                sallyport replay --policies NEW --since 7d
              As if what is staged there were in force:
                sallyport replay --policies DIR --staged
              What would it do to a cluster to apply these?
                sallyport replay --cluster --policies CHANGED
            """)

    /// When it ends with 1.
    enum Failing: String, ExpressibleByArgument, CaseIterable {
        /// Something would be denied that was allowed.
        case denied
        /// Something would be decided otherwise.
        case any
        /// Never.
        case never
    }

    @Argument(help: ArgumentHelp("Which records; several words mean all of them.", valueName: "filter"))
    var filter: [String] = []
    @Option(
        help: ArgumentHelp(
            "Directory of the objects to judge by; with --cluster: what is applied to those of the cluster.",
            valueName: "dir"))
    var policies: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("From when: how far back, such as 15m or 7d, or RFC 3339.", valueName: "time"))
    var since = TimeOption("-7d")
    @Option(parsing: .unconditional, help: ArgumentHelp("To when.", valueName: "time"))
    var until: TimeOption?
    @Flag(help: "As if staged policies were in force.")
    var staged = false
    @Option(help: "What makes it end with 1: denied, any or never.")
    var failOn = Failing.any
    @Option(name: [.customShort("n"), .long], help: "The most groups of each kind that are shown.")
    var limit = 50
    @OptionGroup var access: HubAccess
    @OptionGroup var output: OutputOptions

    func validate() throws { try access.check(policies) }

    func run() async throws {
        let cluster = try await Cluster.read(access.objects(policies), ClusterOptions.parse(["--quiet"]))
        let walk = RecordWalk(filter: filter.joined(separator: " "), since: since, until: until)
        let replay = Mutex(Replay(objects: cluster.objects, view: staged ? .staged : .enforced))
        let coverage = try await access.open { hub in
            try await walk.run(hub) { record in replay.withLock { $0.take(record) } }
        }
        let report = replay.withLock { replay -> ReplayReport in
            replay.note(dropped: coverage.lost)
            return replay.report()
        }
        let view = ReplayView(report, coverage, limit: limit)
        switch output.format {
        case .text: view.lines(.standardOutput).forEach { Terminal.standardOutput.result($0) }
        case .json: Terminal.standardOutput.result(try JSON.text(view.json))
        }
        let isBad =
            switch failOn {
            case .denied: (report.totals[.newlyDenied]?.records ?? 0) > 0
            case .any: !report.isUnchanged
            case .never: false
            }
        if isBad { throw ExitCode(Failure.Code.findings.rawValue) }
    }
}
