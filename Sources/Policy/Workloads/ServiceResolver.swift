import Addresses
import Kubernetes

/// Finds what stands behind Services. Endpoints are looked up by one label of the selector, so that a namespace with
/// many Services and many pods is not asked pair by pair.
struct ServiceResolver {
    private let inventory: Inventory
    private let byLabel: [Label: [Int32]]
    private let slices: [NamespacedName: [EndpointSlice]]

    private struct Label: Hashable {
        let namespace: String
        let key: String
        let value: String
    }

    init(_ objects: Objects, _ inventory: Inventory) {
        self.inventory = inventory
        var wanted: Set<Label> = []
        for service in objects.services.values {
            if let label = Self.label(service) { wanted.insert(label) }
        }
        var byLabel: [Label: [Int32]] = [:]
        for (index, endpoint) in inventory.endpoints.enumerated() {
            for (key, value) in endpoint.labels {
                let label = Label(namespace: endpoint.namespace, key: key, value: value)
                if wanted.contains(label) { byLabel[label, default: []].append(Int32(index)) }
            }
        }
        self.byLabel = byLabel
        var slices: [NamespacedName: [EndpointSlice]] = [:]
        for slice in objects.endpointSlices.values.sorted(by: { $0.key < $1.key }) {
            guard let name = slice.serviceName else { continue }
            slices[NamespacedName(slice.metadata.namespace, name), default: []].append(slice)
        }
        self.slices = slices
    }

    /// The label by which a Service's endpoints are looked up; nil: it has no selector.
    private static func label(_ service: Service) -> Label? {
        service.selector.min { $0.key < $1.key }
            .map { Label(namespace: service.metadata.namespace, key: $0.key, value: $0.value) }
    }

    func resolve(_ service: Service) -> ClusterService {
        let isName = service.type == "ExternalName"
        let endpoints = isName ? [] : selected(service)
        let own = isName || !service.selector.isEmpty ? [] : slices[service.key] ?? []
        let external = service.externalIPs + service.loadBalancerAddresses
        return ClusterService(
            name: service.key, position: service.metadata.position, type: service.type,
            isHeadless: service.clusterIPs.contains("None"), externalName: isName ? service.externalName : nil,
            addresses: Self.unique(service.clusterIPs.compactMap { Address($0) } + external),
            externalAddresses: Self.unique(external),
            ports: service.ports.compactMap { port(of: $0, endpoints, own) },
            members: Self.unique(
                endpoints.map { ClusterService.Member(endpoint: $0, address: nil) } + own.flatMap(members)))
    }

    private func selected(_ service: Service) -> [Int32] {
        guard let label = Self.label(service) else { return [] }
        return (byLabel[label] ?? []).filter { index in
            let labels = inventory.endpoints[Int(index)].labels
            return service.selector.allSatisfy { labels[$0.key] == $0.value }
        }
    }

    private func port(
        of port: Service.Port, _ endpoints: [Int32], _ slices: [EndpointSlice]
    ) -> ClusterService.Port? {
        guard let proto = IPProtocol(port.protocolName), let number = UInt16(exactly: port.port) else { return nil }
        let selected = endpoints.compactMap { index in
            target(port.targetPort, proto, of: index).map {
                ClusterService.Backend(
                    member: ClusterService.Member(endpoint: index, address: nil), traffic: Traffic(proto, port: $0))
            }
        }
        return ClusterService.Port(
            name: port.name, traffic: Traffic(proto, port: number), target: port.targetPort,
            nodePort: port.nodePort.flatMap { UInt16(exactly: $0) },
            backends: selected + Self.unique(slices.flatMap { backends(of: $0, port, proto) }))
    }

    /// The number of a target port on one endpoint; nil: it has no port of that name and protocol.
    private func target(_ target: IntOrString, _ proto: IPProtocol, of index: Int32) -> UInt16? {
        switch target {
        case .int(let number): UInt16(exactly: number)
        case .string(let name):
            inventory.endpoints[Int(index)].ports.first { $0.name == name && $0.proto == proto }?.port
        }
    }

    // MARK: Slices

    private func backends(
        of slice: EndpointSlice, _ port: Service.Port, _ proto: IPProtocol
    ) -> [ClusterService.Backend] {
        guard let found = slice.ports.first(where: { $0.name == port.name && $0.protocolName == port.protocolName })
        else { return [] }
        // A port without a number is every port: callers keep theirs.
        guard let number = UInt16(exactly: found.port ?? port.port) else { return [] }
        return members(slice).map { ClusterService.Backend(member: $0, traffic: Traffic(proto, port: number)) }
    }

    /// Endpoints that may be sent something: terminating ones are when no other is left.
    private func members(_ slice: EndpointSlice) -> [ClusterService.Member] {
        slice.endpoints.filter { $0.ready || $0.serving }.flatMap(\.addresses).compactMap { Address($0) }.map {
            ClusterService.Member(endpoint: inventory.endpoint(at: $0) ?? -1, address: $0)
        }
    }

    private static func unique<Element: Hashable>(_ values: [Element]) -> [Element] {
        var seen: Set<Element> = []
        return values.filter { seen.insert($0).inserted }
    }
}

extension GuestList {
    /// The sides of connections to a member of a Service, by family; an address that is no workload's is outside.
    public func parties(_ member: ClusterService.Member) -> [Party] {
        if let address = member.address { return [party(address)] }
        guard member.endpoint >= 0 else { return [] }
        return [true, false].compactMap { party(endpoint: Int(member.endpoint), isIPv4: $0) }
    }
}
