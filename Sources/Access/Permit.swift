/// Leave to forward one request. Only `AccessTable.authorize` makes one, it cannot be copied, and while it lives the
/// request counts against the caller's limit of requests at once: the place is given back when the permit is dropped,
/// once, on whatever way the request ends.
public struct Permit: ~Copyable, Sendable {
    /// What the decision rests on.
    public let basis: Basis
    private let registry: LimiterRegistry?
    private let key: LimiterKey

    /// `registry`: where a place is to be given back; nil when none was taken.
    init(basis: Basis, registry: LimiterRegistry?, key: LimiterKey) {
        self.basis = basis
        self.registry = registry
        self.key = key
    }

    deinit {
        registry?.release(key)
    }
}

/// What `authorize` says.
public enum Decision: ~Copyable, Sendable {
    /// The request may be forwarded.
    case permitted(Permit)
    /// It may not.
    case denied(Denial, Basis)
}
