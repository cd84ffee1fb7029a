import Foundation
import Kubernetes

/// Where an API server is, and who we are to it.
public struct ClusterLocation: Sendable {
    /// What is said about the cluster and about us. Nothing is read of the files it names before they are needed.
    let config: Kubeconfig
    /// Where that stands, for messages.
    public let origin: String
    /// The namespace that is meant where none is named.
    public var namespace: String { config.namespace ?? "default" }
    /// URL of the server.
    public var server: String { config.server }

    init(_ config: Kubeconfig, origin: String) {
        self.config = config
        self.origin = origin
    }

    /// What kubeconfig files say.
    ///
    /// - Parameters:
    ///   - path: nil: the files that `KUBECONFIG` lists, else `~/.kube/config`.
    ///   - context: nil: the current one.
    public static func kubeconfig(
        path: String? = nil, context: String? = nil
    ) throws(ClusterError) -> ClusterLocation {
        try kubeconfig(path: path, context: context, environment: ProcessInfo.processInfo.environment)
    }

    static func kubeconfig(
        path: String?, context: String?, environment: [String: String]
    ) throws(ClusterError) -> ClusterLocation {
        let paths = path.map { [$0] } ?? standardPaths(environment)
        var files: [(path: String, bytes: [UInt8])] = []
        for path in paths {
            let whole = absolute(path)
            // Of several, those that are not there do not matter, as for kubectl.
            if paths.count > 1, !FileManager.default.fileExists(atPath: whole) { continue }
            files.append((whole, try read(whole, "the kubeconfig file")))
        }
        guard !files.isEmpty else {
            throw ClusterError(.configuration, "there is no kubeconfig file at \(paths.joined(separator: " or "))")
        }
        do {
            let config = try Kubeconfig.read(files, context: context)
            return ClusterLocation(
                config, origin: "context \(config.context) of \(files.map(\.path).joined(separator: ":"))")
        } catch {
            throw ClusterError(.configuration, error.description)
        }
    }

    /// What every pod is given: its service account's token, and the address and authorities of the API server.
    public static func inCluster() throws(ClusterError) -> ClusterLocation {
        try inCluster(environment: ProcessInfo.processInfo.environment, folder: serviceAccountFolder)
    }

    static func inCluster(environment: [String: String], folder: String) throws(ClusterError) -> ClusterLocation {
        guard let host = environment["KUBERNETES_SERVICE_HOST"], !host.isEmpty else {
            throw ClusterError(
                .configuration, "this is no pod of a cluster: KUBERNETES_SERVICE_HOST is not set; name a kubeconfig")
        }
        let port = environment["KUBERNETES_SERVICE_PORT"].flatMap(Int.init) ?? 443
        let token = "\(folder)/token"
        guard FileManager.default.fileExists(atPath: token) else {
            throw ClusterError(
                .configuration,
                "there is no \(token): the pod needs a service account with "
                    + "automountServiceAccountToken: true")
        }
        let namespace = (try? read("\(folder)/namespace", "")).map { String(decoding: $0, as: UTF8.self) }
        var config = Kubeconfig(
            context: "in-cluster", server: "https://\(host.contains(":") ? "[\(host)]" : host):\(port)",
            namespace: namespace?.trimmingCharacters(in: .whitespacesAndNewlines))
        config.authorities = .file("\(folder)/ca.crt")
        config.identity = .tokenFile(token)
        return ClusterLocation(config, origin: "the pod's service account")
    }

    /// In a pod of a cluster its own, else what kubeconfig files say.
    public static func found() throws(ClusterError) -> ClusterLocation {
        let environment = ProcessInfo.processInfo.environment
        let isInPod =
            environment["KUBERNETES_SERVICE_HOST"]?.isEmpty == false && environment["KUBECONFIG"] == nil
            && FileManager.default.fileExists(atPath: "\(serviceAccountFolder)/token")
        return isInPod ? try inCluster() : try kubeconfig()
    }

    private static let serviceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount"

    private static func standardPaths(_ environment: [String: String]) -> [String] {
        let listed = (environment["KUBECONFIG"] ?? "").split(separator: ":").map(String.init)
        return listed.isEmpty ? ["\(environment["HOME"] ?? "")/.kube/config"] : listed
    }

    private static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }

    static func read(_ path: String, _ what: String) throws(ClusterError) -> [UInt8] {
        do { return try readFile(path, limit: 16 << 20) } catch {
            throw ClusterError(.configuration, "\(what) \(path) cannot be read: \(error.reason)")
        }
    }
}
