import Addresses
import Policy

/// What a pod may send to itself when it calls a Service that leads back to it. On the way it has left the pod, and comes
/// to the rules with its own address on both sides; what it says to itself directly never does.
struct Hairpin: Sendable {
    /// What the policies about the pod as a caller allow.
    let egress: TrafficSet
    /// What those about it as one that is called allow.
    let ingress: TrafficSet

    /// Between two borders of what rules ask for, they say the same of all traffic.
    init(_ list: GuestList, _ address: Address) {
        let pod = list.party(address)
        let programs = [Direction.egress, .ingress].map { list.program(pod.group, $0, staged: false) }
        let ranges = programs.flatMap(\.tiers).flatMap { $0.turns.joined() }.flatMap(\.rules).flatMap(\.cells)
            .flatMap(\.traffic.keys.ranges)
        var borders: Set<UInt32> = [0]
        for range in ranges {
            borders.insert(range.lowerBound)
            if range.upperBound < Self.last { borders.insert(range.upperBound + 1) }
        }
        let starts = borders.sorted()
        var egress: [ClosedRange<UInt32>] = []
        var ingress: [ClosedRange<UInt32>] = []
        for (index, start) in starts.enumerated() {
            let verdict = list.evaluate(
                Connection(source: pod, destination: pod, traffic: Traffic(key: start), isThroughService: true)
            ).enforced
            let range = start...(index + 1 < starts.count ? starts[index + 1] - 1 : Self.last)
            if verdict.egress.isAllowed { egress.append(range) }
            if verdict.ingress.isAllowed { ingress.append(range) }
        }
        self.egress = TrafficSet(keys: IntervalSet(egress))
        self.ingress = TrafficSet(keys: IntervalSet(ingress))
    }

    private static let last: UInt32 = 0xff_ffff

    /// Where packets of the pod to itself go. The pod's own programs are not asked after this: they say what it may do
    /// with others.
    func verdict(_ parts: inout TableParts) -> Verdict {
        // Nobody would be led to a chain for the other direction.
        guard !egress.isEmpty else { return .goto(BaseChains.denied(.egress)) }
        let received = verdict(ingress, .ingress, then: .goto(BaseChains.opening), &parts)
        return verdict(egress, .egress, then: received, &parts)
    }

    private func verdict(
        _ allowed: TrafficSet, _ direction: Direction, then next: Verdict, _ parts: inout TableParts
    ) -> Verdict {
        if allowed.isAll { return next }
        if allowed.isEmpty { return .goto(BaseChains.denied(direction)) }
        return .goto(TrafficChain(allowed, direction, then: next).add(to: &parts))
    }
}
