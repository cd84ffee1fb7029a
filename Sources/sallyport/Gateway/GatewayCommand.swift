import Addresses
import ArgumentParser
import Foundation
import Kubernetes

/// `sallyport gateway`
struct GatewayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gateway",
        abstract: "Be the front door of one Gateway of a cluster.",
        discussion: """
            What the pods run that `sallyport controller` makes for a Gateway: objects come from the API server, and only \
            that Gateway's listeners are served. Listener ports below 1024 are opened 10000 higher; the Service maps them \
            back. While the API server is away the last good configuration stays in force.

            At SIGTERM it is not ready any more, but serves whom the Service still sends for --lameduck seconds; answers \
            ask callers for a new connection. Then requests that run may finish, as long as the Gateway's limits say.

            EXAMPLES
              sallyport gateway --gateway ai/front --cluster --send-to sallyport-hub.sallyport-system.svc:9481 \
            --send-cert tls.crt --send-key tls.key --send-ca ca.crt
            """)

    @Option(help: ArgumentHelp("The Gateway that is served.", valueName: "namespace/name"))
    var gateway: String
    @OptionGroup(title: "The cluster") var choice: ClusterChoice
    @Option(help: ArgumentHelp("Address to listen on.", valueName: "address"))
    var bind = "0.0.0.0"
    @Option(help: ArgumentHelp("Address of /healthz, /readyz, /metrics and /status.", valueName: "address:port"))
    var admin = "0.0.0.0:\(Installation.Ports.admin)"
    @Option(help: ArgumentHelp("Directory for records and spending.", valueName: "dir"))
    var state = Installation.Folders.state
    @Option(help: ArgumentHelp("Node that this runs on, for Services that prefer what is near.", valueName: "name"))
    var node: String?
    @Option(help: "Event loops, each a thread (default: one per processor).")
    var threads: Int?
    @Option(help: ArgumentHelp("'-' prints every record to standard output too.", valueName: "-"))
    var records: String?
    @Option(
        help: ArgumentHelp(
            "After SIGTERM new connections are served this long: the time in which a Service forgets a pod.",
            valueName: "seconds"))
    var lameduck = 5
    @OptionGroup var counters: CounterOptions
    @OptionGroup(title: "A hub elsewhere") var send: SendOptions
    @Option(help: "Least level that is logged: debug, info, notice, warning or error.")
    var logLevel = "info"

    func run() async throws {
        let parts = gateway.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else {
            throw Failure(.usage, "--gateway '\(gateway)' is not a Gateway", advice: "write it like ai/front")
        }
        guard (0...600).contains(lameduck) else {
            throw Failure(.usage, "--lameduck \(lameduck): seconds from 0 to 600")
        }
        var raw = UpPlan.Raw()
        raw.door = UpPlan.Door(
            cluster: choice.access() ?? ClusterAccess(kubeconfig: nil, context: nil),
            gateway: NamespacedName(parts[0], parts[1]), node: node, lameduck: lameduck)
        raw.bind = bind
        raw.admin = admin
        raw.state = state
        raw.threads = threads
        raw.records = records
        raw.counters = counters.counters
        raw.countersFail = counters.countersFail
        raw.hub.console = nil
        raw.send = try send.plan()
        raw.logLevel = logLevel
        try await UpRunner(plan: UpPlan(raw, environment: ProcessInfo.processInfo.environment)).run()
    }
}

/// Where budgets are counted: the same words for all commands that serve.
struct CounterOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Count budgets in a Redis or Valkey server that gateways share (or in SALLYPORT_COUNTERS).",
            valueName: "redis://host:port"))
    var counters: String?
    @Option(
        help: ArgumentHelp(
            "While the shared counters do not answer: deny, or spend a part of every limit here.",
            valueName: "closed|local:N/M"))
    var countersFail = "closed"
}
