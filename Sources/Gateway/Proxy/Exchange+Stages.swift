import Access
import Kubernetes
import NIOCore
import Network
import Routing

/// The stages of a request, in order. Each looks at values and says what to do next; adding one is one line here and
/// one in `perform`.
enum Stage: CaseIterable {
    case validate, route, preflight, authenticate, authorize, rewrite, forward
}

/// What a stage says.
enum StageResult {
    /// Go on.
    case next
    /// Tell the caller why not.
    case deny(Denial)
    /// The answer has been given, or the request is on its way.
    case done

    static func deny(_ reason: Reason) -> StageResult { .deny(Denial(reason)) }
}

extension Exchange {
    /// Runs the stages until one of them has answered or sent the request on.
    func decide() {
        for stage in Stage.allCases {
            switch perform(stage) {
            case .next: continue
            case .deny(let denial): return refuse(denial)
            case .done: return
            }
        }
    }

    private func perform(_ stage: Stage) -> StageResult {
        switch stage {
        case .validate: validate()
        case .route: route()
        case .preflight: preflight()
        case .authenticate: authenticate()
        case .authorize: authorize()
        case .rewrite: rewrite()
        case .forward: send()
        }
    }

    /// What can be refused without knowing where the request would go.
    private func validate() -> StageResult {
        if configuration.routing.denyAll != nil { return .deny(.configurationUnreadable) }
        if request.method == .trace || request.method == .connect { return .deny(.methodNotAllowed) }
        if request.host.isEmpty { return .deny(.invalidHost) }
        if request.hasKeyInURL { return .deny(.credentialInURL) }
        if case .length(let count) = request.framing, count > facts.limits.limits.bodyBytes {
            return .deny(.bodyTooLarge)
        }
        return .next
    }

    /// Finds the listener by host, then the rule.
    private func route() -> StageResult {
        guard let port = configuration.port(facts.port) else { return .deny(.routeNotFound) }
        let selection = request.withHost { host in
            facts.withServerName { port.selectListener(host: host, serverName: $0) }
        }
        switch selection {
        case .none, .closed: return .deny(.routeNotFound)
        case .misdirected: return .deny(.misdirectedRequest)
        case .listener(let listener): return route(on: listener)
        }
    }

    private func route(on listener: CompiledListener) -> StageResult {
        decision.listener = listener
        switch configuration.entrances[listener.index] {
        case .open: break
        case .redirect(let port): return redirectToHTTPS(port)
        case .refused: return .deny(.invalidRoute)
        }
        decision.match = worker.match(request, on: listener)
        let matched = decision.match
        if request.withView({ listener.isClaimed($0, matched: matched) }) {
            decision.match = nil
            return .deny(.invalidRoute)
        }
        guard decision.match != nil else {
            return .deny(configuration.hasPolicy[listener.index] ? .routeNotFound : .noPolicy)
        }
        return .next
    }

    /// A browser asks whether a page may send a request. It sends no credentials with the question, and the answer
    /// opens nothing: the request itself is judged when it comes. Where no policy is in force, not even this passes.
    private func preflight() -> StageResult {
        guard request.isPreflight, let rule = decision.match?.rule, let cors = rule.filters.cors,
            configuration.policies[rule.id].isAttached
        else { return .next }
        answerPreflight(cors)
        return .done
    }

    /// Finds out who calls, by the one credential that was sent.
    private func authenticate() -> StageResult {
        guard settleSource() else { return .deny(.invalidHeader) }
        var credentials = Credentials()
        request.forEachCredential { field, value in
            if let header = CredentialHeader(field.known) { credentials.offer(header, value: value) }
        }
        decision.principal = configuration.access.authenticate(
            credentials, source: decision.source, nowSeconds: measures.startedWall / 1_000_000)
        return .next
    }

    /// Decides by the policy in force, and takes a place under its limits.
    private func authorize() -> StageResult {
        guard let match = decision.match, let principal = decision.principal else { return .deny(.internalError) }
        var result = StageResult.deny(.internalError)
        request.withView { view in
            let verdict = configuration.access.authorize(
                configuration.policies[match.rule.id], principal, source: decision.source, method: view.method,
                path: view.path, limiters: worker.limiters, nowNanoseconds: Int64(truncatingIfNeeded: measures.started))
            switch consume verdict {
            case .permitted(let permit):
                decision.basis = permit.basis
                decision.isPermitted = true
                self.permit = consume permit
                result = .next
            case .denied(let denial, let basis):
                decision.basis = basis
                result = .deny(denial)
            }
        }
        return result
    }

    /// Makes the request ready for the backend: what only the gateway may say is set anew, what is the caller's secret
    /// is taken out, then the route's changes are made.
    private func rewrite() -> StageResult {
        guard let match = decision.match else { return .deny(.internalError) }
        switch match.rule.action {
        case .refuse: return .deny(.backendUnresolved)
        case .redirect(let redirect): return follow(redirect, match)
        case .forward(let backends):
            guard let index = backends.pick(worker.nextPoint()) else { return .deny(.backendUnresolved) }
            let target = backends.targets[index]
            if let redirect = target.redirect { return follow(redirect, match) }
            guard let number = target.cluster else { return .deny(.backendUnresolved) }
            cluster = worker.cluster(number)
            decision.backendFilters = target.filters.isEmpty ? nil : target.filters
        }
        request.prepareForUpstream(
            RequestOrigin(
                peer: facts.sourceText, scheme: facts.tls == nil ? .http : .https, requestID: id,
                trustedHops: trustedHops))
        request.fields.removeFieldsWithKeys()
        do throws(Rejection) {
            try apply(match.rule.filters, match)
            if let backendFilters = decision.backendFilters { try apply(backendFilters, match) }
        } catch {
            // The route's own words make a request that we would refuse from a caller.
            return .deny(.internalError)
        }
        return .next
    }

    private func follow(_ redirect: Redirect, _ match: RouteMatch) -> StageResult {
        guard let listener = decision.listener else { return .deny(.internalError) }
        let location = request.withView {
            redirect.location(for: $0, matchedPrefixLength: match.matchedPrefixLength, listener: listener)
        }
        self.redirect(to: location, status: UInt16(redirect.statusCode))
        return .done
    }

    private func apply(_ filters: RuleFilters, _ match: RouteMatch) throws(Rejection) {
        if let changes = filters.requestHeaders { request.fields.apply(changes) }
        guard let rewrite = filters.rewrite else { return }
        if let path = rewrite.path {
            let changed = request.withPath { path.apply(to: $0, matchedPrefixLength: match.matchedPrefixLength) }
            try request.setPath(String(decoding: changed, as: UTF8.self))
        }
        if let hostname = rewrite.hostname { try request.setHost(hostname) }
    }

    /// Sends it. Without a permit there is no way.
    private func send() -> StageResult {
        guard let match = decision.match else { return .deny(.internalError) }
        for mirror in match.rule.filters.mirrors { startMirror(mirror) }
        for mirror in decision.backendFilters?.mirrors ?? [] { startMirror(mirror) }
        guard let permit = permit.take() else { return .deny(.internalError) }
        forward(consume permit)
        return .done
    }

    private func startMirror(_ mirror: MirrorTarget) {
        guard case .cluster(let number) = mirror.destination, mirror.takes(worker.random.next()) else { return }
        let receiver = MirrorReceiver(worker: worker, head: request.copy(), endsHere: isRequestEnded)
        mirrors.append(receiver)
        receiver.start(worker.cluster(number))
    }

    /// How many proxies in front of this listener are trusted to say who called.
    private var trustedHops: Int { decision.listener.map { configuration.trustedHops[$0.index] } ?? 0 }

    /// Finds the address that counts as the caller's: the peer's, or what trusted hops say.
    ///
    /// - Returns: false when hops are trusted and do not say it: the peer is one of them then, and what it may do is
    ///   not the caller's to do.
    private func settleSource() -> Bool {
        guard trustedHops > 0 else { return true }
        guard let range = request.forwardedClient(trustedHops: trustedHops),
            let address = Address(forwarded: request.fields.string(range))
        else { return false }
        decision.source = address
        return true
    }
}

extension Address {
    /// What proxies write for a client: an address, with or without a port (`192.0.2.1:80`, `[2001:db8::1]:80`).
    init?(forwarded text: String) {
        if let address = Address(text) {
            self = address
            return
        }
        guard let end = text.lastIndex(of: text.hasPrefix("[") ? "]" : ":") else { return nil }
        let host = text[..<end].drop { $0 == "[" }
        let rest = text[end...].drop { $0 == "]" }
        guard rest.isEmpty || (rest.hasPrefix(":") && UInt16(rest.dropFirst()) != nil) else { return nil }
        self.init(host)
    }
}
