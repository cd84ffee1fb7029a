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

    /// From the registries of special-purpose addresses, and what clouds say of themselves: the common address, those of
    /// AWS for containers, of Alibaba, of Azure's platform, and of AWS and Google in IPv6.
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
    ]
}
