import Kubernetes
import Policy
import Reachability
import Routing

/// What the command line knows and the controller asks for: the same functions serve `sallyport status` and
/// `sallyport check`.
public struct ClusterJudge: Sendable {
    /// What is said of objects, without that of policies between workloads and of guarantees.
    public struct Statuses: Sendable {
        /// Of Gateways, their classes, routes, and policies about them.
        public var routing: [RoutingStatus]
        /// Of all other objects; one may be there more than once.
        public var others: [ObjectStatus]

        /// Those statuses.
        public init(routing: [RoutingStatus], others: [ObjectStatus]) {
            self.routing = routing
            self.others = others
        }
    }

    /// Judges the objects of a snapshot; the number is seconds since 1970.
    public var statuses: @Sendable (Snapshot, RoutingOptions, Int64) -> Statuses
    /// Why a rule of a guarantee does not hold, as one sentence without a full stop.
    public var reason: @Sendable (Proof, GuestList) -> String

    /// A judge of these functions.
    public init(
        statuses: @escaping @Sendable (Snapshot, RoutingOptions, Int64) -> Statuses,
        reason: @escaping @Sendable (Proof, GuestList) -> String
    ) {
        self.statuses = statuses
        self.reason = reason
    }
}

/// All guarantees of a cluster, decided.
struct GuaranteeProofs: Sendable {
    /// One rule of a guarantee.
    struct Rule: Hashable, Sendable {
        var guarantee: String
        var rule: String
    }

    let list: GuestList
    let proofs: [Proof]

    /// - Parameter staged: as if staged policies were in force.
    init(_ objects: Objects, staged: Bool = false) {
        let inventory = Inventory(objects, podRanges: [])
        list = GuestList(inventory: inventory, policies: WorkloadPolicy.all(in: objects))
        let guarantees = objects.guarantees.values.sorted { $0.metadata.name < $1.metadata.name }
        proofs =
            guarantees.isEmpty
            ? []
            : Reachability.proving(list, staged: staged, guarantees)
                .check(guarantees, AssetTable(objects, inventory))
    }

    /// Rules that do not hold, with what shows it.
    var refuted: [Rule: Proof] {
        Dictionary(
            proofs.filter { if case .refuted = $0.result { true } else { false } }
                .map { (Rule(guarantee: $0.guarantee.name, rule: $0.rule), $0) },
            uniquingKeysWith: { first, _ in first })
    }
}
