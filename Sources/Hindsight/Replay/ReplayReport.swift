/// What a candidate set of objects makes of what was decided before.
public enum ReplayOutcome: String, Hashable, Sendable, CaseIterable {
    /// The same.
    case same
    /// It was allowed, and would be denied.
    case newlyDenied = "newly_denied"
    /// It was denied, and would be allowed.
    case newlyAllowed = "newly_allowed"
    /// That cannot be told from what the record says.
    case cannotTell = "cannot_tell"
}

/// Policy and rule that decide, and why.
public struct DecidingRule: Hashable, Sendable {
    /// As records name it: `Kind namespace/name`, or `namespace/name` of an `AccessPolicy`; empty: none.
    public var policy: String
    /// The rule; empty: the policy as a whole, or none.
    public var rule: String
    /// Stable name of the reason.
    public var reason: String

    /// That rule.
    public init(policy: String, rule: String, reason: String) {
        self.policy = policy
        self.rule = rule
        self.reason = reason
    }
}

/// Decisions of which all is the same: who, to what, on what, and by which rules.
public struct ReplayGroup: Hashable, Sendable {
    /// What becomes of them.
    public var outcome: ReplayOutcome
    /// Principal, workload, node or range.
    public var who: String
    /// Route, workload or address.
    public var target: String
    /// Protocol and port, or classes, model and tool.
    public var topic: String
    /// What decided.
    public var old: DecidingRule
    /// What would decide; of what cannot be told the policy that says something of it.
    public var new: DecidingRule
    /// Why it cannot be told; nil: it can.
    public var doubt: ReplayDoubt?
}

/// By what a side of a connection was found in the candidate objects.
public enum ReplayBasis: String, Hashable, Sendable, CaseIterable {
    /// The same pod is still there.
    case pod
    /// The pod is gone; its workload is there, and says which labels its pods have.
    case workload
    /// Neither is there: by the namespace and the labels that were recorded.
    case recordedLabels = "recorded_labels"
    /// It was no pod: by its address.
    case address
}

/// What a replay comes to.
public struct ReplayReport: Hashable, Sendable {
    /// A group and how often it was seen.
    public struct Row: Hashable, Sendable {
        /// What it is about.
        public var group: ReplayGroup
        /// How often, when.
        public var tally: Tally
    }

    /// Of everything, by what becomes of it.
    public var totals: [ReplayOutcome: Tally]
    /// What changes or cannot be told, the most attempts first.
    public var rows: [Row]
    /// Of each outcome, what has no row of its own because there would be too many.
    public var others: [ReplayOutcome: Tally]
    /// By what sides of connections were found.
    public var bases: [ReplayBasis: UInt64]
    /// What was not judged, or not seen at all.
    public var blindSpots: BlindSpots

    /// True when nothing changes, as far as can be told.
    public var isUnchanged: Bool {
        totals[.newlyDenied] == nil && totals[.newlyAllowed] == nil
    }
}

/// What a replay did not see, or cannot judge.
public struct BlindSpots: Hashable, Sendable {
    /// Records that were not kept, because only a share of them is.
    public var sampled: UInt64 = 0
    /// Records that were dropped on the way or could not be read.
    public var dropped: UInt64 = 0
    /// Packets and records that nodes did not show.
    public var hidden: UInt64 = 0
    /// Ends of connections, alarms and notes of nodes: there is nothing to judge in them.
    public var notDecisions: UInt64 = 0
    /// Records that cannot be judged, by reason.
    public var cannotTell: [ReplayDoubt: UInt64] = [:]
    /// Requests for which limits or budgets of the candidate would have counted, which are not judged again.
    public var limited: UInt64 = 0
    /// Requests with a token, of which only the issuer, the subject and the place are judged again.
    public var tokens: UInt64 = 0

    /// Nothing is missing.
    public init() {}
}
