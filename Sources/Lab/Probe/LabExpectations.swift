import Addresses
import Kubernetes
import Policy

/// What policies say of probes, packet by packet: Services lead to pods before it is asked.
public struct LabExpectations: Sendable {
    private let plan: LabPlan
    private let list: GuestList
    private let services: ServiceTable
    private let inventory: Inventory

    /// - Parameter list: of the cluster that the plan is of.
    public init(_ plan: LabPlan, _ cluster: LabCluster, _ list: GuestList) {
        self.plan = plan
        self.list = list
        services = ServiceTable(cluster.objects, cluster.inventory)
        inventory = cluster.inventory
    }

    /// What policies say.
    public enum Expected: Hashable, Sendable {
        case allowed
        case denied
        /// Behind the Service are some that are allowed and some that are not.
        case either
        /// Nothing is said of it, and why.
        case unknown(String)
    }

    /// What the policies say of a probe.
    public func expected(_ probe: Probe) -> Expected {
        guard let source = sourceAddress(probe) else { return .unknown("the source has no address of the family") }
        guard let backends = services.backends(at: probe.destination, probe.traffic) else {
            return decision(source, probe.destination, probe.traffic) ? .allowed : .denied
        }
        let isOwn = services.services(at: probe.destination).contains { service in
            !service.externalAddresses.contains(probe.destination)
        }
        guard isOwn else { return .unknown("on the way to a port of a node addresses are replaced") }
        let all = Set(
            backends.flatMap { backend in
                let there = addresses(backend.member)
                return list.parties(backend.member).filter { $0.isIPv4 == source.isIPv4 }.compactMap(\.address)
                    .filter(there.contains).map { decision(source, $0, backend.traffic, isThroughService: true) }
            })
        if all.isEmpty { return .unknown("nobody answers behind the Service") }
        return all.count > 1 ? .either : all == [true] ? .allowed : .denied
    }

    /// The address that a probe comes from; nil: its place has none of the family.
    public func sourceAddress(_ probe: Probe) -> Address? {
        if let address = probe.sourceAddress { return address }
        guard let place = try? plan.find(probe.source) else { return nil }
        // What a place sends to itself comes from where it goes.
        if place.addresses.contains(probe.destination) { return probe.destination }
        return place.addresses.first { $0.isIPv4 == probe.destination.isIPv4 }
    }

    private func decision(
        _ source: Address, _ destination: Address, _ traffic: Traffic, isThroughService: Bool = false
    ) -> Bool {
        list.evaluate(
            Connection(
                source: list.party(source), destination: list.party(destination), traffic: traffic,
                isThroughService: isThroughService)
        ).isAllowed
    }

    /// Where a member is in the lab: not at addresses that another pod has there.
    private func addresses(_ member: ClusterService.Member) -> [Address] {
        if let address = member.address {
            return plan.pods.contains { $0.addresses.contains(address) } ? [address] : []
        }
        guard member.endpoint >= 0 else { return [] }
        return plan.pod(inventory.endpoints[Int(member.endpoint)].name)?.addresses ?? []
    }
}

/// A probe, what policies say of it, and what became of it.
public struct ProbeComparison: Hashable, Sendable {
    /// What became of it.
    public let outcome: ProbeOutcome
    /// What policies say.
    public let expected: LabExpectations.Expected

    /// That comparison.
    public init(_ outcome: ProbeOutcome, _ expected: LabExpectations.Expected) {
        self.outcome = outcome
        self.expected = expected
    }

    /// True when both say the same; nil: they cannot be compared.
    public var agrees: Bool? {
        guard let isReached = outcome.isReached else { return nil }
        switch expected {
        case .allowed: return isReached
        case .denied: return !isReached
        case .either, .unknown: return nil
        }
    }

    /// True when what was to come through was not seen to. Only that can be bad luck: a busy machine is late, but
    /// nothing comes through by chance.
    var isWorthAnotherTry: Bool { agrees == false && expected == .allowed }
}
