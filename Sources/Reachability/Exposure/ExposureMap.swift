import Addresses
import Kubernetes
import Policy

/// One pass over everyone, of which is kept what workloads of the same groups have in common with namespaces.
struct ExposureMap {
    let reachability: Reachability
    let strangers: Strangers
    /// Workloads, and the type of each.
    private(set) var workloads: [(WorkloadName, Int)] = []
    /// Of each type: the groups of its pods.
    private(set) var types: [[Int]] = []
    /// Of each type: the namespace.
    private(set) var namespaceOfType: [Int] = []
    private(set) var sets = TrafficUnions()
    /// What pods that are there, and newcomers, of a namespace have in common with a type.
    private var ingress: Side
    private var egress: Side
    /// Of each group: what somebody who may be an ingress controller can reach it on.
    private(set) var fromControllers: [Int32]

    private var typesOfGroup: [[Int]]
    private let namespaceOfGroup: [Int]
    private let kinds: [GroupKinds]

    /// Numbers by type and namespace.
    struct NamespaceTable {
        let namespaces: Int
        var present: [Int32]
        var newcomer: [Int32]

        init(types: Int, namespaces: Int) {
            self.namespaces = namespaces
            present = Array(repeating: 0, count: types * namespaces)
            newcomer = present
        }
    }

    /// What is known of one direction.
    struct Side {
        /// What pods that are there, and newcomers, of a namespace have in common with a type.
        var table: NamespaceTable
        /// Of each type: hypothetical pods, and what is open toward them.
        var fitting: [[NamespacedName: Int32]]

        init(types: Int, namespaces: Int) {
            table = NamespaceTable(types: types, namespaces: namespaces)
            fitting = Array(repeating: [:], count: types)
        }
    }

    /// What is known of a direction.
    func side(_ direction: Direction) -> Side { direction == .ingress ? ingress : egress }

    /// Who is in a group.
    fileprivate struct GroupKinds {
        var isPresent = false
        var isNewcomer = false
        var mayBeController = false
        var fitting: [NamespacedName] = []

        /// Only pods that a rule asks for and that are not there.
        var isOnlyFitting: Bool { !isPresent && !isNewcomer && !fitting.isEmpty }
    }

    /// - Parameter opened: endpoints that somebody outside is sent to, by a Service or a port of a node.
    init(_ reachability: Reachability, _ strangers: Strangers, opened: Set<Int32>) {
        self.reachability = reachability
        self.strangers = strangers
        let grouping = reachability.list.grouping
        namespaceOfGroup = grouping.groups.map { Int($0.key.namespace) }
        typesOfGroup = Array(repeating: [], count: grouping.groups.count)
        fromControllers = Array(repeating: 0, count: grouping.groups.count)
        kinds = Self.kinds(reachability.list, strangers, opened)
        ingress = Side(types: 0, namespaces: 0)
        egress = ingress
        findTypes()
        ingress = Side(types: types.count, namespaces: grouping.namespaceNames.count)
        egress = ingress
        readRows()
    }

    private static func kinds(
        _ list: GuestList, _ strangers: Strangers, _ opened: Set<Int32>
    ) -> [GroupKinds] {
        let (grouping, inventory) = (list.grouping, list.inventory)
        let inhabited = Set(inventory.endpoints.lazy.filter { !Strangers.isStranger($0) }.map(\.namespace))
        return grouping.groups.map { group in
            var kinds = GroupKinds()
            for member in group.members {
                let index = grouping.interfaces[Int(member)].endpoint
                let endpoint = inventory.endpoints[Int(index)]
                if !Strangers.isStranger(endpoint) {
                    kinds.isPresent = true
                    if opened.contains(index) { kinds.mayBeController = true }
                } else if strangers.fitting[endpoint.name] != nil {
                    kinds.fitting.append(endpoint.name)
                } else {
                    kinds.isNewcomer = true
                    // Where something runs, what runs is known; a controller that is not would be elsewhere.
                    if !inhabited.contains(endpoint.namespace) { kinds.mayBeController = true }
                }
            }
            return kinds
        }
    }

    private mutating func findTypes() {
        let list = reachability.list
        var groups: [WorkloadName: Set<Int>] = [:]
        for (index, interface) in list.grouping.interfaces.enumerated() {
            let endpoint = list.inventory.endpoints[Int(interface.endpoint)]
            guard !Strangers.isStranger(endpoint) else { continue }
            groups[endpoint.workload, default: []].insert(Int(list.grouping.groupOf[index]))
        }
        var numbers: [[Int]: Int] = [:]
        for (name, set) in groups.sorted(by: { $0.key < $1.key }) {
            let key = set.sorted()
            let number = numbers[key] ?? types.count
            if number == types.count {
                numbers[key] = number
                types.append(key)
                namespaceOfType.append(Int(list.grouping.groups[key[0]].key.namespace))
                for group in key { typesOfGroup[group].append(number) }
            }
            workloads.append((name, number))
        }
    }

    // MARK: Rows

    private mutating func readRows() {
        let groups = reachability.space.groups
        var numbers: [Int32: Int32] = [:]
        reachability.forEachRow(where: { $0 < groups }) { row, set in
            var start = 0
            for segment in row.segments {
                let end = min(segment.end, groups)
                let number = numbers[segment.traffic] ?? sets.number(set(segment.traffic))
                numbers[segment.traffic] = number
                if number != TrafficPool.none {
                    for destination in stride(from: start, to: end, by: 1) {
                        note(from: row.source, to: destination, number)
                    }
                }
                start = max(start, end)
            }
            return true
        }
    }

    private mutating func note(from source: Int, to destination: Int, _ number: Int32) {
        let (from, into) = (namespaceOfGroup[source], namespaceOfGroup[destination])
        for type in typesOfGroup[source] where namespaceOfType[type] != into || kinds[destination].isOnlyFitting {
            egress.add(type, into, kinds[destination], number, &sets)
        }
        guard !typesOfGroup[destination].isEmpty else { return }
        for type in typesOfGroup[destination] where namespaceOfType[type] != from || kinds[source].isOnlyFitting {
            ingress.add(type, from, kinds[source], number, &sets)
        }
        let isAsked = !kinds[source].fitting.isEmpty && from != into
        if kinds[source].mayBeController || isAsked {
            fromControllers[destination] = sets.union(fromControllers[destination], number)
        }
    }
}

extension ExposureMap.Side {
    fileprivate mutating func add(
        _ type: Int, _ namespace: Int, _ kinds: ExposureMap.GroupKinds, _ number: Int32, _ sets: inout TrafficUnions
    ) {
        guard kinds.isOnlyFitting else {
            return table.add(type, namespace, kinds.isPresent, kinds.isNewcomer, number, &sets)
        }
        for name in kinds.fitting {
            fitting[type][name] = sets.union(fitting[type][name] ?? TrafficPool.none, number)
        }
    }
}

extension ExposureMap.NamespaceTable {
    fileprivate mutating func add(
        _ type: Int, _ namespace: Int, _ isPresent: Bool, _ isNewcomer: Bool, _ number: Int32,
        _ sets: inout TrafficUnions
    ) {
        let place = type * namespaces + namespace
        if isPresent { present[place] = sets.union(present[place], number) }
        if isNewcomer { newcomer[place] = sets.union(newcomer[place], number) }
    }
}

/// Numbers of sets of traffic, with unions that are kept.
struct TrafficUnions {
    private var pool = TrafficPool()
    private var unions: [UInt64: Int32] = [:]

    subscript(number: Int32) -> TrafficSet { pool.sets[Int(number)] }

    mutating func number(_ set: TrafficSet) -> Int32 { pool.number(set) }

    mutating func union(_ a: Int32, _ b: Int32) -> Int32 {
        if a == b || b == TrafficPool.none || a == TrafficPool.all { return a }
        if a == TrafficPool.none || b == TrafficPool.all { return b }
        let key = UInt64(UInt32(bitPattern: min(a, b))) << 32 | UInt64(UInt32(bitPattern: max(a, b)))
        if let known = unions[key] { return known }
        let result = pool.number(pool.sets[Int(a)].union(pool.sets[Int(b)]))
        unions[key] = result
        return result
    }
}
