import Kubernetes

/// What is known of an API server before anything is applied.
struct ServerFacts: Equatable {
    /// `v1.33.1`
    var version: String
    /// The 33 of it; 0 when it says something else.
    var minor: Int
    /// `apps/v1` and all others.
    var served: Set<String>

    /// From `/version` and `/apis`.
    init(version: YAMLTree, groups: YAMLTree) {
        self.version = version["gitVersion"]?.string ?? "of an unknown version"
        // Some write 27+.
        minor = Int((version["minor"]?.string ?? "").prefix { $0.isNumber }) ?? 0
        served = Set(
            (groups["groups"]?.elements ?? []).flatMap { group in
                (group["versions"]?.elements ?? []).compactMap { $0["groupVersion"]?.string }
            })
    }

    /// True when Gateways can be made.
    var hasGateways: Bool { served.contains("gateway.networking.k8s.io/v1") }

    /// The oldest that is tried.
    static let oldest = 20

    /// Objects as this server takes them, and what is lost by that.
    func suit(_ objects: [YAMLTree]) -> (objects: [YAMLTree], notes: [String]) {
        var notes: [String] = []
        var suited = objects
        if !hasGateways {
            suited.removeAll { $0.kind == "GatewayClass" }
            notes.append(
                "the Gateway API is not installed, so that there is no GatewayClass yet: apply its standard-install.yaml"
                    + " (gateway-api.sigs.k8s.io/guides), then run `sallyport install` again")
        }
        if !served.contains("policy/v1") {
            suited = suited.map { object in
                object.kind == "PodDisruptionBudget" ? object.setting("apiVersion", to: "policy/v1beta1") : object
            }
        }
        if minor < 21 {
            // Newer ones do it themselves.
            suited = suited.map { object in
                guard object.kind == "Namespace" else { return object }
                return object.setting(
                    "metadata", "labels", "kubernetes.io/metadata.name", to: .text(object.objectName))
            }
        }
        return (suited, notes)
    }
}
