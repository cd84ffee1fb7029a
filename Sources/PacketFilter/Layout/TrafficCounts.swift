import Reachability

/// How many pods there are with which some traffic is allowed: a program tells few kinds of traffic apart.
struct TrafficCounts: Sendable {
    /// Ascending; none is 0.
    private var counts: [(traffic: Int32, pods: Int)] = []
    /// What is allowed with most pods, if that saves an element for each of them.
    private(set) var usual = TrafficPool.none

    init() {}

    /// What is allowed with somebody, ascending.
    var traffic: [Int32] { counts.map(\.traffic) }

    /// Counts pods that come, or go.
    mutating func add(_ traffic: Int32, _ pods: Int) {
        let place = counts.firstIndex { $0.traffic >= traffic } ?? counts.count
        if place < counts.count, counts[place].traffic == traffic {
            counts[place].pods += pods
            if counts[place].pods == 0 { counts.remove(at: place) }
        } else if pods != 0 {
            counts.insert((traffic, pods), at: place)
        }
        usual = most
    }

    /// True when both have the same traffic, and the same is usual.
    func asksTheSame(as other: TrafficCounts) -> Bool {
        usual == other.usual && counts.elementsEqual(other.counts) { $0.traffic == $1.traffic }
    }

    private var most: Int32 {
        // Of as many, the first.
        guard let most = counts.max(by: { ($0.pods, $1.traffic) < ($1.pods, $0.traffic) }),
            most.pods > 8, most.pods * 2 > counts.reduce(0, { $0 + $1.pods })
        else { return TrafficPool.none }
        return most.traffic
    }
}
