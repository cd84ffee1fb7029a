/// How far what was seen can be trusted to be all that is needed.
public struct Confidence: Hashable, Sendable {
    /// Records that tell of it.
    public internal(set) var records: UInt64 = 0
    /// Microseconds since 1970 of the first record.
    public internal(set) var first: Int64 = .max
    /// Microseconds since 1970 of the last record.
    public internal(set) var last: Int64 = .min
    /// Days (of UTC) with a record.
    public internal(set) var days: Set<Int32> = []
    /// Hours of the week (0 is Monday, 00:00 UTC) with a record.
    public internal(set) var hours: Set<UInt8> = []
    /// The share of records that was kept, 0 to 1.
    public internal(set) var share = 1.0

    /// No more days are told apart.
    static let mostDays = 366

    /// Nothing was seen.
    public init() {}

    /// How much it is worth, by what is stated with each.
    public enum Level: String, Hashable, Sendable, CaseIterable, Comparable {
        /// Less than two days, or less than half of all records.
        case low
        /// In between.
        case medium
        /// Seven days or more, records in half of the hours of a day at least, and nine of ten records kept.
        case high

        /// From low to high.
        public static func < (a: Self, b: Self) -> Bool {
            allCases.firstIndex(of: a) ?? 0 < allCases.firstIndex(of: b) ?? 0
        }
    }

    /// How much it is worth.
    public var level: Level {
        if days.count < 2 || share < 0.5 { return .low }
        return days.count >= 7 && hoursOfDay >= 12 && share >= 0.9 ? .high : .medium
    }

    /// Hours of the day with a record on some day.
    public var hoursOfDay: Int { Set(hours.map { $0 % 24 }).count }

    /// `7 days, 1234 records, 20 of 24 hours of the day, 168 of 168 hours of the week, all kept`
    public var words: String {
        let kept = share >= 1 ? "all kept" : "\(Int((share * 100).rounded(.down))) % kept"
        return "\(days.count) \(days.count == 1 ? "day" : "days"), \(records) \(records == 1 ? "record" : "records"), "
            + "\(hoursOfDay) of 24 hours of the day, \(hours.count) of 168 hours of the week, \(kept)"
    }

    /// One more record.
    mutating func add(_ time: Int64) {
        records += 1
        first = min(first, time)
        last = max(last, time)
        let hour = Self.floor(time, 3_600_000_000)
        let day = Int32(truncatingIfNeeded: Self.floor(time, 86_400_000_000))
        if days.count < Self.mostDays { days.insert(day) }
        // 1970 began on a Thursday.
        hours.insert(UInt8(truncatingIfNeeded: ((hour + 72) % 168 + 168) % 168))
    }

    private static func floor(_ time: Int64, _ unit: Int64) -> Int64 {
        time >= 0 ? time / unit : (time + 1) / unit - 1
    }
}
