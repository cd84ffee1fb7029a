import ArgumentParser
import ClusterSource
import Controller
import Foundation
import Gateway
import Kubernetes
import Logging

/// `sallyport controller`
struct ControllerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "controller",
        abstract: "Run the Gateways of a cluster, and say in every object's status what became of it.",
        discussion: """
            Of several controllers one leads: it deploys what each Gateway of class \(Installation.className) needs into \
            \(Installation.Namespaces.gateways), writes the status of objects, and makes the certificates of hub, \
            gateways, agents and webhook. All of them answer at admission: objects with mistakes, and policies that would \
            break a Guarantee, are refused. `sallyport install` runs it; outside of a cluster it uses a kubeconfig.

            EXAMPLES
              sallyport controller --gateway-image example.com/sallyport:1
              sallyport controller --kubeconfig FILE --webhook none --admin 127.0.0.1:9090
            """)

    @OptionGroup(title: "The cluster") var choice: ClusterChoice
    @Option(
        help: ArgumentHelp(
            "Name in the election; a part of it is made up (default: $POD_NAME, else the host's name).",
            valueName: "name"))
    var identity: String?
    @OptionGroup(title: "Gateways") var gateways: GatewayRunOptions
    @Option(help: ArgumentHelp("Where API servers ask about objects; none: they do not.", valueName: "address:port"))
    var webhook = "0.0.0.0:\(Installation.Ports.webhook)"
    @Option(
        help: ArgumentHelp(
            "PEM file of authorities: only API servers with a certificate by one of them may ask.", valueName: "file"))
    var webhookClientCa: String?
    @Option(help: ArgumentHelp("Address of /livez, /readyz, /metrics and /status; none.", valueName: "address:port"))
    var admin = "127.0.0.1:\(Installation.Ports.admin)"
    @Option(help: "Who makes the certificates of our own parts: own, or external (cert-manager, or by hand).")
    var certificates = "own"
    @Option(help: ArgumentHelp("The domain of Services.", valueName: "domain"))
    var clusterDomain = "cluster.local"
    @Option(help: "Least level that is logged: debug, info, notice, warning or error.")
    var logLevel = "info"

    func run() async throws {
        guard let level = Logger.Level(rawValue: logLevel.lowercased()) else {
            throw Failure(
                .usage, "--log-level '\(logLevel)' is not a level",
                advice: "one of trace, debug, info, notice, warning, error, critical")
        }
        let logger = Logger(label: "sallyport", factory: { _ in PlainLog(logLevel: level) })
        let signals = try Signals([SIGTERM, SIGINT])
        let access = choice.access() ?? ClusterAccess(kubeconfig: nil, context: nil)
        let client = try access.client(as: "controller", logger: logger)
        defer { client.shutdown() }
        let source = APIServerSource(client: client, scope: .all, logger: logger)
        let controller = Controller(
            try configuration(budgets: await Self.budgets(client)), client: client, source: source, logger: logger)
        let pages = try await open(AdminPages(controller, source: source))
        let running = Task { try await controller.run() }
        let ending = Task {
            for await _ in signals.stream { break }
            running.cancel()
        }
        do {
            try await running.value
        } catch is CancellationError {
        } catch {
            throw Failure(.unavailable, "the controller cannot run: \(error)", advice: "see --webhook")
        }
        ending.cancel()
        await pages?.close()
        logger.notice("ended")
    }

    private func open(_ pages: AdminPages) async throws -> AdminServer? {
        guard admin != "none" else { return nil }
        let place = try AdminAddress(admin)
        do {
            return try await AdminServer(pages, host: place.host, port: place.port)
        } catch {
            throw Failure(
                .unavailable, "the admin address \(place) cannot be opened: \(error)",
                advice: "choose another with --admin")
        }
    }

    /// The version in which disruption budgets are served.
    private static func budgets(_ client: APIClient) async throws -> String? {
        do {
            return try await client.resource(
                group: "policy", kind: "PodDisruptionBudget", versions: ["v1", "v1beta1"])?.version
        } catch {
            throw Failure(.unavailable, "the cluster does not answer: \(error)")
        }
    }

    private func configuration(budgets version: String?) throws -> ControllerConfiguration {
        let environment = ProcessInfo.processInfo.environment
        let name = identity ?? environment["POD_NAME"] ?? ProcessInfo.processInfo.hostName
        // Also who has the same name was another.
        var configuration = ControllerConfiguration(
            identity: "\(name)_\(UUID().uuidString.lowercased())", judge: .standard)
        configuration.gateways = try gateways.settings(budgets: version)
        guard ["own", "external"].contains(certificates) else {
            throw Failure(.usage, "--certificates '\(certificates)' is not a choice", advice: "own or external")
        }
        configuration.makesCertificates = certificates == "own"
        configuration.clusterDomain = clusterDomain
        if webhook != "none" {
            let place = try AdminAddress(webhook)
            configuration.webhook = .init(
                endpoint: .init(host: place.host, port: place.port), clientAuthorities: webhookClientCa)
        }
        return configuration
    }
}
