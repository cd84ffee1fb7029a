import Addresses

/// From which hosts a model server may be made to fetch.
///
/// Only https and http, and only hosts that are listed. Addresses of private, loopback, link-local, shared, multicast
/// and reserved ranges are refused in every spelling, listed or not; names of the inside (`localhost`, one label,
/// `*.internal`, `*.local`, `*.svc`, `*.cluster.local`) are only allowed when they are listed exactly. To what address a
/// name leads is not known here.
public struct MediaRule: Sendable, Hashable {
    /// Why a URL is refused; the raw value is stable.
    public enum Refusal: String, Sendable, CaseIterable {
        /// Not one that all readers understand in the same way.
        case badURL
        /// Neither https nor http.
        case scheme
        /// An address of the inside, or one in a spelling that hides it.
        case internalAddress
        /// A name of the inside that is not listed exactly.
        case internalName
        /// A host that is not listed.
        case notListed
    }

    private var exact: Set<String> = []
    /// What stands behind the `*` of a pattern: `.example.com`.
    private var suffixes: [String] = []

    /// A rule that allows these hosts; `*.example.com` is every name below example.com. Case does not matter. Entries
    /// that are no host allow nothing.
    public init(allowedHosts: [String]) {
        for host in allowedHosts.map({ $0.lowercased() }) {
            if host.hasPrefix("*.") {
                if host.utf8.count > 2 { suffixes.append(String(host.dropFirst())) }
            } else {
                exact.insert(host)
            }
        }
    }

    /// Nil when the server may fetch this.
    public func check(_ reference: MediaReference) -> Refusal? {
        guard let scheme = reference.scheme, let host = reference.host else { return .badURL }
        guard scheme == "https" || scheme == "http" else { return .scheme }
        if reference.isIPv6 || Self.endsInNumber(host) {
            // Only the canonical spelling of an address: others mean different hosts to different readers.
            guard let address = Address(host), !InternalAddresses.contains(address) else { return .internalAddress }
            return exact.contains(host) || exact.contains(address.description) ? nil : .notListed
        }
        if exact.contains(host) { return nil }
        if Self.isInternal(host) { return .internalName }
        return suffixes.contains { host.hasSuffix($0) } ? nil : .notListed
    }

    /// True when the last label is a number in decimal, octal or hex: resolvers then read the whole as an address.
    private static func endsInNumber(_ host: String) -> Bool {
        let last = host.utf8.suffix(while: { $0 != UInt8(ascii: ".") })
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        if last.allSatisfy(digits.contains) { return true }
        return last.starts(with: "0x".utf8)
            && last.dropFirst(2).allSatisfy {
                digits.contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
    }

    private static func isInternal(_ host: String) -> Bool {
        guard host.utf8.contains(UInt8(ascii: ".")) else { return true }
        return [".internal", ".local", ".localhost", ".localdomain", ".svc", ".cluster.local", ".home.arpa"]
            .contains { host.hasSuffix($0) }
    }
}

extension BidirectionalCollection {
    /// The longest end whose elements all fulfil the condition.
    fileprivate func suffix(while isPart: (Element) -> Bool) -> SubSequence {
        var start = endIndex
        while start > startIndex, isPart(self[index(before: start)]) { start = index(before: start) }
        return self[start...]
    }
}

/// Addresses that nobody outside has: a server that fetches from them fetches from its own network.
public enum InternalAddresses {
    private static let ranges = PrefixSet(
        [
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
            "224.0.0.0/4", "240.0.0.0/4",
            // The platform address of one cloud, outside every private range.
            "168.63.129.16/32",
            "::/128", "::1/128", "100::/64", "2001::/32", "2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7",
            "fe80::/10",
            "fec0::/10", "ff00::/8",
        ].compactMap { Prefix($0) })

    /// True for these addresses, and for IPv6 addresses that carry one of them (mapped, compatible, NAT64, 6to4, ISATAP).
    public static func contains(_ address: Address) -> Bool {
        if ranges.contains(address) { return true }
        guard !address.isIPv4, let inner = carried(address.bits) else { return false }
        return ranges.contains(Address(ipv4: inner))
    }

    /// The IPv4 address inside an IPv6 address.
    private static func carried(_ bits: UInt128) -> UInt32? {
        let low = UInt32(truncatingIfNeeded: bits)
        if bits >> 32 == 0 { return low }
        if bits >> 32 == 0x0064_ff9b << 64 || bits >> 80 == 0x0064_ff9b_0001 { return low }
        if bits >> 112 == 0x2002 { return UInt32(truncatingIfNeeded: bits >> 80) }
        let marker = UInt32(truncatingIfNeeded: bits >> 32)
        return marker == 0x0000_5efe || marker == 0x0200_5efe ? low : nil
    }
}
