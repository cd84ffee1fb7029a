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

    init(_ program: Int32, _ direction: Direction, _ family: Family, _ list: GuestList, _ tables: ProgramTables) {
        self.program = program
        self.direction = direction
        self.family = family
        self.list = list
        self.tables = tables
    }

    private var table: PeerTable { tables.tables[Int(program)] }
    private var peer: Field { direction == .egress ? .destinationAddress : .sourceAddress }

    /// Adds the chain and all that it leads to; returns what leads to it.
    ///
    /// - Parameter workloads: whose chain it is, for people. The comment of a chain is for ever, and who is in it is not:
    ///   rules say it.
    func add(_ name: String, workloads: String, to parts: inout TableParts) -> Verdict {
        let pods = podsByTraffic()
        var outside = outsideByTraffic()
        if pods.keys.allSatisfy({ $0 == TrafficPool.all }), outside.keys.allSatisfy({ $0 == TrafficPool.all }) {
            return .return
        }
        // Addresses with which nothing is allowed come to the end of the chain.
        outside[TrafficPool.none] = nil
        var rules: [Rule] = []
        let usual = usualTraffic(pods)
        let exact = pods.filter { $0.key != usual && (usual != TrafficPool.none || $0.key != TrafficPool.none) }
        // Pods that may do nothing need no element where nothing else could let them through.
        let rest = exact.filter { $0.key != TrafficPool.none || !outside.isEmpty || usual != TrafficPool.none }
        if !rest.isEmpty {
            parts.sets.append(KernelSet(name, .address, isMap: true, elements(rest, &parts)))
            rules.append(Rule(.verdictMap(name, [peer]), comment: workloads))
        }
        if usual != TrafficPool.none || !outside.isEmpty {
            rules.append(Rule(.isIn(set: SetNames.pods, [peer]), .verdict(verdict(usual, &parts))))
        }
        if !outside.isEmpty {
            let ranges = "\(name).outside"
            parts.sets.append(KernelSet(ranges, .address, isMap: true, kind: .ranges, elements(outside, &parts)))
            rules.append(Rule(.verdictMap(ranges, [peer, .transport])))
        }
        let comment = rules.first?.comment == nil ? Text.short("\(workloads): \(policies)") : policies
        rules.append(Rule(.verdict(.goto(BaseChains.denied(direction))), comment: comment))
        parts.chains.append(Chain(name, rules))
        return .goto(name)
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
                let members = list.grouping.groups[group]
                guard members.key.isIPv4 == family.isIPv4 else { continue }
                for member in members.members {
                    let interface = list.grouping.interfaces[Int(member)]
                    guard let address = interface.address, list.party(address).endpoint == interface.endpoint else {
                        continue
                    }
                    let key = family.key(address.bits)
                    found[segment.value, default: []].append(key...key)
                }
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

    /// What is allowed with most pods, if that saves an element for each of them.
    private func usualTraffic(_ pods: [Int32: [ClosedRange<UInt128>]]) -> Int32 {
        let most = pods.max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }
        guard let most, most.value.count > 8, most.value.count * 2 > pods.reduce(0, { $0 + $1.value.count }) else {
            return TrafficPool.none
        }
        return most.key
    }

    private func elements(_ peers: [Int32: [ClosedRange<UInt128>]], _ parts: inout TableParts) -> [KernelSet.Element] {
        peers.sorted { $0.key < $1.key }.flatMap { traffic, ranges in
            let verdict = verdict(traffic, &parts)
            return ranges.map { KernelSet.Element($0.lowerBound, $0.upperBound, verdict) }
        }
    }

    private func verdict(_ number: Int32, _ parts: inout TableParts) -> Verdict {
        switch number {
        case TrafficPool.all: .return
        case TrafficPool.none: .goto(BaseChains.denied(direction))
        default: .goto(TrafficChain(tables.pool.sets[Int(number)], direction).add(to: &parts))
        }
    }
}
