/// How often something was seen, and when.
public struct Tally: Hashable, Sendable {
    /// Records that tell of it.
    public var records: UInt64 = 0
    /// Attempts that those records stand for: a record may stand for several that were alike.
    public var attempts: UInt64 = 0
    /// Microseconds since 1970 of the first.
    public var first: Int64 = .max
    /// Microseconds since 1970 of the last.
    public var last: Int64 = .min
    /// The id of the last record of it; empty: there is none.
    public var example = ""

    /// Nothing.
    public init() {}

    /// One record.
    public init(time: Int64, id: String, attempts: UInt64 = 1) {
        add(time: time, id: id, attempts: attempts)
    }

    /// One more record.
    public mutating func add(time: Int64, id: String, attempts: UInt64 = 1) {
        records += 1
        self.attempts = self.attempts.saturating(adding: attempts)
        first = min(first, time)
        guard time >= last else { return }
        last = time
        example = id
    }

    /// What was seen of both.
    public mutating func add(_ other: Tally) {
        records += other.records
        attempts = attempts.saturating(adding: other.attempts)
        first = min(first, other.first)
        guard other.last >= last else { return }
        last = other.last
        example = other.example
    }
}

extension UInt64 {
    /// The sum, or the largest number: counts come from outside.
    func saturating(adding other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}

/// Tallies by key, of which only so many are kept: when there are twice as many, the smaller half is put together.
public struct TallyTable<Key: Hashable & Sendable>: Sendable {
    /// How many are kept.
    public let limit: Int
    /// By key.
    public private(set) var tallies: [Key: Tally] = [:]
    /// All that were not kept, together.
    public private(set) var others = Tally()
    /// How many keys were put together; one that came back counts again.
    public private(set) var othersKeys: UInt64 = 0

    /// An empty table that keeps so many.
    public init(limit: Int) { self.limit = max(1, limit) }

    /// One more record of a key.
    public mutating func add(_ key: Key, time: Int64, id: String, attempts: UInt64 = 1) {
        tallies[key, default: Tally()].add(time: time, id: id, attempts: attempts)
        if tallies.count > limit * 2 { trim() }
    }

    /// The tally of a key; nil: it was not seen, or not kept.
    public subscript(key: Key) -> Tally? { tallies[key] }

    /// Keys with the most attempts first, then the last seen; what is beyond the limit is among the others.
    public mutating func sorted() -> [(key: Key, tally: Tally)] {
        if tallies.count > limit { trim() }
        return Self.ordered(tallies)
    }

    private mutating func trim() {
        let ordered = Self.ordered(tallies)
        for entry in ordered.dropFirst(limit) {
            others.add(entry.tally)
            othersKeys += 1
        }
        tallies = Dictionary(uniqueKeysWithValues: ordered.prefix(limit).map { ($0.key, $0.tally) })
    }

    private static func ordered(_ tallies: [Key: Tally]) -> [(key: Key, tally: Tally)] {
        tallies.map { (key: $0.key, tally: $0.value) }.sorted {
            ($0.tally.attempts, $0.tally.last, $0.tally.example) > ($1.tally.attempts, $1.tally.last, $1.tally.example)
        }
    }
}
