import Addresses
import Kubernetes

/// All Services, and whose each address is.
///
/// Policies know pods and their ports only: a connection to a Service is judged as one to a pod behind it, on the
/// pod's port. This table leads from the one to the other.
public struct ServiceTable: Sendable {
    /// By namespace and name.
    public let services: [ClusterService]

    private let byName: [NamespacedName: Int]
    private let byAddress: [Address: [Int]]
    private let byNodePort: [Traffic: Int]
    private let nodeAddresses: Set<Address>

    /// The Services of the objects.
    ///
    /// - Parameter inventory: of the same objects; backends are indexes into its endpoints.
    public init(_ objects: Objects, _ inventory: Inventory) {
        let resolver = ServiceResolver(objects, inventory)
        services = objects.services.values.sorted { $0.key < $1.key }.map { resolver.resolve($0) }
        var byName: [NamespacedName: Int] = [:]
        var byAddress: [Address: [Int]] = [:]
        var byNodePort: [Traffic: Int] = [:]
        for (index, service) in services.enumerated() {
            byName[service.name] = index
            for address in service.addresses { byAddress[address, default: []].append(index) }
            for port in service.ports {
                guard let number = port.nodePort else { continue }
                byNodePort[Traffic(port.traffic.proto, port: number)] = index
            }
        }
        self.byName = byName
        self.byAddress = byAddress
        self.byNodePort = byNodePort
        nodeAddresses = Set(inventory.nodes.flatMap(\.addresses))
    }

    /// A Service; nil: there is none of that name.
    public subscript(name: NamespacedName) -> ClusterService? { byName[name].map { services[$0] } }

    /// The Service of a name as programs use it: `web.shop.svc`, with or without the domain of the cluster after it;
    /// nil: it is no such name, or there is no such Service.
    public func service(named text: String) -> ClusterService? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[2] == "svc" else { return nil }
        return self[NamespacedName(String(parts[1]), String(parts[0]))]
    }

    /// What answers on an address that is a Service's, or on a port of a node that leads to one.
    ///
    /// - Returns: nil when the address is no Service's; empty when it is, and nothing answers there.
    public func backends(at address: Address, _ traffic: Traffic) -> [ClusterService.Backend]? {
        if let indexes = byAddress[address] {
            // Several Services may share an address of a load balancer, each with other ports.
            return indexes.lazy.map { services[$0].backends(for: traffic) }.first { !$0.isEmpty } ?? []
        }
        guard nodeAddresses.contains(address), let index = byNodePort[traffic] else { return nil }
        return services[index].ports.first { $0.nodePort == traffic.port && $0.traffic.proto == traffic.proto }?
            .backends
    }

    /// The Services that have an address, besides node ports; empty: it is no Service's.
    public func services(at address: Address) -> [ClusterService] {
        (byAddress[address] ?? []).map { services[$0] }
    }
}
