import Addresses
import Kubernetes

/// How the pods and the Service of a Gateway stand: what decides whether it is programmed, and where it is reached.
struct GatewayStanding: Hashable, Sendable {
    /// Pods that are ready.
    var ready = 0
    /// Where it is reached.
    var addresses: [Gateway.Address] = []
    /// Why there are no pods, as the Deployment says; nil: it does not.
    var failure: String?
    /// Why what it needs could not be made.
    var obstacle: String?
    /// True: there is a Service, which waits for an address of a load balancer.
    var awaitsLoadBalancer = false

    init() {}

    /// - Parameters:
    ///   - deployment: nil: there is none yet.
    ///   - service: nil: there is none yet.
    init(deployment: Value?, service: Value?, obstacle: String?) {
        self.obstacle = obstacle
        ready = deployment?.at("status", "availableReplicas")?.integer ?? 0
        failure =
            (deployment?.at("status", "conditions")?.elements ?? []).first { condition in
                switch condition["type"]?.text {
                case "ReplicaFailure": condition["status"]?.text == "True"
                case "Progressing": condition["status"]?.text == "False"
                default: false
                }
            }?["message"]?.text
        guard let service else { return }
        if service.at("spec", "type")?.text == "LoadBalancer" {
            addresses = Self.loadBalancer(service)
            awaitsLoadBalancer = addresses.isEmpty
        } else {
            addresses = Self.own(service)
        }
    }

    private static func loadBalancer(_ service: Value) -> [Gateway.Address] {
        (service.at("status", "loadBalancer", "ingress")?.elements ?? []).compactMap { entry in
            if let address = entry["ip"]?.text.flatMap({ Address($0) }) { return .ip(address) }
            return entry["hostname"]?.text.map { .hostname($0) }
        }
    }

    private static func own(_ service: Value) -> [Gateway.Address] {
        let all = service.at("spec", "clusterIPs")?.elements?.compactMap(\.text)
        let addresses = all ?? [service.at("spec", "clusterIP")?.text].compactMap { $0 }
        return addresses.compactMap { Address($0).map(Gateway.Address.ip) }
    }

    /// Why the Gateway is not programmed; nil: it is.
    var problem: (reason: String, message: String)? {
        if let obstacle { return ("Invalid", obstacle) }
        if ready == 0 { return ("NoResources", failure ?? "none of its pods is ready yet") }
        if addresses.isEmpty {
            let advice =
                "; where there is no load balancer, annotation \(Installation.Annotations.serviceType) asks for another "
                + "type of Service"
            return (
                "AddressNotAssigned",
                awaitsLoadBalancer ? "its Service has no address of a load balancer yet\(advice)" : "it has no Service"
            )
        }
        return nil
    }
}
