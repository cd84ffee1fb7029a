import Addresses
import Kubernetes
import Policy

/// The way from one set of objects to another, object by object: does every state on it keep the guarantees?
public struct Transition: Sendable {
    /// One change, and what holds after it.
    public struct Step: Sendable {
        /// The change.
        public let change: ObjectChange
        /// Rules of guarantees that do not hold after it: they are refuted, or about nobody.
        public let refuted: [Proof]
    }

    /// Rules that do not hold before anything changes.
    public let before: [Proof]
    /// The changes in the order in which they are applied.
    public let steps: [Step]
    /// What came of looking for an order in which no state refutes anything that both ends keep.
    public let search: Search

    /// The outcome of looking for a better order.
    public enum Search: Hashable, Sendable {
        /// The order in which the changes are applied is one.
        case notNeeded
        /// This one.
        case found([ObjectChange])
        /// There is none: every order breaks something.
        case none
        /// So many states were looked at without finding one; there may be one.
        case gaveUp(states: Int)
    }

    /// The order that was found; nil: none is needed, or none was found.
    public var proposal: [ObjectChange]? { if case .found(let order) = search { order } else { nil } }

    /// True when on the way nothing is refuted that is not refuted at one of the ends.
    public var isSafe: Bool { steps.allSatisfy { Self.broken($0.refuted, allowed: excused).isEmpty } }

    /// What the ends do not keep, nobody can keep on the way.
    private let excused: Set<RuleName>

    /// Walks from the old objects to the new ones, and checks the guarantees of the new ones after each step.
    ///
    /// - Parameters:
    ///   - staged: with staged policies in force.
    ///   - podRanges: see `Inventory`.
    ///   - mostStates: where another order is looked for, no more states are looked at.
    public init(
        from old: Objects, to new: Objects, staged: Bool = false, podRanges: [Prefix] = [], mostStates: Int = 2_000
    ) {
        let walker = Walker(new, staged: staged, podRanges: podRanges)
        let changes = old.changes(to: new).filter { Self.matters($0) }
        var state = walker.start(old)
        before = state.refuted
        var excused = Set(state.refuted.map(RuleName.init))
        var steps: [Step] = []
        for change in changes {
            state = walker.apply(change, to: state)
            steps.append(Step(change: change, refuted: state.refuted))
        }
        excused.formUnion(state.refuted.map(RuleName.init))
        self.steps = steps
        self.excused = excused
        let isSafe = steps.allSatisfy { Self.broken($0.refuted, allowed: excused).isEmpty }
        guard !isSafe else {
            search = .notNeeded
            return
        }
        var searcher = OrderSearch(walker, changes, excused: excused, mostStates: mostStates)
        search = searcher.run(from: walker.start(old))
    }

    struct RuleName: Hashable {
        let guarantee: ObjectReference
        let rule: String

        init(_ proof: Proof) {
            guarantee = proof.guarantee
            rule = proof.rule
        }
    }

    static func broken(_ refuted: [Proof], allowed: Set<RuleName>) -> [Proof] {
        refuted.filter { !allowed.contains(RuleName($0)) }
    }

    /// Objects that no decision depends on are not looked at.
    private static func matters(_ change: ObjectChange) -> Bool { relevantKinds.contains(change.reference.kind) }

    private static let relevantKinds: Set<String> = [
        "Namespace", "Node", "ServiceAccount", "Tier", "GlobalNetworkSet", "NetworkSet", "AdminNetworkPolicy",
        "ClusterNetworkPolicy", "BaselineAdminNetworkPolicy", "GlobalNetworkPolicy", "NetworkPolicy",
        "StagedNetworkPolicy", "StagedGlobalNetworkPolicy", "StagedKubernetesNetworkPolicy", "Service", "DaemonSet",
        "Pod", "ReplicationController", "ReplicaSet", "Deployment", "StatefulSet", "Job", "CronJob",
    ]
}

/// Applies changes one by one.
struct Walker {
    private let new: Objects
    private let guarantees: [Guarantee]
    private let staged: Bool
    private let podRanges: [Prefix]

    struct State {
        var objects: Objects
        var list: GuestList
        var refuted: [Proof]
    }

    init(_ new: Objects, staged: Bool, podRanges: [Prefix]) {
        self.new = new
        self.staged = staged
        self.podRanges = podRanges
        guarantees = new.guarantees.values.sorted { $0.key < $1.key }
    }

    func start(_ objects: Objects) -> State {
        let inventory = Inventory(objects, podRanges: podRanges)
        return judged(objects, GuestList(inventory: inventory, policies: WorkloadPolicy.all(in: objects)))
    }

    func apply(_ change: ObjectChange, to state: State) -> State {
        var objects = state.objects
        objects.apply(change, of: new)
        let list = state.list.updated(
            inventory: Inventory(objects, podRanges: podRanges), policies: WorkloadPolicy.all(in: objects))
        return judged(objects, list)
    }

    private func judged(_ objects: Objects, _ list: GuestList) -> State {
        let reachability = Reachability.proving(list, staged: staged, guarantees)
        let proofs = reachability.check(guarantees, AssetTable(objects, list.inventory))
        // A rule about nobody does not hold either: who is meant may be on the way.
        return State(objects: objects, list: list, refuted: proofs.filter { !$0.holds })
    }
}
