import Addresses
import Kubernetes
import Policy

/// Puts what a map holds of a type of workload into the form that is shown, and finds reasons.
struct ExposureWriter {
    private let map: ExposureMap
    private var outside: OutsideTables
    private var known: [Key: DirectionExposure] = [:]

    private struct Key: Hashable {
        let type: Int
        let direction: Direction
    }

    init(_ map: ExposureMap) {
        self.map = map
        outside = OutsideTables(map.reachability)
    }

    private var list: GuestList { map.reachability.list }

    /// What is open for workloads of a type.
    mutating func exposure(of type: Int, _ direction: Direction) -> DirectionExposure {
        let key = Key(type: type, direction: direction)
        if let found = known[key] { return found }
        var exposure = DirectionExposure()
        exposure.isSelected = isSelected(type, direction)
        exposure.outside = outside(type, direction, exposure.isSelected)
        exposure.namespaces = namespaces(type, direction, exposure.isSelected)
        exposure.hypothetical = hypothetical(type, direction, exposure.isSelected)
        if direction == .egress { exposure.names = names(type) }
        known[key] = exposure
        return exposure
    }

    private func isSelected(_ type: Int, _ direction: Direction) -> Bool {
        map.types[type].contains {
            !list.program(Int32($0), direction, staged: map.reachability.isStaged).tiers.isEmpty
        }
    }

    // MARK: Outside

    private mutating func outside(
        _ type: Int, _ direction: Direction, _ isSelected: Bool
    ) -> [DirectionExposure.Outside] {
        let groups = map.types[type]
        let families = Set(groups.map { map.reachability.isIPv4($0) })
        let everything = families.reduce(IntervalSet<UInt128>.empty) { $0.union($1 ? .ipv4 : .ipv6) }
        let found = outside.addresses(groups, direction).map { traffic, addresses in
            DirectionExposure.Outside(
                addresses: addresses, isAnywhere: addresses == everything, traffic: traffic,
                reason: reason(groups, direction, isSelected, traffic, addresses.examples.map { list.party($0) }))
        }
        return found.sorted {
            ($0.addresses.ranges[0].lowerBound, $0.traffic.description)
                < ($1.addresses.ranges[0].lowerBound, $1.traffic.description)
        }
    }

    private func names(_ type: Int) -> [DirectionExposure.Name] {
        let space = map.reachability.space
        var found: [DomainPattern: TrafficSet] = [:]
        for (index, name) in space.names.enumerated() {
            for group in map.types[type] {
                let traffic = map.reachability.traffic(from: group, to: space.runs.upperBound + index)
                if !traffic.isEmpty {
                    found[name.pattern, default: .none] = traffic.union(found[name.pattern] ?? .none)
                }
            }
        }
        return found.map { DirectionExposure.Name(pattern: $0.key, traffic: $0.value) }
            .sorted { $0.pattern.description < $1.pattern.description }
    }

    // MARK: Namespaces

    private func namespaces(
        _ type: Int, _ direction: Direction, _ isSelected: Bool
    ) -> [DirectionExposure.Namespaces] {
        let table = map.side(direction).table
        let names = list.grouping.namespaceNames
        let first = type * table.namespaces
        guard let new = names.firstIndex(of: Strangers.namespace) else { return [] }
        let everyone = table.newcomer[first + new]
        let others = names.indices.filter {
            $0 != map.namespaceOfType[type] && names[$0].utf8.first != UInt8(ascii: "?")
        }
        var found: [DirectionExposure.Namespaces] = []
        if everyone != TrafficPool.none {
            let wanted = map.sets[everyone]
            let except = others.filter { !wanted.isSubset(of: map.sets[table.newcomer[first + $0]]) }
            found.append(
                DirectionExposure.Namespaces(
                    scope: .every(except: except.map { names[$0] }), isWhole: true, traffic: wanted,
                    reason: reason(type, direction, isSelected, wanted, new, newcomers: true)))
        }
        var entries: [Entry: [Int]] = [:]
        for namespace in others {
            let (new, present) = (table.newcomer[first + namespace], table.present[first + namespace])
            let all = map.sets[new].union(map.sets[present])
            // What holds for every namespace is not said again.
            if all.isEmpty || (new == everyone && all.isSubset(of: map.sets[everyone])) { continue }
            entries[Entry(traffic: all, isWhole: all == map.sets[new]), default: []].append(namespace)
        }
        let rest = entries.sorted { $0.value[0] < $1.value[0] }.map { entry, namespaces in
            DirectionExposure.Namespaces(
                scope: .named(namespaces.map { names[$0] }), isWhole: entry.isWhole, traffic: entry.traffic,
                reason: reason(
                    type, direction, isSelected, entry.traffic, namespaces[0], newcomers: entry.isWhole))
        }
        return found + rest
    }

    private struct Entry: Hashable {
        let traffic: TrafficSet
        let isWhole: Bool
    }

    private func reason(
        _ type: Int, _ direction: Direction, _ isSelected: Bool, _ traffic: TrafficSet, _ namespace: Int,
        newcomers: Bool
    ) -> ExposureReason {
        let grouping = list.grouping
        var parties: [Party] = []
        for group in grouping.groupsOfNamespace[namespace] {
            let interface = grouping.interfaces[Int(grouping.groups[group].first)]
            if let party = list.party(endpoint: Int(interface.endpoint), isIPv4: interface.isIPv4) {
                parties.append(party)
            }
        }
        return reason(map.types[type], direction, isSelected, traffic, parties)
    }

    private func hypothetical(
        _ type: Int, _ direction: Direction, _ isSelected: Bool
    ) -> [DirectionExposure.Hypothetical] {
        let own = list.grouping.namespaceNames[map.namespaceOfType[type]]
        let found = map.side(direction).fitting[type].sorted { $0.key < $1.key }
        return found.compactMap { name, number in
            guard let pod = map.strangers.fitting[name] else { return nil }
            let namespace = list.grouping.namespaceNames.firstIndex(of: name.namespace) ?? map.namespaceOfType[type]
            let traffic = map.sets[number]
            // A pod of which nothing is asked but its namespace was counted with that.
            if name.namespace != own {
                let table = map.side(direction).table
                let known = table.newcomer[type * table.namespaces + namespace]
                if traffic.isSubset(of: map.sets[known]) { return nil }
            }
            return DirectionExposure.Hypothetical(
                pod: pod, traffic: traffic,
                reason: reason(type, direction, isSelected, traffic, namespace, newcomers: true))
        }
    }

    // MARK: Reasons

    /// Why the side of the workload allows some of the traffic, by the first example that is found.
    private func reason(
        _ groups: [Int], _ direction: Direction, _ isSelected: Bool, _ traffic: TrafficSet, _ others: [Party]
    ) -> ExposureReason {
        guard let example = traffic.example else { return .undecided }
        for group in groups {
            let interface = list.grouping.interfaces[Int(list.grouping.groups[group].first)]
            guard let own = list.party(endpoint: Int(interface.endpoint), isIPv4: interface.isIPv4) else { continue }
            for other in others where other.isIPv4 == own.isIPv4 && other.endpoint != own.endpoint {
                let connection = Connection(
                    source: direction == .egress ? own : other, destination: direction == .egress ? other : own,
                    traffic: example)
                let decision = list.evaluate(connection)
                let verdict = map.reachability.isStaged ? decision.staged : decision.enforced
                let ruling = verdict[direction]
                if verdict.isAllowed, ruling.reason != .ownNode {
                    return list.reason(ruling, direction, isSelected: isSelected)
                }
            }
        }
        return isSelected ? .undecided : .unselected
    }
}
