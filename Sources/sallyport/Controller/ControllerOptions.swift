import ArgumentParser
import Controller
import Kubernetes

/// How gateways are run, as it was asked for on the command line.
struct GatewayRunOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Image of the gateways' containers; none: others run the gateways.", valueName: "image"))
    var gatewayImage: String?
    @Option(help: "When the image is pulled: Always, IfNotPresent or Never.")
    var gatewayPullPolicy = "IfNotPresent"
    @Option(help: ArgumentHelp("Secret with credentials for the image's registry; may be repeated.", valueName: "name"))
    var gatewayPullSecret: [String] = []
    @Option(help: "Pods of each Gateway.")
    var gatewayReplicas = 2
    @Option(help: "Services of the Gateways: ClusterIP, NodePort or LoadBalancer.")
    var gatewayService = "LoadBalancer"
    @Option(
        help: ArgumentHelp(
            "What a gateway is given: cpu=100m, memory=128Mi; may be repeated.", valueName: "name=amount"))
    var gatewayRequest: [String] = []
    @Option(help: ArgumentHelp("The most that a gateway may take; may be repeated.", valueName: "name=amount"))
    var gatewayLimit: [String] = []
    @Option(help: ArgumentHelp("Counters that the pods of a Gateway share, without a password.", valueName: "url"))
    var gatewayCounters: String?
    @Option(
        help: ArgumentHelp(
            "Secret in \(Installation.Namespaces.gateways) whose `url` says it, for one with a password.",
            valueName: "name"))
    var gatewayCountersSecret: String?
    @Option(help: ArgumentHelp("Where gateways send records; none: nowhere.", valueName: "host:port"))
    var gatewaySendTo = Installation.intake
    @Flag(help: "Give each Gateway a NetworkPolicy that opens the ports of its listeners and no others.")
    var gatewayNetworkPolicies = false
    @Option(
        parsing: .singleValue, help: ArgumentHelp("One more argument of gateways; may be repeated.", valueName: "text"))
    var gatewayArgument: [String] = []

    /// nil: others run them.
    ///
    /// - Throws: `Failure` when something is not understood.
    func settings(budgets version: String?) throws -> GatewaySettings? {
        guard let image = gatewayImage else { return nil }
        var settings = GatewaySettings(image: image)
        settings.pullPolicy = try Self.choice(
            gatewayPullPolicy, "--gateway-pull-policy", ["Always", "IfNotPresent", "Never"])
        settings.pullSecrets = gatewayPullSecret
        guard (1...100).contains(gatewayReplicas) else {
            throw Failure(.usage, "--gateway-replicas is a number from 1 to 100")
        }
        settings.replicas = gatewayReplicas
        settings.serviceType = try Self.choice(
            gatewayService, "--gateway-service", ["ClusterIP", "NodePort", "LoadBalancer"])
        try Self.add(gatewayRequest, "--gateway-request", to: &settings.resources.requests)
        try Self.add(gatewayLimit, "--gateway-limit", to: &settings.resources.limits)
        settings.counters = gatewayCounters
        settings.countersSecret = gatewayCountersSecret
        settings.sendTo = gatewaySendTo == "none" ? nil : gatewaySendTo
        settings.arguments = gatewayArgument
        settings.hasNetworkPolicies = gatewayNetworkPolicies
        settings.budgetVersion = version
        return settings
    }

    private static func choice(_ text: String, _ option: String, _ choices: [String]) throws -> String {
        guard choices.contains(text) else {
            throw Failure(
                .usage, "\(option) '\(text)' is not a choice", advice: "one of \(choices.joined(separator: ", "))")
        }
        return text
    }

    private static func add(_ entries: [String], _ option: String, to amounts: inout [String: String]) throws {
        for entry in entries {
            let parts = entry.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else {
                throw Failure(.usage, "\(option) '\(entry)' has no amount", advice: "write it like memory=256Mi")
            }
            amounts[parts[0]] = parts[1]
        }
    }
}
