import Access
import Addresses
import Kubernetes
import NIOCore
import Routing

/// The stages of a request, in order. Each looks at values and says what to do next; adding one is one line here and
/// one in `perform`.
enum Stage: Int {
    case validate, route, preflight, authenticate, classify, admit, judge, authorize, session, choose, reserve, rewrite
    case forward

    /// The one after it; nil: it is the last.
    var next: Stage? { Stage(rawValue: rawValue + 1) }
}

/// What a stage says.
enum StageResult {
    /// Go on.
    case next
    /// Tell the caller why not.
    case deny(Denial)
    /// Something must come first; then the stages go on from this one.
    case wait
    /// The answer has been given, or the request is on its way.
    case done

    static func deny(_ reason: Reason) -> StageResult { .deny(Denial(reason)) }
}

extension Exchange {
    /// Runs the stages until one of them has answered, sent the request on or has to wait.
    func decide(from first: Stage = .validate) {
        var stage: Stage? = first
        while let running = stage {
            switch perform(running) {
            case .next: stage = running.next
            case .deny(let denial): return deny(denial)
            case .wait, .done: return
            }
        }
    }

    /// A stage has said no, whatever one before it said. Where the route is at fault, the rules have let it through.
    func deny(_ denial: Denial) {
        if denial.reason.status != 500 { decision.isPermitted = false }
        refuse(denial)
    }

    private func perform(_ stage: Stage) -> StageResult {
        switch stage {
        case .validate: validate()
        case .route: route()
        case .preflight: preflight()
        case .authenticate: authenticate()
        case .classify: classify()
        case .admit: admit()
        case .judge: judgeBody()
        case .authorize: authorize()
        case .session: checkSession()
        case .choose: choose()
        case .reserve: reserve()
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
        guard request.isPreflight, let rule = decision.match?.rule, let cors = rule.extras?.filters.cors,
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
        let now = measures.startedWall / 1_000_000
        var place = CallerPlace(source: decision.source)
        if let tls = facts.tls, let listener = decision.listener {
            switch tls.client(for: listener, atSeconds: now) {
            case .none: break
            case .identity(let client): place.certificate = client
            // Another handshake settles it.
            case .missing, .outOfDate, .elsewhere: return .deny(.misdirectedRequest)
            }
        }
        decision.principal = configuration.access.authenticate(
            credentials, at: place, cache: &worker.tokens, nowSeconds: now)
        if let caller = decision.principal, caller.refusal == .tokenKeyUnknown, let issuer = caller.refusedIssuer {
            worker.keySets?.keyUnknown(issuer)
        }
        return .next
    }

    /// Refuses what no body could make allowed, before the body is waited for: whoever may not call cannot make the
    /// gateway keep its megabytes.
    private func admit() -> StageResult {
        guard decision.operation.isBodyPending else { return .next }
        guard let match = decision.match, let principal = decision.principal else { return .deny(.internalError) }
        let basis = withAccessRequest {
            configuration.access.evaluate(configuration.policies[match.rule.id], principal, $0)
        }
        guard let denial = basis.denial else { return .next }
        decision.basis = basis
        return .deny(denial)
    }

    /// The request as the rules see it.
    func withAccessRequest<R>(_ body: (AccessRequest) -> R) -> R {
        request.withView { view in
            body(
                AccessRequest(
                    source: decision.source, method: view.method, path: view.path, operation: decision.operation))
        }
    }

    /// Decides by the policy in force, and takes a place under its limits.
    private func authorize() -> StageResult {
        guard let match = decision.match, let principal = decision.principal else { return .deny(.internalError) }
        var result = StageResult.deny(.internalError)
        withAccessRequest { question in
            let verdict = configuration.access.authorize(
                configuration.policies[match.rule.id], principal, question, limiters: worker.limiters,
                nowNanoseconds: Int64(truncatingIfNeeded: measures.started))
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

    /// Chooses the backend, by the model where the route says so.
    private func choose() -> StageResult {
        guard let match = decision.match else { return .deny(.internalError) }
        if let number = configuration.plans[match.rule.id].onlyCluster {
            goTo(number, model: decision.operation.model)
            return .next
        }
        switch match.rule.action {
        case .refuse: return .deny(.backendUnresolved)
        case .redirect(let redirect): return follow(redirect, match)
        case .forward(let backends):
            guard let choice = chooseModel(match.rule.extras?.filters.models) else { return .deny(.unknownModel) }
            // Under the name that it should not have, the server would be asked for something else.
            if choice.rename != nil, decision.isModelInPath { return .deny(.unknownModel) }
            guard let target = choice.target ?? backends.pick(worker.nextPoint()).map({ backends.targets[$0] }) else {
                return .deny(.backendUnresolved)
            }
            decision.rename = choice.rename
            if let redirect = target.redirect { return follow(redirect, match) }
            guard let number = target.cluster else { return .deny(.backendUnresolved) }
            decision.backendFilters = target.filters.isEmpty ? nil : target.filters
            goTo(number, model: choice.rename ?? decision.operation.model)
        }
        return .next
    }

    /// The request goes to that cluster, which is asked for that model.
    private func goTo(_ number: Int, model: String?) {
        let chosen = worker.cluster(number)
        cluster = chosen
        decision.server = configuration.serverNames[number]
        if !configuration.prices.isEmpty {
            decision.terms = configuration.prices.terms(chosen.cluster.key.service, model: model)
        }
    }

    /// Makes the request ready for the backend: what only the gateway may say is set anew, what is the caller's secret
    /// is taken out, then the route's changes are made.
    private func rewrite() -> StageResult {
        guard let match = decision.match else { return .deny(.internalError) }
        openTape()
        prepareBody()
        request.prepareForUpstream(
            RequestOrigin(
                peer: facts.sourceText, scheme: facts.isSecure ? .https : .http, requestID: id,
                trustedHops: trustedHops))
        request.fields.setTraceParent(trace?.own)
        request.fields.removeFieldsWithKeys()
        if readsAnswer { request.fields.set(.acceptEncoding, own: "identity") }
        do throws(Rejection) {
            if configuration.plans[match.rule.id].changesRequest, let extras = match.rule.extras {
                try apply(extras.filters, match)
            }
            if let backendFilters = decision.backendFilters { try apply(backendFilters, match) }
        } catch {
            // The route's own words make a request that we would refuse from a caller.
            return .deny(.internalError)
        }
        return .next
    }

    /// What a `ModelFilter` makes of the model; nil: it is denied. A request that names no model goes where the rule's
    /// own backends are.
    private func chooseModel(_ chooser: ModelChooser?) -> ModelChooser.Choice? {
        guard let chooser, let model = decision.operation.model else { return ModelChooser.Choice() }
        return chooser.choose(model)
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
        if configuration.plans[match.rule.id].hasMirrors {
            for mirror in match.rule.extras?.filters.mirrors ?? [] { startMirror(mirror) }
        }
        for mirror in decision.backendFilters?.mirrors ?? [] { startMirror(mirror) }
        guard let permit = permit.take() else { return .deny(.internalError) }
        forward(consume permit)
        return .done
    }

    private func startMirror(_ mirror: MirrorTarget) {
        guard case .cluster(let number) = mirror.destination, mirror.takes(worker.random.next()) else { return }
        let endsHere = isRequestEnded && body.pieces.isEmpty
        let receiver = MirrorReceiver(worker: worker, head: request.copy(), endsHere: endsHere)
        mirrors.append(receiver)
        receiver.start(worker.cluster(number))
        guard !endsHere else { return }
        for piece in body.pieces { receiver.sendBody(piece) }
        if isRequestEnded { receiver.sendEnd() }
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
