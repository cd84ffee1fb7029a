import NIOSSL
import X509

/// The names that a certificate speaks for: its subjectAltName, and nothing else. The common name is never looked at.
struct CertificateNames: Equatable {
    /// DNS names and wildcards that are well-formed; others are left out, so that they match nothing.
    var patterns: [Pattern] = []
    /// URIs, byte for byte.
    var uris: [[UInt8]] = []
    /// IP addresses, 4 or 16 bytes each.
    var addresses: [[UInt8]] = []

    /// A DNS name of a certificate.
    enum Pattern: Equatable {
        case name(DomainName)
        /// `*.parent`: covers exactly one label in front of `parent`.
        case wildcard(DomainName)

        init?(_ text: String) {
            if text.hasPrefix("*.") {
                guard let parent = DomainName(String(text.dropFirst(2))), parent.text.contains(".") else {
                    // `*.com` speaks for too much to be a name of anybody.
                    return nil
                }
                self = .wildcard(parent)
            } else {
                guard let name = DomainName(text) else { return nil }
                self = .name(name)
            }
        }

        /// Whether the pattern covers `name`, as RFC 6125 says in 6.4.3 with the strictest reading of the wildcard.
        func covers(_ name: DomainName) -> Bool {
            switch self {
            case .name(let own): return own == name
            case .wildcard(let parent):
                guard let dot = name.text.firstIndex(of: ".") else { return false }
                return name.text[name.text.index(after: dot)...] == parent.text
            }
        }
    }

    /// No names.
    init() {}

    /// The names of a certificate; nil where it cannot be read strictly, and then it speaks for nobody.
    init?(_ certificate: NIOSSLCertificate) {
        guard let der = try? certificate.toDERBytes(), let parsed = try? Certificate(derEncoded: der) else {
            return nil
        }
        guard let names = try? parsed.extensions.subjectAlternativeNames else { return }
        for name in names {
            switch name {
            case .dnsName(let text): if let pattern = Pattern(text) { patterns.append(pattern) }
            case .uniformResourceIdentifier(let text): if !text.utf8.contains(0) { uris.append(Array(text.utf8)) }
            case .ipAddress(let bytes): addresses.append(Array(bytes.bytes))
            default: break
            }
        }
    }

    /// Whether one of the DNS names covers `name`.
    func covers(_ name: DomainName) -> Bool { patterns.contains { $0.covers(name) } }
}
