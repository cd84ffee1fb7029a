import Access
import Addresses
import Kubernetes
import Synchronization

/// Says who looks, for each request anew: by a session's cookie, a key or a token.
final class Doorkeeper: Sendable {
    /// What a request shows.
    struct Shown: Sendable {
        /// The session's cookie.
        var session: SessionSecret?
        /// `Authorization` and the like.
        var credentials: Credentials?
        /// Where from.
        var place: CallerPlace
    }

    /// Why somebody is not let in. Which key was wrong, and how, is not said to whom it does not belong.
    enum Refusal: Error, Equatable {
        /// Nothing was shown, or a session that is over.
        case nobody
        /// A key or token that is no good, or opens nothing here.
        case noGood
        /// Too many were no good.
        case wait(seconds: Int64)
    }

    private struct State: ~Copyable {
        var sessions: SessionTable
        var throttle: LoginThrottle
        var link = OneTimeLink()
        var tokens = TokenCache(capacity: 256)
    }

    private let state: Mutex<State>
    private let access: @Sendable () -> AccessTable
    private let nowSeconds: @Sendable () -> Int64
    private let onLink: (@Sendable (SessionSecret) -> Void)?

    /// - Parameters:
    ///   - access: the keys and issuers that are in force now.
    ///   - onLink: is given each new link of the start; nil: there is no such link.
    init(
        sessions: SessionTable.Limits, throttle: LoginThrottle.Limits, access: @escaping @Sendable () -> AccessTable,
        nowSeconds: @escaping @Sendable () -> Int64, onLink: (@Sendable (SessionSecret) -> Void)?
    ) {
        state = Mutex(State(sessions: SessionTable(sessions), throttle: LoginThrottle(throttle)))
        self.access = access
        self.nowSeconds = nowSeconds
        self.onLink = onLink
    }

    /// Whether a link of the start opens a session.
    var hasLink: Bool { onLink != nil }

    /// The issuers with which people log in by their browser.
    var logins: [(issuer: NamespacedName, login: TokenIssuer.Login)] { access().tokens.logins }

    /// Makes a link and hands it to whoever shows it.
    func renewLink() {
        guard let onLink else { return }
        var generator = SystemRandomNumberGenerator()
        onLink(state.withLock { $0.link.renew(using: &generator) })
    }

    /// Who shows this.
    func viewer(_ shown: Shown) throws(Refusal) -> Viewer {
        let now = nowSeconds()
        if let credentials = shown.credentials {
            return try judged(shown.place, now) { credentials }
        }
        guard let secret = shown.session,
            let holder = state.withLock({ $0.sessions.use(secret, nowSeconds: now) })
        else { throw .nobody }
        switch holder {
        case .link:
            // The link opens everything but what people wrote: that needs a grant with a name.
            return Viewer(
                name: "local operator", owner: "", means: .link, role: .operator, sight: .everything,
                mayReadContent: false)
        case .issuer(let viewer, let issuer):
            // The token itself is short-lived. Its issuer must still open the console.
            guard logins.contains(where: { $0.issuer == issuer }) else {
                state.withLock { $0.sessions.close(secret) }
                throw .nobody
            }
            return viewer
        case .credentials(let credentials):
            guard let viewer = look(credentials, shown.place, now) else {
                state.withLock { $0.sessions.close(secret) }
                throw .nobody
            }
            return viewer
        }
    }

    /// Begins a session for who shows a key or a token.
    func login(_ credentials: Credentials, at place: CallerPlace) throws(Refusal) -> (SessionSecret, Viewer) {
        let now = nowSeconds()
        let viewer = try judged(place, now) { credentials }
        return (open(.credentials(credentials), now), viewer)
    }

    /// Begins a session for who followed the link of the start.
    func login(link text: String, at place: CallerPlace) throws(Refusal) -> SessionSecret {
        let now = nowSeconds()
        let isRight = try state.withLock { state throws(Refusal) in
            if let seconds = state.throttle.wait(place.source, nowSeconds: now) { throw .wait(seconds: seconds) }
            let isRight = state.link.take(text)
            if !isRight { state.throttle.fail(place.source, nowSeconds: now) }
            return isRight
        }
        guard isRight else { throw .noGood }
        let secret = open(.link, now)
        renewLink()
        return secret
    }

    /// Begins a session for who came back from an issuer with this token, which must be that issuer's and of this login.
    func login(
        token: String, of issuer: NamespacedName, nonce: String, at place: CallerPlace
    ) throws(Refusal) -> SessionSecret {
        let now = nowSeconds()
        var credentials = Credentials()
        Array("Bearer \(token)".utf8).withUnsafeBytes { credentials.offer(.authorization, value: $0) }
        let access = access()
        let caller = state.withLock {
            access.authenticate(credentials, at: place, cache: &$0.tokens, nowSeconds: now)
        }
        guard let identity = caller.token, identity.issuer == issuer, identity.has("nonce", oneOf: [ExactText(nonce)]),
            let grant = access.console(of: caller), let viewer = Viewer(caller, grant, access)
        else { throw .noGood }
        return open(.issuer(viewer, issuer), now)
    }

    /// Ends a session.
    func logout(_ secret: SessionSecret) {
        state.withLock { $0.sessions.close(secret) }
    }

    private func open(_ holder: SessionTable.Holder, _ now: Int64) -> SessionSecret {
        var generator = SystemRandomNumberGenerator()
        let secret = SessionSecret(using: &generator)
        state.withLock { $0.sessions.open(secret, holder, nowSeconds: now) }
        return secret
    }

    /// Judges what was shown, unless too much that was no good came from there.
    private func judged(
        _ place: CallerPlace, _ now: Int64, _ credentials: () -> Credentials
    ) throws(Refusal) -> Viewer {
        if let seconds = state.withLock({ $0.throttle.wait(place.source, nowSeconds: now) }) {
            throw .wait(seconds: seconds)
        }
        guard let viewer = look(credentials(), place, now) else {
            state.withLock { $0.throttle.fail(place.source, nowSeconds: now) }
            throw .noGood
        }
        return viewer
    }

    private func look(_ credentials: Credentials, _ place: CallerPlace, _ now: Int64) -> Viewer? {
        let access = access()
        let caller = state.withLock {
            access.authenticate(credentials, at: place, cache: &$0.tokens, nowSeconds: now)
        }
        guard let grant = access.console(of: caller) else { return nil }
        return Viewer(caller, grant, access)
    }
}

extension Viewer {
    fileprivate init?(_ caller: Caller, _ grant: ConsoleGrant, _ access: AccessTable) {
        guard let principal = access.principal(of: caller) else { return nil }
        name = principal.namespace.isEmpty ? principal.name : "\(principal.namespace)/\(principal.name)"
        owner = principal.owner
        means = caller.key == nil ? .token : .key
        role = grant.role
        sight = Sight(grant)
        mayReadContent = grant.content
    }
}
