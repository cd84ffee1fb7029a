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
    /// Interfaces of local pods of the family.
    private let local: [Int]

    init(_ family: Family, _ list: GuestList, _ node: FilteredNode, _ pods: LocalPods, _ tables: ProgramTables) {
        self.family = family
        self.list = list
        self.node = node
        self.tables = tables
        local = pods.interfaces.filter { list.grouping.interfaces[$0].isIPv4 == family.isIPv4 }
    }

    var ruleset: Ruleset {
        var parts = TableParts(family)
        for direction in [Direction.egress, .ingress] { add(direction, to: &parts) }
        let everyone = Set(list.grouping.interfaces.filter { $0.isIPv4 == family.isIPv4 }.compactMap(\.address))
        parts.sets.append(
            KernelSet(
                SetNames.pods, .address, comment: "addresses of all pods of the cluster",
                everyone.map { .init(family.key($0.bits)) }))
        parts.sets.append(
            KernelSet(
                SetNames.podsHere, .address, comment: "addresses of pods on this node",
                local.compactMap { list.grouping.interfaces[$0].address }.map { .init(family.key($0.bits)) }))
        parts.sets.append(
            KernelSet(
                SetNames.themselves, .itself, isMap: true, comment: "pods that a Service leads back to themselves",
                Hairpins(list).elements(local, to: &parts)))
        BaseChains(family, node).add(to: &parts)
        return Ruleset(family, sets: parts.sets, chains: parts.chains, counters: parts.counters)
    }

    /// What local pods may do in a direction: a map from their addresses to chains, and the chains.
    private func add(_ direction: Direction, to parts: inout TableParts) {
        var names = ChainNames(direction)
        var chains: [Int32: Verdict] = [:]
        var elements: [KernelSet.Element] = []
        var members: [Int32: [Int]] = [:]
        for index in local { members[program(index, direction), default: []].append(index) }
        // By the first workload of each, so that names do not depend on numbers of programs.
        let order = members.sorted {
            list.grouping.interfaces[$0.value[0]].endpoint < list.grouping.interfaces[$1.value[0]].endpoint
        }
        for (number, interfaces) in order {
            let chain = ProgramChain(number, direction, family, list, tables)
            let name = names.next(workload(interfaces[0]))
            chains[number] = chain.add(name, workloads: workloads(interfaces), to: &parts)
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
        let number = text.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return "\(text.prefix(longestName - 17))_\(String(number, radix: 16))"
    }
}
