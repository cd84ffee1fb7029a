import Kubernetes

/// Names of what is made for a Gateway. It stands in one namespace with that of all others, so that the name is made of
/// the Gateway's namespace and name.
enum GatewayNames {
    /// The name of everything that is made for it: at most 63 characters, a label that begins with a letter, and not
    /// another Gateway's: `gw-team-front-door-0123456789abcdef`.
    static func name(_ gateway: NamespacedName) -> String {
        let digest = Digest.hex("\(gateway.namespace)/\(gateway.name)".utf8, digits: 16)
        let readable = "\(gateway.namespace)-\(gateway.name)".map { $0 == "." ? "-" : $0 }
        // 63, without `gw-`, `-` and the digits.
        return "gw-\(String(readable.prefix(63 - 3 - 1 - 16)))-\(digest)"
    }

    /// The labels by which its pods are found; they never change.
    static func selector(_ gateway: NamespacedName) -> [String: String] {
        typealias Labels = Installation.Labels
        return [
            Labels.name: Labels.ourName, Labels.component: "gateway", instance: name(gateway),
        ]
    }

    private static let instance = "app.kubernetes.io/instance"

    /// Labels of everything that is made for it.
    static func labels(_ gateway: Gateway) -> [String: String] {
        typealias Labels = Installation.Labels
        var labels = selector(gateway.key)
        labels[Labels.managedBy] = Labels.controller
        labels[Labels.gatewayNamespace] = gateway.metadata.namespace
        labels[Labels.gatewayName] = label(gateway.metadata.name, gateway.key)
        labels[Labels.gatewayClass] = label(gateway.gatewayClassName, gateway.key)
        return labels
    }

    /// A name may be longer than a label's value.
    private static func label(_ text: String, _ gateway: NamespacedName) -> String {
        Names.labelValueProblem(text) == nil ? text : name(gateway)
    }
}
