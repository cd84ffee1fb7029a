import ArgumentParser
import Kubernetes
import Policy
import Reachability

/// `sallyport connectivity`
struct ConnectivityCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connectivity",
        abstract: "Say who can reach whom, and on what, by the policies in a directory.",
        discussion: """
            Pairs between which nothing is allowed are left out. Workloads are named ns/name, name (in any namespace), \
            ns/* or Kind/ns/name; outside is everybody who is no workload. Pods on the network of their node are addresses \
            of that node.

            EXAMPLES
              sallyport connectivity DIR
              sallyport connectivity DIR --to ai/ollama
              sallyport connectivity DIR --focus 'ai/*' --output svg > ai.svg
              sallyport connectivity DIR --summary
            """)

    /// How connections are printed.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, csv, dot, svg, markdown
    }

    @OptionGroup var objects: ObjectOptions
    @Option(help: ArgumentHelp("Only connections that these open; may be repeated.", valueName: "workload"))
    var from: [WorkloadPattern] = []
    @Option(help: ArgumentHelp("Only connections to these; may be repeated.", valueName: "workload"))
    var to: [WorkloadPattern] = []
    @Option(help: ArgumentHelp("Only connections from or to these; may be repeated.", valueName: "workload"))
    var focus: [WorkloadPattern] = []
    @Flag(help: "Print numbers instead of connections.")
    var summary = false
    @Option(
        name: [.customShort("o"), .customLong("output")], help: "How to print: text, json, csv, dot, svg or markdown.")
    var format: Format = .text
    @OptionGroup var cluster: ClusterOptions

    func validate() throws {
        if summary, format != .text, format != .json {
            throw ValidationError("--summary is printed as text or json")
        }
    }

    func run() async throws {
        let cluster = try await Cluster.read(objects.place(), cluster)
        let view = try view(cluster)
        if summary { return try ConnectivitySummary(view).print(asJSON: format == .json) }
        var stream = ResultStream()
        switch format {
        case .text: view.text(&stream)
        case .json: view.json(&stream)
        case .csv: view.csv(&stream)
        case .markdown: view.markdown(&stream)
        case .dot: stream.write(ConnectivityGraph(view).dot)
        case .svg: stream.write(try Graphviz.svg(ConnectivityGraph(view)))
        }
        stream.flush()
    }

    private func view(_ cluster: Cluster) throws -> ConnectivityView {
        let sources = try WorkloadSelection(from, in: cluster.list)
        let targets = try WorkloadSelection(to, in: cluster.list)
        let centre = try WorkloadSelection(focus, in: cluster.list)
        let progress = Progress(isQuiet: self.cluster.quiet)
        progress.step("looking at every pair")
        defer { progress.end() }
        let reachability = Reachability(cluster.list, staged: self.cluster.staged)
        let entries = reachability.connections(
            from: { from.isEmpty || sources.contains($0) }, to: { to.isEmpty || targets.contains($0) })
        // A controller stands for whoever comes from outside.
        let ways =
            from.isEmpty || sources.hasOutside
            ? ConnectivityView.ways(cluster, staged: self.cluster.staged) { to.isEmpty || targets.contains($0) } : []
        guard !focus.isEmpty else { return ConnectivityView(entries, ways, cluster.list) }
        return ConnectivityView(
            entries.filter { centre.contains($0.from.workload) || centre.contains($0.to.workload) },
            ways.filter { centre.hasOutside || centre.contains($0.to.workload) }, cluster.list)
    }
}

extension Entity {
    /// nil: it is outside.
    var workload: WorkloadName? { if case .workload(let name) = self { name } else { nil } }
}
