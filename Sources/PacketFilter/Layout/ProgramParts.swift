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
    /// What it was made from.
    let table: PeerTable
    /// What is written beside it, for people.
    var comments: [String] = []
    /// How many pods there are with which some traffic is allowed.
    var counts: [Int32: Int]
    /// True: pods that may do nothing are in a set.
    var listsDenied = false

    init(_ table: PeerTable, counts: [Int32: Int]) {
        self.table = table
        self.counts = counts
    }

    /// What is allowed with most pods, if that saves an element for each of them.
    var usual: Int32 {
        let most = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }
        guard let most, most.value > 8, most.value * 2 > counts.reduce(0, { $0 + $1.value }) else {
            return TrafficPool.none
        }
        return most.key
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
