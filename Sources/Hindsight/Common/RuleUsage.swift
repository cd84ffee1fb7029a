import Records

/// How often each rule decided something.
public struct RuleUsage: Hashable, Sendable {
    /// A rule, as records name it.
    public struct Key: Hashable, Sendable {
        /// `Kind namespace/name`, or `namespace/name` of an `AccessPolicy`.
        public var policy: String
        /// Its name, or its place.
        public var rule: String

        /// That rule.
        public init(policy: String, rule: String) {
            self.policy = policy
            self.rule = rule
        }
    }

    /// By rule.
    public private(set) var tallies: [Key: Tally] = [:]

    /// Nothing was used.
    public init() {}

    /// A rule was used that often.
    public mutating func add(_ key: Key, _ tally: Tally) {
        tallies[key, default: Tally()].add(tally)
    }

    /// Counts the rule that a record names. Of a denied request that is only the nearest, which decided nothing; of two
    /// sides of a connection on one node it is one only: `Replay.usage` knows both.
    public mutating func take(_ record: Record) {
        guard !record.policy.isEmpty, record.point == .node || record.verdict == .allowed,
            record.connection?.event != .closed
        else { return }
        tallies[Key(policy: record.policy, rule: record.rule), default: Tally()]
            .add(time: record.time, id: record.id, attempts: record.attempts)
    }

    /// How often a rule was used; nil: never.
    public subscript(policy: String, rule: String) -> Tally? { tallies[Key(policy: policy, rule: rule)] }
}
