import ArgumentParser
import Policy
import Reachability

/// `sallyport diff`
struct DiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Say which connections two directories of objects allow differently, and why.",
        discussion: """
            Where the new objects have Guarantees, these are also proved for every state in between, in the order in which \
            changes are applied, object by object; where that order breaks one, another is proposed if there is one.

            EXIT CODES
              0    done, whether there are differences or not
              65   there are mistakes in one of the directories

            EXAMPLES
              sallyport diff OLD NEW
              sallyport diff DIR --cluster
              sallyport diff OLD NEW --output markdown >> "$GITHUB_STEP_SUMMARY"
            """)

    /// How changes are printed.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, csv, markdown
    }

    @Argument(help: ArgumentHelp("Directory of the objects before, then after; one with --cluster.", valueName: "dir"))
    var directories: [String]
    @OptionGroup(title: "A cluster, to which the directory is applied") var choice: ClusterChoice
    @Flag(help: "Do not look at the states in between.")
    var endsOnly = false
    @Option(name: [.customShort("o"), .customLong("output")], help: "How to print: text, json, csv or markdown.")
    var format: Format = .text
    @OptionGroup var cluster: ClusterOptions

    func validate() throws {
        guard directories.count == (choice.isMeant ? 1 : 2) else {
            throw ValidationError("name two directories, before and after; or one, to be applied to the --cluster")
        }
    }

    func run() async throws {
        let (old, new) = places
        let before = try await Cluster.read(old, cluster)
        let after = try await Cluster.read(new, cluster)
        let progress = Progress(isQuiet: cluster.quiet)
        progress.step("comparing every pair")
        let difference = Difference(before.list, after.list, staged: cluster.staged)
        progress.step("proving what holds in between")
        let transition = transition(before, after)
        progress.end()
        var stream = ResultStream()
        let view = DifferenceView(difference, transition)
        switch format {
        case .text: view.text(&stream, .standardOutput)
        case .json: view.json(&stream)
        case .csv: view.csv(&stream)
        case .markdown: view.markdown(&stream)
        }
        stream.flush()
    }

    /// Before and after.
    private var places: (ObjectPlace, ObjectPlace) {
        guard let there = choice.access() else {
            return (ObjectPlace(directory: directories[0]), ObjectPlace(directory: directories[1]))
        }
        return (ObjectPlace(directory: nil, cluster: there), ObjectPlace(directory: directories[0], cluster: there))
    }

    private func transition(_ before: Cluster, _ after: Cluster) -> Transition? {
        guard !endsOnly, !after.objects.guarantees.isEmpty else { return nil }
        let transition = Transition(
            from: before.objects, to: after.objects, staged: cluster.staged,
            podRanges: cluster.podBlocks.map(\.prefix))
        return transition.steps.isEmpty ? nil : transition
    }
}
