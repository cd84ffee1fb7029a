import Addresses
import Policy

/// What a pod may send to itself when it calls a Service that leads back to it. On the way it has left the pod, and comes
/// to the rules with its own address on both sides; what it says to itself directly never does.
struct Hairpin: Sendable {
    /// What the policies allow.
    let allowed: TrafficSet
    /// The direction that denies the rest.
    let denying: Direction

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
        self.allowed = TrafficSet(keys: IntervalSet(allowed))
        self.denying = denying
    }

    private static let last: UInt32 = 0xff_ffff

    /// Where packets of the pod to itself go.
    func verdict(_ parts: inout TableParts) -> Verdict {
        if allowed.isAll { return .goto(BaseChains.allowed) }
        if allowed.isEmpty { return .goto(BaseChains.denied(denying)) }
        return .goto(TrafficChain(allowed, denying).add(to: &parts))
    }
}
