import Reachability
import Testing

@testable import PacketFilter

/// What a program asks for, by how many pods there are.
@Suite("Counts of pods by traffic") struct TrafficCountsTests {
    @Test("how many pods there are by traffic: counted one by one or all at once, and never below none")
    func counts() {
        var one = TrafficCounts()
        for traffic in [Int32](repeating: 7, count: 9) + [3, 5] { one.add(traffic, 1) }
        var other = TrafficCounts()
        other.add(5, 1)
        other.add(7, 9)
        other.add(3, 1)
        #expect(one.traffic == [3, 5, 7] && one.usual == 7 && one.asksTheSame(as: other))
        other.add(5, -1)
        #expect(other.traffic == [3, 7] && !one.asksTheSame(as: other))
        // Not more than the others together.
        one.add(3, 8)
        #expect(one.usual == TrafficPool.none)
    }
}
