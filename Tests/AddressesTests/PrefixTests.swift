import Addresses
import Testing

@Suite struct PrefixTests {
    @Test func reads() throws {
        #expect(Prefix("10.0.0.0/8")?.description == "10.0.0.0/8")
        #expect(Prefix("0.0.0.0/0")?.contains(Address("8.8.8.8")!) == true)
        #expect(Prefix("::/0")?.contains(Address("2001:db8::1")!) == true)
        #expect(Prefix("::ffff:10.0.0.0/104") == Prefix("10.0.0.0/8"))
        #expect(Prefix("10.0.0.0/8")!.lastAddress == Address("10.255.255.255")!)
        #expect(Prefix("10.0.0.0/8")!.contains(Prefix("10.3.0.0/16")!))
        #expect(!Prefix("10.3.0.0/16")!.contains(Prefix("10.0.0.0/8")!))
    }

    @Test func familiesAreApart() {
        #expect(Prefix("::/0")?.contains(Address("8.8.8.8")!) == false)
        #expect(Prefix("0.0.0.0/0")?.contains(Address("::1")!) == false)
        #expect(!PrefixSet([Prefix("::/0")!]).contains(Address("8.8.8.8")!))
        #expect(PrefixSet([Prefix("::/0")!]).contains(Address("::fffe:ffff:ffff")!))
        #expect(PrefixSet([Prefix("::/0")!]).contains(Address("::1:0:0:0")!))
        #expect(PrefixSet([Prefix("::/0")!, Prefix("0.0.0.0/0")!]).contains(Address("8.8.8.8")!))
    }

    @Test func saysWhatIsWrong() {
        #expect(Prefix.parse("10.1.0.0/8") == .failure(.hostBitsSet(Prefix("10.0.0.0/8")!)))
        #expect(Prefix.parse("2001:db8::1/64") == .failure(.hostBitsSet(Prefix("2001:db8::/64")!)))
        #expect(Prefix.parse("10.0.0.0") == .failure(.noLength))
        #expect(Prefix.parse("10.0.0/8") == .failure(.badAddress))
        #expect(Prefix.parse("fe80::%1/64") == .failure(.badAddress))
        for text in ["10.0.0.0/33", "10.0.0.0/", "10.0.0.0/08", "10.0.0.0/-1", "10.0.0.0/ 8"] {
            #expect(Prefix.parse(text) == .failure(.badLength(max: 32)), "\(text)")
        }
        #expect(Prefix.parse("::/129") == .failure(.badLength(max: 128)))
        #expect("\(Prefix.ParseError.hostBitsSet(Prefix("10.0.0.0/8")!))".contains("did you mean 10.0.0.0/8"))
    }

    @Test func setAgreesWithEachBlock() {
        let seed = UInt64.random(in: 0 ... .max)
        print("PrefixTests.setAgreesWithEachBlock seed \(seed)")
        var random = SplitMix(state: seed)
        for _ in 0..<200 {
            // Few bits, so that blocks nest, touch and hit.
            let prefixes = (0..<Int.random(in: 0...12, using: &random)).map { _ in
                Prefix(
                    containing: Address(ipv4: UInt32.random(in: 0...255, using: &random)),
                    length: Int.random(in: 24...32, using: &random))!
            }
            let set = PrefixSet(prefixes)
            let map = IntervalMap(narrowestWins: prefixes.map { ($0.address.bits...$0.lastAddress.bits, $0.length) })
            #expect(set.isEmpty == prefixes.isEmpty)
            for last in 0..<300 {
                let address = Address(ipv4: UInt32(last))
                let covering = prefixes.filter { $0.contains(address) }
                #expect(set.contains(address) == !covering.isEmpty)
                #expect(map[address.bits] == covering.map(\.length).max())
            }
        }
    }

    @Test func intervalMapOverlaps() {
        let seed = UInt64.random(in: 0 ... .max)
        print("PrefixTests.intervalMapOverlaps seed \(seed)")
        var random = SplitMix(state: seed)
        for _ in 0..<300 {
            let ranges = (0..<Int.random(in: 0...8, using: &random)).map { index in
                let a = UInt8.random(in: 0 ... .max, using: &random)
                let b = UInt8.random(in: 0 ... .max, using: &random)
                return (range: min(a, b)...max(a, b), value: index)
            }
            let map = IntervalMap(narrowestWins: ranges)
            for number in UInt8.min ... .max {
                let best = ranges.filter { $0.range.contains(number) }.min {
                    ($0.range.count, $0.value) < ($1.range.count, $1.value)
                }
                #expect(map[number] == best?.value)
            }
        }
    }

    @Test func ports() {
        #expect(PortRange("80")?.description == "80")
        #expect(PortRange("8000-8080")?.contains(8040) == true)
        #expect(PortRange(80).overlaps(PortRange(70, 80)!))
        for text in ["", "-", "80-", "90-80", "65536", "080", "1-2-3", "http"] {
            #expect(PortRange(text) == nil, "\(text)")
        }
        #expect(PortRange.all.contains(0) && PortRange.all.contains(65535))
    }
}
