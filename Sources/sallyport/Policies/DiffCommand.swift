import ArgumentParser
import Policy
import Reachability

/// `sallyport diff`
struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Say which connections two directories of objects allow differently, and why.",
        discussion: """
            EXIT CODES
              0    done, whether there are differences or not
              65   there are mistakes in one of the directories

            EXAMPLES
              sallyport diff OLD NEW
              sallyport diff OLD NEW --output markdown >> "$GITHUB_STEP_SUMMARY"
            """)

    /// How changes are printed.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, csv, markdown
    }

    @Argument(help: "Directory of the objects before.")
    var old: String
    @Argument(help: "Directory of the objects after.")
    var new: String
    @Option(name: [.customShort("o"), .customLong("output")], help: "How to print: text, json, csv or markdown.")
    var format: Format = .text
    @OptionGroup var cluster: ClusterOptions

    func run() throws {
        let before = try Cluster.read(old, cluster)
        let after = try Cluster.read(new, cluster)
        let progress = Progress(isQuiet: cluster.quiet)
        progress.step("comparing every pair")
        let difference = Difference(before.list, after.list, staged: cluster.staged)
        progress.end()
        var stream = ResultStream()
        let view = DifferenceView(difference)
        switch format {
        case .text: view.text(&stream, .standardOutput)
        case .json: view.json(&stream)
        case .csv: view.csv(&stream)
        case .markdown: view.markdown(&stream)
        }
        stream.flush()
    }
}
