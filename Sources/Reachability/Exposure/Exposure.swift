import Addresses
import Kubernetes
import Policy

/// What is open: for each workload who can come to it from elsewhere, and where else it can go.
///
/// Elsewhere is outside the cluster, and other namespaces. Besides the pods that are there, pods are looked at that
/// anybody might make: one without labels in each namespace and in a new one, and for each selector of a rule that
/// nobody fits one that does. Both sides count: what the one lets in, and what the other lets out.
public struct Exposure: Sendable {
    /// Each workload, by name. Workloads on the network of their node are not there: no policy is about them.
    public let workloads: [WorkloadExposure]
    /// How traffic comes in through Services, Ingresses, Gateways and ports of nodes.
    public let waysIn: [WayIn]

    /// The exposure of everyone.
    ///
    /// - Parameters:
    ///   - objects: of which the list was made; Services, Ingresses, Gateways and routes are taken from it.
    ///   - staged: with staged policies in force.
    public init(_ list: GuestList, _ objects: Objects, staged: Bool = false) {
        let resolver = Resolver(list.grouping, list.inventory)
        let strangers = Strangers(list) { resolver.groups($0).isEmpty }
        let extended = list.updated(inventory: strangers.inventory, policies: list.policies)
        let services = ServiceTable(objects, extended.inventory)
        let map = ExposureMap(
            Reachability(extended, staged: staged), strangers,
            opened: services.openedEndpoints.union(Self.onHostPorts(extended.inventory, objects)))
        var finder = WayFinder(map, services, objects)
        waysIn = finder.all()
        var ways: [WorkloadName: [Int]] = [:]
        for (index, way) in waysIn.enumerated() {
            for name in Set(way.targets.filter { !$0.allowed.isEmpty }.compactMap(\.workload)) {
                ways[name, default: []].append(index)
            }
        }
        var writer = ExposureWriter(map)
        workloads = map.workloads.map { name, type in
            WorkloadExposure(
                workload: name, ingress: writer.exposure(of: type, .ingress),
                egress: writer.exposure(of: type, .egress), waysIn: ways[name] ?? [])
        }
    }

    /// Endpoints that somebody outside is sent to by a port of their node.
    private static func onHostPorts(_ inventory: Inventory, _ objects: Objects) -> Set<Int32> {
        let declared = DeclaredPorts(objects)
        return Set(
            inventory.endpoints.indices.lazy.filter { !declared.hostPorts(of: inventory.endpoints[$0]).isEmpty }
                .map { Int32($0) })
    }
}

/// What is open at one workload.
public struct WorkloadExposure: Hashable, Sendable {
    /// Whose it is.
    public let workload: WorkloadName
    /// Who can come to it.
    public let ingress: DirectionExposure
    /// Where it can go.
    public let egress: DirectionExposure
    /// Indexes into `Exposure.waysIn` of those that lead to it.
    public let waysIn: [Int]
}

/// What is open in one direction.
public struct DirectionExposure: Hashable, Sendable {
    /// False: no policy in force is about any pod of the workload in this direction.
    public var isSelected = false
    /// Toward addresses that are no workload's, by what is open; nothing is there twice.
    public var outside: [Outside] = []
    /// Toward pods of other namespaces, by what is open: first what holds for all of them.
    public var namespaces: [Namespaces] = []
    /// Toward pods that a rule asks for and that are not there.
    public var hypothetical: [Hypothetical] = []
    /// Toward whatever a name leads to.
    public var names: [Name] = []

    /// True when nothing is open.
    public var isEmpty: Bool {
        outside.isEmpty && namespaces.isEmpty && hypothetical.isEmpty && names.isEmpty
    }

    /// Addresses that are treated alike.
    public struct Outside: Hashable, Sendable {
        /// Which; addresses of workloads among them are not meant.
        public let addresses: IntervalSet<UInt128>
        /// True: every address of every family that the workload has.
        public let isAnywhere: Bool
        /// What is open.
        public let traffic: TrafficSet
        /// Why, for one example.
        public let reason: ExposureReason
    }

    /// Namespaces that are treated alike.
    public struct Namespaces: Hashable, Sendable {
        /// Which: all, also those that might be made, without some; or these.
        public let scope: Scope
        /// False: only certain pods in them.
        public let isWhole: Bool
        /// What is open toward at least one pod in each.
        public let traffic: TrafficSet
        /// Why, for one example.
        public let reason: ExposureReason

        /// Namespaces.
        public enum Scope: Hashable, Sendable {
            case every(except: [String])
            case named([String])
        }
    }

    /// A pod that is not there.
    public struct Hypothetical: Hashable, Sendable {
        /// What it is like.
        public let pod: HypotheticalPod
        /// What is open.
        public let traffic: TrafficSet
        /// Why.
        public let reason: ExposureReason
    }

    /// A name that rules allow.
    public struct Name: Hashable, Sendable {
        /// The name.
        public let pattern: DomainPattern
        /// What is open.
        public let traffic: TrafficSet
    }
}

/// Why something is open, or is not, on the side of the workload.
public enum ExposureReason: Hashable, Sendable {
    /// No policy is about the workload in this direction.
    case unselected
    /// Policies are about it, and none of their rules decides.
    case undecided
    /// This rule decides.
    case rule(policy: ObjectReference, path: String)
    /// What this policy selects may do only what a rule says, and none does.
    case isolated(policy: ObjectReference)
    /// No policy can be about it: it is no workload, or on the network of its node.
    case outside
}

extension GuestList {
    /// A ruling, without the numbers of this list.
    func reason(_ ruling: Ruling, _ direction: Direction, isSelected: Bool) -> ExposureReason {
        switch ruling.reason {
        case .rule where ruling.policy >= 0:
            let policy = policies[Int(ruling.policy)]
            let rules = policy.rules(direction) ?? []
            let path = rules.indices.contains(Int(ruling.rule)) ? rules[Int(ruling.rule)].path : ""
            return .rule(policy: policy.source, path: path)
        case .isolated where ruling.policy >= 0: return .isolated(policy: policies[Int(ruling.policy)].source)
        case .outside: return .outside
        default: return isSelected ? .undecided : .unselected
        }
    }
}
