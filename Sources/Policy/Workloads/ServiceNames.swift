import Addresses
import Kubernetes

/// Whose each address of a Service is, by name. What stands behind Services is not looked into (`ServiceTable`), so that
/// these names stay what they are while pods come and go.
public struct ServiceNames: Sendable {
    private let services: [(name: NamespacedName, ports: [Traffic])]
    private let byAddress: [Address: [Int]]
    private let byNodePort: [Traffic: Int]
    private let nodeAddresses: Set<Address>

    /// The Services of the objects, at their own addresses and at those of these nodes.
    public init(_ objects: Objects, nodes: [ClusterNode]) {
        var services: [(name: NamespacedName, ports: [Traffic])] = []
        var byAddress: [Address: [Int]] = [:]
        var byNodePort: [Traffic: Int] = [:]
        for (index, service) in objects.services.values.sorted(by: { $0.key < $1.key }).enumerated() {
            var ports: [Traffic] = []
            for port in service.ports {
                guard let proto = IPProtocol(port.protocolName), let number = UInt16(exactly: port.port) else {
                    continue
                }
                ports.append(Traffic(proto, port: number))
                guard let outer = port.nodePort.flatMap({ UInt16(exactly: $0) }) else { continue }
                byNodePort[Traffic(proto, port: outer)] = index
            }
            services.append((service.key, ports))
            let own = service.clusterIPs.compactMap { Address($0) }
            for address in Set(own + service.externalIPs + service.loadBalancerAddresses) {
                byAddress[address, default: []].append(index)
            }
        }
        self.services = services
        self.byAddress = byAddress
        self.byNodePort = byNodePort
        nodeAddresses = Set(nodes.flatMap(\.addresses))
    }

    /// The name of the Service that answers on an address, or on a port of a node; of several at one address the one with
    /// that port. nil: the address is no Service's.
    public func name(at address: Address, _ traffic: Traffic) -> NamespacedName? {
        if let indexes = byAddress[address] {
            let withPort = indexes.first { services[$0].ports.contains(traffic) }
            return (withPort ?? indexes.first).map { services[$0].name }
        }
        guard nodeAddresses.contains(address) else { return nil }
        return byNodePort[traffic].map { services[$0].name }
    }
}
