/// Where in time a record is put. What it says itself counts, unless it cannot be.
enum TimePlacement {
    /// Microseconds that a source's clock may be off.
    static let tolerance: Int64 = 300 * 1_000_000
    /// A source whose clock is right may have kept a record for so long, while it could not reach the hub.
    static let latest: Int64 = 86_400 * 1_000_000
    /// A record is made when a request ends and tells when that began. What took longer than this is put where it ended: so
    /// there is a bound to how long ago sums still change.
    static let longest: Int64 = 3_600 * 1_000_000

    struct Placed: Equatable {
        var time: Int64
        /// The record says a time that cannot be: it is put where it came.
        var isMisplaced: Bool
    }

    /// - Parameters:
    ///   - time: when it began, as the record says.
    ///   - duration: how long it took.
    ///   - arrival: when it came.
    ///   - isClockRight: what the source says of its clock agrees with ours: then an old record is one that waited.
    static func place(time: Int64, duration: Int64, arrival: Int64, isClockRight: Bool) -> Placed {
        let (end, overflow) = time.addingReportingOverflow(max(0, duration))
        let earliest = arrival - (isClockRight ? latest : tolerance)
        guard !overflow, (earliest...arrival + tolerance).contains(end) else {
            return Placed(time: arrival, isMisplaced: true)
        }
        return Placed(time: duration <= longest ? time : end, isMisplaced: false)
    }
}
