import Access
import Kubernetes
import Policy
import Records

/// Judges stored decisions again by a candidate set of objects.
///
/// Connections are judged by `GuestList.evaluate`, requests by the rules of `AccessTable`, from what their records tell
/// and nothing else. What a record leaves out is a reason why it cannot be told, never a guess.
///
/// A record of a node is about the sides that the node decides. So a connection that was allowed is newly denied where a
/// side of that node denies it; what the other side's node has to say, its own records tell. A connection that was denied
/// is newly allowed where both sides allow it.
public struct Replay: Sendable {
    /// Which policies of the candidate decide.
    public enum View: Sendable {
        /// Those in force.
        case enforced
        /// Those in force and those that are staged.
        case staged
    }

    private var connections: ConnectionJudge
    private var requests: RequestJudge
    private var groups: [ReplayOutcome: TallyTable<ReplayGroup>] = [:]
    private var totals: [ReplayOutcome: Tally] = [:]
    private var bases: [ReplayBasis: UInt64] = [:]
    private var spots = BlindSpots()
    private var requestUsage: [RuleUsage.Key: Tally] = [:]
    private let limit: Int

    /// A replay by those objects.
    ///
    /// - Parameter groups: how many groups of each outcome are kept apart.
    public init(objects: Objects, view: View = .enforced, groups limit: Int = 1_000) {
        connections = ConnectionJudge(objects, staged: view == .staged)
        requests = RequestJudge(objects, staged: view == .staged)
        self.limit = limit
    }

    /// Counts records that there were and that nobody can show.
    public mutating func note(sampled: UInt64 = 0, dropped: UInt64 = 0) {
        spots.sampled = spots.sampled.saturating(adding: sampled)
        spots.dropped = spots.dropped.saturating(adding: dropped)
    }

    /// Judges one record.
    public mutating func take(_ record: Record) {
        if let hidden = record.hidden { spots.hidden = spots.hidden.saturating(adding: hidden.total) }
        guard record.verdict != nil, record.point != .hub else {
            spots.notDecisions += 1
            return
        }
        if record.point == .gateway {
            takeRequest(record)
        } else {
            takeConnection(record)
        }
    }

    // MARK: Connections

    private mutating func takeConnection(_ record: Record) {
        // That it ended, its beginning has told.
        guard record.connection?.event != .closed else {
            spots.notDecisions += 1
            return
        }
        switch record.reason {
        case "same_pod", "own_node", "two_families": return count(.same, RecordedDecision(record))
        case "spoofed_source", "unknown_pod": return doubt(.notByPolicy, RecordedDecision(record))
        default: break
        }
        if let reason = connections.take(record) { return doubt(reason, RecordedDecision(record)) }
        if connections.isFull { flush() }
    }

    private mutating func flush() {
        var answers: [(RecordedDecision, ConnectionAnswer)] = []
        var bases = bases
        connections.flush { connection, answer, sides in
            for basis in sides { bases[basis, default: 0] += 1 }
            answers.append((connection.old, answer))
        }
        self.bases = bases
        for (old, answer) in answers {
            switch answer {
            case .same: count(.same, old)
            case .newlyDenied(let rule): count(.newlyDenied, old, new: rule)
            case .newlyAllowed(let rule): count(.newlyAllowed, old, new: rule)
            case .doubt(let reason, let rule): doubt(reason, old, new: rule)
            }
        }
    }

    // MARK: Requests

    private mutating func takeRequest(_ record: Record) {
        let old = RecordedDecision(record)
        switch requests.judge(record) {
        case .same: count(.same, old)
        case .doubt(let reason): doubt(reason, old)
        case .verdict(let verdict):
            note(verdict, record)
            var new = DecidingRule(policy: verdict.policy, rule: verdict.rule, reason: Record.ruleMatched)
            switch verdict.answer {
            case .allowed: count(old.isAllowed ? .same : .newlyAllowed, old, new: new)
            case .denied(let reason):
                new.reason = reason.name
                count(old.isAllowed ? .newlyDenied : .same, old, new: new)
            case .cannotTell(let gaps):
                new.reason = ""
                doubt(gaps.min().map { .request($0) } ?? .notByPolicy, old, new: new)
            }
        }
    }

    private mutating func note(_ verdict: RecordedVerdict, _ record: Record) {
        if requests.isLimited(verdict) { spots.limited += 1 }
        if let kind = record.principal?.kind, kind == "token" || kind == "service_account" { spots.tokens += 1 }
        guard verdict.answer == .allowed else { return }
        requestUsage[RuleUsage.Key(policy: verdict.policy, rule: verdict.rule), default: Tally()]
            .add(time: record.time, id: record.id)
    }

    // MARK: Counting

    private mutating func doubt(
        _ doubt: ReplayDoubt, _ old: RecordedDecision,
        new: DecidingRule = DecidingRule(policy: "", rule: "", reason: "")
    ) {
        spots.cannotTell[doubt, default: 0] += 1
        count(.cannotTell, old, new: new, doubt)
    }

    private mutating func count(
        _ outcome: ReplayOutcome, _ old: RecordedDecision,
        new: DecidingRule = DecidingRule(policy: "", rule: "", reason: ""), _ doubt: ReplayDoubt? = nil
    ) {
        totals[outcome, default: Tally()].add(time: old.time, id: old.id, attempts: old.attempts)
        guard outcome != .same else { return }
        let group = ReplayGroup(
            outcome: outcome, who: old.who, target: old.target, topic: old.topic, old: old.rule, new: new, doubt: doubt)
        groups[outcome, default: TallyTable(limit: limit)]
            .add(group, time: old.time, id: old.id, attempts: old.attempts)
    }

    // MARK: Results

    /// What it comes to, up to now.
    public mutating func report() -> ReplayReport {
        flush()
        var rows: [ReplayReport.Row] = []
        var others: [ReplayOutcome: Tally] = [:]
        for outcome in ReplayOutcome.allCases {
            guard let found = groups[outcome]?.sorted() else { continue }
            rows += found.map { ReplayReport.Row(group: $0.key, tally: $0.tally) }
            if let rest = groups[outcome]?.others, rest.records > 0 { others[outcome] = rest }
        }
        return ReplayReport(totals: totals, rows: rows, others: others, bases: bases, blindSpots: spots)
    }

    /// Which rules of the candidate decided something: of connections on both sides, whichever side the record named.
    public mutating func usage() -> RuleUsage {
        flush()
        var usage = RuleUsage()
        for (key, tally) in connections.usage {
            let policy = connections.policies[Int(key.policy)]
            usage.add(
                RuleUsage.Key(policy: policy.nameInRecords, rule: policy.ruleName(Int(key.rule), key.direction)), tally)
        }
        for (key, tally) in requestUsage { usage.add(key, tally) }
        return usage
    }
}

extension Record.Hidden {
    /// All that was not shown.
    var total: UInt64 {
        [repeats, unseen, lost, overruns, forgotten, denied, records].reduce(0) { $0.saturating(adding: $1) }
    }
}
