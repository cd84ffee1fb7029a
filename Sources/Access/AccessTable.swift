import Addresses
import Kubernetes
import ModelTraffic

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
    /// Whose tokens are believed.
    public let tokens: TokenVerifier
    let workloads: WorkloadTable
    private let attachments: Attachments
    private let policyStatuses: [ObjectStatus]
    private let objects: Objects

    /// Compiles all of the objects; wrong ones deny.
    ///
    /// - Parameters:
    ///   - fetched: key sets of issuers that keep them at a URL.
    ///   - previous: the table before this one, of which what has not changed is taken over.
    public init(
        _ objects: Objects, revision: UInt64, fetched: [NamespacedName: FetchedKeys] = [:],
        reusing previous: AccessTable? = nil
    ) {
        self.revision = revision
        self.objects = objects
        workloads = WorkloadTable(objects)
        tokens = TokenVerifier(
            objects, fetched: fetched, claims: Self.claims(objects), reusing: previous?.tokens)
        keys = KeyTable(objects)
        let compiler = PolicyCompiler(objects, keys: keys)
        policies = compiler.policies
        attachments = compiler.attachments
        policyStatuses = compiler.statuses
    }

    /// Names of the claims that rules and grants ask for.
    private static func claims(_ objects: Objects) -> Set<String> {
        var names: Set<String> = []
        for policy in objects.accessPolicies.values {
            for rule in policy.rules {
                for entry in rule.from { names.formUnion(entry.tokens?.claims.keys.map { $0 } ?? []) }
            }
        }
        for console in objects.tokenIssuers.values.compactMap(\.console) {
            names.formUnion(console.claims)
            // What the console asked the issuer to put into the token, so that it is of this login.
            if console.login != nil { names.insert("nonce") }
        }
        return names
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
    ///   - cache: tokens that were verified before, of this event loop.
    ///   - nowSeconds: seconds since 1970.
    public func authenticate(
        _ credentials: borrowing Credentials, at place: CallerPlace, cache: inout TokenCache, nowSeconds: Int64
    ) -> Caller {
        let pod = workloads.pod(place.source)
        func caller(
            key: KeyIndex? = nil, token: TokenIdentity? = nil, issuer: NamespacedName? = nil, refusal: Reason?
        ) -> Caller {
            Caller(
                key: key, token: token, certificate: place.certificate, pod: pod, refusal: refusal,
                refusedIssuer: issuer, revision: revision)
        }
        // A connection outlives its certificate; what it says does not.
        if let certificate = place.certificate, !certificate.isValid(atSeconds: nowSeconds) {
            return caller(refusal: .certificateExpired)
        }
        switch credentials.content {
        case .none: return caller(refusal: nil)
        case .bad(let reason): return caller(refusal: reason)
        case .key(let digest):
            guard let key = keys.find(digest) else { return caller(refusal: .unknownKey) }
            return caller(key: key, refusal: keys.refusal(key, at: place, pod: pod, nowSeconds: nowSeconds))
        case .token(let text):
            do throws(TokenRefusal) {
                let token = try verify(text, &cache, nowSeconds: nowSeconds)
                let refusal = token.refusal(at: place, pod: pod)
                return caller(token: token, issuer: refusal.map { _ in token.issuer }, refusal: refusal)
            } catch {
                return caller(issuer: error.issuer, refusal: error.reason)
            }
        }
    }

    private func verify(
        _ text: SecretBytes, _ cache: inout TokenCache, nowSeconds: Int64
    ) throws(TokenRefusal) -> TokenIdentity {
        let result = text.reveal { bytes in
            bytes.withUnsafeBytes { bytes -> Result<TokenIdentity, TokenRefusal> in
                do throws(TokenRefusal) {
                    return .success(try cache.verify(bytes, with: tokens, nowSeconds: nowSeconds))
                } catch {
                    return .failure(error)
                }
            }
        }
        return try result.get()
    }

    /// Decides, and takes a place under the limits of the rule that allows.
    ///
    /// - Parameters:
    ///   - policy: what is in force for the route rule that matched.
    ///   - nowNanoseconds: a clock that never goes back.
    public func authorize(
        _ policy: PolicyID, _ caller: Caller, _ request: AccessRequest, limiters: LimiterRegistry, nowNanoseconds: Int64
    ) -> Decision {
        let source = request.source
        let basis = evaluate(policy, caller, request)
        if let denial = basis.denial { return .denied(denial, basis) }
        return reserve(basis, source: source, limiters, now: nowNanoseconds)
    }

    /// What the policies say; nothing is taken. For a question that is asked before all of the request is known: what
    /// this denies would be denied then too.
    public func evaluate(_ policy: PolicyID, _ caller: Caller, _ request: AccessRequest) -> Basis {
        guard policy.revision == revision, caller.revision == revision else {
            let nothing = Evaluation(policy: -1, reason: .internalError)
            return Basis(caller: caller, enforced: nothing, staged: .none)
        }
        let question = Question(request, caller)
        return Basis(
            caller: caller, enforced: Evaluation(policies, policy.enforced, question, refusal: caller.refusal),
            staged: Evaluation(policies, policy.staged, question, refusal: caller.refusal))
    }

    private func reserve(
        _ basis: Basis, source: Address, _ limiters: LimiterRegistry, now: Int64
    ) -> Decision {
        let key = limiterKey(basis, source)
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

    /// A caller is who it says it is where that was asked for, else a source address (of IPv6, the /64: whoever has one
    /// address of it has them all).
    private func limiterKey(_ basis: Basis, _ source: Address) -> LimiterKey {
        let rule = policies[Int(basis.enforced.policy)].rules[Int(basis.enforced.rule)]
        if basis.enforced.byKey, let identity = identity(of: basis.caller) {
            return LimiterKey(rule: rule.limiterID, caller: identity, isAddress: false)
        }
        let bits = source.isIPv4 ? source.bits : source.bits & ~UInt128(UInt64.max)
        return LimiterKey(rule: rule.limiterID, caller: bits, isAddress: true)
    }

    /// 128 bits that stand for who the caller is or, when it has not said, for its address.
    public func identity(of caller: Caller, at source: Address) -> UInt128 {
        identity(of: caller) ?? Access.identity("address", source.description)
    }

    /// Whether a rule of the policy in force says which tools may be used.
    public func restrictsTools(_ policy: PolicyID) -> Bool {
        policy.revision != revision || policy.enforced < 0 || policies[Int(policy.enforced)].restrictsTools
    }

    /// Whether the rules would let the caller call an MCP tool by that name with such a request.
    public func allowsTool(
        _ tool: String, _ policy: PolicyID, _ caller: Caller, _ request: AccessRequest
    ) -> Bool {
        var question = request
        var facts = RequestFacts()
        facts.mcp = MCPRequest(callOf: tool)
        question.operation.facts = facts
        question.operation.isBodyPending = false
        return evaluate(policy, caller, question).enforced.reason == nil
    }

    /// 128 bits that stand for who the caller is, the same in every configuration; nil: it has not said.
    public func identity(of caller: Caller) -> UInt128? {
        if let key = caller.key { return keys.limiterID(key) }
        return caller.token?.limiterID ?? caller.certificate?.limiterID
    }
}
