/// What is counted apart: records that agree in all of these are one series.
///
/// The numbers are written into what is stored: none is ever given to another.
public enum Dimension: UInt8, Sendable, Hashable, CaseIterable {
    case point = 0
    case verdict = 1
    case reason = 2
    /// Status that the caller got, in digits.
    case status = 3
    case node = 4
    case sourceNode = 5
    case sourceRange = 6
    case workloadKind = 7
    case workloadNamespace = 8
    case workloadName = 9
    case suspectedTheft = 10
    case principalKind = 11
    case principalNamespace = 12
    case principalName = 13
    case principalOwner = 14
    case gateway = 15
    case listener = 16
    case route = 17
    case routeRule = 18
    case policy = 19
    case rule = 20
    case httpMethod = 21
    case httpVersion = 22
    case destinationService = 23
    case destinationPort = 24
    case destinationNode = 25
    case destinationRange = 26
    case destinationWorkloadKind = 27
    case destinationWorkloadNamespace = 28
    case destinationWorkloadName = 29
    case aiServer = 30
    /// Operation classes, with commas between them.
    case aiClasses = 31
    case aiOperation = 32
    case aiModel = 33
    case aiUpstreamModel = 34
    case aiMCPMethod = 35
    case aiTool = 36
    case aiBudgetExhausted = 37
    case aiBudgetStaged = 38
    case connectionEvent = 39
    case connectionTransport = 40
    case connectionDirection = 41
    case connectionEnd = 42
    case connectionDisagreement = 43
    case stagedPolicy = 44
    case stagedRule = 45
    case stagedVerdict = 46
    case stagedReason = 47
    case alarmName = 48
    case alarmSeverity = 49
    case alarmSubject = 50
    /// `2xx`, ...: follows from the status, and is not stored.
    case statusClass = 51

    /// The field that it is; nil: it follows from one.
    public var field: FieldNumber? { Self.table[Int(rawValue)] }

    /// Name by which it is asked for: that of the field, and `status_class`.
    public var name: String { field?.name ?? "status_class" }

    /// The dimension of a name; `ai.classes` is one of `ai.classes[]`.
    public init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name || $0.name == name + "[]" }) else { return nil }
        self = found
    }

    /// The dimension that a field is; nil: it is none.
    public init?(field: FieldNumber) {
        guard let found = Self.allCases.first(where: { $0.field == field }) else { return nil }
        self = found
    }

    private static let table: [FieldNumber?] = [
        .point, .verdict, .reason, .status, .node, .sourceNode, .sourceRange, .workloadKind, .workloadNamespace,
        .workloadName, .suspectedTheft, .principalKind, .principalNamespace, .principalName, .principalOwner, .gateway,
        .listener, .route, .routeRule, .policy, .rule, .httpMethod, .httpVersion, .destinationService,
        .destinationPort, .destinationNode, .destinationRange, .destinationWorkloadKind,
        .destinationWorkloadNamespace, .destinationWorkloadName, .aiServer, .aiClasses, .aiOperation, .aiModel,
        .aiUpstreamModel, .aiMCPMethod, .aiTool, .aiBudgetExhausted, .aiBudgetStaged, .connectionEvent,
        .connectionTransport, .connectionDirection, .connectionEnd, .connectionDisagreement, .stagedPolicy,
        .stagedRule, .stagedVerdict, .stagedReason, .alarmName, .alarmSeverity, .alarmSubject, nil,
    ]
}
