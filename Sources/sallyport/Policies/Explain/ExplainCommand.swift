import Addresses
import ArgumentParser
import Kubernetes
import Policy
import Reachability

/// `sallyport explain`
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say in words why a connection is allowed or denied, and what would change that.",
        discussion: """
            Both sides are namespace/pod, namespace/workload, an address, or for --to the name of a Service such as \
            web.shop.svc. The change that is proposed was tried.

            EXAMPLES
              sallyport explain DIR --from ai/notebook --to ai/ollama --port 11434
              sallyport explain DIR --from ai/agent --to 1.1.1.1 --port 53 --protocol UDP
            """)

    @Argument(help: "Directory of the objects.")
    var dir: String
    @Option(help: ArgumentHelp("Who opens the connection.", valueName: "party"))
    var from: String
    @Option(help: ArgumentHelp("Whom to.", valueName: "party"))
    var to: String
    @Option(help: "Port of the destination; needed for protocols that have ports.")
    var port: Int?
    @Option(name: .customLong("protocol"), help: "TCP, UDP, SCTP, ICMP, ICMPv6, or a number.")
    var proto = "TCP"
    @Option(help: ArgumentHelp("The name under which the destination was found in DNS.", valueName: "domain"))
    var name: String?
    @OptionGroup var output: OutputOptions
    @OptionGroup var cluster: ClusterOptions

    func run() throws {
        let query = try query()
        let cluster = try Cluster.read(dir, cluster)
        var evaluation = QueryEvaluation(cluster, isStaged: self.cluster.staged, isBrief: true)
        let outcome: QueryEvaluation.Outcome
        do {
            outcome = try evaluation.outcome(query)
        } catch {
            throw Failure(.usage, error.text)
        }
        let explanation = Explanation(cluster.list, outcome.example, staged: self.cluster.staged)
        let view = ExplanationView(explanation, outcome, cluster.directory)
        switch output.format {
        case .text: view.lines(.standardOutput).forEach { Terminal.standardOutput.line($0) }
        case .json: Terminal.standardOutput.line(String(decoding: view.json.text, as: UTF8.self))
        }
    }

    private func query() throws -> Query {
        guard let number = IPProtocol(proto) else { throw ValidationError("there is no protocol \(proto)") }
        var wanted: UInt16?
        if let port {
            guard number.hasPorts else { throw ValidationError("\(number) has no ports") }
            guard let exact = UInt16(exactly: port), exact > 0 else {
                throw ValidationError("--port is a number from 1 to 65535")
            }
            wanted = exact
        } else if number.hasPorts {
            throw ValidationError("--port is missing: \(number) goes to a port")
        }
        if number == .icmp { wanted = 8 << 8 }
        if number == .icmpv6 { wanted = 128 << 8 }
        return Query(from: from, to: to, proto: number, port: wanted, name: name.map(Query.domain))
    }
}
