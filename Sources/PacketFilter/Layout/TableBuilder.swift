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

    /// - Parameter previous: the table before a change, of the same family.
    init(
        _ list: GuestList, _ node: FilteredNode, _ pods: LocalPods, _ sayings: ProgramSayings,
        _ addresses: GroupAddresses, _ family: Family, previous: BuiltTable?
    ) {
        self.family = family
        self.list = list
        self.node = node
        self.sayings = sayings
        self.addresses = addresses
        self.previous = previous
        local = pods.pods.filter { $0.address.isIPv4 == family.isIPv4 }
    }

    func build() -> BuiltTable {
        var parts = TableParts(family)
        parts.formerTraffic = previous?.traffic ?? [:]
        var programs: [String: ProgramParts] = [:]
        for direction in [Direction.egress, .ingress] { add(direction, to: &parts, &programs) }
        parts.sets.append(everyone)
        parts.sets.append(
            KernelSet(
                SetNames.podsHere, .address, comment: "addresses of pods on this node",
                local.map { .init(family.key($0.address.bits)) }))
        parts.sets.append(
            KernelSet(
                SetNames.themselves, .itself, isMap: true, comment: "pods that a Service leads back to themselves",
                hairpins(&parts)))
        let base = previous.flatMap { $0.node == node ? $0.base : nil } ?? base
        parts.sets += base.sets
        parts.chains += base.chains
        parts.counters += base.counters
        return BuiltTable(
            ruleset: Ruleset(family, sets: parts.sets, chains: parts.chains, counters: parts.counters),
            addresses: addresses, programs: programs, traffic: parts.traffic, node: node, base: base)
    }

    private var base: TableParts {
        var parts = TableParts(family)
        BaseChains(family, node).add(to: &parts)
        return parts
    }

    private var everyone: KernelSet { addresses.everyone(previous?.ruleset.set(SetNames.pods)) }

    private func hairpins(_ parts: inout TableParts) -> [KernelSet.Element] {
        var known: [UInt32: Verdict] = [:]
        return local.compactMap { pod in
            guard let verdict = known[pod.group] ?? sayings.hairpins[pod.group]?.verdict(&parts) else { return nil }
            known[pod.group] = verdict
            return KernelSet.Element(family.key(pod.address.bits), verdict)
        }
    }

    /// What local pods may do in a direction: a map from their addresses to chains, and the chains.
    private func add(
        _ direction: Direction, to parts: inout TableParts, _ programs: inout [String: ProgramParts]
    ) {
        var names = ChainNames(direction)
        var chains: [Int32: Verdict] = [:]
        var members: [Int32: [LocalPods.Pod]] = [:]
        // By the first address of each, so that names do not depend on numbers of programs.
        var order: [Int32] = []
        for pod in local {
            let program = list.program(of: pod, direction)
            if members[program] == nil { order.append(program) }
            members[program, default: []].append(pod)
        }
        for program in order {
            guard let pods = members[program], let first = pods.first else { continue }
            let chain = ProgramChain(program, direction, family, sayings, addresses)
            let name = names.next(first.endpoint.workload)
            let made = chain.add(name, about: workloads(pods), to: &parts, previous: previous?.programs[name])
            programs[name] = made
            chains[program] = made.verdict
        }
        let elements = local.compactMap { pod in
            chains[list.program(of: pod, direction)].map { verdict in
                let name = pod.endpoint.name
                return KernelSet.Element(
                    family.key(pod.address.bits), verdict, comment: Text.short("\(name.namespace)/\(name.name)"))
            }
        }
        parts.sets.append(
            KernelSet(
                SetNames.map(direction), .address, isMap: true,
                comment: direction == .egress ? "what pods on this node may reach" : "what may reach pods on this node",
                elements))
    }

    /// The workloads of a chain, in order.
    private func workloads(_ pods: [LocalPods.Pod]) -> [WorkloadName] {
        var seen: [WorkloadName] = []
        for pod in pods where seen.last != pod.endpoint.workload { seen.append(pod.endpoint.workload) }
        return seen
    }
}

/// A table, with what the next one may be made from.
struct BuiltTable: Sendable {
    let ruleset: Ruleset
    let addresses: GroupAddresses
    /// By the names of their chains.
    let programs: [String: ProgramParts]
    /// What asks for traffic.
    let traffic: [TableParts.TrafficKey: TrafficChain.Made]
    /// What it was made for.
    let node: FilteredNode
    /// What is the same whatever policies say.
    let base: TableParts

    /// The table when only pods of others came or went; nil: that changes what is said here.
    func updated(_ addresses: GroupAddresses) -> BuiltTable? {
        guard let changes = addresses.changes else { return nil }
        if changes.isEmpty { return self }
        var sets = [addresses.everyone(ruleset.set(SetNames.pods))]
        var programs = programs
        for (name, old) in self.programs {
            guard let parts = old.updated(changes) else { return nil }
            // All others are as they were.
            if let before = old.sets.first, let now = parts.sets.first, !now.isCopy(of: before) { sets.append(now) }
            programs[name] = parts
        }
        return BuiltTable(
            ruleset: ruleset.replacing(sets), addresses: addresses, programs: programs, traffic: traffic, node: node,
            base: base)
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
    static let podsHere = "pods-here"
    static let podRanges = "pod-ranges"
    static let themselves = "themselves"
    static let failsafe = "failsafe"
    static let repeated = "repeated"
    static let repeatedPings = "repeated-pings"

    /// From addresses of local pods to what is said about them.
    static func map(_ direction: Direction) -> String { direction == .egress ? "from-pods" : "to-pods" }
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
