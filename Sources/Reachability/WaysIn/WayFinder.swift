import Addresses
import Kubernetes
import Policy

/// Finds all ways in.
struct WayFinder {
    private let map: ExposureMap
    private let services: ServiceTable
    private let invalid: Set<ObjectReference>
    private let objects: Objects
    private var outside: OutsideTables
    private let groupsOfEndpoint: [Int32: [Int]]

    init(_ map: ExposureMap, _ services: ServiceTable, _ objects: Objects) {
        self.map = map
        self.services = services
        invalid = Set(objects.invalid.map(\.reference))
        self.objects = objects
        outside = OutsideTables(map.reachability)
        let grouping = map.reachability.list.grouping
        var groups: [Int32: [Int]] = [:]
        for (index, interface) in grouping.interfaces.enumerated() {
            groups[interface.endpoint, default: []].append(Int(grouping.groupOf[index]))
        }
        groupsOfEndpoint = groups
    }

    private var list: GuestList { map.reachability.list }

    /// Services, then Ingresses, then Gateways, then what has host ports, each by namespace and name.
    mutating func all() -> [WayIn] {
        var ways = services.services.filter(\.isOpenedToOutside).map { service in
            way(
                service.wayKind, reference(Service.self, service.name), service.position,
                service.ports.map { Lead(service: service.name, backends: $0.backends) },
                problems: service.ports.filter(\.backends.isEmpty).map {
                    "nothing that is known stands behind port \($0.traffic.port)"
                })
        }
        for ingress in objects.ingresses.values.sorted(by: { $0.key < $1.key }) {
            var leads = Leads(services, invalid: invalid)
            for backend in ingress.backends {
                leads.add(NamespacedName(ingress.metadata.namespace, backend.service), backend.port)
            }
            ways.append(
                way(.ingress, ingress.reference, ingress.metadata.position, leads.found, problems: leads.problems))
        }
        for (gateway, leads) in GatewayLeads(objects, services).all() {
            ways.append(
                way(.gateway, gateway.reference, gateway.metadata.position, leads.found, problems: leads.problems))
        }
        return ways + hostPorts()
    }

    /// A way for each workload that has host ports, by name.
    private mutating func hostPorts() -> [WayIn] {
        let declared = DeclaredPorts(objects)
        var backends: [WorkloadName: [ClusterService.Backend]] = [:]
        var ports: [WorkloadName: TrafficSet] = [:]
        var examples: [WorkloadName: Endpoint] = [:]
        for (index, endpoint) in list.inventory.endpoints.enumerated() where !Strangers.isStranger(endpoint) {
            for port in declared.hostPorts(of: endpoint) {
                let member = ClusterService.Member(endpoint: Int32(index), address: nil)
                backends[endpoint.workload, default: []].append(
                    ClusterService.Backend(member: member, traffic: port.own))
                let set = TrafficSet(keys: IntervalSet(port.host.key...port.host.key))
                ports[endpoint.workload] = (ports[endpoint.workload] ?? .none).union(set)
                if examples[endpoint.workload] == nil { examples[endpoint.workload] = endpoint }
            }
        }
        return examples.sorted { $0.key < $1.key }.map { name, example in
            let source = declared.source(of: example)
            let lead = Lead(service: nil, backends: backends[name] ?? [])
            var found = way(.hostPort, source.reference, source.position, [lead], problems: [])
            for index in found.targets.indices { found.targets[index].hostPorts = ports[name] ?? .none }
            return found
        }
    }

    private func reference<T: KubernetesObject>(_: T.Type, _ name: NamespacedName) -> ObjectReference {
        ObjectReference(group: T.group, kind: T.kind, namespace: name.namespace, name: name.name)
    }

    // MARK: One way

    private struct Place: Hashable {
        let service: NamespacedName?
        let workload: WorkloadName?
        let address: Address?
    }

    private mutating func way(
        _ kind: WayIn.Kind, _ source: ObjectReference, _ position: Position?, _ leads: [Lead], problems: [String]
    ) -> WayIn {
        var order: [Place] = []
        var wanted: [Place: TrafficSet] = [:]
        var members: [Place: Set<Int32>] = [:]
        for lead in leads {
            for backend in lead.backends where !isStranger(backend.member) {
                let place = place(backend.member, lead.service)
                if wanted[place] == nil { order.append(place) }
                let key = backend.traffic.key
                wanted[place] = (wanted[place] ?? .none).union(TrafficSet(keys: IntervalSet(key...key)))
                if backend.member.endpoint >= 0 { members[place, default: []].insert(backend.member.endpoint) }
            }
        }
        let targets = order.map { place in
            target(kind, place, wanted[place] ?? .none, (members[place] ?? []).sorted())
        }
        return WayIn(kind: kind, source: source, position: position, targets: targets, problems: problems)
    }

    private func isStranger(_ member: ClusterService.Member) -> Bool {
        member.endpoint >= 0 && Strangers.isStranger(list.inventory.endpoints[Int(member.endpoint)])
    }

    private func place(_ member: ClusterService.Member, _ service: NamespacedName?) -> Place {
        let workload = member.endpoint < 0 ? nil : list.inventory.endpoints[Int(member.endpoint)].workload
        return Place(service: service, workload: workload, address: workload == nil ? member.address : nil)
    }

    private mutating func target(
        _ kind: WayIn.Kind, _ place: Place, _ wanted: TrafficSet, _ members: [Int32]
    ) -> WayIn.Target {
        let groups = Set(members.flatMap { groupsOfEndpoint[$0] ?? [] }).sorted()
        // What is no workload, or on the network of its node, no policy is about.
        guard !groups.isEmpty else { return target(place, wanted, wanted, nil) }
        var open = outside.traffic(groups, .ingress)
        let hasController = kind == .ingress || kind == .gateway
        if hasController {
            for group in groups { open = open.union(map.sets[map.fromControllers[group]]) }
        }
        let allowed = wanted.intersection(open)
        let rest = wanted.subtracting(allowed)
        return target(place, wanted, allowed, rest.isEmpty ? nil : blocker(groups, rest, hasController))
    }

    private func target(
        _ place: Place, _ wanted: TrafficSet, _ allowed: TrafficSet, _ blockedBy: ExposureReason?
    ) -> WayIn.Target {
        WayIn.Target(
            workload: place.workload, address: place.address, service: place.service, wanted: wanted,
            allowed: allowed, blockedBy: blockedBy)
    }

    /// What stops somebody of whom nothing is known.
    private func blocker(_ groups: [Int], _ traffic: TrafficSet, _ hasController: Bool) -> ExposureReason {
        let grouping = list.grouping
        for group in groups {
            let interface = grouping.interfaces[Int(grouping.groups[group].first)]
            guard let example = traffic.example,
                let own = list.party(endpoint: Int(interface.endpoint), isIPv4: interface.isIPv4),
                let caller = hasController ? stranger(interface.isIPv4) : someone(interface.isIPv4)
            else { continue }
            let decision = list.evaluate(Connection(source: caller, destination: own, traffic: example))
            let verdict = map.reachability.isStaged ? decision.staged : decision.enforced
            let direction: Direction = verdict.ingress.isAllowed ? .egress : .ingress
            return list.reason(verdict[direction], direction, isSelected: true)
        }
        return .undecided
    }

    private func stranger(_ isIPv4: Bool) -> Party? {
        let name = NamespacedName(Strangers.namespace, Strangers.newcomer)
        return list.endpoints(named: name).first.flatMap { list.party(endpoint: $0, isIPv4: isIPv4) }
            ?? someone(isIPv4)
    }

    /// An address of documentation, which is nobody's.
    private func someone(_ isIPv4: Bool) -> Party? {
        Address(isIPv4 ? "203.0.113.1" : "2001:db8::1").map { list.party($0) }
    }
}

extension ClusterService {
    fileprivate var wayKind: WayIn.Kind {
        switch type {
        case "NodePort": .nodePort
        case "LoadBalancer": .loadBalancer
        default: .externalIPs
        }
    }
}
