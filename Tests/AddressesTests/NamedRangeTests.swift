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
            ("64:ff9b::1.2.3.4", .nat64), ("192.0.0.8", .protocols), ("100::7", .discard), ("8.8.8.8", .public),
            ("2606:4700::1", .public), ("::ffff:10.0.0.1", .private),
        ])
    func places(text: String, range: NamedRange) throws {
        #expect(NamedRange(of: try #require(Address(text))) == range)
    }
}
