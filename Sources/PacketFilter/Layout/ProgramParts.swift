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
    /// The workloads that it is about, in order.
    var workloads: [WorkloadName] = []
    /// The policies that decide, for people.
    var policies = ""
    /// How many pods there are with which some traffic is allowed.
    var counts: [Int32: Int]
    /// Runs of addresses outside, by what is allowed with them.
    let outside: [Int32: [ClosedRange<UInt128>]]
    /// True: pods that may do nothing are in a set.
    var listsDenied = false

    init(_ groups: PeerTable, counts: [Int32: Int], outside: [Int32: [ClosedRange<UInt128>]]) {
        self.groups = groups
        self.counts = counts
        self.outside = outside
    }

    /// What is allowed with most pods, if that saves an element for each of them.
    var usual: Int32 {
        let most = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }
        guard let most, most.value > 8, most.value * 2 > counts.reduce(0, { $0 + $1.value }) else {
            return TrafficPool.none
        }
        return most.key
    }

    /// What would be made of the program after pods came and went, if that is the same; nil: it is not.
    func updated(_ changes: [GroupAddresses.Change]) -> ProgramParts? {
        var result = self
        for change in changes {
            // Who may do nothing is in no set, unless something else would let him through.
            guard !listsDenied, groups[change.group] == TrafficPool.none else { return nil }
            result.counts[TrafficPool.none, default: 0] += change.more
        }
        if result.counts[TrafficPool.none] == 0 { result.counts[TrafficPool.none] = nil }
        let isOpen = (counts[TrafficPool.none] == nil, result.counts[TrafficPool.none] == nil)
        return isOpen.0 == isOpen.1 && result.usual == usual ? result : nil
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
