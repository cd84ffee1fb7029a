import ArgumentParser
import Policy
import Reachability

/// `sallyport exposure`
struct ExposureCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exposure",
        abstract: "Say what is open to the outside and to other namespaces, and why.",
        discussion: """
            For each workload: who can come to it from elsewhere and where else it can go, also pods that are not there and \
            that somebody might make. Then the ways in through Services, Ingresses, Gateways and ports of nodes, and whether \
            policies let them through.

            EXAMPLES
              sallyport exposure DIR
              sallyport exposure DIR --focus 'ai/*' --output json
            """)

    @OptionGroup var objects: ObjectOptions
    @Option(help: ArgumentHelp("Only these; may be repeated.", valueName: "workload"))
    var focus: [WorkloadPattern] = []
    @OptionGroup var output: OutputOptions
    @OptionGroup var cluster: ClusterOptions

    func validate() throws {
        if focus.contains(where: \.isOutside) { throw ValidationError("outside is no workload") }
    }

    func run() async throws {
        let cluster = try await Cluster.read(objects.place(), cluster)
        let chosen = try WorkloadSelection(focus, in: cluster.list)
        let progress = Progress(isQuiet: self.cluster.quiet)
        progress.step("looking for what is open")
        let exposure = Exposure(cluster.list, cluster.objects, staged: self.cluster.staged)
        progress.end()
        var stream = ResultStream()
        switch output.format {
        case .text:
            let text = ExposureText(exposure, EntityNames(cluster.list)) { focus.isEmpty || chosen.contains($0) }
            text.lines(.standardOutput).forEach { stream.line($0) }
        case .json:
            ExposureJSON(exposure, EntityNames(cluster.list)) { focus.isEmpty || chosen.contains($0) }.write(&stream)
        }
        stream.flush()
    }
}
