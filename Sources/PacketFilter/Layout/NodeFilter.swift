import Addresses
import Policy
import Reachability

/// The rules of one node: what the guest list says about every pod on it, as a table for each family.
///
/// A packet that opens a connection is looked up three times for each side: who it is from (a map to the chain of the
/// pod), whom it goes to (a map to what may reach it), and on what. None of that grows with the cluster, and what
/// policies say has been decided for each peer before: the kernel finds verdicts and compares nothing.
public struct NodeFilter: Sendable {
    /// The list that it was made from.
    public let list: GuestList
    /// What is known of the node.
    public let node: FilteredNode
    /// One for each family.
    public let rulesets: [Ruleset]

    /// What the next one may be made from.
    private let pods: LocalPods
    let sayings: ProgramSayings
    private let built: [BuiltTable]

    /// The rules of a node.
    ///
    /// - Parameter previous: for the same node before a change: what did not change is not computed again.
    public init(_ list: GuestList, _ node: FilteredNode, previous: NodeFilter? = nil) {
        self.list = list
        self.node = node
        let isForNode = previous?.node.name == node.name
        let pods = LocalPods(list, node.name, previous: isForNode ? previous.map { ($0.pods, $0.list) } : nil)
        let sayings = ProgramSayings(list, pods, previous: previous.map { ($0.sayings, $0.list) })
        let old = sayings.hasSameGroups ? previous?.built : nil
        // Where only pods came or went, all that is left is which elements that changes.
        let isSame = previous?.list.edition === list.edition && previous?.node == node
        built = Family.allCases.enumerated().map { index, family in
            let addresses = GroupAddresses(list, family, previous: old?[index].addresses)
            let local = pods.pods.filter { $0.address.isIPv4 == family.isIPv4 }
            if isSame, let same = old?[index].updated(list, local, addresses) { return same }
            return TableBuilder(list, node, local, sayings, addresses, family, previous: old?[index]).build()
        }
        rulesets = built.map(\.ruleset)
        self.pods = pods
        self.sayings = sayings
    }

    /// The rules of a family.
    public func ruleset(_ family: Family) -> Ruleset? { rulesets.first { $0.family == family } }
}

/// What is known of a node besides its pods, and how it is to be filtered.
public struct FilteredNode: Hashable, Sendable {
    /// Its name.
    public var name: String
    /// Where its pods get their addresses from: an address of these that no pod is known to have is closed.
    public var podRanges: [Prefix]
    /// How names of interfaces begin that lead to pods: what comes in by one of them and is from no known pod is
    /// closed.
    public var interfaces: [String]
    /// Ports of the node itself that never close.
    public var failsafe: [Traffic]
    /// The group of listeners that get the heads of packets that open connections; nil: nobody does.
    public var logGroup: UInt16?
    /// How many of these they get at most, each second.
    public var logged: Limits

    /// Packets a second.
    public struct Limits: Hashable, Sendable {
        /// Connections that were let through.
        public var allowed = Statement.Rate(50_000, burst: 50_000)
        /// Denied packets that differ in who calls whom on what.
        public var denied = Statement.Rate(5_000, burst: 5_000)
        /// Denied packets that are the same in that.
        public var same = Statement.Rate(1, burst: 3)
        /// How many different ones are told apart.
        public var differing = 65_536

        /// The usual ones.
        public init() {}
    }

    /// That node.
    public init(
        _ name: String, podRanges: [Prefix] = [], interfaces: [String] = [], failsafe: [Traffic] = [],
        logGroup: UInt16? = nil, logged: Limits = Limits()
    ) {
        self.name = name
        self.podRanges = podRanges
        self.interfaces = interfaces
        self.failsafe = failsafe
        self.logGroup = logGroup
        self.logged = logged
    }

    /// How the usual networks for pods name the interfaces on the node's side.
    public static let usualInterfaces = ["cali", "veth", "lxc", "eni", "azv", "gke", "cni", "cbr", "lab"]
    /// SSH, DNS, etcd, the API server and the kubelet.
    public static let usualFailsafe = [
        Traffic(.tcp, port: 22), Traffic(.udp, port: 53), Traffic(.tcp, port: 53), Traffic(.udp, port: 68),
        Traffic(.tcp, port: 2379), Traffic(.tcp, port: 2380), Traffic(.tcp, port: 6443), Traffic(.tcp, port: 10250),
    ]
}
