import Addresses
import Policy

/// What a pod may send to itself when it calls a Service that leads back to it. On the way it has left the pod, and comes
/// to the rules with its own address on both sides; what it says to itself directly never does.
struct Hairpins {
    private let list: GuestList

    init(_ list: GuestList) { self.list = list }

    /// What becomes of it: elements of a map from pairs of addresses to verdicts, for these interfaces of a family.
    func elements(_ interfaces: [Int], to parts: inout TableParts) -> [KernelSet.Element] {
        var known: [Int32: Verdict] = [:]
        return interfaces.compactMap { index in
            guard let address = list.grouping.interfaces[index].address else { return nil }
            // Pods of a group have the same programs; a group is the same to itself whichever of its pods it is.
            let group = Int32(bitPattern: list.grouping.groupOf[index])
            let verdict = known[group] ?? verdict(address, to: &parts)
            known[group] = verdict
            return KernelSet.Element(parts.family.key(address.bits), verdict)
        }
    }

    private func verdict(_ address: Address, to parts: inout TableParts) -> Verdict {
        let (allowed, denying) = traffic(list.party(address))
        if allowed.isAll { return .goto(BaseChains.allowed) }
        if allowed.isEmpty { return .goto(BaseChains.denied(denying)) }
        return .goto(TrafficChain(allowed, denying).add(to: &parts))
    }

    /// What the policies allow, and a direction that denies the rest. Between two borders of what rules ask for, they say
    /// the same of all traffic.
    private func traffic(_ pod: Party) -> (TrafficSet, Direction) {
        let programs = [Direction.egress, .ingress].map { list.program(pod.group, $0, staged: false) }
        let ranges = programs.flatMap(\.tiers).flatMap { $0.turns.joined() }.flatMap(\.rules).flatMap(\.cells)
            .flatMap(\.traffic.keys.ranges)
        var borders: Set<UInt32> = [0]
        for range in ranges {
            borders.insert(range.lowerBound)
            if range.upperBound < Self.last { borders.insert(range.upperBound + 1) }
        }
        let starts = borders.sorted()
        var allowed: [ClosedRange<UInt32>] = []
        var denying = Direction.egress
        for (index, start) in starts.enumerated() {
            let verdict = list.evaluate(
                Connection(source: pod, destination: pod, traffic: Traffic(key: start), isThroughService: true)
            ).enforced
            if verdict.isAllowed {
                allowed.append(start...(index + 1 < starts.count ? starts[index + 1] - 1 : Self.last))
            } else {
                denying = verdict.egress.isAllowed ? .ingress : .egress
            }
        }
        return (TrafficSet(keys: IntervalSet(allowed)), denying)
    }

    private static let last: UInt32 = 0xff_ffff
}
