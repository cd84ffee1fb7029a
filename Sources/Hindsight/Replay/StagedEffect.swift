import Records

/// What staged policies would change, from what records say of them: the view of `Replay` without judging anything again.
public struct StagedEffect: Sendable {
    private var groups: [ReplayOutcome: TallyTable<ReplayGroup>] = [:]
    private var totals: [ReplayOutcome: Tally] = [:]
    private var policies: [String: [ReplayOutcome: Tally]] = [:]
    private var spots = BlindSpots()
    private let limit: Int
    /// Policies that are told apart.
    private static let mostPolicies = 4_096

    /// - Parameter groups: how many groups of each outcome are kept apart.
    public init(groups limit: Int = 1_000) { self.limit = limit }

    /// Counts records that there were and that nobody can show.
    public mutating func note(sampled: UInt64 = 0, dropped: UInt64 = 0) {
        spots.sampled = spots.sampled.saturating(adding: sampled)
        spots.dropped = spots.dropped.saturating(adding: dropped)
    }

    /// Counts one record. Nodes say what is staged only where it would be something else; gateways where it is staged.
    public mutating func take(_ record: Record) {
        if let hidden = record.hidden { spots.hidden = spots.hidden.saturating(adding: hidden.total) }
        guard let verdict = record.verdict, record.connection?.event != .closed else {
            spots.notDecisions += 1
            return
        }
        guard let staged = record.staged else { return }
        let outcome = Self.outcome(verdict, staged, record.reason)
        let new = DecidingRule(policy: staged.policy, rule: staged.rule, reason: staged.reason)
        let old = RecordedDecision(record)
        totals[outcome, default: Tally()].add(time: old.time, id: old.id, attempts: old.attempts)
        if policies.count < Self.mostPolicies || policies[staged.policy] != nil {
            policies[staged.policy, default: [:]][outcome, default: Tally()]
                .add(time: old.time, id: old.id, attempts: old.attempts)
        }
        guard outcome != .same else { return }
        let doubt: ReplayDoubt? = outcome == .cannotTell ? .limits : nil
        if let doubt { spots.cannotTell[doubt, default: 0] += 1 }
        groups[outcome, default: TallyTable(limit: limit)].add(
            ReplayGroup(
                outcome: outcome, who: old.who, target: old.target, topic: old.topic, old: old.rule, new: new,
                doubt: doubt),
            time: old.time, id: old.id, attempts: old.attempts)
    }

    /// A request that limits refused is not allowed by a policy that would allow it.
    private static func outcome(
        _ verdict: Record.Verdict, _ staged: Record.Staged, _ reason: String
    ) -> ReplayOutcome {
        switch (verdict, staged.verdict) {
        case (.allowed, .denied): return .newlyDenied
        case (.denied, .allowed):
            switch RequestStanding(reason: reason) {
            case .limits: return .cannotTell
            case .afterPolicy, .route, .server: return .same
            case .byPolicy, .whateverPoliciesSay: return .newlyAllowed
            }
        case (.allowed, .allowed), (.denied, .denied): return .same
        }
    }

    /// What each staged policy would change.
    public var byPolicy: [String: [ReplayOutcome: Tally]] { policies }

    /// What it comes to, up to now.
    public mutating func report() -> ReplayReport {
        var rows: [ReplayReport.Row] = []
        var others: [ReplayOutcome: Tally] = [:]
        for outcome in ReplayOutcome.allCases {
            guard let found = groups[outcome]?.sorted() else { continue }
            rows += found.map { ReplayReport.Row(group: $0.key, tally: $0.tally) }
            if let rest = groups[outcome]?.others, rest.records > 0 { others[outcome] = rest }
        }
        return ReplayReport(totals: totals, rows: rows, others: others, bases: [:], blindSpots: spots)
    }
}
