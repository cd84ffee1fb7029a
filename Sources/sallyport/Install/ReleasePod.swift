import Kubernetes

/// The pod that takes our rules out of the kernel of one node, and ends.
enum ReleasePod {
    /// What is on all of them.
    static let component = "release"
    static let selector =
        "\(Installation.Labels.name)=\(Installation.Labels.ourName),\(Installation.Labels.component)=\(component)"

    /// The pod for a node, made as the agent on it was.
    ///
    /// It is bound to the node: a scheduler would leave out nodes that are cordoned, and their rules would stay.
    static func make(node: String, number: Int, agent: YAMLTree) -> YAMLTree {
        let spec = agent.at("spec", "template", "spec") ?? .map([])
        let container = spec["containers"]?.elements.first ?? .map([])
        let members: [(String, YAMLTree?)] = [
            ("name", "release"), ("image", container["image"]), ("imagePullPolicy", container["imagePullPolicy"]),
            ("args", ["agent", "--release"]), ("resources", container["resources"]),
            ("securityContext", container["securityContext"]), ("terminationMessagePolicy", "FallbackToLogsOnError"),
        ]
        let podSpec: [(String, YAMLTree?)] = [
            ("automountServiceAccountToken", false), ("containers", .list([map(members)])),
            ("enableServiceLinks", false), ("hostNetwork", true), ("imagePullSecrets", spec["imagePullSecrets"]),
            ("nodeName", .text(node)), ("priorityClassName", spec["priorityClassName"]),
            ("restartPolicy", "OnFailure"), ("securityContext", spec["securityContext"]),
            ("serviceAccountName", spec["serviceAccountName"]), ("tolerations", [["operator": "Exists"]]),
        ]
        return [
            "apiVersion": "v1", "kind": "Pod",
            "metadata": [
                "name": .text("sallyport-release-\(number)"), "namespace": .text(Installation.Namespaces.agents),
                "labels": .map([
                    .init(Installation.Labels.name, .text(Installation.Labels.ourName)),
                    .init(Installation.Labels.component, .text(component)),
                ]),
            ],
            "spec": map(podSpec),
        ]
    }

    private static func map(_ members: [(String, YAMLTree?)]) -> YAMLTree {
        .map(members.compactMap { key, value in value.map { .init(key, $0) } })
    }
}
