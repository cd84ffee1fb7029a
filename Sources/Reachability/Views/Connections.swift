import Addresses
import Kubernetes
import Policy

/// Who can reach whom on what, by workloads.
public struct ConnectionEntry: Hashable, Sendable {
    /// Who opens connections.
    public var from: Entity
    /// Whom to.
    public var to: Entity
    /// What at least one pod of the one can reach at least one pod of the other on; never empty.
    public var traffic: TrafficSet
    /// What every pod of the one can reach every pod of the other on.
    public var everywhere: TrafficSet

    /// True: not all pods of both can do what some can.
    public var isPartial: Bool { traffic != everywhere }

    /// That entry; `everywhere` is `traffic` where nothing else is said.
    public init(from: Entity, to: Entity, traffic: TrafficSet, everywhere: TrafficSet? = nil) {
        self.from = from
        self.to = to
        self.traffic = traffic
        self.everywhere = everywhere ?? traffic
    }
}

extension Reachability {
    /// Every pair between which something is allowed, by source and destination, ascending. A workload and itself are
    /// left out, and so are addresses and addresses.
    ///
    /// - Parameters:
    ///   - from: false: nothing from there is of interest; nil stands for addresses.
    ///   - to: false: nothing to there is of interest; nil stands for addresses and names.
    ///   - joiningRuns: runs of addresses beside each other become one where the traffic is the same.
    public func connections(
        from: (WorkloadName?) -> Bool = { _ in true }, to: (WorkloadName?) -> Bool = { _ in true },
        joiningRuns: Bool = true
    ) -> [ConnectionEntry] {
        let index = WorkloadIndex(list)
        let sources = index.workloads.indices.map { from(index.workloads[$0]) ? index.groups[$0] : [] }
        return connections(
            index, PodKinds(list, index), sources: sources, fromOutside: from(nil), to: to, joiningRuns: joiningRuns)
    }

    /// The same, where only some pods of a workload may count as sources.
    ///
    /// - Parameter sources: of each workload, the groups that count.
    func connections(
        _ index: WorkloadIndex, _ kinds: PodKinds, sources: [[Int32]], fromOutside: Bool,
        to: (WorkloadName?) -> Bool, joiningRuns: Bool = true
    ) -> [ConnectionEntry] {
        var collector = ConnectionCollector(
            self, index, kinds, sources: sources, wanted: index.workloads.map { to($0) }, outside: to(nil),
            joiningRuns: joiningRuns)
        var isSource = Array(repeating: false, count: space.groups)
        for group in sources.joined() { isSource[Int(group)] = true }
        forEachRow(where: { $0 < isSource.count ? isSource[$0] : fromOutside }) { row, traffic in
            collector.take(row, traffic)
            return true
        }
        return collector.finish()
    }
}

extension Reachability {
    /// What the pods of a workload may do among themselves, for each workload of which more than one is there, or may be;
    /// workloads where they may do nothing are left out. Both ends of an entry are the workload.
    public func connectionsWithin() -> [ConnectionEntry] {
        let index = WorkloadIndex(list)
        return index.workloads.indices.compactMap { workload in
            var traffic = TrafficSet.none
            var everywhere: TrafficSet?
            let groups = index.groups[workload]
            for (place, source) in groups.enumerated() {
                for target in groups where target != source || index.hasSeveral[workload][place] {
                    guard isIPv4(Int(source)) == isIPv4(Int(target)) else { continue }
                    let found = self.traffic(from: Int(source), to: Int(target))
                    traffic = traffic.union(found)
                    everywhere = everywhere.map { $0.intersection(found) } ?? found
                }
            }
            guard !traffic.isEmpty else { return nil }
            let name = Entity.workload(index.workloads[workload])
            return ConnectionEntry(from: name, to: name, traffic: traffic, everywhere: everywhere)
        }
    }
}

/// Puts rows of groups together to workloads.
private struct ConnectionCollector {
    private let reachability: Reachability
    private let index: WorkloadIndex
    private let kinds: PodKinds
    /// Of each workload: the groups that count as sources.
    private let sources: [[Int32]]
    private let wanted: [Bool]
    private let outside: Bool
    private let joiningRuns: Bool
    private var entries: [ConnectionEntry] = []
    /// What was found of workloads that are in several groups, until the last of them.
    private var open: [Int32: [Target: Found]] = [:]
    private var remaining: [Int]
    /// Of runs of addresses as sources, by destination.
    private var fromOutside: [Int32: [(run: Int, found: Found)]] = [:]

    /// A destination: workloads by number, or peers from outside.
    private struct Target: Hashable, Comparable {
        let isOutside: Bool
        let number: Int32
        static func < (a: Self, b: Self) -> Bool {
            a.isOutside != b.isOutside ? b.isOutside : a.number < b.number
        }
    }

    private struct Found {
        var any: TrafficSet
        var every: TrafficSet
        var pairs = 1
        /// Of pods with several addresses, what each pair of groups may: two pods that can talk in one family can talk.
        var parts: [UInt64: TrafficSet] = [:]

        mutating func add(_ traffic: TrafficSet) {
            if any != traffic { any = any.union(traffic) }
            if every != traffic { every = every.intersection(traffic) }
            pairs += 1
        }

        func isSame(as other: Found) -> Bool { any == other.any && every == other.every && pairs == other.pairs }

        /// What holds for all of so many pairs of groups.
        func everywhere(of pairs: Int) -> TrafficSet { self.pairs < pairs ? .none : every }
    }

    init(
        _ reachability: Reachability, _ index: WorkloadIndex, _ kinds: PodKinds, sources: [[Int32]], wanted: [Bool],
        outside: Bool, joiningRuns: Bool
    ) {
        self.reachability = reachability
        self.index = index
        self.kinds = kinds
        self.sources = sources
        self.wanted = wanted
        self.outside = outside
        self.joiningRuns = joiningRuns
        remaining = sources.map(\.count)
    }

    mutating func take(_ row: Reachability.Row, _ traffic: (Int32) -> TrafficSet) {
        var found: [Target: Found] = [:]
        let isOutside = row.source >= reachability.space.groups
        let isPlain = isOutside || index.ofGroup[row.source].allSatisfy { kinds.isPlain[Int($0)] }
        var start = 0
        for segment in row.segments {
            defer { start = segment.end }
            if segment.traffic == TrafficPool.none { continue }
            add(start..<segment.end, traffic(segment.traffic), from: row.source, isPlain: isPlain, to: &found)
        }
        if isOutside {
            for (target, what) in found where !target.isOutside {
                fromOutside[target.number, default: []].append((row.source, what))
            }
            return
        }
        for workload in index.ofGroup[row.source] where sources[Int(workload)].contains(Int32(row.source)) {
            merge(found, into: workload)
        }
    }

    private func add(
        _ range: Range<Int>, _ traffic: TrafficSet, from source: Int, isPlain: Bool, to found: inout [Target: Found]
    ) {
        let groups = reachability.space.groups
        for peer in range {
            if peer >= groups {
                if outside { found[Target(isOutside: true, number: Int32(peer))] = Found(any: traffic, every: traffic) }
                continue
            }
            for workload in index.ofGroup[peer] where wanted[Int(workload)] {
                let target = Target(isOutside: false, number: workload)
                if found[target]?.add(traffic) == nil { found[target] = Found(any: traffic, every: traffic) }
                if !isPlain || !kinds.isPlain[Int(workload)] {
                    found[target]?.parts[Self.pair(Int32(source), Int32(peer))] = traffic
                }
            }
        }
    }

    private mutating func merge(_ found: [Target: Found], into workload: Int32) {
        remaining[Int(workload)] -= 1
        if sources[Int(workload)].count == 1 { return emit(workload, found) }
        open[workload, default: [:]].merge(found) { old, new in
            Found(
                any: old.any.union(new.any), every: old.every.intersection(new.every), pairs: old.pairs + new.pairs,
                parts: old.parts.merging(new.parts) { first, _ in first })
        }
        if remaining[Int(workload)] == 0 { emit(workload, open.removeValue(forKey: workload) ?? [:]) }
    }

    // MARK: Entries

    private mutating func emit(_ workload: Int32, _ found: [Target: Found]) {
        let source = Entity.workload(index.workloads[Int(workload)])
        var runs: [(run: Int, found: Found)] = []
        for (target, what) in found.sorted(by: { $0.key < $1.key }) {
            if target.isOutside {
                runs.append((Int(target.number), what))
            } else if target.number != workload {
                entries.append(
                    ConnectionEntry(
                        from: source, to: .workload(index.workloads[Int(target.number)]), traffic: what.any,
                        everywhere: everywhere(workload, target.number, what)))
            }
        }
        for (entity, what) in joined(runs) {
            let isIPv4 = if case .addresses(let range) = entity { range.lowerBound.isIPv4 } else { true }
            let count = max(1, families(sources[Int(workload)], isIPv4))
            entries.append(
                ConnectionEntry(from: source, to: entity, traffic: what.any, everywhere: what.everywhere(of: count)))
        }
    }

    mutating func finish() -> [ConnectionEntry] {
        for (workload, runs) in fromOutside {
            for (entity, what) in joined(runs) {
                let isIPv4 = if case .addresses(let range) = entity { range.lowerBound.isIPv4 } else { true }
                entries.append(
                    ConnectionEntry(
                        from: entity, to: .workload(index.workloads[Int(workload)]), traffic: what.any,
                        everywhere: what.everywhere(of: max(1, families(index.groups[Int(workload)], isIPv4)))))
            }
        }
        return entries.sorted { ($0.from, $0.to) < ($1.from, $1.to) }
    }

    /// Runs beside each other with the same traffic, as one.
    private func joined(_ runs: [(run: Int, found: Found)]) -> [(Entity, Found)] {
        let space = reachability.space
        var result: [(Entity, Found)] = []
        for (run, found) in runs.sorted(by: { $0.run < $1.run }) {
            guard space.runs.contains(run) else {
                add(.name(space.names[run - space.runs.upperBound].pattern), found, to: &result)
                continue
            }
            let bits = space.addresses(ofRun: run)
            let range = Address(bits: bits.lowerBound)...Address(bits: bits.upperBound)
            if joiningRuns, let place = Self.place(before: range, in: result), result[place].1.isSame(as: found),
                case .addresses(let own) = result[place].0
            {
                result[place].0 = .addresses(own.lowerBound...range.upperBound)
            } else {
                result.append((.addresses(range), found))
            }
        }
        return result
    }

    /// Where the range stands that another goes on from: at the end, or, of IPv6, before those of IPv4.
    private static func place(before range: ClosedRange<Address>, in found: [(Entity, Found)]) -> Int? {
        func ends(_ index: Int) -> Bool {
            guard case .addresses(let own) = found[index].0 else { return false }
            return Entity.touch(own, range)
        }
        if let last = found.indices.last, ends(last) { return last }
        return Entity.isFirstAboveIPv4(range.lowerBound) ? found.indices.last(where: ends) : nil
    }

    /// A name leads to addresses of both families, which are one to people.
    private func add(_ name: Entity, _ found: Found, to result: inout [(Entity, Found)]) {
        guard let last = result.last, last.0 == name else { return result.append((name, found)) }
        result[result.count - 1].1 = Found(
            any: last.1.any.union(found.any), every: last.1.every.intersection(found.every),
            pairs: max(last.1.pairs, found.pairs))
    }

    /// What every pod of the one can reach every pod of the other on, in whatever family.
    private func everywhere(_ source: Int32, _ target: Int32, _ found: Found) -> TrafficSet {
        guard !kinds.isPlain[Int(source)] || !kinds.isPlain[Int(target)] else {
            return found.everywhere(of: pairs(source, target))
        }
        var every: TrafficSet?
        for one in kinds.kinds[kinds.ofWorkload[Int(source)]] {
            for other in kinds.kinds[kinds.ofWorkload[Int(target)]] {
                let allowed = one.groups.reduce(TrafficSet.none) { sum, group in
                    other.groups.reduce(sum) { $0.union(found.parts[Self.pair(group, $1)] ?? .none) }
                }
                every = every?.intersection(allowed) ?? allowed
                if allowed.isEmpty { return .none }
            }
        }
        return every ?? .none
    }

    private static func pair(_ source: Int32, _ target: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: source)) << 32 | UInt64(UInt32(bitPattern: target))
    }

    /// How many pairs of groups of one family two workloads have.
    private func pairs(_ a: Int32, _ b: Int32) -> Int {
        let (own, theirs) = (sources[Int(a)], index.groups[Int(b)])
        return families(own, true) * families(theirs, true) + families(own, false) * families(theirs, false)
    }

    private func families(_ groups: [Int32], _ isIPv4: Bool) -> Int {
        groups.count { reachability.isIPv4(Int($0)) == isIPv4 }
    }
}
