import Kubernetes

/// Objects that are applied together, and what is waited for before those that come after them.
struct InstallPhase: Equatable {
    /// What it is called while it runs.
    var title: String
    var objects: [YAMLTree]

    /// All objects, in steps: nothing is made before what it needs.
    ///
    /// Admission comes last. Before the controller answers, our own kinds would be refused.
    static func phases(definitions: [YAMLTree], objects: [YAMLTree]) -> [InstallPhase] {
        var rest = objects
        func take(_ title: String, _ isIn: (YAMLTree) -> Bool) -> InstallPhase {
            let phase = InstallPhase(title: title, objects: rest.filter(isIn))
            rest.removeAll(where: isIn)
            return phase
        }
        let phases = [
            InstallPhase(title: "kinds", objects: definitions),
            take("namespaces") { $0.kind == "Namespace" },
            take("rights") { rights.contains($0.kind) },
            take("network policies") { $0.kind == "NetworkPolicy" },
            take("services") { ["Service", "PodDisruptionBudget", "ResourceQuota"].contains($0.kind) },
            take("pods") { ["Deployment", "StatefulSet", "DaemonSet"].contains($0.kind) },
            take("class of gateways") { $0.kind == "GatewayClass" },
            take("admission") { _ in true },
        ]
        return phases.filter { !$0.objects.isEmpty }
    }

    private static let rights: Set<String> = [
        "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding",
    ]
}
