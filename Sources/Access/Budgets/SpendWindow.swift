import Kubernetes

/// A window over which spending is added up, as numbered buckets of time. Times are milliseconds since 1970, UTC.
///
/// A calendar window is one bucket: the hour, day, week or month. A rolling window is 60 buckets and the one that is
/// being left: a bucket counts wholly until all of it has left the window, so that nothing is ever counted too short.
public struct SpendWindow: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// Length of a bucket in milliseconds.
        case rolling(bucket: Int64)
        case calendar(Budget.CalendarUnit)
    }

    let kind: Kind

    /// Buckets of a rolling window, without the one that is being left.
    static let rollingBuckets: Int64 = 60
    /// The end of the year 9999: later times count as this one, so that arithmetic cannot overflow.
    static let endOfTime: Int64 = 253_402_300_799_999

    /// The time before now of that length, between a minute and 31 days (what is outside is brought inside).
    public static func rolling(_ length: Milliseconds) -> SpendWindow {
        let length = min(max(length.count, 60_000), 31 * Calendar.day)
        // Rounded up: a window may be some milliseconds too long, never too short.
        return SpendWindow(kind: .rolling(bucket: (length - 1) / rollingBuckets + 1))
    }

    /// The stretch of the calendar that it is now.
    public static func calendar(_ unit: Budget.CalendarUnit) -> SpendWindow {
        SpendWindow(kind: .calendar(unit))
    }

    /// The number of the bucket that a time is in.
    public func bucket(at time: Int64) -> Int64 {
        let time = min(max(time, 0), Self.endOfTime)
        switch kind {
        case .rolling(let length): return time / length
        case .calendar(let unit): return Calendar.number(of: unit, at: time)
        }
    }

    /// How many buckets before the newest count too.
    public var depth: Int64 {
        switch kind {
        case .rolling: Self.rollingBuckets
        case .calendar: 0
        }
    }

    /// When a bucket begins.
    public func start(of bucket: Int64) -> Int64 {
        switch kind {
        case .rolling(let length): bucket * length
        case .calendar(let unit): Calendar.start(of: unit, bucket)
        }
    }

    /// When a bucket counts no longer.
    public func expiry(of bucket: Int64) -> Int64 { start(of: bucket + depth + 1) }

    /// True for minutes: a bucket counts no longer before it would be worth a place of its own.
    public var isBrief: Bool {
        switch kind {
        case .rolling(let length): length <= 2_000
        case .calendar: false
        }
    }

    /// The window as text for storage: `rolling/1440000` (milliseconds of a bucket) or `calendar/Month`.
    public var text: String {
        switch kind {
        case .rolling(let length): "rolling/\(length)"
        case .calendar(let unit): "calendar/\(unit.rawValue)"
        }
    }

    /// Reads what `text` gives; nil for everything else.
    public init?(text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        if parts[0] == "rolling", let length = Int64(parts[1]), Self.bucketLengths.contains(length) {
            kind = .rolling(bucket: length)
        } else if parts[0] == "calendar", let unit = Budget.CalendarUnit(rawValue: String(parts[1])) {
            kind = .calendar(unit)
        } else {
            return nil
        }
    }

    /// The window as a number for storage: milliseconds of a bucket, or of the calendar's units -1 and down.
    public var code: Int64 {
        switch kind {
        case .rolling(let length): length
        case .calendar(.hour): -1
        case .calendar(.day): -2
        case .calendar(.week): -3
        case .calendar(.month): -4
        }
    }

    /// Reads what `code` gives; nil for everything else.
    public init?(code: Int64) {
        switch code {
        case Self.bucketLengths: kind = .rolling(bucket: code)
        case -1: kind = .calendar(.hour)
        case -2: kind = .calendar(.day)
        case -3: kind = .calendar(.week)
        case -4: kind = .calendar(.month)
        default: return nil
        }
    }

    private static let bucketLengths: ClosedRange<Int64> = 1_000...(31 * Calendar.day / 60)

    private init(kind: Kind) {
        self.kind = kind
    }

    init(_ window: Budget.Window) {
        switch window {
        case .rolling(let length): self = .rolling(length)
        case .calendar(let unit): self = .calendar(unit)
        }
    }
}
