import Addresses

/// A filter that cannot be understood.
public struct FlowFilterError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The filter's field.
    public var field: String
    /// What is wrong with it.
    public var problem: String

    /// Both in one line.
    public var description: String { "invalid \(field) filter: \(problem)" }
}

/// Which flows a client wants: what a list of filters allows without what another list denies. An empty list of what is
/// allowed allows everything. All fields of a filter must fit, and of a field any of its values.
public struct FlowPredicate: Sendable {
    typealias Test = @Sendable (Flow_Flow) -> Bool

    private let allowed: [[Test]]
    private let denied: [[Test]]

    /// Both lists as a request has them.
    public init(allow: [Flow_FlowFilter], deny: [Flow_FlowFilter]) throws(FlowFilterError) {
        allowed = try Self.tests(allow)
        denied = try Self.tests(deny)
    }

    /// True when the client wants it.
    public func matches(_ flow: Flow_Flow) -> Bool {
        let fits = { (tests: [Test]) in tests.allSatisfy { $0(flow) } }
        return (allowed.isEmpty || allowed.contains(where: fits)) && !denied.contains(where: fits)
    }

    /// True when it wants every flow.
    public var isEverything: Bool { (allowed.isEmpty || allowed.contains(where: \.isEmpty)) && denied.isEmpty }

    private static func tests(_ filters: [Flow_FlowFilter]) throws(FlowFilterError) -> [[Test]] {
        var all: [[Test]] = []
        for filter in filters {
            var reader = FlowFilterReader()
            try reader.read(filter)
            all.append(reader.tests)
        }
        return all
    }
}

/// Reads the fields of a filter; each that is there becomes one test.
struct FlowFilterReader {
    private(set) var tests: [FlowPredicate.Test] = []

    mutating func read(_ filter: Flow_FlowFilter) throws(FlowFilterError) {
        guard filter.experimental.celExpression.isEmpty else {
            throw FlowFilterError(field: "cel_expression", problem: "expressions are not understood here")
        }
        decided(filter)
        try ends(filter)
        try placed(filter)
        try transported(filter)
        try asked(filter)
    }

    mutating func add(_ test: @escaping FlowPredicate.Test) { tests.append(test) }

    /// Adds the test that a field has one of the values; nothing where there are no values.
    mutating func oneOf<Value: Hashable & Sendable>(
        _ values: [Value], _ field: @escaping @Sendable (Flow_Flow) -> Value
    ) {
        guard !values.isEmpty else { return }
        let set = Set(values)
        add { set.contains(field($0)) }
    }

    /// Reads each value of a field, and adds the test that one of them fits.
    mutating func any<Read: Sendable>(
        _ field: String, _ values: [String], read: (String) throws(PatternError) -> Read,
        fits: @escaping @Sendable (Read, Flow_Flow) -> Bool
    ) throws(FlowFilterError) {
        guard !values.isEmpty else { return }
        var all: [Read] = []
        for value in values {
            do throws(PatternError) {
                all.append(try read(value))
            } catch {
                throw FlowFilterError(field: field, problem: error.description)
            }
        }
        let patterns = all
        add { flow in patterns.contains { fits($0, flow) } }
    }

    private mutating func decided(_ filter: Flow_FlowFilter) {
        oneOf(filter.uuid) { $0.uuid }
        oneOf(filter.verdict) { $0.verdict }
        oneOf(filter.dropReasonDesc) { $0.dropReasonDesc }
        oneOf(filter.trafficDirection) { $0.trafficDirection }
        oneOf(filter.traceID) { $0.traceContext.parent.traceID }
        oneOf(filter.encrypted) { $0.ip.encrypted }
        // Packets are not marked by anybody here.
        if !filter.ipTraceID.isEmpty { add { _ in false } }
        if !filter.reply.isEmpty {
            let wanted = Set(filter.reply)
            add { $0.hasIsReply && wanted.contains($0.isReply.value) }
        }
        if !filter.eventType.isEmpty {
            let types = filter.eventType
            add { flow in types.contains { $0.fits(flow) } }
        }
    }
}

extension Flow_EventTypeFilter {
    /// What the API tells as two events, the decision of a policy and the drop after it, is one record with us: a drop
    /// by a policy is found by either.
    fileprivate func fits(_ flow: Flow_Flow) -> Bool {
        if type == flow.eventType.type { return !matchSubType || subType == flow.eventType.subType }
        return type == FlowEventType.policyVerdict && !matchSubType && flow.eventType.type == FlowEventType.drop
    }
}
