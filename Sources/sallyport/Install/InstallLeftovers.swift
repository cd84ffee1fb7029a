import Kubernetes

/// What of an installation is in a cluster, by its labels.
enum InstallLeftovers {
    /// Kinds that carry our labels. Definitions and namespaces are looked after where they are named.
    static let kinds: [(apiVersion: String, kind: String)] = [
        ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"),
        ("gateway.networking.k8s.io/v1", "GatewayClass"), ("apps/v1", "Deployment"), ("apps/v1", "StatefulSet"),
        ("apps/v1", "DaemonSet"), ("v1", "Service"), ("policy/v1", "PodDisruptionBudget"), ("v1", "ResourceQuota"),
        ("networking.k8s.io/v1", "NetworkPolicy"), ("rbac.authorization.k8s.io/v1", "RoleBinding"),
        ("rbac.authorization.k8s.io/v1", "Role"), ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
        ("rbac.authorization.k8s.io/v1", "ClusterRole"), ("v1", "ServiceAccount"),
    ]

    /// The label of everything that the manifests make. What the controller makes has it too, and says who keeps it.
    static let selector =
        "\(Installation.Labels.name)=\(Installation.Labels.ourName),app.kubernetes.io/part-of=sallyport,"
        + "\(Installation.Labels.managedBy)!=\(Installation.Labels.controller)"

    /// Names of all that is there.
    static func find(in cluster: InstallCluster) async throws -> [ObjectName] {
        var names: [ObjectName] = []
        for (apiVersion, kind) in kinds {
            names += try await cluster.list(apiVersion, kind, labels: selector).compactMap(ObjectName.init)
        }
        return names
    }
}
