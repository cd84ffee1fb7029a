import Addresses
import Kubernetes
import Policy
import Reachability

/// Puts the table of one family together.
struct TableBuilder {
    private let family: Family
    private let list: GuestList
    private let node: FilteredNode
    private let sayings: ProgramSayings
    private let addresses: GroupAddresses
    private let previous: BuiltTable?
    /// Local pods with addresses of the family.
    private let local: [LocalPods.Pod]
    private let roster: PodRoster

    /// - Parameters:
    ///   - local: pods of the node with addresses of the family.
    ///   - previous: the table before a change, of the same family.
    init(
        _ list: GuestList, _ node: FilteredNode, _ local: [LocalPods.Pod], _ sayings: ProgramSayings,
        _ addresses: GroupAddresses, _ family: Family, previous: BuiltTable?
    ) {
        self.family = family
        self.list = list
        self.node = node
        self.sayings = sayings
        self.addresses = addresses
        self.previous = previous
        self.local = local
        roster = PodRoster(local, list)
    }

    func build() -> BuiltTable {
        var parts = TableParts(family)
        parts.formerTraffic = previous?.traffic ?? [:]
        var programs: [String: ProgramParts] = [:]
        var leads = PodLeads()
        for direction in [Direction.egress, .ingress] {
            leads.programs[GuestList.index(direction, staged: false)] = add(direction, to: &parts, &programs)
        }
        for group in roster.groups { leads.itself[group] = sayings.hairpins[group]?.verdict(&parts) }
        parts.sets.append(addresses.everyone(previous?.ruleset.set(SetNames.pods)))
        for set in PodSet.allCases {
            let elements = local.compactMap { set.element($0, leads, list, family) }
            parts.sets.append(KernelSet(set.name, set.key, isMap: set.isMap, comment: set.comment, elements))
        }
        let base = previous.flatMap { $0.node == node ? $0.base : nil } ?? base
        parts.sets += base.sets
        parts.chains += base.chains
        parts.counters += base.counters
        return BuiltTable(
            ruleset: Ruleset(family, sets: parts.sets, chains: parts.chains, counters: parts.counters),
            addresses: addresses, local: local, roster: roster, leads: leads, programs: programs,
            traffic: parts.traffic, node: node, base: base)
    }

    private var base: TableParts {
        var parts = TableParts(family)
        BaseChains(family, node).add(to: &parts)
        return parts
    }

    /// Adds the chains of what local pods may do in a direction.
    ///
    /// - Returns: what leads to each program.
    private func add(
        _ direction: Direction, to parts: inout TableParts, _ programs: inout [String: ProgramParts]
    ) -> [Int32: Verdict] {
        var leads: [Int32: Verdict] = [:]
        for entry in roster.programs(direction) {
            let chain = ProgramChain(entry.program, direction, family, sayings, addresses)
            let made = chain.add(
                entry.name, about: entry.workloads, to: &parts, previous: previous?.programs[entry.name])
            programs[entry.name] = made
            leads[entry.program] = made.verdict
        }
        return leads
    }
}

/// What a table is made of, while it is made.
struct TableParts: Sendable {
    let family: Family
    var sets: [KernelSet] = []
    var chains: [Chain] = []
    var counters: [String] = []
    /// Chains that ask for traffic.
    var traffic: [TrafficKey: TrafficChain.Made] = [:]
    /// The same of the table before.
    var formerTraffic: [TrafficKey: TrafficChain.Made] = [:]
    /// Names of sets of ports.
    var portSets: Set<String> = []
    /// What names are made of, by traffic.
    private var labels: [TrafficSet: String] = [:]
    private var usedLabels: Set<String> = []

    /// What a chain that asks for traffic does.
    struct TrafficKey: Hashable, Sendable {
        /// In whose name the rest is denied.
        let direction: Direction
        let traffic: TrafficSet
        /// What becomes of it.
        let next: Verdict
    }

    init(_ family: Family) { self.family = family }

    /// What names of chains and sets about some traffic are made of: the same for all of them, and for one traffic only.
    ///
    /// - Parameter wanted: how the traffic reads; others may read alike.
    mutating func label(of traffic: TrafficSet, _ wanted: String) -> String {
        if let known = labels[traffic] { return known }
        var label = wanted
        var count = 1
        while !usedLabels.insert(label).inserted {
            count += 1
            label = "\(wanted)_\(count)"
        }
        labels[traffic] = label
        return label
    }
}

/// Names of sets that every table has.
enum SetNames {
    static let pods = "pods"
    static let podsHere = PodSet.here.name
    static let podRanges = "pod-ranges"
    static let themselves = PodSet.themselves.name
    static let failsafe = "failsafe"
    static let repeated = "repeated"
    static let repeatedPings = "repeated-pings"

    /// From addresses of local pods to what is said about them.
    static func map(_ direction: Direction) -> String { PodSet.map(direction).name }
}

/// Names for the chains of workloads: no two are the same.
struct ChainNames {
    private let prefix: String
    private var used: [String: Int] = [:]

    init(_ direction: Direction) { prefix = direction == .egress ? "from" : "to" }

    mutating func next(_ workload: WorkloadName) -> String {
        let base = Text.name("\(prefix)-\(workload.namespace)/\(workload.name)")
        let count = used[base, default: 0] + 1
        used[base] = count
        return count == 1 ? base : "\(base)_\(count)"
    }
}

/// Texts that the kernel takes.
enum Text {
    /// The longest comment.
    private static let longest = 127
    /// The longest name; the kernel takes more, tools less.
    private static let longestName = 110

    /// A comment, cut where it must be.
    static func short(_ text: String) -> String {
        let plain = text.utf8.contains(UInt8(ascii: "\"")) ? text.replacing("\"", with: "'") : text
        return plain.utf8.count <= longest ? plain : String(plain.prefix(longest - 3)) + "..."
    }

    /// A name; what had to be cut is told apart by a number made from it.
    static func name(_ text: String) -> String {
        guard text.utf8.count > longestName else { return text }
        return "\(text.prefix(longestName - 17))_\(number([text], 16))"
    }

    /// A name of something that has another one when it is made of something else.
    static func name(_ text: String, content: [String]) -> String { name("\(text)_\(number(content, 6))") }

    /// Digits that tell texts apart (FNV-1a).
    private static func number(_ texts: [String], _ digits: Int) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for text in texts {
            for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            hash = (hash ^ 0xff) &* 0x100_0000_01b3
        }
        return String(String(hash, radix: 16).suffix(digits))
    }
}
