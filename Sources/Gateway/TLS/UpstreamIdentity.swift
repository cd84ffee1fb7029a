import NIOSSL

/// What the certificate of a backend must name, made ready for comparison.
struct ExpectedIdentity: Sendable {
    private enum Name: Sendable {
        case domain(DomainName)
        /// A wildcard that must itself be in the certificate.
        case wildcard(DomainName)
        case uri([UInt8])
        case address([UInt8])
    }

    private var names: [Name] = []

    /// What the terms ask for. Terms that ask for nothing, or for something that no certificate can name, are a
    /// problem and not a free pass.
    init(_ terms: UpstreamTLS) throws(CertificateProblem) {
        let problem = CertificateProblem(name: terms.name, reason: .noIdentity)
        var wanted = terms.identities
        if wanted.isEmpty, let name = terms.serverName {
            wanted = [AddressBytes.parse(name) == nil ? .hostname(name) : .address(name)]
        }
        guard !wanted.isEmpty else { throw problem }
        for identity in wanted {
            guard let name = Self.name(identity) else { throw problem }
            names.append(name)
        }
    }

    private static func name(_ identity: UpstreamTLS.Identity) -> Name? {
        switch identity {
        case .hostname(let text):
            switch CertificateNames.Pattern(text) {
            case .name(let domain): .domain(domain)
            case .wildcard(let parent): .wildcard(parent)
            case nil: nil
            }
        case .uri(let text): text.isEmpty || text.utf8.contains(0) ? nil : .uri(Array(text.utf8))
        case .address(let text): AddressBytes.parse(text).map { .address($0) }
        }
    }

    /// Whether a certificate names one of what is expected.
    func isMet(by certificate: CertificateNames) -> Bool {
        names.contains { name in
            switch name {
            case .domain(let domain): certificate.covers(domain)
            case .wildcard(let parent): certificate.patterns.contains(.wildcard(parent))
            case .uri(let uri): certificate.uris.contains(uri)
            case .address(let address): certificate.addresses.contains(address)
            }
        }
    }

    /// Checks the certificate that a peer has shown; the reason where it will not do.
    func failure(of certificate: NIOSSLCertificate?) -> UpstreamTLSFailure? {
        guard let certificate else { return .wrongIdentity("no certificate") }
        guard let names = CertificateNames(certificate) else {
            return .wrongIdentity("a certificate that cannot be read strictly")
        }
        return isMet(by: names) ? nil : .wrongIdentity("a certificate for \(names.summary)")
    }
}

extension CertificateNames {
    /// The names for a message, at most a few.
    fileprivate var summary: String {
        let domains = patterns.map { pattern in
            switch pattern {
            case .name(let name): name.text
            case .wildcard(let parent): "*.\(parent.text)"
            }
        }
        let all = domains + uris.map { escapedForLog($0) }
        guard !all.isEmpty else { return addresses.isEmpty ? "no names" : "IP addresses only" }
        return all.prefix(4).joined(separator: ", ") + (all.count > 4 ? ", ..." : "")
    }
}
