import Addresses
import Kubernetes
import Policy
import Reachability

/// Puts the table of one family together.
struct TableBuilder {
    private let family: Family
    private let list: GuestList
    private let node: FilteredNode
    private let tables: ProgramTables
    private let addresses: GroupAddresses
    private let previous: BuiltTable?
    /// Interfaces of local pods of the family.
    private let local: [Int]

    /// - Parameter previous: the table before a change, of the same family.
    init(
        _ family: Family, _ list: GuestList, _ node: FilteredNode, _ pods: LocalPods, _ tables: ProgramTables,
        _ addresses: GroupAddresses, previous: BuiltTable?
    ) {
        self.family = family
        self.list = list
        self.node = node
        self.tables = tables
        self.addresses = addresses
        self.previous = previous
        local = pods.interfaces.filter { list.grouping.interfaces[$0].isIPv4 == family.isIPv4 }
    }

    func build() -> BuiltTable {
        var parts = TableParts(family)
        var programs: [String: ProgramParts] = [:]
        for direction in [Direction.egress, .ingress] { add(direction, to: &parts, &programs) }
        parts.sets.append(everyone)
        parts.sets.append(
            KernelSet(
                SetNames.podsHere, .address, comment: "addresses of pods on this node",
                local.compactMap { list.grouping.interfaces[$0].address }.map { .init(family.key($0.bits)) }))
        parts.sets.append(
            KernelSet(
                SetNames.themselves, .itself, isMap: true, comment: "pods that a Service leads back to themselves",
                Hairpins(list).elements(local, to: &parts)))
        BaseChains(family, node).add(to: &parts)
        return BuiltTable(
            ruleset: Ruleset(family, sets: parts.sets, chains: parts.chains, counters: parts.counters),
            addresses: addresses, programs: programs)
    }

    private var everyone: KernelSet {
        if addresses.changes?.isEmpty == true, let same = previous?.ruleset.set(SetNames.pods) { return same }
        return KernelSet(
            SetNames.pods, .address, comment: "addresses of all pods of the cluster", addresses.all.map { .init($0) })
    }

    /// What local pods may do in a direction: a map from their addresses to chains, and the chains.
    private func add(
        _ direction: Direction, to parts: inout TableParts, _ programs: inout [String: ProgramParts]
    ) {
        var names = ChainNames(direction)
        var chains: [Int32: Verdict] = [:]
        var elements: [KernelSet.Element] = []
        var members: [Int32: [Int]] = [:]
        for index in local { members[program(index, direction), default: []].append(index) }
        // By the first address of each, so that names do not depend on numbers of programs.
        let order = members.sorted { $0.value[0] < $1.value[0] }
        for (number, interfaces) in order {
            let chain = ProgramChain(number, direction, family, list, tables, addresses)
            let name = names.next(workload(interfaces[0]))
            let made = chain.add(
                name, comment: workloads(interfaces), to: &parts, previous: previous?.programs[name])
            programs[name] = made
            chains[number] = made.verdict
        }
        for index in local {
            let interface = list.grouping.interfaces[index]
            guard let address = interface.address, let verdict = chains[program(index, direction)] else { continue }
            let pod = list.inventory.endpoints[Int(interface.endpoint)].name
            elements.append(
                .init(family.key(address.bits), verdict, comment: Text.short("\(pod.namespace)/\(pod.name)")))
        }
        parts.sets.append(
            KernelSet(
                SetNames.map(direction), .address, isMap: true,
                comment: direction == .egress ? "what pods on this node may reach" : "what may reach pods on this node",
                elements))
    }

    private func program(_ interface: Int, _ direction: Direction) -> Int32 {
        list.programsOfGroup[Int(list.grouping.groupOf[interface])][GuestList.index(direction, staged: false)]
    }

    private func workload(_ interface: Int) -> WorkloadName {
        list.inventory.endpoints[Int(list.grouping.interfaces[interface].endpoint)].workload
    }

    /// The workloads of a chain.
    private func workloads(_ interfaces: [Int]) -> String {
        var seen: [WorkloadName] = []
        for index in interfaces where seen.last != workload(index) { seen.append(workload(index)) }
        let shown = seen.prefix(3).map { "\($0.kind) \($0.namespace)/\($0.name)" }.joined(separator: ", ")
        return Text.short(seen.count > 3 ? "\(shown) and \(seen.count - 3) more" : shown)
    }
}

/// A table, with what the next one may be made from.
struct BuiltTable: Sendable {
    let ruleset: Ruleset
    let addresses: GroupAddresses
    /// By the names of their chains.
    let programs: [String: ProgramParts]
}

/// What a table is made of, while it is made.
struct TableParts {
    let family: Family
    var sets: [KernelSet] = []
    var chains: [Chain] = []
    var counters: [String] = []
    /// Names of chains that ask for traffic, by direction and traffic.
    var trafficChains: [TrafficKey: String] = [:]
    var trafficNames: Set<String> = []

    struct TrafficKey: Hashable {
        let direction: Direction
        let traffic: TrafficSet
    }

    init(_ family: Family) { self.family = family }
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
        let plain = text.replacing("\"", with: "'")
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
