import Records

/// One alarm: what it is called, how much it matters, and what finds it.
public struct AlarmKind: Sendable {
    /// Stable name.
    public let name: String
    /// How much it matters, unless a finding says otherwise.
    public let severity: Record.Alarm.Severity
    /// What it means, in one sentence without a full stop.
    public let meaning: String
    let detector: @Sendable (AlarmFacts) -> any AlarmDetector

    init(
        _ name: String, _ severity: Record.Alarm.Severity, _ meaning: String,
        _ detector: @escaping @Sendable (AlarmFacts) -> any AlarmDetector
    ) {
        self.name = name
        self.severity = severity
        self.meaning = meaning
        self.detector = detector
    }

    /// Every alarm. To add one, add a line.
    public static let all: [AlarmKind] = [
        AlarmKind("metadata_address", .critical, "a pod asked for the metadata of the cloud", MetadataAddress.init),
        AlarmKind("provider_bypass", .critical, "a pod called a model provider past the gateway", ProviderBypass.init),
        AlarmKind("stolen_key", .critical, "a key or token was used from where it is not bound", StolenKey.init),
        AlarmKind("exfiltration", .critical, "a workload sent far more out than it ever did", Exfiltration.init),
        AlarmKind("budget_burn", .warning, "a budget will be spent well before its window ends", BudgetBurn.init),
        AlarmKind("exposed_listener", .warning, "somebody reached what should not be reached", ExposedListener.init),
        AlarmKind("history_degraded", .critical, "history is not being kept on disk", HistoryDegraded.init),
        AlarmKind("source_clock", .warning, "the clock of a source of records is wrong", SourceClock.init),
    ]
}

/// What a detector found.
struct AlarmFinding {
    /// What it is about.
    var subject: String
    /// What happened, in one sentence without a full stop.
    var text: String
    /// Ids of records that show it, the most telling first.
    var evidence: [String]
    /// Microseconds since 1970 at which it happened.
    var time: Int64
    /// nil: that of the kind.
    var severity: Record.Alarm.Severity?
}

/// Finds what one kind of alarm is about. What it keeps is bounded.
protocol AlarmDetector: Sendable {
    /// Looks at one record, that happened at that time by a clock that can be believed.
    mutating func take(_ record: Record, at time: Int64) -> AlarmFinding?
    /// Looks at what the hub says of itself.
    mutating func take(_ event: HubEvent) -> AlarmFinding?
    /// The objects have changed.
    mutating func update(_ facts: AlarmFacts)
}

extension AlarmDetector {
    mutating func take(_ record: Record, at time: Int64) -> AlarmFinding? { nil }
    mutating func take(_ event: HubEvent) -> AlarmFinding? { nil }
    mutating func update(_ facts: AlarmFacts) {}
}

/// What the hub says of itself.
public enum HubEvent: Hashable, Sendable {
    /// History is kept in memory only, or not at all, and why.
    case historyDegraded(reason: String, time: Int64)
    /// The clock of a source is that many microseconds ahead (negative: behind).
    case sourceClock(source: String, ahead: Int64, time: Int64)

    var time: Int64 {
        switch self {
        case .historyDegraded(_, let time), .sourceClock(_, _, let time): time
        }
    }
}
