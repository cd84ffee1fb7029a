import Kubernetes
import Network

/// What a rule said about a request, the nearer to a match the smaller.
public enum Outcome: UInt8, Sendable, CaseIterable {
    case matched
    case methodNotListed
    case pathNotListed
    case keyNotListed
    case keyMissing
    case networkNotListed

    /// Stable name for records.
    public var name: String {
        switch self {
        case .matched: "matched"
        case .methodNotListed: "method_not_listed"
        case .pathNotListed: "path_not_listed"
        case .keyNotListed: "key_not_listed"
        case .keyMissing: "key_missing"
        case .networkNotListed: "network_not_listed"
        }
    }
}

/// What of a request the rules look at.
struct Question {
    let key: KeyIndex?
    let source: Address
    let method: UnsafeRawBufferPointer
    let methodCode: UInt8
    let path: UnsafeRawBufferPointer
}

/// An `AccessPolicy`, or what is left of one that has mistakes.
struct CompiledPolicy: Sendable {
    /// `namespace/name`, for records.
    let name: String
    let rules: [CompiledRule]
    /// True when the object has mistakes: it denies all.
    let isInvalid: Bool
    /// True when a caller without a key could pass if he had one.
    let asksForKeys: Bool

    init(name: NamespacedName, rules: [CompiledRule], isInvalid: Bool) {
        self.name = name.description
        self.rules = rules
        self.isInvalid = isInvalid
        asksForKeys = rules.contains { $0.from.contains { $0.keys != nil } }
    }
}

/// One rule of a policy.
struct CompiledRule: Sendable {
    struct From: Sendable {
        /// nil: no key is asked for.
        let keys: KeySet?
        /// nil: from everywhere.
        let networks: PrefixSet?
    }

    struct To: Sendable {
        let methods: MethodSet
        /// Empty: every path.
        let paths: [CompiledPath]
    }

    let name: String
    let from: [From]
    /// Empty: everything.
    let to: [To]
    let limits: CompiledLimits
    /// For `LimiterKey.rule`.
    let limiterID: UInt128

    /// What the rule says, and whether it was a key (and not the network alone) that admitted the caller.
    func evaluate(_ question: Question) -> (outcome: Outcome, byKey: Bool) {
        var best = Outcome.networkNotListed
        var byKey = false
        for entry in from {
            let outcome = entry.evaluate(question)
            guard outcome.rawValue < best.rawValue else { continue }
            best = outcome
            byKey = entry.keys != nil
            if outcome == .matched { break }
        }
        guard best == .matched, !to.isEmpty else { return (best, byKey) }
        best = .pathNotListed
        for entry in to {
            let outcome = entry.evaluate(question)
            if outcome.rawValue < best.rawValue { best = outcome }
            if outcome == .matched { break }
        }
        return (best, byKey)
    }
}

extension CompiledRule.From {
    fileprivate func evaluate(_ question: Question) -> Outcome {
        if let networks, !networks.contains(question.source) { return .networkNotListed }
        guard let keys else { return .matched }
        guard let key = question.key else { return .keyMissing }
        return keys.contains(key) ? .matched : .keyNotListed
    }
}

extension CompiledRule.To {
    fileprivate func evaluate(_ question: Question) -> Outcome {
        guard paths.isEmpty || paths.contains(where: { $0.matches(question.path) }) else { return .pathNotListed }
        return methods.contains(question.methodCode, question.method) ? .matched : .methodNotListed
    }
}
