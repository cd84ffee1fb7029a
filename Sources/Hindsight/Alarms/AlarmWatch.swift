import Records

/// Watches records and says, seldom, when somebody should look.
///
/// What one alarm finds about one subject is said once, and again only after it has been quiet for a while, or when it has
/// gone on for a day. Of one kind only so many are said in an hour: then that there are more. What is kept is bounded,
/// whatever comes in. The same records give the same alarms, with the same ids.
public struct AlarmWatch: Sendable {
    /// How seldom.
    public struct Settings: Hashable, Sendable {
        /// Seconds without a finding after which the next one is said again.
        public var quietSeconds: Int64 = 900
        /// Seconds after which what goes on is said again.
        public var reminderSeconds: Int64 = 86_400
        /// Alarms of one kind in an hour.
        public var mostPerHour = 20
        /// Subjects that are remembered, of all kinds together.
        public var mostSubjects = 8_192

        /// Every quarter of an hour, twenty an hour.
        public init() {}
    }

    private struct Subject: Hashable {
        let kind: Int
        let text: String
    }

    private struct Episode {
        var said: Int64
        var last: Int64
        var count: UInt64 = 0
    }

    /// How many may be said, filled up again as time passes.
    private struct Allowance {
        var left: Double
        var time: Int64
        /// Subjects that were not said since it ran out.
        var unsaid: UInt64 = 0
    }

    private let settings: Settings
    private let kinds: [AlarmKind]
    private var detectors: [any AlarmDetector]
    private var episodes: [Subject: Episode] = [:]
    private var allowances: [Allowance?]
    /// The latest time that was given: time never goes back.
    private var clock: Int64 = .min
    /// Findings that were not said: because they were said before, or there were too many.
    public private(set) var suppressed: UInt64 = 0

    /// Subjects that are remembered.
    var subjects: Int { episodes.count }

    /// A watch that has seen nothing.
    public init(_ facts: AlarmFacts, settings: Settings = Settings(), kinds: [AlarmKind] = AlarmKind.all) {
        self.settings = settings
        self.kinds = kinds
        detectors = kinds.map { $0.detector(facts) }
        allowances = kinds.map { _ in nil }
    }

    /// The objects have changed; what was learned stays.
    public mutating func update(_ facts: AlarmFacts) {
        for index in detectors.indices { detectors[index].update(facts) }
    }

    /// Looks at a record.
    ///
    /// - Parameter now: microseconds since 1970 by the hub's clock; of records out of history their own time.
    /// - Returns: records of alarms to be stored and sent on; nearly always none.
    public mutating func take(_ record: Record, at now: Int64) -> [Record] {
        guard record.point != .hub else { return [] }
        clock = max(clock, now)
        // A source may be late, and lie: what it says of the future, or of long ago, happened now.
        let isBelieved = record.time <= now + 300_000_000 && record.time >= now - 172_800_000_000
        let time = isBelieved ? record.time : now
        var alarms: [Record] = []
        for index in detectors.indices {
            guard let finding = detectors[index].take(record, at: time) else { continue }
            if let alarm = judge(finding, index) { alarms.append(alarm) }
        }
        return alarms
    }

    /// Looks at what the hub says of itself.
    public mutating func take(_ event: HubEvent) -> [Record] {
        clock = max(clock, event.time)
        var alarms: [Record] = []
        for index in detectors.indices {
            guard let finding = detectors[index].take(event) else { continue }
            if let alarm = judge(finding, index) { alarms.append(alarm) }
        }
        return alarms
    }

    // MARK: Seldom

    private mutating func judge(_ finding: AlarmFinding, _ kind: Int) -> Record? {
        let now = clock
        let subject = Subject(kind: kind, text: finding.subject)
        if var episode = episodes[subject] {
            let isQuiet = now - episode.last >= settings.quietSeconds * 1_000_000
            let isLong = now - episode.said >= settings.reminderSeconds * 1_000_000
            episode.last = now
            guard isQuiet || isLong else {
                episode.count += 1
                episodes[subject] = episode
                suppressed += 1
                return nil
            }
            episodes[subject] = Episode(said: now, last: now)
            return say(finding, kind, now, repeats: isQuiet ? 0 : episode.count)
        }
        if episodes.count >= settings.mostSubjects { forget(now) }
        episodes[subject] = Episode(said: now, last: now)
        return say(finding, kind, now, repeats: 0)
    }

    private mutating func say(_ finding: AlarmFinding, _ kind: Int, _ now: Int64, repeats: UInt64) -> Record? {
        let most = Double(max(1, settings.mostPerHour))
        var allowance = allowances[kind] ?? Allowance(left: most, time: now)
        allowance.left = min(most, allowance.left + Double(now - allowance.time) / 3_600_000_000 * most)
        allowance.time = now
        defer { allowances[kind] = allowance }
        guard allowance.left >= 1 else {
            allowance.unsaid += 1
            suppressed += 1
            return nil
        }
        allowance.left -= 1
        var text = finding.text
        if repeats > 0 { text += "; it has gone on since, \(repeats) times" }
        if finding.evidence.count > 1 { text += " (records \(finding.evidence.joined(separator: ", ")))" }
        if allowance.left < 1 { text += "; others of this kind are not told for a while" }
        if allowance.unsaid > 0 { text += "; \(allowance.unsaid) others of this kind were not told before this one" }
        allowance.unsaid = 0
        let kind = kinds[kind]
        return Record(
            time: finding.time, id: Self.id(kind.name, finding),
            alarm: Record.Alarm(
                name: kind.name, severity: finding.severity ?? kind.severity, subject: finding.subject,
                evidence: finding.evidence.first ?? "", text: text))
    }

    /// Those that have been quiet; when there are none, the eighth that was seen the longest ago.
    private mutating func forget(_ now: Int64) {
        episodes = episodes.filter { now - $0.value.last < settings.quietSeconds * 1_000_000 }
        guard episodes.count >= settings.mostSubjects else { return }
        let oldest = episodes.sorted {
            ($0.value.last, $0.key.kind, $0.key.text) < ($1.value.last, $1.key.kind, $1.key.text)
        }
        for entry in oldest.prefix(max(1, settings.mostSubjects / 8)) { episodes[entry.key] = nil }
    }

    /// An id that the same finding always has.
    private static func id(_ kind: String, _ finding: AlarmFinding) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in "\(kind)\u{0}\(finding.subject)\u{0}\(finding.evidence.first ?? "")\u{0}\(finding.time)".utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
        }
        let digits = String(hash, radix: 16)
        return "alarm-" + String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
