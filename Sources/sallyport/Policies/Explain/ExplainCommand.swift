import Addresses
import ArgumentParser
import Kubernetes
import Policy
import Reachability

/// `sallyport explain`
struct ExplainCommand: AsyncParsableCommand {
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

    @OptionGroup var objects: ObjectOptions
    @Option(help: ArgumentHelp("Who opens the connection.", valueName: "party"))
    var from: String
    @Option(help: ArgumentHelp("Whom to.", valueName: "party"))
    var to: String
    @Option(help: "Port of the destination; needed for protocols that have ports.")
    var port: String?
    @Option(name: .customLong("protocol"), help: "TCP, UDP, SCTP, ICMP, ICMPv6, or a number.")
    var proto = "TCP"
    @Option(help: ArgumentHelp("The name under which the destination was found in DNS.", valueName: "domain"))
    var name: String?
    @OptionGroup var output: OutputOptions
    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        let query = try query()
        let cluster = try await Cluster.read(objects.place(), cluster)
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
        case .text: view.lines(.standardOutput).forEach { Terminal.standardOutput.result($0) }
        case .json: Terminal.standardOutput.result(String(decoding: view.json.text, as: UTF8.self))
        }
    }

    /// What is asked; a wrong option is named with what would be right.
    private func query() throws(Failure) -> Query {
        guard let number = IPProtocol(proto) else {
            let known = "TCP, UDP, UDPLite, SCTP, ICMP, ICMPv6 or a number up to 255"
            throw Failure(.usage, "--protocol \(proto) is no protocol: \(known)")
        }
        var wanted = try port(of: number)
        // What ping sends.
        if number == .icmp { wanted = 8 << 8 }
        if number == .icmpv6 { wanted = 128 << 8 }
        return Query(from: from, to: to, proto: number, port: wanted, name: name.map(Query.domain))
    }

    private func port(of number: IPProtocol) throws(Failure) -> UInt16? {
        guard let port else {
            guard number.hasPorts else { return nil }
            throw Failure(.usage, "--port is missing: \(number) goes to a port, 1 to 65535")
        }
        guard number.hasPorts else { throw Failure(.usage, "--port \(port) says nothing: \(number) has no ports") }
        guard let exact = UInt16(port), exact > 0 else {
            throw Failure(.usage, "--port \(port) is no port: 1 to 65535")
        }
        return exact
    }
}
