import Records

/// The sums of the last hour as they were committed, in memory: what is asked most is answered without SQLite.
///
/// From `first` on everything that was ever counted is here. Memory is bounded: by the series that there can be, and where their
/// sums would take more bytes than they may, by fewer minutes.
struct RecentSums: Sendable {
    /// Minutes that are kept, at most.
    static let minutes: Int64 = 60
    /// Parts of a minute that are put together when there are more.
    private static let mostParts = 8

    private let mostBytes: Int
    /// The minute from which on all sums are here.
    private(set) var first: Int64
    /// There are sums of before that, elsewhere.
    private(set) var hasOlder: Bool
    /// Encoded sums by minute. Each commit adds a part.
    private var parts: [Int64: [[UInt8]]] = [:]
    private(set) var bytes = 0

    /// Nothing yet.
    ///
    /// - Parameters:
    ///   - first: from this minute on all will be added.
    ///   - hasOlder: there are sums of before.
    init(first: Int64, hasOlder: Bool, mostBytes: Int) {
        self.first = first
        self.hasOlder = hasOlder
        self.mostBytes = mostBytes
    }

    /// The first minute of which something was counted; nil: there is none.
    var earliest: Int64? { parts.keys.min() }

    /// Adds sums that were committed.
    mutating func add(_ sums: [Int64: [UInt8]]) {
        for (minute, entries) in sums {
            guard minute >= first else {
                hasOlder = true
                continue
            }
            bytes += entries.count
            parts[minute, default: []].append(entries)
            if let all = parts[minute], all.count > Self.mostParts { merge(minute, all) }
        }
    }

    /// Lets go what is older than an hour, and the oldest minutes while there are too many bytes.
    mutating func forget(now: Int64) {
        let oldest = now - Self.minutes
        if oldest > first {
            drop(before: oldest)
            first = oldest
        }
        while bytes > mostBytes, let minute = earliest {
            drop(before: minute + 1)
            first = max(first, minute + 1)
        }
    }

    private mutating func drop(before end: Int64) {
        for minute in parts.keys where minute < end {
            bytes -= parts.removeValue(forKey: minute)?.reduce(0) { $0 + $1.count } ?? 0
            hasOlder = true
        }
    }

    private mutating func merge(_ minute: Int64, _ all: [[UInt8]]) {
        var sum = Bucket(start: 0)
        for part in all {
            // What we encoded ourselves can be read.
            guard (try? part.withUnsafeBytes { try BucketRows.add($0, to: &sum) }) != nil else { return }
        }
        let merged = BucketCoder.encode(sum.entries)
        bytes += merged.count - all.reduce(0) { $0 + $1.count }
        parts[minute] = [merged]
    }

    /// The minutes of a question, when all that it asks for is here; nil: it is not.
    func minutes(of query: GroupQuery) -> Range<Int64>? {
        let from = minuteOf(query.from)
        guard from >= first else { return nil }
        let to = max(from, min(minuteOf(min(query.to, .max - microsecondsOfMinute) - 1) + 1, 1 << 36 - 1))
        guard !hasOlder, let earliest, from < earliest else { return from..<to }
        // Nothing was before; how far steps reach back then is for who reads the tables to say.
        return query.step == nil ? min(earliest, to)..<to : nil
    }

    /// Each part of these minutes, in order.
    func each(_ minutes: Range<Int64>, _ body: (Int64, UnsafeRawBufferPointer) throws -> Void) rethrows {
        for minute in parts.keys.sorted() where minutes.contains(minute) {
            for part in parts[minute] ?? [] { try part.withUnsafeBytes { try body(minute, $0) } }
        }
    }
}
