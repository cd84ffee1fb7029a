import Addresses
import Kubernetes
import ModelTraffic

/// What a rule said about a request, the nearer to a match the smaller. At most 16, the width of a kept outcome.
public enum Outcome: UInt8, Sendable, CaseIterable {
    case matched
    case fieldNotKnown
    case mediaHostNotListed
    case toolNotListed
    case modelNotListed
    case classNotListed
    case methodNotListed
    case pathNotListed
    case keyNotListed
    case tokenNotListed
    case certificateNotListed
    case keyMissing
    case workloadNotListed
    case networkNotListed

    /// Stable name for records.
    public var name: String {
        switch self {
        case .matched: "matched"
        case .fieldNotKnown: "field_not_known"
        case .mediaHostNotListed: "media_host_not_listed"
        case .toolNotListed: "tool_not_listed"
        case .modelNotListed: "model_not_listed"
        case .classNotListed: "class_not_listed"
        case .methodNotListed: "method_not_listed"
        case .pathNotListed: "path_not_listed"
        case .keyNotListed: "key_not_listed"
        case .tokenNotListed: "token_not_listed"
        case .certificateNotListed: "certificate_not_listed"
        case .keyMissing: "key_missing"
        case .workloadNotListed: "workload_not_listed"
        case .networkNotListed: "network_not_listed"
        }
    }

    /// Why a request is refused of which the nearest rule said this.
    var reason: Reason {
        switch self {
        case .fieldNotKnown: .fieldNotAllowed
        case .mediaHostNotListed: .mediaHostNotAllowed
        case .toolNotListed: .toolNotAllowed
        case .modelNotListed: .modelNotAllowed
        case .classNotListed: .operationNotAllowed
        default: .noRuleMatches
        }
    }
}

/// What of a request the rules look at: made once, and lent to all of them.
struct Question: ~Copyable {
    let caller: Caller
    let source: Address
    let method: UnsafeRawBufferPointer
    let methodCode: UInt8
    let path: UnsafeRawBufferPointer
    let operation: Operation

    init(_ request: AccessRequest, _ caller: Caller) {
        self.caller = caller
        source = request.source
        method = request.method
        methodCode = MethodSet.code(request.method)
        path = request.path
        operation = request.operation
    }
}

/// An `AccessPolicy`, or what is left of one that has mistakes.
struct CompiledPolicy: Sendable {
    /// `namespace/name`, for records.
    let name: String
    let rules: [CompiledRule]
    /// True when the object has mistakes: it denies all.
    let isInvalid: Bool
    /// True when a caller without credentials could pass if it had some.
    let asksForKeys: Bool
    /// True when a rule names tools of MCP servers.
    let restrictsTools: Bool

    init(name: NamespacedName, rules: [CompiledRule], isInvalid: Bool) {
        self.name = name.description
        self.rules = rules
        self.isInvalid = isInvalid
        restrictsTools = rules.contains { $0.to.contains { $0.mcp != nil } }
        asksForKeys = rules.contains { $0.from.contains(where: \.asksForCredentials) }
    }
}

/// One rule of a policy. An object, as its entries are, because it is looked at several times for each request, and a
/// look at a value in an array copies it.
final class CompiledRule: Sendable {
    let name: String
    let from: [CallerCondition]
    /// Never empty: a rule without `to` has one entry without conditions.
    let to: [RequestCondition]
    let limits: CompiledLimits
    /// Tokens that each caller may use in a window; nil: no limit.
    let tokens: AccessPolicy.RequestRate?
    /// What is stored of the requests that it allows; nil: nothing.
    let capture: ContentCapture?
    /// For `LimiterKey.rule`.
    let limiterID: UInt128

    init(
        name: String, from: [CallerCondition], to: [RequestCondition], limits: CompiledLimits,
        tokens: AccessPolicy.RequestRate?, capture: ContentCapture?, limiterID: UInt128
    ) {
        self.name = name
        self.from = from
        self.to = to
        self.limits = limits
        self.tokens = tokens
        self.capture = capture
        self.limiterID = limiterID
    }

    /// What the rule says, and whether the caller had to say who it is (and the network alone did not do).
    func evaluate(_ question: borrowing Question) -> (outcome: Outcome, byKey: Bool) {
        var best = Outcome.networkNotListed
        var byKey = false
        for entry in from {
            let outcome = entry.evaluate(question)
            guard outcome.rawValue < best.rawValue else { continue }
            best = outcome
            byKey = entry.asksForCredentials
            if outcome == .matched { break }
        }
        guard best == .matched else { return (best, byKey) }
        best = .pathNotListed
        for entry in to {
            let outcome = entry.evaluate(question)
            if outcome.rawValue < best.rawValue { best = outcome }
            if outcome == .matched { break }
        }
        return (best, byKey)
    }
}
