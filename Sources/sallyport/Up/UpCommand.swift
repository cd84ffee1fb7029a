import Agent
import ArgumentParser
import Foundation

/// `sallyport up`
struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Run the front door here.",
        discussion: """
            Serves the Gateways of a directory of Kubernetes objects and follows every change of it; or, with \
            --protect, makes the objects for one server itself. Listens on loopback unless told otherwise. \
            HTTPS listeners without a certificate get one from a local authority, kept in the state directory. \
            SIGTERM and Ctrl-C let running requests finish; a second one ends them.

            EXAMPLES
              Protect a server on this machine:
                sallyport up --protect http://127.0.0.1:11434
              The same without asking, reachable from the network, keeping the objects:
                sallyport up --protect http://127.0.0.1:8000 --server vllm --bind 0.0.0.0 --write DIR
              Run a directory, with every decision printed:
                sallyport up DIR --records -
              Count budgets together with other gateways:
                sallyport up DIR --counters redis://127.0.0.1:6379
              Enforce the directory's policies between the pods of this node as well:
                sallyport up DIR --node worker-1
            """)

    @Argument(help: "Directory of the objects.")
    var dir: String?
    @Option(help: ArgumentHelp("Protect the server at this URL; no directory is needed.", valueName: "url"))
    var protect: String?
    @Option(help: "What stands there; asked or found out otherwise.")
    var server: ServerKind?
    @Option(help: "Port of the front door, with --protect (default: 8443, or 8080 with --plaintext).")
    var listen: Int?
    @Option(help: ArgumentHelp("Keep the objects of --protect in this directory.", valueName: "dir"))
    var write: String?
    @Option(help: ArgumentHelp("Address to listen on.", valueName: "address"))
    var bind = "127.0.0.1"
    @Option(help: ArgumentHelp("Address of /healthz, /readyz, /metrics and /status.", valueName: "address:port"))
    var admin = AdminAddress.standard
    @Option(
        help: ArgumentHelp(
            "Directory for records and certificates (default: $XDG_STATE_HOME/sallyport or ~/.local/state/sallyport).",
            valueName: "dir"))
    var state: String?
    @Flag(help: "Serve without TLS; on loopback only.")
    var plaintext = false
    @Option(help: "Event loops, each a thread (default: one per processor).")
    var threads: Int?
    @Option(help: ArgumentHelp("'-' prints every record to standard output too.", valueName: "-"))
    var records: String?
    @OptionGroup var counters: CounterOptions
    @Option(
        help: ArgumentHelp(
            "Enforce the policies of the directory for the pods of this node too, in the kernel; needs root.",
            valueName: "name"))
    var node: String?
    @OptionGroup var filter: FilterOptions
    @OptionGroup(title: "Hub and console") var hub: HubOptions
    @OptionGroup(title: "A hub elsewhere") var send: SendOptions
    @Option(help: "Least level that is logged: debug, info, notice, warning or error.")
    var logLevel = "info"
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let raw = UpPlan.Raw(
            directory: dir, protect: protect, server: server, listen: listen, write: write, bind: bind, admin: admin,
            state: state, isPlaintext: plaintext, threads: threads, records: records,
            counters: counters.counters, countersFail: counters.countersFail,
            node: try node.map { try filter.settings(node: $0, logGroup: NodeSettings.usualLogGroup) },
            hub: try hub.plan(), send: try send.plan(), logLevel: logLevel,
            format: output.format)
        try await UpRunner(plan: UpPlan(raw, environment: ProcessInfo.processInfo.environment)).run()
    }
}
