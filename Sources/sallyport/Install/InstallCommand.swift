import ArgumentParser
import Kubernetes

/// `sallyport install`
struct InstallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install",
        abstract: "Install into a cluster, or bring an installation up to this version.",
        discussion: """
            Applies the manifests that this program has inside, step by step, and waits for each step; in the end it says \
            whether everything is ready, and of what is not, why. What is there already is changed in place: pods are \
            replaced one after the other, and rules in the kernel of nodes stay while agents are. What is not asked for \
            again is as if it had never been asked for: say the same options as before.

            EXIT CODES
              0    everything is ready
              1    something is not ready in time
              69   the cluster does not answer, or lacks what is needed
              77   the cluster does not permit it

            EXAMPLES
              sallyport install --image registry.example.com/sallyport@sha256:... --secrets-of ai
              See what would be applied:
                sallyport install --image registry.example.com/sallyport:0.2.0 --dry-run
              Whether everything is ready:
                sallyport install --check
            """)

    @OptionGroup(title: "What to install") var options: InstallOptions
    @OptionGroup(title: "Where") var target: InstallTarget
    @Flag(help: "Print the objects as YAML, ask no cluster, and end.")
    var dryRun = false
    @Flag(help: "Change nothing; say whether everything is ready.")
    var check = false

    func validate() throws {
        guard !(dryRun && check) else { throw ValidationError("--dry-run and --check exclude each other") }
    }

    func run() async throws {
        let manifests = try InstallObjects.manifests()
        if dryRun {
            let objects = InstallObjects.make(try options.wish(), of: manifests)
            let definitions = KindSchema.all.map { $0.definition(withRules: true) }
            Terminal.standardOutput.result(
                InstallPhase.phases(definitions: definitions, objects: objects).flatMap(\.objects)
                    .map { "---\n\($0.yaml)" }.joined())
            return
        }
        let wish = check ? nil : try options.wish()
        let cluster = try target.connect()
        defer { cluster.client.shutdown() }
        let runner = InstallRunner(cluster: cluster, terminal: Terminal.standardOutput)
        if let wish {
            try await runner.install(wish, manifests)
        } else {
            try await runner.check(manifests)
        }
    }
}
