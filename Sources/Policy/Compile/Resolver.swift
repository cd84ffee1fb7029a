import Addresses
import Kubernetes

/// Who a peer is, among groups and among addresses that are no workload's.
struct Reach: Hashable, Sendable {
    /// Indexes of groups.
    var groups: IntervalSet<UInt32>
    /// Addresses that are of no workload.
    var outside: IntervalSet<UInt128>
    /// An address from outside counts only when it was learned under one of these; nil: it always counts.
    var names: [DomainPattern]?

    static let everyone = Reach(groups: .all, outside: .all, names: nil)

    var isEmpty: Bool { groups.isEmpty && outside.isEmpty }
}

/// Groups by what they have in common. It never changes, so that lists with the same groups share it.
package final class GroupIndex: Sendable {
    let ofLabel: [Vocabulary.Label: [UInt32]]
    /// Groups of each place where a run of addresses between borders begins, ascending. None is in two.
    let places: [(run: UInt128, groups: IntervalSet<UInt32>)]
    /// Groups whose place is not known, by family.
    let nowhere: [(isIPv4: Bool, groups: IntervalSet<UInt32>)]

    package init(_ grouping: Grouping) {
        var byLabel: [Vocabulary.Label: [UInt32]] = [:]
        let labels = Dictionary(uniqueKeysWithValues: grouping.vocabulary.pairs.map { ($0.value, $0.key) })
        var byPlace: [UInt128: [UInt32]] = [:]
        var nowhere: [Bool: [UInt32]] = [:]
        for (index, group) in grouping.groups.enumerated() {
            for pair in group.key.labels {
                if let label = labels[pair] { byLabel[label, default: []].append(UInt32(index)) }
            }
            if let place = group.key.place {
                byPlace[place, default: []].append(UInt32(index))
            } else {
                nowhere[group.key.isIPv4, default: []].append(UInt32(index))
            }
        }
        ofLabel = byLabel
        places = byPlace.sorted { $0.key < $1.key }.map { ($0.key, IntervalSet(ascending: $0.value)) }
        self.nowhere = nowhere.map { ($0.key, IntervalSet(ascending: $0.value)) }
    }

    /// The places that begin in a range of addresses.
    func places(in range: ClosedRange<UInt128>) -> Range<Int> {
        func first(_ isBefore: (UInt128) -> Bool) -> Int {
            var (low, high) = (0, places.count)
            while low < high {
                let middle = (low + high) / 2
                if isBefore(places[middle].run) { low = middle + 1 } else { high = middle }
            }
            return low
        }
        return first { $0 < range.lowerBound }..<first { $0 <= range.upperBound }
    }
}

/// Finds the groups that selectors and blocks stand for. Every question is answered once and kept.
package final class Resolver {
    let grouping: Grouping
    let inventory: Inventory
    private let groupIndex: GroupIndex
    private var workloads: [WorkloadSelector: IntervalSet<UInt32>] = [:]
    private var namespaces: [LabelExpression: [Bool]] = [:]
    private var nodes: [LabelExpression: IntervalSet<UInt128>] = [:]

    /// - Parameter index: of the groups.
    package init(_ grouping: Grouping, _ inventory: Inventory, index: GroupIndex? = nil) {
        self.grouping = grouping
        self.inventory = inventory
        groupIndex = index ?? GroupIndex(grouping)
    }

    /// Who the peers are; each counts.
    func reaches(_ peers: [Peer]?) -> [Reach] {
        guard let peers else { return [.everyone] }
        return peers.map(reach).filter { !$0.isEmpty }
    }

    private func reach(_ peer: Peer) -> Reach {
        var reach = Reach.everyone
        if let selector = peer.workloads { reach = Reach(groups: groups(selector), outside: .empty, names: nil) }
        if let selector = peer.notWorkloads { reach.groups = reach.groups.subtracting(groups(selector)) }
        if let prefixes = peer.blocks {
            reach.outside = reach.outside.intersection(IntervalSet(prefixes: prefixes))
        }
        if !peer.exceptBlocks.isEmpty {
            reach.outside = reach.outside.subtracting(IntervalSet(prefixes: peer.exceptBlocks))
        }
        if peer.blocks != nil || !peer.exceptBlocks.isEmpty {
            reach.groups = reach.groups.intersection(groups(within: peer.blocks, except: peer.exceptBlocks))
        }
        if let expression = peer.nodes {
            reach.groups = .empty
            reach.outside = reach.outside.intersection(addresses(ofNodes: expression))
        }
        if let names = peer.names {
            reach.groups = .empty
            reach.names = names
        }
        return reach
    }

    // MARK: Blocks and nodes

    private func groups(within blocks: [Prefix]?, except: [Prefix]) -> IntervalSet<UInt32> {
        let wide = blocks.map { IntervalSet<UInt128>(prefixes: $0) } ?? .all
        let addresses = except.isEmpty ? wide : wide.subtracting(IntervalSet(prefixes: except))
        var found: [ClosedRange<UInt32>] = []
        // No block ends within a run.
        for range in addresses.ranges {
            for place in groupIndex.places(in: range) { found += groupIndex.places[place].groups.ranges }
        }
        for unknown in groupIndex.nowhere where holds(addresses, isIPv4: unknown.isIPv4) {
            found += unknown.groups.ranges
        }
        return found.isEmpty ? .empty : IntervalSet(found)
    }

    /// An address that is not known is held by what holds all that it may be.
    private func holds(_ addresses: IntervalSet<UInt128>, isIPv4: Bool) -> Bool {
        let possible = inventory.podRanges.filter { $0.address.isIPv4 == isIPv4 }
        return IntervalSet(prefixes: possible).isSubset(of: addresses)
    }

    private func addresses(ofNodes expression: LabelExpression) -> IntervalSet<UInt128> {
        if let known = nodes[expression] { return known }
        let chosen = inventory.nodes.filter { node in
            expression.holds { owner, key in owner == .workload ? node.labels[key] : nil }
        }
        let found = IntervalSet<UInt128>(chosen.flatMap(\.addresses).map { $0.bits...$0.bits })
        nodes[expression] = found
        return found
    }

    // MARK: Workloads

    /// The groups of a selector.
    package func groups(_ selector: WorkloadSelector) -> IntervalSet<UInt32> {
        if let known = workloads[selector] { return known }
        let found = find(selector)
        workloads[selector] = found
        return found
    }

    private func find(_ selector: WorkloadSelector) -> IntervalSet<UInt32> {
        let ranges = ranges(of: selector.namespaces)
        if selector.labels == .everything, selector.serviceAccounts == nil {
            return IntervalSet(ranges.map { UInt32($0.lowerBound)...UInt32($0.upperBound - 1) })
        }
        let size = ranges.reduce(0) { $0 + $1.count }
        if let candidates = candidates(selector.labels), candidates.count < size {
            let scope = IntervalSet<UInt32>(ranges.map { UInt32($0.lowerBound)...UInt32($0.upperBound - 1) })
            return IntervalSet(ascending: candidates.filter { scope.contains($0) && holds(selector, for: $0) })
        }
        return IntervalSet(ascending: ranges.joined().lazy.map { UInt32($0) }.filter { self.holds(selector, for: $0) })
    }

    /// The groups of namespaces, without empty ranges.
    private func ranges(of scope: WorkloadSelector.NamespaceScope) -> [Range<Int>] {
        let ranges: [Range<Int>]
        switch scope {
        case .every: ranges = grouping.groups.isEmpty ? [] : [0..<grouping.groups.count]
        case .named(let name):
            ranges = index(of: name).map { [grouping.groupsOfNamespace[$0]] } ?? []
        case .matching(let expression):
            let chosen = namespaces(expression)
            ranges = grouping.groupsOfNamespace.indices.filter { chosen[$0] }.map { grouping.groupsOfNamespace[$0] }
        }
        return ranges.filter { !$0.isEmpty }
    }

    private func index(of namespace: String) -> Int? {
        var low = 0
        var high = grouping.namespaceNames.count
        while low < high {
            let middle = (low + high) / 2
            if grouping.namespaceNames[middle] < namespace { low = middle + 1 } else { high = middle }
        }
        return low < grouping.namespaceNames.count && grouping.namespaceNames[low] == namespace ? low : nil
    }

    private func namespaces(_ expression: LabelExpression) -> [Bool] {
        if let known = namespaces[expression] { return known }
        let chosen = grouping.namespaceNames.map { name in
            let labels = inventory.namespaces[name] ?? [:]
            return expression.holds { owner, key in owner == .namespace ? labels[key] : nil }
        }
        namespaces[expression] = chosen
        return chosen
    }

    /// Groups among which all that the expression holds for are, ascending; nil when no label narrows it.
    private func candidates(_ expression: LabelExpression) -> [UInt32]? {
        switch expression {
        case .label(.workload, let key, .isIn(let values)):
            let lists = values.compactMap { groupIndex.ofLabel[Vocabulary.Label(key: key, value: $0)] }
            return lists.count <= 1 ? lists.first ?? [] : Set(lists.joined()).sorted()
        case .and(let parts):
            return parts.compactMap(candidates).min { $0.count < $1.count }
        case .nothing: return []
        default: return nil
        }
    }

    private func holds(_ selector: WorkloadSelector, for group: UInt32) -> Bool {
        let endpoint = inventory.endpoints[Int(grouping.groups[Int(group)].example)]
        if let accounts = selector.serviceAccounts, !accounts.contains(endpoint.serviceAccount) { return false }
        return selector.labels.holds { owner, key in inventory.label(owner, key, of: endpoint) }
    }
}
