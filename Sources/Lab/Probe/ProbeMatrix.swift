import Addresses
import Kubernetes

/// Which probes there are between places of a lab.
public struct ProbeMatrix: Sendable {
    private let plan: LabPlan

    /// The probes of a lab.
    public init(_ plan: LabPlan) { self.plan = plan }

    /// Whom to, and on what.
    public struct Target: Hashable, Sendable {
        /// What it is called: a place, a Service, an address.
        public let name: String
        /// Who it is; nil: no place, or not one alone.
        public let place: LabPlace?
        /// One of its addresses.
        public let address: Address
        /// Where it listens.
        public let traffic: Traffic

        /// That target; without a place.
        public init(_ name: String, _ address: Address, _ traffic: Traffic) {
            self.init(name, nil, address, traffic)
        }

        init(_ name: String, _ place: LabPlace?, _ address: Address, _ traffic: Traffic) {
            self.name = name
            self.place = place
            self.address = address
            self.traffic = traffic
        }
    }

    /// Every pod that is not on the network of its node.
    public var pods: [LabPlace] { plan.pods.filter { !$0.usesHostNetwork }.map { .pod($0.name) } }

    /// Every port that places listen on, by all of their addresses.
    ///
    /// - Parameter ports: these instead of those that they listen on.
    /// - Throws: `LabError` when a place is not in the lab.
    public func targets(_ places: [LabPlace], ports: [Traffic]? = nil) throws(LabError) -> [Target] {
        var targets: [Target] = []
        for place in places {
            let wanted = ports ?? declared(place)
            for address in try plan.find(place).addresses {
                targets += wanted.filter { Self.has($0, address) }.map {
                    Target(place.description, place, address, $0)
                }
            }
        }
        return targets
    }

    /// From everybody to everything, where the source has an address of the family; each with its target.
    ///
    /// - Throws: `LabError` when a place is not in the lab.
    public func probes(from sources: [LabPlace], to targets: [Target]) throws(LabError) -> [(Probe, Target)] {
        var probes: [(Probe, Target)] = []
        for source in sources {
            let own = try plan.find(source).addresses
            // From outside they come from every address there is, as policies tell those apart.
            let addresses: [Address?] = source == .outside ? own : [nil]
            for target in targets where own.contains(where: { $0.isIPv4 == target.address.isIPv4 }) {
                for address in addresses where address.map({ $0.isIPv4 == target.address.isIPv4 }) ?? true {
                    if source == .outside && target.place == .outside { continue }
                    probes.append((Probe(from: source, address, to: target.address, target.traffic), target))
                }
            }
        }
        return probes
    }

    /// Where a place listens. A node has the ports of the pods that are on its network.
    private func declared(_ place: LabPlace) -> [Traffic] {
        switch place {
        case .outside: return plan.outside.ports
        case .pod(let name): return plan.pod(name)?.ports ?? []
        case .node(let name):
            let own = plan.pods.filter { $0.usesHostNetwork && plan.nodes[$0.node].name == name }.flatMap(\.ports)
            return Set(own).sorted { $0.key < $1.key }
        }
    }

    /// ICMP is of one family each.
    private static func has(_ traffic: Traffic, _ address: Address) -> Bool {
        switch traffic.proto {
        case .icmp: address.isIPv4
        case .icmpv6: !address.isIPv4
        default: true
        }
    }
}
