import Addresses
import Kubernetes
import Policy
import Reachability

/// What policies say about some pods in a direction: a chain that finds the peer, and leads on to what is allowed with
/// it.
struct ProgramChain {
    private let program: Int32
    private let direction: Direction
    private let family: Family
    private let sayings: ProgramSayings
    private let addresses: GroupAddresses

    init(
        _ program: Int32, _ direction: Direction, _ family: Family, _ sayings: ProgramSayings,
        _ addresses: GroupAddresses
    ) {
        self.program = program
        self.direction = direction
        self.family = family
        self.sayings = sayings
        self.addresses = addresses
    }

    private var tables: ProgramTables { sayings.tables }
    private var table: PeerTable { tables.tables[Int(program)] }
    private var peer: Field { direction == .egress ? .destinationAddress : .sourceAddress }

    /// Adds the chain and all that it leads to.
    ///
    /// - Parameters:
    ///   - workloads: what runs in its pods, as `PodRoster` has them.
    ///   - previous: what was made under this name before.
    /// - Returns: what was made.
    func add(
        _ name: String, about workloads: [WorkloadName], to parts: inout TableParts, previous: ProgramParts?
    ) -> ProgramParts {
        let policies = sayings.policies[program] ?? ""
        let matchers = sayings.matchers[program] ?? []
        if var kept = previous.flatMap({ unchanged($0, policies, matchers) }),
            kept.addTraffic(tables, direction, &parts)
        {
            if kept.workloads != workloads { kept.tell(workloads) }
            kept.add(to: &parts)
            return kept
        }
        var made = make(name, policies, outsideByTraffic(), &parts)
        made.matchers = matchers
        made.tell(workloads)
        made.add(to: &parts)
        return made
    }

    private func make(
        _ name: String, _ policies: String, _ all: [Int32: [ClosedRange<UInt128>]], _ parts: inout TableParts
    ) -> ProgramParts {
        let pods = podsByTraffic()
        var made = ProgramParts(groups, direction, policies, counts: pods, outside: all)
        var outside = all
        if pods.traffic.allSatisfy({ $0 == TrafficPool.all }), outside.keys.allSatisfy({ $0 == TrafficPool.all }) {
            return made
        }
        // Addresses with which nothing is allowed come to the end of the chain.
        outside[TrafficPool.none] = nil
        var rules: [Rule] = []
        let usual = made.usual
        // Pods that may do what most may need no element; where most may do nothing, neither do those.
        let rest = pods.traffic.filter { $0 != usual }
        if !rest.isEmpty {
            made.sets.append(KernelSet(name, .address, isMap: true, elements(rest, &made, &parts)))
            rules.append(Rule(.verdictMap(name, [peer])))
        }
        if usual != TrafficPool.none || !outside.isEmpty {
            rules.append(Rule(.isIn(set: SetNames.pods, [peer]), .verdict(verdict(usual, &made, &parts))))
        }
        if !outside.isEmpty {
            // Under a name of its own for each content: to edit many ranges costs the kernel more than to make them anew.
            let elements = elements(outside, &made, &parts)
            let ranges = Text.name("\(name).outside", content: elements.map(\.content))
            made.sets.append(KernelSet(ranges, .address, isMap: true, kind: .ranges, elements))
            rules.append(Rule(.verdictMap(ranges, [peer, .transport])))
        }
        rules.append(Rule(.verdict(.goto(BaseChains.denied(direction))), comment: policies))
        // A chain that asks otherwise is another one: pods are led to it by one element each, all at once.
        let chain = Text.name(name, content: rules.map { Rule($0.statements).text(family) })
        made.chain = Chain(chain, rules)
        made.verdict = .goto(chain)
        return made
    }

    /// What was made before, if it is what would be made now; nil: it is not, or that is not known.
    private func unchanged(
        _ old: ProgramParts, _ policies: String, _ matchers: [TierMatcher]
    ) -> ProgramParts? {
        guard let changes = addresses.changes, old.policies == policies else { return nil }
        let isKnown = old.matchers.elementsEqual(matchers, by: ===)
        guard isKnown || (old.outside == outsideByTraffic() && old.groups == groups) else { return nil }
        var kept = old.updated(changes)
        kept?.matchers = matchers
        return kept
    }

    // MARK: Peers

    /// How many pods there are with which some traffic is allowed.
    private func podsByTraffic() -> TrafficCounts {
        var found = TrafficCounts()
        forEachSegment { groups, traffic in
            let count = addresses.counts[groups].reduce(0) { $0 + Int($1) }
            if count > 0 { found.add(traffic, count) }
        }
        return found
    }

    /// What is allowed with groups.
    private var groups: PeerTable { table.prefix(tables.space.groups) }

    /// Ranges of groups with which the same traffic is allowed.
    private func forEachSegment(_ visit: (Range<Int>, Int32) -> Void) {
        for (groups, traffic) in table.segments(in: 0..<tables.space.groups) { visit(groups, traffic) }
    }

    /// Addresses of pods with which one of these is allowed.
    private func elements(
        _ traffic: [Int32], _ made: inout ProgramParts, _ parts: inout TableParts
    ) -> [KernelSet.Element] {
        let verdicts = traffic.map { verdict($0, &made, &parts) }
        let places = Dictionary(uniqueKeysWithValues: traffic.enumerated().map { ($0.element, Int32($0.offset)) })
        var placeOfGroup = Array(repeating: Int32(-1), count: tables.space.groups)
        var count = 0
        forEachSegment { groups, value in
            guard let place = places[value] else { return }
            for group in groups {
                placeOfGroup[group] = place
                count += Int(addresses.counts[group])
            }
        }
        var elements: [KernelSet.Element] = []
        elements.reserveCapacity(count)
        for address in addresses.all {
            let place = placeOfGroup[Int(address.group)]
            if place >= 0 { elements.append(.init(family.key(address.bits), verdicts[Int(place)])) }
        }
        return elements
    }

    /// Runs of addresses outside, by what is allowed with them.
    private func outsideByTraffic() -> [Int32: [ClosedRange<UInt128>]] {
        var found: [Int32: [ClosedRange<UInt128>]] = [:]
        for runs in tables.space.runs(isIPv4: family.isIPv4) {
            for (part, traffic) in table.segments(in: runs) {
                let first = tables.space.addresses(ofRun: part.lowerBound).lowerBound
                let last = tables.space.addresses(ofRun: part.upperBound - 1).upperBound
                found[traffic, default: []].join(family.key(first)...family.key(last))
            }
        }
        return found
    }

    /// Runs of addresses outside, ascending: an order that does not depend on numbers of traffic.
    private func elements(
        _ outside: [Int32: [ClosedRange<UInt128>]], _ made: inout ProgramParts, _ parts: inout TableParts
    ) -> [KernelSet.Element] {
        var elements: [KernelSet.Element] = []
        for (traffic, ranges) in outside.sorted(by: { $0.key < $1.key }) {
            let verdict = verdict(traffic, &made, &parts)
            for range in ranges { elements.append(.init(range.lowerBound, range.upperBound, verdict)) }
        }
        return elements.sorted { $0.first < $1.first }
    }

    private func verdict(_ number: Int32, _ made: inout ProgramParts, _ parts: inout TableParts) -> Verdict {
        switch number {
        case TrafficPool.all: return .return
        case TrafficPool.none: return .goto(BaseChains.denied(direction))
        default:
            let name = TrafficChain(tables.pool.sets[Int(number)], direction).add(to: &parts)
            made.traffic.append((number, name))
            return .goto(name)
        }
    }
}

extension [ClosedRange<UInt128>] {
    /// Adds a range behind all others; where it touches the last one, both become one.
    fileprivate mutating func join(_ range: ClosedRange<UInt128>) {
        guard let last, last.upperBound + 1 == range.lowerBound else { return append(range) }
        self[count - 1] = last.lowerBound...range.upperBound
    }
}
