import Addresses
import Kubernetes
import ModelTraffic
import Policy
import Reachability

/// What alarms have to know of a set of objects, worked out once.
public struct AlarmFacts: Sendable {
    /// Addresses of model providers, and their names.
    private let providers: IntervalMap<UInt128, String>
    /// The gateway's own pods, and addresses.
    let gatewayWorkloads: Set<WorkloadName>
    let gatewayAddresses: Set<Address>
    /// What objects open to the outside, by workload.
    let exposed: [WorkloadName: TrafficSet]
    /// Workloads that are known; of others nothing is known.
    let known: Set<WorkloadName>
    /// What model servers listen on that a gateway leads to.
    let modelServers: [WorkloadName: TrafficSet]
    /// Budgets in force.
    let budgets: BudgetFacts

    /// The facts of those objects.
    ///
    /// - Parameters:
    ///   - gatewayWorkloads: workloads that are the gateway, besides those that the controller made in a cluster. With
    ///     none of them, and no addresses, nobody knows who may call model servers, and calls past the gateway are not
    ///     looked for.
    ///   - gatewayAddresses: addresses of the gateway, such as those of its node.
    ///   - providerAddresses: by provider, what its host names lead to; ranges that are known (`anthropic`) need not be there.
    public init(
        objects: Objects, gatewayWorkloads: Set<WorkloadName> = [], gatewayAddresses: Set<Address> = [],
        providerAddresses: [String: [Prefix]] = [:]
    ) {
        self.gatewayAddresses = gatewayAddresses
        let list = GuestList(objects)
        self.gatewayWorkloads = gatewayWorkloads.union(
            list.inventory.endpoints.filter(Self.isGateway).map(\.workload))
        let services = ServiceTable(objects, list.inventory)
        var blocks = providerAddresses.sorted { $0.key < $1.key }.flatMap { name, blocks in
            blocks.map { (name: name, block: $0) }
        }
        for provider in objects.providers.values.sorted(by: { $0.key < $1.key }) {
            for service in provider.services {
                guard let found = services[NamespacedName(provider.metadata.namespace, service)] else { continue }
                // What is a pod's is no provider outside.
                for case (let address?, -1) in found.members.map({ ($0.address, $0.endpoint) }) {
                    blocks.append((name: "Provider \(provider.key)", block: Prefix(address)))
                }
            }
        }
        var seen: Set<Prefix> = []
        providers = IntervalMap(
            narrowestWins: blocks.filter { seen.insert($0.block).inserted }.map {
                (range: $0.block.address.bits...$0.block.lastAddress.bits, value: $0.name)
            })
        known = Set(list.inventory.endpoints.map(\.workload))
        var exposed: [WorkloadName: TrafficSet] = [:]
        for target in Exposure(list, objects).waysIn.flatMap(\.targets) {
            guard let workload = target.workload else { continue }
            exposed[workload] = (exposed[workload] ?? .none).union(target.wanted)
        }
        self.exposed = exposed
        modelServers = Self.modelServers(objects, list.inventory, services)
        budgets = BudgetFacts(objects)
    }

    /// True of a pod that the controller made for a Gateway: it stands in the namespace where nobody else makes pods.
    private static func isGateway(_ endpoint: Endpoint) -> Bool {
        typealias Labels = Installation.Labels
        return endpoint.namespace == Installation.Namespaces.gateways
            && endpoint.labels[Labels.name] == Labels.ourName && endpoint.labels[Labels.component] == "gateway"
    }

    /// Ports of Services that are known model servers and that routes lead to.
    private static func modelServers(
        _ objects: Objects, _ inventory: Inventory, _ services: ServiceTable
    ) -> [WorkloadName: TrafficSet] {
        let catalogue = ServerCatalogue(objects: objects)
        var images: [NamespacedName: [String]] = [:]
        for pod in objects.pods.values { images[pod.key] = pod.images }
        var found: [WorkloadName: TrafficSet] = [:]
        for name in objects.routedServices.sorted() {
            guard let service = services[name], let object = objects.services[name] else { continue }
            for backend in service.ports.flatMap(\.backends) where backend.member.endpoint >= 0 {
                let endpoint = inventory.endpoints[Int(backend.member.endpoint)]
                let server = catalogue.server(
                    of: object, images: images[endpoint.name] ?? [], port: Int(backend.traffic.port))
                guard case .server = server else { continue }
                let key = backend.traffic.key
                found[endpoint.workload] = (found[endpoint.workload] ?? .none)
                    .union(TrafficSet(keys: IntervalSet(key...key)))
            }
        }
        return found
    }

    /// The provider that an address is of; nil: of none that is known.
    func provider(at address: Address) -> String? {
        if let name = providers[address.bits] { return name }
        return NamedRange(of: address) == .anthropic ? NamedRange.anthropic.rawValue : nil
    }

    /// True when this is the gateway.
    func isGateway(_ workload: WorkloadName?, _ address: Address) -> Bool {
        workload.map(gatewayWorkloads.contains) ?? false || gatewayAddresses.contains(address)
    }

    /// True when it is known who the gateway is.
    var knowsGateway: Bool { !gatewayWorkloads.isEmpty || !gatewayAddresses.isEmpty }
}

extension Objects {
    /// Services that routes lead to.
    fileprivate var routedServices: Set<NamespacedName> {
        var names: Set<NamespacedName> = []
        func add(_ refs: [BackendRef], _ namespace: String) {
            for ref in refs.map(\.ref) where ref.kind == Service.kind {
                names.insert(NamespacedName(ref.namespace ?? namespace, ref.name))
            }
        }
        for route in httpRoutes.values {
            for rule in route.rules { add(rule.backendRefs, route.metadata.namespace) }
        }
        for route in grpcRoutes.values {
            for rule in route.rules { add(rule.backendRefs, route.metadata.namespace) }
        }
        for filter in modelFilters.values {
            for backend in filter.rules.compactMap(\.backend?.ref) {
                names.insert(NamespacedName(backend.namespace ?? filter.metadata.namespace, backend.name))
            }
        }
        return names
    }
}
