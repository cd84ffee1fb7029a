import ArgumentParser
import Foundation
import Kubernetes

/// `sallyport console`
struct ConsoleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "console",
        abstract: "Print a link that opens the console of this machine, once.",
        discussion: """
            The link is for who runs `sallyport up`, and needs no key. Others log in with an access key that has a console \
            role, or at an issuer. With --cluster: a token that logs in to the console of the cluster, for an hour, for who may             make tokens of its account; and how to get there.
            """)

    @Option(help: ArgumentHelp("State directory of the `sallyport up` that is asked.", valueName: "dir"))
    var state: String?
    @OptionGroup(title: "The console of a cluster") var choice: ClusterChoice

    func run() async throws {
        if let cluster = choice.access() { return try await Self.tell(cluster) }
        let state = try UpPlan.state(state, ProcessInfo.processInfo.environment)
        guard let text = try? String(contentsOfFile: LoginLink.path(in: state), encoding: .utf8) else {
            throw Failure(
                .unavailable, "no console runs on this machine with the state directory \(state)",
                advice: "start `sallyport up`, or say --state DIR")
        }
        Terminal.standardOutput.result(text.trimmingCharacters(in: .whitespacesAndNewlines))
    }

    private static func tell(_ cluster: ClusterAccess) async throws {
        let token = try await cluster.withClient { try await ClusterHub(client: $0).token() }
        let (namespace, service, port) = (
            Installation.Namespaces.system, Installation.Services.hub, Installation.Ports.console
        )
        let messages = Terminal.standardError
        messages.line("Make a way:  kubectl -n \(namespace) port-forward service/\(service) \(port)")
        messages.line("Open         https://localhost:\(port)")
        messages.line("and log in with this token, which is good for an hour:")
        Terminal.standardOutput.result(token)
    }
}
