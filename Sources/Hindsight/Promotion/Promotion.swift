import Records

/// Watches a staged policy become enforced: what it was going to deny, by its staged verdicts, against what it denies.
///
/// First come the records of the time before (`takeBefore`), then `enforce`, then records as they happen. Denials of groups
/// that were allowed before and of which the staged policy had said that it would allow them are a surprise; when there are
/// more than the settings say, the answer is to roll back, at once. Denials that were foretold are no surprise until
/// they are many more than foretold. When the time is over without that, the policy is kept.
public struct Promotion: Sendable {
    /// What is promoted.
    public enum Subject: Hashable, Sendable {
        /// A policy, as records name it in `policy`.
        case policy(String)
        /// A budget, `namespace/name`.
        case budget(String)
    }

    /// When to give up, and when to be content.
    public struct Settings: Hashable, Sendable {
        /// Seconds for which it is watched.
        public var watchSeconds: Int64 = 600
        /// Attempts that may be denied by surprise.
        public var mostSurprises: UInt64 = 10
        /// Foretold denials may be so many times as often as before.
        public var mostTimesForetold: UInt64 = 3
        /// Groups that are told apart.
        public var mostGroups = 65_536

        /// Ten minutes, ten attempts.
        public init() {}
    }

    /// Who, to what, on what.
    public struct Group: Hashable, Sendable {
        /// Principal, workload, node or range.
        public var who: String
        /// Route, workload or address.
        public var target: String
        /// Protocol and port, or classes, model and tool.
        public var topic: String
    }

    /// A group that is denied, and what was known of it.
    public struct Denied: Hashable, Sendable {
        /// Which.
        public var group: Group
        /// Denials since it is enforced.
        public var tally: Tally
        /// Attempts that were allowed before.
        public var allowedBefore: UInt64
        /// Of these, those that the staged policy would have denied.
        public var foretold: UInt64
    }

    /// What came of it.
    public struct Outcome: Hashable, Sendable {
        /// True: stage it again.
        public var rollsBack: Bool
        /// Attempts that were denied by surprise.
        public var surprises: UInt64
        /// Attempts that were denied as foretold.
        public var foretold: UInt64
        /// Attempts of groups that were not seen before.
        public var strangers: UInt64
        /// Records of groups that were seen before, since it is enforced. 0: nothing shows that it does no harm.
        public var seen: UInt64
        /// Groups that were denied by surprise, the most attempts first, at most twenty.
        public var evidence: [Denied]

        /// One sentence without a full stop.
        public var words: String {
            if rollsBack {
                let first =
                    evidence.first.map {
                        ", such as \($0.group.who) to \($0.group.target) on \($0.group.topic) (record \($0.tally.example))"
                    } ?? ""
                return "\(surprises) attempts were denied that were allowed before\(first)"
            }
            return seen == 0
                ? "nothing was seen of what was there before: that it does no harm is not shown"
                : "\(surprises) attempts were denied by surprise, \(foretold) as foretold"
        }
    }

    /// Where it stands.
    public enum Phase: Hashable, Sendable {
        /// The time before is looked at.
        case before
        /// It is enforced, since that many microseconds after 1970.
        case watching(since: Int64)
        /// It is decided.
        case over(Outcome)
    }

    private struct Known {
        var allowed: UInt64 = 0
        var foretold: UInt64 = 0
    }

    /// What is promoted.
    public let subject: Subject
    private let settings: Settings
    /// Where it stands.
    public private(set) var phase = Phase.before
    private var known: [Group: Known] = [:]
    private var isCut = false
    private var first: Int64 = .max
    private var denied: [Group: Tally] = [:]
    private var strangers: UInt64 = 0
    private var seen: UInt64 = 0

    /// A promotion that has not begun.
    public init(_ subject: Subject, settings: Settings = Settings()) {
        self.subject = subject
        self.settings = settings
    }

    /// Says that not every record of the time before is there: then nobody is a stranger.
    public mutating func note(isSampled: Bool) { isCut = isCut || isSampled }

    /// Takes in a record of the time before.
    public mutating func takeBefore(_ record: Record) {
        guard phase == .before, let verdict = record.verdict, record.connection?.event != .closed else { return }
        first = min(first, record.time)
        guard verdict == .allowed else { return }
        for group in Set([Group(record), Group(early: record)]) { learn(group, record) }
    }

    private mutating func learn(_ group: Group, _ record: Record) {
        guard known[group] != nil || known.count < settings.mostGroups else {
            isCut = true
            return
        }
        var entry = known[group] ?? Known()
        entry.allowed = entry.allowed.saturating(adding: record.attempts)
        if wasForetold(record) { entry.foretold = entry.foretold.saturating(adding: record.attempts) }
        known[group] = entry
    }

    /// The group that a record is of, among those that are known: a request that was denied before its body was read does
    /// not tell its model.
    private func group(of record: Record) -> Group {
        let group = Group(record)
        return known[group] == nil && record.namesNothing ? Group(early: record) : group
    }

    /// It is enforced from then on, in microseconds since 1970.
    public mutating func enforce(at time: Int64) {
        guard phase == .before else { return }
        phase = .watching(since: time)
    }

    /// Takes in a record of the time since; what it answers is over.
    public mutating func take(_ record: Record) -> Outcome? {
        guard case .watching(let since) = phase, record.time >= since, let verdict = record.verdict,
            record.connection?.event != .closed
        else { return nil }
        let group = group(of: record)
        if known[group] != nil { seen += 1 }
        guard verdict == .denied, isOurs(record) else { return nil }
        guard known[group] != nil || isCut else {
            strangers = strangers.saturating(adding: record.attempts)
            return nil
        }
        guard denied[group] != nil || denied.count < settings.mostGroups else { return nil }
        denied[group, default: Tally()].add(time: record.time, id: record.id, attempts: record.attempts)
        let found = judge(since: since, now: record.time)
        guard found.rollsBack else { return nil }
        phase = .over(found)
        return found
    }

    /// The time is now that: when it has been watched long enough, what comes of it.
    public mutating func advance(to now: Int64) -> Outcome? {
        guard case .watching(let since) = phase, now - since >= settings.watchSeconds * 1_000_000 else { return nil }
        let found = judge(since: since, now: now)
        phase = .over(found)
        return found
    }

    private func wasForetold(_ record: Record) -> Bool {
        switch subject {
        case .policy(let name): record.staged?.policy == name && record.staged?.verdict == .denied
        case .budget(let name): record.ai?.budget?.staged == name
        }
    }

    private func isOurs(_ record: Record) -> Bool {
        switch subject {
        case .policy(let name): record.policy == name
        case .budget(let name): record.ai?.budget?.exhausted == name
        }
    }

    private func judge(since: Int64, now: Int64) -> Outcome {
        var outcome = Outcome(
            rollsBack: false, surprises: 0, foretold: 0, strangers: strangers, seen: seen, evidence: [])
        for (group, tally) in denied {
            let before = known[group] ?? Known()
            let expected = before.foretold == 0 ? 0 : foretold(before.foretold, since: since, now: now)
            let surprises = tally.attempts > expected ? tally.attempts - expected : 0
            outcome.foretold = outcome.foretold.saturating(adding: min(tally.attempts, expected))
            outcome.surprises = outcome.surprises.saturating(adding: surprises)
            guard surprises > 0 else { continue }
            outcome.evidence.append(
                Denied(group: group, tally: tally, allowedBefore: before.allowed, foretold: before.foretold))
        }
        outcome.rollsBack = outcome.surprises > settings.mostSurprises
        outcome.evidence.sort { ($0.tally.attempts, $0.tally.example) > ($1.tally.attempts, $1.tally.example) }
        outcome.evidence = Array(outcome.evidence.prefix(20))
        return outcome
    }

    /// How many denials of a group are no surprise: as often as before, so many times, and one more that may have come early.
    private func foretold(_ count: UInt64, since: Int64, now: Int64) -> UInt64 {
        let before = Double(max(1, since - first))
        let rate = Double(count) / before
        let expected = rate * Double(max(0, now - since)) * Double(settings.mostTimesForetold)
        return UInt64(min(expected, 1e18)) + settings.mostTimesForetold
    }
}

extension Promotion.Group {
    fileprivate init(_ record: Record) {
        self.init(who: record.who, target: record.target, topic: record.topic)
    }

    /// What is known of a request by its head alone.
    fileprivate init(early record: Record) {
        self.init(who: record.who, target: record.target, topic: record.earlyTopic)
    }
}
