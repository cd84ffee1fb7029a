import Kubernetes
import Network

/// Who called, once authenticated. Only `AccessTable.authenticate` makes one; a failed attempt stays a failed attempt
/// and never becomes a caller without a key.
public struct Caller: Sendable {
    /// The key; nil when none was sent, or what was sent is unknown. With a `refusal`, the key that was refused.
    public let key: KeyIndex?
    /// Why the caller's credentials are no good; nil: they are good, or there are none.
    public let refusal: Reason?
    let revision: UInt64
}

/// What is in force at one place, as `AccessTable.policy` found it.
public struct PolicyID: Hashable, Sendable {
    let enforced: Int32
    let staged: Int32
    let revision: UInt64

    /// False when no enforced policy is attached: everything is denied with `no_policy`.
    public var isAttached: Bool { enforced >= 0 }
}

/// The access keys and policies of one snapshot, compiled. Never changes, and is shared by all event loops.
public final class AccessTable: Sendable {
    /// Revision of the snapshot. Callers and policies of one revision are refused by the tables of another: their
    /// numbers would mean somebody else.
    public let revision: UInt64
    let keys: KeyTable
    let policies: [CompiledPolicy]
    private let attachments: Attachments
    private let policyStatuses: [ObjectStatus]
    private let objects: Objects

    /// Compiles all of the objects; wrong ones deny.
    public init(_ objects: Objects, revision: UInt64) {
        self.revision = revision
        self.objects = objects
        keys = KeyTable(objects)
        let compiler = PolicyCompiler(objects, keys: keys)
        policies = compiler.policies
        attachments = compiler.attachments
        policyStatuses = compiler.statuses
    }

    /// What is in force for one rule of a route behind one listener. To be asked when the configuration is compiled,
    /// once for each rule.
    ///
    /// - Parameters:
    ///   - route: an `HTTPRoute` or `GRPCRoute`.
    ///   - rule: name of the rule; nil when it has none, then no policy can be attached to it alone.
    public func policy(
        gateway: NamespacedName, listener: String, route: ObjectReference, rule: String?
    ) -> PolicyID {
        let found = attachments.inForce(gateway: gateway, listener: listener, route: route, rule: rule)
        return PolicyID(enforced: found.enforced, staged: found.staged, revision: revision)
    }

    /// Conditions of all access policies and keys, by kind, namespace and name.
    public func statuses(nowSeconds: Int64) -> [ObjectStatus] {
        let invalidKeys = objects.invalid.filter {
            $0.reference.group == AccessKey.group && $0.reference.kind == AccessKey.kind
        }.map { object in
            ObjectStatus(
                reference: object.reference,
                conditions: [Condition(type: "Accepted", status: .false, reason: "Invalid", message: object.reason)],
                position: object.position)
        }
        let all = policyStatuses + invalidKeys + keys.statuses(of: objects.accessKeys, nowSeconds: nowSeconds)
        return all.sorted {
            ($0.reference.kind, $0.reference.namespace, $0.reference.name)
                < ($1.reference.kind, $1.reference.namespace, $1.reference.name)
        }
    }

    /// Finds out who calls.
    ///
    /// - Parameters:
    ///   - source: the caller's address, as far as trusted hops tell it.
    ///   - nowSeconds: seconds since 1970.
    public func authenticate(_ credentials: borrowing Credentials, source: Address, nowSeconds: Int64) -> Caller {
        switch credentials.content {
        case .none: return Caller(key: nil, refusal: nil, revision: revision)
        case .bad(let reason): return Caller(key: nil, refusal: reason, revision: revision)
        case .key(let digest):
            guard let key = keys.find(digest) else { return Caller(key: nil, refusal: .unknownKey, revision: revision) }
            return Caller(
                key: key, refusal: keys.refusal(key, source: source, nowSeconds: nowSeconds), revision: revision)
        }
    }

    /// Decides, and takes a place under the limits of the rule that allows.
    ///
    /// - Parameters:
    ///   - policy: what is in force for the route rule that matched.
    ///   - source: the caller's address, the same that was authenticated.
    ///   - method: bytes of the method.
    ///   - path: the path that will be sent, without the query.
    ///   - nowNanoseconds: a clock that never goes back.
    public func authorize(
        _ policy: PolicyID, _ caller: Caller, source: Address, method: UnsafeRawBufferPointer,
        path: UnsafeRawBufferPointer, limiters: LimiterRegistry, nowNanoseconds: Int64
    ) -> Decision {
        guard policy.revision == revision, caller.revision == revision else {
            let basis = Basis(caller: caller, enforced: .none, staged: .none)
            return .denied(Denial(.internalError), basis)
        }
        let question = Question(
            key: caller.key, source: source, method: method, methodCode: MethodSet.code(method), path: path)
        let basis = Basis(
            caller: caller,
            enforced: Evaluation(policies, policy.enforced, question, refusal: caller.refusal),
            staged: Evaluation(policies, policy.staged, question, refusal: caller.refusal))
        if let reason = basis.enforced.reason { return .denied(Denial(reason), basis) }
        return reserve(basis, source: source, question, limiters, now: nowNanoseconds)
    }

    private func reserve(
        _ basis: Basis, source: Address, _ question: Question, _ limiters: LimiterRegistry, now: Int64
    ) -> Decision {
        let key = limiterKey(basis, question)
        let limits = policies[Int(basis.enforced.policy)].rules[Int(basis.enforced.rule)].limits
        guard !limits.isUnlimited else { return .permitted(Permit(basis: basis, registry: nil, key: key)) }
        switch limiters.reserve(key, limits, now: now) {
        case .granted:
            let registry = limits.concurrency == nil ? nil : limiters
            return .permitted(Permit(basis: basis, registry: registry, key: key))
        case .tooFast(let wait):
            return .denied(Denial(.rateLimited, retryAfterSeconds: Int(max(1, (wait - 1) / 1_000_000_000 + 1))), basis)
        case .tooMany: return .denied(Denial(.tooManyConcurrent, retryAfterSeconds: 1), basis)
        case .noRoom: return .denied(Denial(.limiterFull, retryAfterSeconds: 1), basis)
        }
    }

    /// A caller is a key where a key was asked for, else a source address (of IPv6, the /64: whoever has one address
    /// of it has them all).
    private func limiterKey(_ basis: Basis, _ question: Question) -> LimiterKey {
        let rule = policies[Int(basis.enforced.policy)].rules[Int(basis.enforced.rule)]
        if let key = question.key, basis.enforced.byKey {
            return LimiterKey(rule: rule.limiterID, caller: keys[key].limiterID, isAddress: false)
        }
        let bits = question.source.bits
        let address = question.source.isIPv4 ? bits : bits & ~UInt128(UInt64.max)
        return LimiterKey(rule: rule.limiterID, caller: address, isAddress: true)
    }
}

extension KeyTable {
    /// Why the key may not be used now and from there; nil: it may.
    func refusal(_ key: KeyIndex, source: Address, nowSeconds: Int64) -> Reason? {
        let index = Int(key.value)
        if let refusal = entries[index].refusal { return refusal }
        if nowSeconds >= entries[index].expires { return .expiredKey }
        return entries[index].isBound && !entries[index].networks.contains(source) ? .keyNotBoundToNetwork : nil
    }
}
