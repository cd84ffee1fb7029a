import Addresses
import Policy
import Reachability

/// What policies say about some pods in a direction: a chain that finds the peer, and leads on to what is allowed with
/// it.
struct ProgramChain {
    private let program: Int32
    private let direction: Direction
    private let family: Family
    private let list: GuestList
    private let tables: ProgramTables
    private let addresses: GroupAddresses

    init(
        _ program: Int32, _ direction: Direction, _ family: Family, _ list: GuestList, _ tables: ProgramTables,
        _ addresses: GroupAddresses
    ) {
        self.program = program
        self.direction = direction
        self.family = family
        self.list = list
        self.tables = tables
        self.addresses = addresses
    }

    private var table: PeerTable { tables.tables[Int(program)] }
    private var peer: Field { direction == .egress ? .destinationAddress : .sourceAddress }

    /// Adds the chain and all that it leads to.
    ///
    /// - Parameter previous: what was made under this name before.
    /// - Returns: what was made.
    func add(_ name: String, comment: String, to parts: inout TableParts, previous: ProgramParts?) -> ProgramParts {
        let policies = policies
        if let kept = previous.flatMap({ unchanged($0, comment, policies) }), kept.addTraffic(tables, direction, &parts)
        {
            kept.add(to: &parts)
            return kept
        }
        var made = make(name, comment, policies, &parts)
        made.comments = [comment, policies]
        made.add(to: &parts)
        return made
    }

    private func make(_ name: String, _ comment: String, _ policies: String, _ parts: inout TableParts) -> ProgramParts
    {
        let pods = podsByTraffic()
        var made = ProgramParts(table, counts: pods.mapValues(\.count))
        var outside = outsideByTraffic()
        if pods.keys.allSatisfy({ $0 == TrafficPool.all }), outside.keys.allSatisfy({ $0 == TrafficPool.all }) {
            return made
        }
        // Addresses with which nothing is allowed come to the end of the chain.
        outside[TrafficPool.none] = nil
        var rules: [Rule] = []
        let usual = made.usual
        let exact = pods.filter { $0.key != usual && (usual != TrafficPool.none || $0.key != TrafficPool.none) }
        // Pods that may do nothing need no element where nothing else could let them through.
        let rest = exact.filter { $0.key != TrafficPool.none || !outside.isEmpty || usual != TrafficPool.none }
        made.listsDenied = rest[TrafficPool.none] != nil
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
        // Not with the chain: the kernel keeps comments of chains as they are, and the pods of a chain come and go.
        rules[0] =
            rules.count > 1
            ? Rule(rules[0].statements, comment: comment)
            : Rule(rules[0].statements, comment: Text.short("\(comment): \(policies)"))
        // A chain that asks otherwise is another one: pods are led to it by one element each, all at once.
        let chain = Text.name(name, content: rules.map { Rule($0.statements).text(family) })
        made.chain = Chain(chain, rules)
        made.verdict = .goto(chain)
        return made
    }

    /// What was made before, if it is what would be made now; nil: it is not, or that is not known.
    private func unchanged(_ old: ProgramParts, _ comment: String, _ policies: String) -> ProgramParts? {
        guard let changes = addresses.changes, old.comments == [comment, policies], old.table == table else {
            return nil
        }
        var result = old
        for change in changes {
            // Who may do nothing is in no set, unless something else would let him through.
            guard !old.listsDenied, table[change.group] == TrafficPool.none else { return nil }
            result.counts[TrafficPool.none, default: 0] += change.more
        }
        if result.counts[TrafficPool.none] == 0 { result.counts[TrafficPool.none] = nil }
        let isOpen = (old.counts[TrafficPool.none] == nil, result.counts[TrafficPool.none] == nil)
        return isOpen.0 == isOpen.1 && result.usual == old.usual ? result : nil
    }

    /// The policies that decide, for people.
    private var policies: String {
        let names = list.programs[Int(program)].tiers.flatMap(\.policies).map { index in
            let source = list.policies[Int(index)].source
            return source.namespace.isEmpty ? source.name : "\(source.namespace)/\(source.name)"
        }
        return Text.short(names.joined(separator: ", "))
    }

    // MARK: Peers

    /// Addresses of pods, by what is allowed with them.
    private func podsByTraffic() -> [Int32: [ClosedRange<UInt128>]] {
        var found: [Int32: [ClosedRange<UInt128>]] = [:]
        var start = 0
        for segment in table.segments {
            for group in stride(from: start, to: min(Int(segment.end), tables.space.groups), by: 1) {
                guard !addresses.keys[group].isEmpty else { continue }
                found[segment.value, default: []] += addresses.keys[group].lazy.map { $0...$0 }
            }
            start = Int(segment.end)
        }
        return found
    }

    /// Runs of addresses outside, by what is allowed with them.
    private func outsideByTraffic() -> [Int32: [ClosedRange<UInt128>]] {
        let runs = tables.space.runs
        var found: [Int32: [ClosedRange<UInt128>]] = [:]
        var start = 0
        for segment in table.segments {
            let (first, end) = (max(start, runs.lowerBound), min(Int(segment.end), runs.upperBound))
            start = Int(segment.end)
            for run in stride(from: first, to: end, by: 1) {
                let addresses = tables.space.addresses(ofRun: run)
                guard Address(bits: addresses.lowerBound).isIPv4 == family.isIPv4 else { continue }
                found[segment.value, default: []].append(
                    family.key(addresses.lowerBound)...family.key(addresses.upperBound))
            }
        }
        return found.mapValues { IntervalSet($0).ranges }
    }

    private func elements(
        _ peers: [Int32: [ClosedRange<UInt128>]], _ made: inout ProgramParts, _ parts: inout TableParts
    ) -> [KernelSet.Element] {
        var elements: [KernelSet.Element] = []
        elements.reserveCapacity(peers.values.reduce(0) { $0 + $1.count })
        for (traffic, ranges) in peers.sorted(by: { $0.key < $1.key }) {
            let verdict = verdict(traffic, &made, &parts)
            for range in ranges { elements.append(.init(range.lowerBound, range.upperBound, verdict)) }
        }
        return elements
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
