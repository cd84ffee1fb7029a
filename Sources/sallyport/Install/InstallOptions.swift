import ArgumentParser
import ClusterSource
import Foundation
import Kubernetes
import Logging

/// Which cluster is installed to, or from.
struct InstallTarget: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "File that says where clusters are (default: $KUBECONFIG or ~/.kube/config).", valueName: "file"))
    var kubeconfig: String?
    @Option(help: ArgumentHelp("Which context of that file (default: its current one).", valueName: "name"))
    var context: String?
    @Option(help: ArgumentHelp("How long to wait, in all.", valueName: "seconds"))
    var timeout = 300

    func validate() throws {
        guard (1...86_400).contains(timeout) else {
            throw ValidationError("--timeout is a number of seconds, from 1 to 86400")
        }
    }

    /// The way to the cluster.
    ///
    /// - Throws: `Failure` when nothing says where it is.
    func connect() throws -> InstallCluster {
        do {
            let location = try ClusterLocation.kubeconfig(path: kubeconfig, context: context)
            let logger = Logger(label: "install") { _ in SwiftLogNoOpLogHandler() }
            let client = try APIClient(location, userAgent: "sallyport-install/\(Version.text)", logger: logger)
            return InstallCluster(client: client, end: ContinuousClock.now + .seconds(timeout))
        } catch {
            throw Failure(
                .unavailable, "no cluster can be asked: \(error)", advice: "say which with --kubeconfig and --context")
        }
    }
}

/// What an installation is to be like, as it is typed.
struct InstallOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The image of all parts, with a digest or a tag: where install/image/build.sh's was pushed to.",
            valueName: "name"))
    var image: String?
    @Option(help: "When it is pulled: Always, IfNotPresent or Never.")
    var pullPolicy = "IfNotPresent"
    @Option(
        help: ArgumentHelp(
            "Secret of our namespaces with which it is pulled; may be repeated.", valueName: "name"))
    var pullSecret: [String] = []
    @Option(help: ArgumentHelp("Pods of the controller; one of them leads.", valueName: "number"))
    var replicas = 2
    @Option(help: ArgumentHelp("Pods of each Gateway that does not say it itself.", valueName: "number"))
    var gatewayReplicas = 2
    @Option(help: "Services of such Gateways: ClusterIP, NodePort or LoadBalancer.")
    var gatewayService = "LoadBalancer"
    @Option(
        help: ArgumentHelp(
            "Namespace whose Secrets and ConfigMaps objects may name, or one of them; may be repeated.",
            valueName: "namespace[/name]"))
    var secretsOf: [String] = []
    @Flag(help: "Read every ConfigMap, to find names of networks (label sallyport.dev/named-ranges).")
    var namedRanges = false
    @Flag(help: "No policies in the kernel of nodes.")
    var withoutAgent = false
    @Flag(help: "No records but those in logs, and no console.")
    var withoutHub = false
    @Option(help: ArgumentHelp("Size of the volume for history; none: it ends with the pod.", valueName: "size"))
    var hubStorage = "20Gi"
    @Option(help: ArgumentHelp("StorageClass of that volume (default: the cluster's).", valueName: "name"))
    var hubStorageClass: String?
    @Option(help: "Least level that the parts log: debug, info, notice, warning or error.")
    var logLevel = "info"

    /// - Throws: `Failure` with `usage` and what would be right.
    func wish() throws -> InstallWish {
        guard let image else {
            throw Failure(
                .usage, "which image?",
                advice: "none is published yet: make one with install/image/build.sh, push it, and name it with --image"
            )
        }
        if let problem = InstallWish.imageProblem(image) { throw Failure(.usage, "--image '\(image)' \(problem)") }
        guard let grants = InstallWish.grants(secretsOf) else {
            throw Failure(
                .usage, "--secrets-of takes a namespace, or namespace/name", advice: "like ai or ai/front-door-tls")
        }
        guard ["Always", "IfNotPresent", "Never"].contains(pullPolicy) else {
            throw Failure(.usage, "--pull-policy is Always, IfNotPresent or Never")
        }
        guard (1...10).contains(replicas) else { throw Failure(.usage, "--replicas is a number from 1 to 10") }
        guard (1...100).contains(gatewayReplicas) else {
            throw Failure(.usage, "--gateway-replicas is a number from 1 to 100")
        }
        guard ["ClusterIP", "NodePort", "LoadBalancer"].contains(gatewayService) else {
            throw Failure(.usage, "--gateway-service is ClusterIP, NodePort or LoadBalancer")
        }
        guard Logger.Level(rawValue: logLevel) != nil else {
            throw Failure(
                .usage, "--log-level '\(logLevel)' is not a level",
                advice: "one of trace, debug, info, notice, warning, error")
        }
        var wish = InstallWish(image: image)
        (wish.pullPolicy, wish.pullSecrets, wish.replicas) = (pullPolicy, pullSecret, replicas)
        (wish.gatewayReplicas, wish.gatewayService) = (gatewayReplicas, gatewayService)
        (wish.secretsOf, wish.logLevel) = (grants, logLevel)
        (wish.hasAgent, wish.hasHub, wish.hasNamedRanges) = (!withoutAgent, !withoutHub, namedRanges)
        wish.storage = try storage()
        return wish
    }

    private func storage() throws -> InstallWish.Storage {
        if hubStorage == "none" { return .pod }
        let isSize = (try? Regex("[0-9]+(\\.[0-9]+)?(Mi|Gi|Ti|M|G|T)").wholeMatch(in: hubStorage)) != nil
        guard isSize else {
            throw Failure(.usage, "--hub-storage '\(hubStorage)' is no size", advice: "like 20Gi, or none")
        }
        return .volume(size: hubStorage, className: hubStorageClass ?? "")
    }
}
