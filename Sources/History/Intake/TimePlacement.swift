/// Where in time a record is put. What it says itself counts, unless it cannot be.
enum TimePlacement {
    /// Microseconds that a source's clock may be off.
    static let tolerance: Int64 = 300 * 1_000_000
    /// A record is made when a request ends and tells when that began. What began longer ago than this is put where it
    /// ended, so that nothing ever changes sums of long ago.
    static let longest: Int64 = 3_600 * 1_000_000

    struct Placed: Equatable {
        var time: Int64
        /// The record says a time that cannot be; by how much it is off.
        var skew: Int64?
    }

    /// - Parameters:
    ///   - time: when it began, as the record says.
    ///   - duration: how long it took.
    ///   - arrival: when it came.
    static func place(time: Int64, duration: Int64, arrival: Int64) -> Placed {
        let (end, overflow) = time.addingReportingOverflow(max(0, duration))
        let off = overflow ? Int64.max : end.subtractingReportingOverflow(arrival).partialValue
        guard !overflow, abs(clamped: off) <= tolerance, time - arrival <= tolerance else {
            return Placed(time: arrival, skew: time.subtractingReportingOverflow(arrival).partialValue)
        }
        return Placed(time: arrival - time <= longest ? time : end, skew: nil)
    }

    private static func abs(clamped value: Int64) -> Int64 { value == .min ? .max : Swift.abs(value) }
}
