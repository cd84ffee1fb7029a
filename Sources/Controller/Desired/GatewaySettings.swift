import Kubernetes

/// How gateways are run, where a Gateway or its class does not say otherwise.
public struct GatewaySettings: Hashable, Sendable {
    /// The container image.
    public var image: String
    /// `Always`, `IfNotPresent` or `Never`.
    public var pullPolicy = "IfNotPresent"
    /// Secrets with credentials for the image's registry.
    public var pullSecrets: [String] = []
    /// Pods of each.
    public var replicas = 2
    /// `ClusterIP`, `NodePort` or `LoadBalancer`.
    public var serviceType = "LoadBalancer"
    /// What a container is given, and the most that it may take.
    public var resources = Resources()
    /// URL of the counters that pods share; nil: each counts for itself, or the Secret says it.
    public var counters: String?
    /// The Secret, in the gateways' namespace, with that URL under `url`: for one that has a password in it.
    public var countersSecret: String?
    /// The hub's intake; nil: records stay in the pod's log.
    public var sendTo: String? = Installation.intake
    /// The version in which disruption budgets are served; nil: in none.
    public var budgetVersion: String? = "v1"
    /// Whether each has a NetworkPolicy that opens the ports of its listeners and no others.
    public var hasNetworkPolicies = false
    /// The time that a pod has to end its requests, in seconds.
    public var grace = 90
    /// Further arguments.
    public var arguments: [String] = []

    /// Of one container.
    public struct Resources: Hashable, Sendable {
        /// Set aside for it.
        public var requests = ["cpu": "100m", "memory": "128Mi", "ephemeral-storage": "64Mi"]
        /// The most.
        public var limits = ["cpu": "2", "memory": "512Mi", "ephemeral-storage": "1Gi"]

        /// The standard.
        public init() {}
    }

    /// Gateways of that image.
    public init(image: String) { self.image = image }
}

/// What one Gateway, or its class, says about how it is run.
struct GatewayWish {
    var serviceType: String
    /// nil: somebody else decides, such as an autoscaler.
    var replicas: Int?
    /// Labels and annotations of everything that is made.
    var labels: [String: String]
    var annotations: [String: String]
    /// What was said and is not understood, each a sentence without a full stop.
    var problems: [String] = []

    static let serviceTypes = ["ClusterIP", "NodePort", "LoadBalancer"]
    /// More of one Gateway is hardly what was wanted.
    static let mostReplicas = 100

    init(_ gateway: Gateway, class gatewayClass: GatewayClass?, _ settings: GatewaySettings) {
        typealias Names = Installation.Annotations
        let own = gateway.metadata.annotations
        let theirs = gatewayClass?.metadata.annotations ?? [:]
        serviceType = settings.serviceType
        replicas = settings.replicas
        labels = gateway.infrastructure?.labels ?? [:]
        annotations = gateway.infrastructure?.annotations ?? [:]
        if let text = own[Names.serviceType] ?? theirs[Names.serviceType] {
            if Self.serviceTypes.contains(text) {
                serviceType = text
            } else {
                problems.append(
                    "annotation \(Names.serviceType) must be one of \(Self.serviceTypes.joined(separator: ", "))")
            }
        }
        if let text = own[Names.replicas] ?? theirs[Names.replicas] {
            if text == "auto" {
                replicas = nil
            } else if let number = Int(text), (1...Self.mostReplicas).contains(number) {
                replicas = number
            } else {
                problems.append("annotation \(Names.replicas) must be a number from 1 to \(Self.mostReplicas), or auto")
            }
        }
    }
}
