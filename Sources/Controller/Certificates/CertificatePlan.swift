import Kubernetes

/// What is to be done now about the certificates of our own parts. Pure: what is there and the time are given.
///
/// An authority signs for two thirds of its life. Then a second one is made and everybody is given both to trust; only
/// when that has had time to reach all, the second one signs, and the first is trusted until it ends. So nobody is ever
/// shown a certificate by an authority that he does not know.
struct CertificatePlan {
    /// How long what lasts, in seconds.
    struct Lifetimes: Hashable, Sendable {
        var authority: Int64 = 2 * 365 * 86_400
        var leaf: Int64 = 30 * 86_400
        /// Between a new authority's becoming known and its first signature. A kubelet renews files of a Secret within
        /// two minutes; an hour leaves room for one that is away.
        var settling: Int64 = 3600
        /// Clocks differ: everything is valid from a little before.
        var slack: Int64 = 3600
    }

    /// A certificate, as far as it matters here.
    struct Seen: Hashable, Sendable {
        /// SHA-256 of it.
        var fingerprint: String
        /// Of the authority that signed it, when that is known.
        var issuer: String?
        var notBefore: Int64
        var notAfter: Int64
        /// Its DNS names.
        var names: Set<String> = []

        /// True when two thirds of its life are over.
        func isDue(_ now: Int64) -> Bool { now >= notBefore + (notAfter - notBefore) / 3 * 2 }
    }

    /// The Secret with the authority.
    struct Authorities: Hashable, Sendable {
        /// Who signs; nil: there is none.
        var signing: Seen?
        /// Who will sign after him.
        var next: Seen?
        /// Who signed before, and is trusted still.
        var previous: Seen?

        /// All that are to be trusted at that time, newest first.
        func trusted(_ now: Int64) -> [String] {
            [next, signing, previous].compactMap { $0 }.filter { $0.notAfter > now }.map(\.fingerprint)
        }
    }

    /// A Secret with a certificate of one of our parts.
    struct Leaf: Hashable, Sendable {
        var spec: LeafSpec
        /// nil: there is none, or it cannot be read.
        var certificate: Seen?
        /// Authorities that the Secret says are to be trusted.
        var trusted: [String] = []
        /// True: somebody else makes it (cert-manager), and we do not.
        var isForeign = false
    }

    /// One thing to do.
    enum Step: Hashable, Sendable {
        /// Make the first authority.
        case found
        /// Make the one that will sign next.
        case prepareNext
        /// Let the next one sign.
        case promoteNext
        /// Forget the one before: it has ended.
        case forgetPrevious
        /// Make a certificate, with all authorities beside it.
        case issue(LeafSpec)
        /// Only the authorities beside it are not what they should be.
        case publish(LeafSpec)
    }

    let lifetimes: Lifetimes

    init(_ lifetimes: Lifetimes = Lifetimes()) { self.lifetimes = lifetimes }

    /// What to do with the authorities; done first, and asked for again until there is nothing.
    func step(_ authorities: Authorities, now: Int64) -> Step? {
        guard let signing = authorities.signing, signing.notAfter > now else {
            if let next = authorities.next, next.notAfter > now { return .promoteNext }
            return .found
        }
        if let next = authorities.next {
            // It is valid from a little before it was made.
            return now >= next.notBefore + lifetimes.slack + lifetimes.settling ? .promoteNext : nil
        }
        if let previous = authorities.previous, previous.notAfter <= now { return .forgetPrevious }
        return signing.isDue(now) ? .prepareNext : nil
    }

    /// What to do with the certificates, when nothing is to be done with the authorities.
    func steps(_ leaves: [Leaf], _ authorities: Authorities, now: Int64) -> [Step] {
        guard let signing = authorities.signing else { return [] }
        let trusted = authorities.trusted(now)
        return leaves.compactMap { leaf in
            if leaf.isForeign { return nil }
            guard let certificate = leaf.certificate, certificate.issuer == signing.fingerprint,
                !certificate.isDue(now), certificate.notBefore <= now,
                leaf.spec.names.allSatisfy(certificate.names.contains)
            else { return .issue(leaf.spec) }
            return leaf.trusted == trusted ? nil : .publish(leaf.spec)
        }
    }
}

/// A certificate of one of our parts: where it is kept, and whom it names.
struct LeafSpec: Hashable, Sendable {
    var namespace: String
    var secret: String
    /// DNS names; by the first the others know him.
    var names: [String]
    /// True: for servers too, else for clients only.
    var isServer: Bool
}

extension LeafSpec {
    /// All of an installation.
    static func all(clusterDomain: String) -> [LeafSpec] {
        typealias Space = Installation.Namespaces
        typealias Secrets = Installation.Secrets
        return [
            LeafSpec(
                namespace: Space.system, secret: Secrets.hub,
                names: serverNames(Installation.Services.hub, clusterDomain), isServer: true),
            LeafSpec(
                namespace: Space.system, secret: Secrets.webhook,
                names: serverNames(Installation.Services.webhook, clusterDomain), isServer: true),
            LeafSpec(
                namespace: Space.gateways, secret: Secrets.gateways, names: [Installation.Peers.gateways],
                isServer: false),
            LeafSpec(
                namespace: Space.agents, secret: Secrets.agents, names: [Installation.Peers.agents], isServer: false),
        ]
    }

    private static func serverNames(_ service: String, _ domain: String) -> [String] {
        let host = Installation.host(service)
        return [host, "\(host).\(domain)", "\(service).\(Installation.Namespaces.system)", service]
    }
}
