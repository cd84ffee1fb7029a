import Testing

@testable import Addresses

@Suite("Ranges with a name")
struct NamedRangeTests {
    @Test("every block is read, every range but the public one has some")
    func whole() {
        for (range, text) in NamedRange.texts {
            #expect(range.blocks.count == text.split(separator: " ").count, "\(range)")
        }
        for range in NamedRange.allCases { #expect(range.blocks.isEmpty == (range == .public), "\(range)") }
        #expect(Set(NamedRange.texts.map(\.0)).count == NamedRange.texts.count)
    }

    @Test(
        "an address is in the narrowest range that holds it",
        arguments: [
            ("169.254.169.254", NamedRange.cloudMetadata), ("169.254.169.253", .linkLocal),
            ("fd00:ec2::254", .cloudMetadata),
            ("fd00:ec2::255", .private), ("100.100.100.200", .cloudMetadata), ("100.100.100.201", .carrierNAT),
            ("168.63.129.16", .cloudMetadata), ("168.63.129.17", .public), ("127.0.0.1", .loopback), ("::1", .loopback),
            ("::", .unspecified), ("0.0.0.0", .unspecified), ("10.1.2.3", .private), ("172.31.255.255", .private),
            ("172.32.0.0", .public), ("192.168.0.1", .private), ("100.64.0.0", .carrierNAT), ("fe80::1", .linkLocal),
            ("224.0.0.1", .multicast), ("ff02::1", .multicast), ("255.255.255.255", .broadcast),
            ("254.0.0.1", .reserved),
            ("203.0.113.9", .documentation), ("2001:db8::1", .documentation), ("198.19.255.255", .benchmarking),
            ("2002::1", .sixToFour), ("192.88.99.1", .sixToFour), ("2001::1", .teredo), ("2001:1::1", .protocols),
            ("64:ff9b::1.2.3.4", .nat64), ("192.0.0.8", .protocols), ("100::7", .discard), ("8.8.8.8", .publicDNS),
            ("8.8.8.9", .google), ("160.79.111.255", .anthropic), ("160.79.112.0", .public),
            ("2606:4700::1", .cloudflare), ("::ffff:10.0.0.1", .private),
        ])
    func places(text: String, range: NamedRange) throws {
        #expect(NamedRange(of: try #require(Address(text))) == range)
    }

    @Test(
        "names of users count where no name means the same everywhere; the narrowest of them, and of equal ones the first"
    )
    func own() throws {
        let blocks = [
            ("wide", "52.0.0.0/8"), ("narrow", "52.1.0.0/16"), ("second", "52.1.0.0/16"), ("lan", "10.0.0.0/8"),
            ("mine", "169.254.0.0/16"), ("edge", "104.16.0.0/16"),
        ]
        let names = NamedRanges(try blocks.map { (name: $0, block: try #require(Prefix($1))) })
        for (text, name) in [
            ("52.2.0.1", "wide"), ("52.1.0.1", "narrow"), ("10.1.1.1", "lan"), ("169.254.169.254", "cloud_metadata"),
            ("169.254.1.1", "link_local"), ("104.16.0.1", "edge"), ("104.17.0.1", "cloudflare"), ("53.0.0.1", "public"),
        ] {
            #expect(names.name(of: try #require(Address(text))) == name, "\(text)")
        }
    }
}
