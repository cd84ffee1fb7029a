import Kubernetes

/// Looks for an order of changes in which every state keeps what has to be kept: depth first, in the order that is given
/// where that makes no difference. What a set of changes makes of a cluster does not depend on their order, so a set that
/// led nowhere is not tried again.
struct OrderSearch {
    private let walker: Walker
    private let changes: [ObjectChange]
    private let excused: Set<Transition.RuleName>
    private let mostStates: Int
    /// States that were looked at.
    private(set) var states = 0
    /// Sets of changes after which something is broken, or that lead to such sets only.
    private var bad: Set<Applied> = []

    /// Which changes were applied, one bit each.
    private struct Applied: Hashable {
        private var words: [UInt64]

        init(count: Int) { words = Array(repeating: 0, count: (count + 63) / 64) }

        func contains(_ index: Int) -> Bool { words[index / 64] >> UInt64(index % 64) & 1 == 1 }

        func adding(_ index: Int) -> Applied {
            var other = self
            other.words[index / 64] |= 1 << UInt64(index % 64)
            return other
        }
    }

    /// A state on the way.
    private struct Place {
        let applied: Applied
        let state: Walker.State
        /// The change that is tried next from here.
        var next = 0
    }

    /// - Parameter excused: what may be broken.
    init(
        _ walker: Walker, _ changes: [ObjectChange], excused: Set<Transition.RuleName>, mostStates: Int
    ) {
        self.walker = walker
        self.changes = changes
        self.excused = excused
        self.mostStates = mostStates
    }

    mutating func run(from start: Walker.State) -> Transition.Search {
        var way = [Place(applied: Applied(count: changes.count), state: start)]
        var order: [Int] = []
        while let place = way.last {
            if order.count == changes.count { return .found(order.map { changes[$0] }) }
            guard let index = nextChange(place) else {
                bad.insert(place.applied)
                way.removeLast()
                _ = order.popLast()
                continue
            }
            way[way.count - 1].next = index + 1
            guard states < mostStates else { return .gaveUp(states: states) }
            states += 1
            let applied = place.applied.adding(index)
            let state = walker.apply(changes[index], to: place.state)
            guard Transition.broken(state.refuted, allowed: excused).isEmpty else {
                bad.insert(applied)
                continue
            }
            way.append(Place(applied: applied, state: state))
            order.append(index)
        }
        return .none
    }

    /// The next change that may be tried from a place.
    private func nextChange(_ place: Place) -> Int? {
        changes.indices[place.next...].first { index in
            !place.applied.contains(index) && !bad.contains(place.applied.adding(index))
        }
    }
}
