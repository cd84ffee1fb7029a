/// Addresses that mean something wherever they are seen, by the name that records use.
///
/// An address that is no workload's and no node's is in exactly one of these.
public enum NamedRange: String, Hashable, Sendable, CaseIterable {
    /// Where machines of clouds get their configuration and their credentials.
    case cloudMetadata = "cloud_metadata"
    /// The machine itself.
    case loopback
    /// Everywhere, and nowhere.
    case unspecified
    /// Private networks.
    case `private`
    /// Between customers and their provider.
    case carrierNAT = "carrier_nat"
    /// One link.
    case linkLocal = "link_local"
    /// Many at once.
    case multicast
    /// Everybody on a link.
    case broadcast
    /// Examples in documents.
    case documentation
    /// Measurements of network devices.
    case benchmarking
    /// IPv6 in IPv4, without a tunnel.
    case sixToFour = "six_to_four"
    /// IPv6 in UDP.
    case teredo
    /// IPv4 behind a translator.
    case nat64
    /// Protocols of the network.
    case protocols
    /// Where packets go to disappear.
    case discard
    /// Nobody's yet.
    case reserved
    /// Resolvers of names that are open to everybody.
    case publicDNS = "public_dns"
    /// Anthropic: the API of Claude models, and what calls from there.
    case anthropic
    /// Cloudflare, in front of many others, OpenAI among them.
    case cloudflare
    /// Fastly, in front of many others, such as registries of packages.
    case fastly
    /// GitHub.
    case github
    /// Google's own services, the APIs of its models among them; not what customers of its cloud run.
    case google
    /// All else: the internet.
    case `public`

    /// The range that an address is in; of ranges in ranges the narrowest. O(log n).
    public init(of address: Address) { self = Self.map[address.bits] ?? .public }

    /// Its blocks; none of `public`.
    public var blocks: [Prefix] { Self.table.first { $0.range == self }?.blocks ?? [] }

    private static let map = IntervalMap(
        narrowestWins: table.flatMap { entry in
            entry.blocks.map { (range: $0.address.bits...$0.lastAddress.bits, value: entry.range) }
        })

    private static let table: [(range: NamedRange, blocks: [Prefix])] = texts.map { range, texts in
        (range, texts.split(separator: " ").compactMap { Prefix(String($0)) })
    }

    /// True of a range that somebody owns, or nobody in particular: a name that a user gives says more.
    public var isGeneral: Bool {
        switch self {
        case .private, .carrierNAT, .public, .publicDNS, .anthropic, .cloudflare, .fastly, .github, .google: true
        default: false
        }
    }

    /// From the registries of special-purpose addresses, and what clouds say of themselves: the common address, those of
    /// AWS for containers, of Alibaba, of Azure's platform, and of AWS and Google in IPv6. Then what providers publish of
    /// their own networks and have kept for years; what changes weekly is for users to name.
    static let texts: [(NamedRange, String)] = [
        (
            .cloudMetadata,
            "169.254.169.254/32 169.254.170.2/32 169.254.170.23/32 100.100.100.200/32 168.63.129.16/32 "
                + "fd00:ec2::254/128 fd00:ec2::23/128 fd20:ce::254/128"
        ),
        (.loopback, "127.0.0.0/8 ::1/128"),
        (.unspecified, "0.0.0.0/8 ::/128"),
        (.private, "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7"),
        (.carrierNAT, "100.64.0.0/10"),
        (.linkLocal, "169.254.0.0/16 fe80::/10"),
        (.multicast, "224.0.0.0/4 ff00::/8"),
        (.broadcast, "255.255.255.255/32"),
        (.documentation, "192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 2001:db8::/32 3fff::/20"),
        (.benchmarking, "198.18.0.0/15 2001:2::/48"),
        (.sixToFour, "192.88.99.0/24 2002::/16"),
        (.teredo, "2001::/32"),
        (.nat64, "64:ff9b::/96 64:ff9b:1::/48"),
        (.protocols, "192.0.0.0/24 2001::/23"),
        (.discard, "100::/64"),
        (.reserved, "240.0.0.0/4"),
        (
            .publicDNS,
            "1.1.1.1/32 1.0.0.1/32 8.8.8.8/32 8.8.4.4/32 9.9.9.9/32 149.112.112.112/32 208.67.222.222/32 "
                + "208.67.220.220/32 2606:4700:4700::1111/128 2606:4700:4700::1001/128 2001:4860:4860::8888/128 "
                + "2001:4860:4860::8844/128 2620:fe::fe/128 2620:fe::9/128 2620:119:35::35/128 2620:119:53::53/128"
        ),
        (.anthropic, "160.79.104.0/21 2607:6bc0::/48"),
        (
            .cloudflare,
            "173.245.48.0/20 103.21.244.0/22 103.22.200.0/22 103.31.4.0/22 141.101.64.0/18 108.162.192.0/18 "
                + "190.93.240.0/20 188.114.96.0/20 197.234.240.0/22 198.41.128.0/17 162.158.0.0/15 104.16.0.0/13 "
                + "104.24.0.0/14 172.64.0.0/13 131.0.72.0/22 2400:cb00::/32 2606:4700::/32 2803:f800::/32 "
                + "2405:b500::/32 2405:8100::/32 2a06:98c0::/29 2c0f:f248::/32"
        ),
        (
            .fastly,
            "23.235.32.0/20 43.249.72.0/22 103.244.50.0/24 103.245.222.0/23 103.245.224.0/24 104.156.80.0/20 "
                + "140.248.64.0/18 140.248.128.0/17 146.75.0.0/17 151.101.0.0/16 157.52.64.0/18 167.82.0.0/17 "
                + "167.82.128.0/20 167.82.160.0/20 167.82.224.0/20 172.111.64.0/18 185.31.16.0/22 199.27.72.0/21 "
                + "199.232.0.0/16 2a04:4e40::/32 2a04:4e42::/32"
        ),
        (
            .github,
            "192.30.252.0/22 185.199.108.0/22 140.82.112.0/20 143.55.64.0/20 2a0a:a440::/29 2606:50c0::/32"
        ),
        (
            .google,
            "8.8.4.0/24 8.8.8.0/24 64.233.160.0/19 66.102.0.0/20 66.249.64.0/19 72.14.192.0/18 74.125.0.0/16 "
                + "108.177.0.0/17 142.250.0.0/15 172.217.0.0/16 172.253.0.0/16 173.194.0.0/16 192.178.0.0/15 "
                + "199.36.153.4/30 199.36.153.8/30 209.85.128.0/17 216.58.192.0/19 216.239.32.0/19 "
                + "2001:4860::/32 2404:6800::/32 2607:f8b0::/32 2800:3f0::/32 2a00:1450::/32 2c0f:fb50::/32"
        ),
    ]
}
