import Kubernetes
import Policy
import Reachability

/// What was made of a program for a family, so that it need not be made again while it is the same.
struct ProgramParts: Sendable {
    /// What leads to it.
    var verdict = Verdict.return
    /// Its own sets.
    var sets: [KernelSet] = []
    /// Its own chain; nil: nothing is asked.
    var chain: Chain?
    /// What is allowed with somebody, and the chains that ask for that; others lead there too.
    var traffic: [(number: Int32, chain: String)] = []
    /// What is allowed with groups of pods.
    let groups: PeerTable
    /// The direction that it is about.
    let direction: Direction
    /// What its rules were found by: while they are the same things, all that is said of groups and of addresses
    /// outside is.
    var matchers: [TierMatcher] = []
    /// The workloads that it is about, as `PodRoster` has them.
    private(set) var workloads: [WorkloadName] = []
    /// The policies that decide, for people.
    let policies: String
    /// How many pods there are with which some traffic is allowed.
    private var counts: TrafficCounts
    /// Runs of addresses outside, by what is allowed with them.
    let outside: [Int32: [ClosedRange<UInt128>]]

    init(
        _ groups: PeerTable, _ direction: Direction, _ policies: String, counts: TrafficCounts,
        outside: [Int32: [ClosedRange<UInt128>]]
    ) {
        self.groups = groups
        self.direction = direction
        self.policies = policies
        self.counts = counts
        self.outside = outside
    }

    /// What is allowed with most pods, if that saves an element for each of them.
    var usual: Int32 { counts.usual }

    /// What would be made of the program after pods came and went, if it has the same rules; nil: it has not, or that is
    /// more work than to make it.
    func updated(_ changes: [GroupAddresses.Change]) -> ProgramParts? {
        if changes.isEmpty { return self }
        guard changes.count <= GroupAddresses.mostEdits else { return nil }
        var result = self
        for change in changes {
            if let group = change.old { result.counts.add(groups[Int(group)], -1) }
            if let group = change.new { result.counts.add(groups[Int(group)], 1) }
        }
        // Rules say what is allowed with somebody, and what with most.
        guard result.counts.asksTheSame(as: counts) else { return nil }
        guard let set = sets.first, set.kind == .exact else { return result }
        var edits: [(key: UInt128, element: KernelSet.Element?)] = []
        for change in changes {
            let (old, new) = (listed(change.old), listed(change.new))
            guard old != new else { continue }
            guard let new else {
                edits.append((change.key, nil))
                continue
            }
            guard let verdict = verdict(of: new) else { return nil }
            edits.append((change.key, KernelSet.Element(change.key, verdict)))
        }
        if !edits.isEmpty { result.sets[0] = set.edited(edits) }
        return result
    }

    /// What is allowed with a group, if its addresses are in the set of exact ones.
    private func listed(_ group: UInt32?) -> Int32? {
        group.map { groups[Int($0)] }.flatMap { $0 != usual ? $0 : nil }
    }

    /// Where packets of some traffic are led; nil: it is none of those that are asked for.
    private func verdict(of number: Int32) -> Verdict? {
        switch number {
        case TrafficPool.all: .return
        case TrafficPool.none: .goto(BaseChains.denied(direction))
        default: traffic.first { $0.number == number }.map { .goto($0.chain) }
        }
    }

    /// Of more workloads than this people are told that there are others: however many come, the chain stays.
    static let toldWorkloads = 3

    /// Tells people which workloads it is about. Not with the chain: the kernel keeps comments of chains as they are, and
    /// the pods of a chain come and go.
    mutating func tell(_ workloads: [WorkloadName]) {
        self.workloads = workloads
        guard let chain else { return }
        let names = workloads.prefix(Self.toldWorkloads).map { "\($0.kind) \($0.namespace)/\($0.name)" }
        let shown = names.joined(separator: ", ") + (workloads.count > Self.toldWorkloads ? " and others" : "")
        var rules = chain.rules
        // The last rule has the policies; where it is the only one, it has both.
        let comment = rules.count > 1 ? shown : "\(Text.short(shown)): \(policies)"
        rules[0] = Rule(rules[0].statements, comment: Text.short(comment))
        self.chain = Chain(chain.name, rules)
    }

    /// Adds its own sets and chain.
    func add(to parts: inout TableParts) {
        parts.sets += sets
        if let chain { parts.chains.append(chain) }
    }

    /// Adds the chains that it leads to.
    ///
    /// - Returns: false when one of them has another name now.
    func addTraffic(_ tables: ProgramTables, _ direction: Direction, _ parts: inout TableParts) -> Bool {
        for (number, name) in traffic
        where TrafficChain(tables.pool.sets[Int(number)], direction).add(to: &parts) != name { return false }
        return true
    }
}
