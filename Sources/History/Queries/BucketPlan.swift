/// Which rows of sums answer a question: the coarsest that lie in its time and in one of its steps, finer ones at the edges.
enum BucketPlan {
    struct Part: Equatable {
        var level: BucketLevel
        var minutes: Range<Int64>
    }

    /// - Parameters:
    ///   - minutes: the time that is asked about, since 1970.
    ///   - step: minutes of a step; steps begin at multiples of it. nil: one for all.
    ///   - fives: minutes before which five minutes have rows.
    ///   - hours: minutes before which hours have rows.
    ///   - days: minutes before which days have rows.
    static func parts(
        _ minutes: Range<Int64>, step: Int64?, fives: Int64, hours: Int64, days: Int64
    ) -> [Part] {
        let levels: [(BucketLevel, Int64)] = [(.day, days), (.hour, hours), (.five, fives)]
        var parts: [Part] = []
        var place = minutes.lowerBound
        while place < minutes.upperBound {
            let level = level(at: place, minutes, step, levels)
            let end = end(of: level, from: place, minutes, max(fives, hours, days))
            if let last = parts.last, last.level == level, last.minutes.upperBound == place {
                parts[parts.count - 1].minutes = last.minutes.lowerBound..<end
            } else {
                parts.append(Part(level: level, minutes: place..<end))
            }
            place = end
        }
        return parts
    }

    private static func level(
        at place: Int64, _ minutes: Range<Int64>, _ step: Int64?, _ levels: [(BucketLevel, Int64)]
    ) -> BucketLevel {
        for (level, until) in levels {
            let end = place + level.minutes
            guard level.start(of: place) == place, end <= minutes.upperBound, end <= until else { continue }
            guard let step else { return level }
            if place / step == (end - 1) / step { return level }
        }
        return .minute
    }

    /// Minutes go on to where a longer time could begin, all at once: a question may be about years.
    ///
    /// - Parameter rolledUp: minutes behind which nothing longer has rows.
    private static func end(
        of level: BucketLevel, from place: Int64, _ minutes: Range<Int64>, _ rolledUp: Int64
    ) -> Int64 {
        guard level == .minute else { return place + level.minutes }
        if place >= rolledUp { return minutes.upperBound }
        return min(minutes.upperBound, BucketLevel.five.start(of: place) + BucketLevel.five.minutes)
    }
}
