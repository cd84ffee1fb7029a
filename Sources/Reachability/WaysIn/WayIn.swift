import Addresses
import Kubernetes
import Policy

/// A way for traffic to come into the cluster, and what it leads to.
///
/// **Services** (`NodePort`, `LoadBalancer`, and those with `externalIPs`) send callers from outside straight to pods:
/// the way is open where policies let some address in that is no workload's. Nodes count among those: unless
/// `externalTrafficPolicy` is `Local`, callers seem to come from one.
///
/// **Host ports** of containers lead straight from an address of their node to them; callers seem to come from where they
/// are. Those at a loopback address are no way in.
///
/// **Ingresses** and **Gateways** are served by a controller, which calls the pods itself and is commonly not among
/// the objects. Nothing is known of it but that traffic from outside comes to it, so the way is open where policies
/// let in one of those that may be it: an address that is no workload's; a workload behind a Service that is open to
/// the outside; a pod without labels in a namespace that is new or in which nothing runs; a pod of another namespace
/// that a rule asks for and that is not there. That may call a way open that is shut; never the other way round, as
/// long as the controller is one of these.
public struct WayIn: Hashable, Sendable {
    /// What it is.
    public let kind: Kind
    /// The Service, Ingress or Gateway; of host ports what runs.
    public let source: ObjectReference
    /// Where that was written.
    public let position: Position?
    /// What it leads to, or would if policies let it.
    public internal(set) var targets: [Target]
    /// References that lead nowhere, each in one sentence without a full stop.
    public let problems: [String]

    /// Kinds of ways in.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case nodePort = "NodePort"
        case loadBalancer = "LoadBalancer"
        case externalIPs = "ExternalIPs"
        case ingress = "Ingress"
        case gateway = "Gateway"
        case hostPort = "HostPort"
    }

    /// A workload, or an address behind a Service.
    public struct Target: Hashable, Sendable {
        /// Which; nil: an address that is no workload's.
        public let workload: WorkloadName?
        /// The address, where it is no workload's.
        public let address: Address?
        /// The Service through which it is reached; nil: none.
        public let service: NamespacedName?
        /// The ports of its node that lead to it; empty where a Service does.
        public internal(set) var hostPorts = TrafficSet.none
        /// What is sent to it: protocols and ports of the pods.
        public let wanted: TrafficSet
        /// What of that policies let in.
        public let allowed: TrafficSet
        /// Why the rest is not, for one example; nil: all is let in.
        public let blockedBy: ExposureReason?
    }

    /// True when policies stop all of it.
    public var isBlocked: Bool { !targets.isEmpty && targets.allSatisfy(\.allowed.isEmpty) }
}

extension ServiceTable {
    /// Endpoints that somebody outside is sent to by a Service.
    var openedEndpoints: Set<Int32> {
        Set(
            services.lazy.filter(\.isOpenedToOutside).flatMap(\.ports).flatMap(\.backends).map(\.member.endpoint)
                .filter { $0 >= 0 })
    }
}
