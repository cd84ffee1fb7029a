import Access
import Addresses
import Kubernetes
import ModelTraffic
import Records

/// Judges recorded requests by the access policies of a set of objects.
struct RequestJudge {
    private let table: AccessTable
    private let objects: Objects
    private let isStaged: Bool
    private var places: [Record.Place: PolicyID?] = [:]
    private static let mostPlaces = 4096

    /// - Parameter staged: by staged policies too, where there are any.
    init(_ objects: Objects, staged: Bool) {
        self.objects = objects
        isStaged = staged
        table = AccessTable(objects, revision: 1)
    }

    /// What the policies would say.
    enum Answer {
        /// They would say the same as before.
        case same
        case verdict(RecordedVerdict)
        case doubt(ReplayDoubt)
    }

    /// Judges one request.
    mutating func judge(_ record: Record) -> Answer {
        let wasAllowed = record.verdict == .allowed
        let standing = wasAllowed ? .byPolicy : RequestStanding(reason: record.reason)
        switch standing {
        case .whateverPoliciesSay: return .same
        case .route: return .doubt(.route)
        case .server: return .doubt(.server)
        case .byPolicy, .afterPolicy, .limits: break
        }
        guard let request = RecordedRequest(record) else { return .doubt(.noTraffic) }
        guard let policy = policy(at: record.place) else { return .doubt(.route) }
        let verdict = table.judge(policy, request, staged: isStaged)
        switch (standing, verdict.answer) {
        // What comes after the policies would refuse it again.
        case (.afterPolicy, _), (.limits, .denied): return .same
        case (.limits, _): return .doubt(.limits)
        default: return .verdict(verdict)
        }
    }

    /// What is in force where a request came in; nil: that place is not among the objects.
    private mutating func policy(at place: Record.Place) -> PolicyID? {
        if let known = places[place] { return known }
        let found = find(place)
        if places.count < Self.mostPlaces { places[place] = .some(found) }
        return found
    }

    private func find(_ place: Record.Place) -> PolicyID? {
        guard let gateway = NamespacedName(slashed: place.gateway), objects.gateways[gateway] != nil,
            let route = KindName(place.route), let names = ruleNames(route)
        else { return nil }
        let reference = ObjectReference(
            group: HTTPRoute.group, kind: route.kind, namespace: route.name.namespace, name: route.name.name)
        let isNamed = names.contains(place.routeRule)
        guard isNamed || Int(place.routeRule) != nil || place.routeRule.isEmpty else { return nil }
        return table.policy(
            gateway: gateway, listener: place.listener, route: reference, rule: isNamed ? place.routeRule : nil)
    }

    /// The names of a route's rules; nil: there is no such route.
    private func ruleNames(_ route: KindName) -> Set<String>? {
        switch route.kind {
        case HTTPRoute.kind: objects.httpRoutes[route.name].map { Set($0.rules.compactMap(\.name)) }
        case GRPCRoute.kind: objects.grpcRoutes[route.name].map { Set($0.rules.compactMap(\.name)) }
        default: nil
        }
    }

    /// True when the rule that allows has limits, or a budget may count there.
    func isLimited(_ verdict: RecordedVerdict) -> Bool {
        guard verdict.answer == .allowed, let name = NamespacedName(slashed: verdict.policy) else { return false }
        let rule = objects.accessPolicies[name]?.rules.first { $0.name == verdict.rule }
        let limits = rule?.limits
        return limits?.requests != nil || limits?.tokens != nil || limits?.concurrency != nil
            || !objects.budgets.isEmpty
    }
}

/// Which part of the gateway refused a request.
enum RequestStanding: Hashable {
    /// The policies, or what they ask of callers.
    case byPolicy
    /// Something that no object says.
    case whateverPoliciesSay
    /// Something that is asked when the policies have allowed.
    case afterPolicy
    /// A limit or a budget.
    case limits
    /// Nothing is served there.
    case route
    /// What stands behind the Service.
    case server

    init(reason: String) {
        self = Self.table[reason] ?? .whateverPoliciesSay
    }

    private static let reasons: [(Self, [Reason])] = [
        (
            .byPolicy,
            [
                .missingKey, .unknownKey, .expiredKey, .revokedKey, .duplicateKey, .invalidKey, .keyNotBoundToNetwork,
                .keyNotBoundToWorkload, .keyNotBoundToCertificate, .tokenIssuerUnknown, .tokenAudience,
                .tokenKeyUnknown, .tokenAlgorithm, .tokenLifetime, .tokenClaimMissing, .tokenNotBoundToNetwork,
                .tokenNotBoundToWorkload, .tokenNotBoundToCertificate, .tokenKeysUnavailable, .noPolicy, .invalidPolicy,
                .noRuleMatches, .operationNotAllowed, .modelNotAllowed, .toolNotAllowed, .mediaHostNotAllowed,
                .fieldNotAllowed,
            ]
        ),
        (.afterPolicy, [.originNotAllowed, .sessionNotYours, .unknownModel]),
        (
            .limits,
            [
                .rateLimited, .tooManyConcurrent, .tokensRateLimited, .budgetExhausted, .invalidBudget, .unpricedModel,
                .countersUnavailable, .ledgerUnavailable, .limiterFull, .overloaded,
            ]
        ),
        (.route, [.routeNotFound, .invalidRoute, .backendUnresolved, .configurationUnreadable]),
        (.server, [.misnamedServer]),
    ]

    private static let table = Dictionary(
        reasons.flatMap { standing, reasons in reasons.map { ($0.name, standing) } },
        uniquingKeysWith: { first, _ in first })
}

extension RecordedRequest {
    /// What a record tells of a request; nil: not even an address.
    init?(_ record: Record) {
        guard let source = record.source.flatMap({ Address($0.address) }) else { return nil }
        let http = record.http ?? Record.HTTP()
        self.init(source: source, method: http.method, path: http.path, seconds: record.time / 1_000_000)
        workload = record.workload?.workloadName
        credential = Credential(record)
        // A plain connection has no certificate; of one that is named it is the name.
        mayHaveCertificate = record.tls != nil
        if case .certificate = credential { mayHaveCertificate = false }
        guard let ai = record.ai, !ai.server.isEmpty else { return }
        classes = ai.classes.reduce(into: []) { $0.formUnion(OperationClasses(name: $1) ?? []) }
        model = ai.model.isEmpty ? nil : String(decoding: ai.model, as: UTF8.self)
        isMCP = !ai.mcpMethod.isEmpty || ai.server == "mcp"
        mcpMethod = ai.mcpMethod.isEmpty ? nil : String(decoding: ai.mcpMethod, as: UTF8.self)
        mcpName = ai.tool.isEmpty ? nil : String(decoding: ai.tool, as: UTF8.self)
        isBodyRead =
            record.verdict == .allowed || model != nil || mcpMethod != nil || Self.hasNoBody(http.method)
            || Self.reasonsOfBodies.contains(record.reason)
    }

    private static func hasNoBody(_ method: [UInt8]) -> Bool {
        ["GET", "HEAD", "OPTIONS"].contains { method.elementsEqual($0.utf8) }
    }

    /// Reasons that only a body gives.
    private static let reasonsOfBodies = Set(
        [Reason.modelNotAllowed, .toolNotAllowed, .mediaHostNotAllowed, .fieldNotAllowed].map(\.name))
}

extension RecordedRequest.Credential {
    fileprivate init(_ record: Record) {
        guard let principal = record.principal else {
            self = Self.reasonsWithout.contains(record.reason) ? .unknown : .none
            return
        }
        let name = NamespacedName(principal.namespace, principal.name)
        switch (principal.kind, NamespacedName(slashed: principal.owner)) {
        case ("access_key", _): self = .key(name)
        case ("token", let issuer?): self = .token(issuer: issuer, subject: principal.name)
        case ("service_account", let issuer?): self = .serviceAccount(issuer: issuer, account: name)
        case ("certificate", _): self = .certificate(principal.name)
        default: self = .unknown
        }
    }

    /// Reasons that a credential was shown of which nobody is known.
    private static let reasonsWithout = Set(
        [
            Reason.unknownKey, .tokenIssuerUnknown, .tokenAudience, .tokenKeyUnknown, .tokenAlgorithm, .tokenLifetime,
            .tokenClaimMissing, .tokenKeysUnavailable,
        ].map(\.name))
}
