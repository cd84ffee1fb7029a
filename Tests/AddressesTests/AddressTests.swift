import Addresses
import Testing

@Suite struct AddressTests {
    @Test(arguments: [
        ("0.0.0.0", "0.0.0.0"), ("10.1.2.3", "10.1.2.3"), ("255.255.255.255", "255.255.255.255"),
        ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:DB8::1", "2001:db8::1"),
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("0:0:0:0:0:0:0:1", "::1"), ("1:0:0:2:0:0:0:3", "1:0:0:2::3"), ("::ffff:10.0.0.1", "10.0.0.1"),
        ("::ffff:a00:1", "10.0.0.1"), ("64:ff9b::192.0.2.1", "64:ff9b::c000:201"),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
        ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
    ])
    func reads(text: String, canonical: String) throws {
        let address = try #require(Address(text))
        #expect(address.description == canonical)
        #expect(Address(canonical) == address)
        #expect(Address(bytes: address.bytes) == address)
    }

    @Test(arguments: [
        "", "1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256", "1.2.3.-4", "1.2.3.+4", " 1.2.3.4", "1.2.3.4 ",
        "1..2.3",
        "0x1.2.3.4", "1.2.3.4/32", ":", ":::", "::1::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::",
        "12345::", "g::", "fe80::1%eth0", "[::1]", "::1.2.3", "1.2.3.4::", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4",
        "::01.2.3.4", ":1::", "1:", "\u{661}.2.3.4",
    ])
    func refuses(text: String) {
        #expect(Address(text) == nil)
    }

    @Test func rawBytes() {
        #expect(Address(bytes: [127, 0, 0, 1])?.isLoopback == true)
        #expect(Address(bytes: [UInt8](repeating: 0, count: 15) + [1])?.isLoopback == true)
        #expect(Address(bytes: [1, 2, 3]) == nil)
        #expect(Address(bytes: [UInt8](repeating: 0, count: 10) + [255, 255, 1, 2, 3, 4])?.description == "1.2.3.4")
        #expect(Address("::")?.isUnspecified == true)
        #expect(Address(ipv4: 0x0102_0304).description == "1.2.3.4")
    }

    @Test func randomRoundTrip() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("AddressTests.randomRoundTrip seed \(seed)")
        var random = SplitMix(state: seed)
        for _ in 0..<2000 {
            var bits = UInt128(random.next()) << 64 | UInt128(random.next())
            for group in 0..<8 where random.next() % 2 == 0 { bits &= ~(UInt128(0xffff) << UInt128(group * 16)) }
            let address = Address(bits: bits)
            #expect(Address(address.description) == address)
        }
    }
}

/// A small generator that a printed seed reproduces.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
