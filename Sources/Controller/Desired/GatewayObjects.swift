import ClusterSource
import Kubernetes
import ModelTraffic

/// Everything that is made for one Gateway.
struct GatewayObjects {
    let gateway: Gateway
    let wish: GatewayWish
    let settings: GatewaySettings
    private let name: String
    private let ports: [Int: Int]

    /// - Parameter added: listeners of ListenerSets.
    init(
        _ gateway: Gateway, adding added: [Gateway.Listener] = [], class gatewayClass: GatewayClass?,
        _ settings: GatewaySettings
    ) {
        self.gateway = gateway
        self.settings = settings
        wish = GatewayWish(gateway, class: gatewayClass, settings)
        name = GatewayNames.name(gateway.key)
        let listeners = (gateway.listeners + added).filter { Self.protocols.contains($0.protocolName) }
        ports = Installation.podPorts(listeners.map(\.port))
    }

    /// Protocols of listeners that we serve.
    private static let protocols: Set<String> = ["HTTP", "HTTPS", "TLS"]

    /// The kinds that are made, in the order in which they are applied. A NetworkPolicy of the one that was may be left
    /// where none is wanted any more.
    static func kinds(budgets version: String?) -> [APIResource] {
        [account, policy, service, deployment] + (version.map { [budget($0)] } ?? [])
    }

    static let account = APIResource(group: "", version: "v1", plural: "serviceaccounts", kind: "ServiceAccount")
    static let policy = APIResource(
        group: "networking.k8s.io", version: "v1", plural: "networkpolicies", kind: "NetworkPolicy")
    static let service = APIResource(group: "", version: "v1", plural: "services", kind: "Service")
    static let deployment = APIResource(group: "apps", version: "v1", plural: "deployments", kind: "Deployment")
    static func budget(_ version: String) -> APIResource {
        APIResource(group: "policy", version: version, plural: "poddisruptionbudgets", kind: "PodDisruptionBudget")
    }

    /// All of it, in that order.
    var all: [DesiredObject] {
        let labels = wish.labels.merging(GatewayNames.labels(gateway)) { $1 }
        let pods = GatewayPods(
            gateway: gateway, wish: wish, settings: settings, labels: labels, ports: ports.values.sorted())
        var objects = [
            object(Self.account, labels, ["automountServiceAccountToken": .bool(false)]),
            object(Self.deployment, labels, ["spec": pods.deploymentSpec()]),
        ]
        if !ports.isEmpty { objects.insert(object(Self.service, labels, ["spec": serviceSpec()]), at: 1) }
        if settings.hasNetworkPolicies { objects.insert(object(Self.policy, labels, ["spec": policySpec()]), at: 1) }
        if let version = settings.budgetVersion {
            objects.append(object(Self.budget(version), labels, ["spec": budgetSpec()]))
        }
        return objects
    }

    private func object(
        _ kind: APIResource, _ labels: [String: String], _ members: [String: JSONLiteral]
    ) -> DesiredObject {
        var annotations = wish.annotations
        annotations[Installation.Annotations.madeFor] = gateway.key.description
        var object = DesiredObject(
            resource: kind, namespace: Installation.Namespaces.gateways, name: name, labels: labels,
            annotations: annotations, members: members)
        object.annotations[DesiredObject.wishAnnotation] = Digest.hex(object.body.text, digits: 16)
        return object
    }

    /// The front door is for everybody who can show a key, on the ports of its listeners and no others: the gateway tells
    /// about itself on another one.
    private func policySpec() -> JSONLiteral {
        let open = ports.values.sorted().map { JSONLiteral.object(["port": .number($0), "protocol": .string("TCP")]) }
        return .object([
            "podSelector": .object(["matchLabels": .map(GatewayNames.selector(gateway.key))]),
            "policyTypes": .array([.string("Ingress")]),
            "ingress": .array(open.isEmpty ? [] : [.object(["ports": .array(open)])]),
        ])
    }

    private func serviceSpec() -> JSONLiteral {
        let asked = gateway.addresses.first { $0.type == "IPAddress" && !($0.value ?? "").isEmpty }?.value
        return .object([
            "type": .string(wish.serviceType),
            "selector": .map(GatewayNames.selector(gateway.key)),
            // Callers keep their addresses: policies and records name them.
            "externalTrafficPolicy": wish.serviceType == "ClusterIP" ? nil : .string("Local"),
            "clusterIP": wish.serviceType == "ClusterIP" ? asked.map { .string($0) } : nil,
            "loadBalancerIP": wish.serviceType == "LoadBalancer" ? asked.map { .string($0) } : nil,
            "ports": .array(
                ports.sorted { $0.key < $1.key }.map { port, place in
                    .object([
                        "name": .string("port-\(port)"), "port": .number(port), "protocol": .string("TCP"),
                        "targetPort": .number(place),
                    ])
                }),
        ])
    }

    /// One pod at a time may be taken away.
    private func budgetSpec() -> JSONLiteral {
        .object([
            "maxUnavailable": .number(1),
            "selector": .object(["matchLabels": .map(GatewayNames.selector(gateway.key))]),
        ])
    }
}
