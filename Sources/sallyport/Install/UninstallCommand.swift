import ArgumentParser

/// `sallyport uninstall`
struct UninstallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uninstall",
        abstract: "Take an installation out of a cluster.",
        discussion: """
            Removes everything that `sallyport install` made, and what was made for Gateways of our class: they serve no \
            more. Rules are taken out of the kernel of every node: policies between workloads are enforced no more. \
            Definitions of our kinds and the objects of those kinds stay, unless --crds is said. History goes with its \
            volume.

            EXIT CODES
              0    nothing is left
              1    something is left, and it is said what
              69   the cluster does not answer
              77   the cluster does not permit it

            EXAMPLES
              See what would go:
                sallyport uninstall --dry-run
              sallyport uninstall --yes
              Before `helm uninstall`, which cannot reach into nodes:
                sallyport uninstall --nodes-only --yes
            """)

    @OptionGroup(title: "Where") var target: InstallTarget
    @Flag(help: "Do not ask.")
    var yes = false
    @Flag(help: "Say what would go, and end.")
    var dryRun = false
    @Flag(help: "Take agents and their rules off the nodes, and leave everything else.")
    var nodesOnly = false
    @Flag(help: "Definitions of our kinds too, and with them every object of those kinds.")
    var crds = false

    func validate() throws {
        guard !(nodesOnly && crds) else { throw ValidationError("--nodes-only and --crds exclude each other") }
    }

    func run() async throws {
        let cluster = try target.connect()
        defer { cluster.client.shutdown() }
        let uninstaller = Uninstaller(
            cluster: cluster, terminal: Terminal.standardOutput, nodesOnly: nodesOnly, withDefinitions: crds)
        let plan = try await uninstaller.plan()
        guard !plan.isEmpty else {
            Terminal.standardOutput.line("Nothing of Sallyport is in this cluster.")
            return
        }
        for line in plan.lines { Terminal.standardOutput.line(Printable.oneLine(line)) }
        if dryRun { return }
        guard yes || confirmed() else {
            throw Failure(.usage, "nothing was removed", advice: "say --yes to remove what is listed above")
        }
        try await uninstaller.remove(plan)
    }

    private func confirmed() -> Bool {
        guard Terminal.canAsk else { return false }
        Terminal.standardError.text("Remove this? Type yes: ")
        return readLine() == "yes"
    }
}
