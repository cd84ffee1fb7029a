import ArgumentParser
import Kubernetes
import Policy
import Reachability

/// `sallyport check`
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Find everything that is wrong with the policies in a directory; made for pipelines.",
        discussion: """
            Reads the objects, looks for policies that do not do what was meant, and proves the Guarantees, also as if \
            staged policies were in force. Where the objects have mistakes, only these are listed: what is said of other \
            policies than were meant would be wrong.

            EXIT CODES
              0    nothing is wrong; there may be warnings
              1    there are errors: a Guarantee is refuted, or a policy is wrong; with --strict also: warnings
              65   there are mistakes in the objects

            EXAMPLES
              sallyport check DIR
              sallyport check DIR --strict --output github
              sallyport check DIR --output sarif > sallyport.sarif
            """)

    /// How findings are printed.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, sarif, github
    }

    @OptionGroup var objects: ObjectOptions
    @Flag(help: "End with 1 when there are warnings, too.")
    var strict = false
    @Option(name: [.customShort("o"), .customLong("output")], help: "How to print: text, json, sarif or github.")
    var format: Format = .text
    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        let cluster = try await Cluster.readWhateverItIs(objects.place(), cluster)
        let progress = Progress(isQuiet: self.cluster.quiet)
        progress.step("checking")
        let report = CheckReport(cluster)
        progress.end()
        var stream = ResultStream()
        switch format {
        case .text: report.lines(.standardOutput).forEach { stream.line($0) }
        case .json: report.json(&stream)
        case .sarif: SarifReport(report).write(&stream)
        case .github: report.annotations.forEach { stream.line($0) }
        }
        stream.flush()
        let code = report.exitCode(isStrict: strict)
        if code != 0 { throw ExitCode(code) }
    }
}
