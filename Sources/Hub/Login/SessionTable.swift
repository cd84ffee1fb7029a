import Access
import Kubernetes

/// Who is logged in, by the digest of what their browser shows. A value: time and random bits are passed in.
struct SessionTable: Sendable {
    /// How long a session lasts.
    struct Limits: Sendable, Equatable {
        /// Seconds after the last request at which it ends.
        var idle: Int64 = 8 * 3600
        /// Seconds after the login at which it ends in any case.
        var whole: Int64 = 24 * 3600
        /// Most sessions at once; when there are more, the one that was used longest ago ends.
        var most = 1024
    }

    /// What a session stands for. It is asked again at each request, so that a key that is revoked, expired or used from
    /// where it is not bound opens nothing from then on.
    enum Holder: Sendable {
        /// A key, of which only the digest is kept, or a token.
        case credentials(Credentials)
        /// The link of the start.
        case link
        /// Who came back from an issuer, as its token said then.
        case issuer(Viewer, NamespacedName)
    }

    private struct Session {
        let holder: Holder
        let began: Int64
        var used: Int64
    }

    private let limits: Limits
    private var sessions: [KeyDigest: Session] = [:]

    init(_ limits: Limits) {
        self.limits = limits
    }

    /// How many there are.
    var count: Int { sessions.count }

    /// Begins a session.
    mutating func open(_ secret: SessionSecret, _ holder: Holder, nowSeconds now: Int64) {
        sessions = sessions.filter { !isOver($0.value, now) }
        if sessions.count >= limits.most, let oldest = sessions.min(by: { $0.value.used < $1.value.used }) {
            sessions.removeValue(forKey: oldest.key)
        }
        sessions[secret.digest] = Session(holder: holder, began: now, used: now)
    }

    /// What the session stands for; nil: there is none, or it is over. It counts as used.
    mutating func use(_ secret: SessionSecret, nowSeconds now: Int64) -> Holder? {
        let digest = secret.digest
        guard var session = sessions[digest] else { return nil }
        guard !isOver(session, now) else {
            sessions.removeValue(forKey: digest)
            return nil
        }
        session.used = max(session.used, now)
        sessions[digest] = session
        return session.holder
    }

    /// Ends a session.
    mutating func close(_ secret: SessionSecret) {
        sessions.removeValue(forKey: secret.digest)
    }

    /// A clock that went back ends nothing and lengthens nothing by more than it went.
    private func isOver(_ session: Session, _ now: Int64) -> Bool {
        now - session.used >= limits.idle || now - session.began >= limits.whole
    }
}
