import Testing

@testable import Addresses

/// Sets of ranges against sets of single numbers, over a type small enough to try every number.
@Suite struct IntervalSetTests {
    private typealias Small = IntervalSet<UInt8>

    private static func random(_ generator: inout SystemRandomNumberGenerator) -> (Small, Set<UInt8>) {
        let ranges = (0..<Int.random(in: 0...5, using: &generator)).map { _ -> ClosedRange<UInt8> in
            let ends = [UInt8.random(in: 0...255, using: &generator), UInt8.random(in: 0...255, using: &generator)]
            // The ends of the type are where arithmetic goes wrong.
            let low = Int.random(in: 0..<6, using: &generator) == 0 ? 0 : ends.min()!
            return low...(Int.random(in: 0..<6, using: &generator) == 0 ? 255 : max(low, ends.max()!))
        }
        return (Small(ranges), Set(ranges.joined()))
    }

    private static func check(_ set: Small, _ numbers: Set<UInt8>, _ what: String) {
        #expect((0...255).allSatisfy { set.contains(UInt8($0)) == numbers.contains(UInt8($0)) }, "\(what)")
        let isCanonical = zip(set.ranges, set.ranges.dropFirst()).allSatisfy {
            $0.upperBound < $1.lowerBound && $1.lowerBound - $0.upperBound > 1
        }
        #expect(isCanonical, "\(what): \(set.ranges)")
    }

    @Test("union, intersection, difference, complement, subset and overlap are those of sets of numbers")
    func operations() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let (a, x) = Self.random(&generator)
            let (b, y) = Self.random(&generator)
            let what = "\(a.ranges) \(b.ranges)"
            Self.check(a, x, what)
            Self.check(a.union(b), x.union(y), "union \(what)")
            Self.check(a.intersection(b), x.intersection(y), "intersection \(what)")
            Self.check(a.subtracting(b), x.subtracting(y), "difference \(what)")
            Self.check(a.complement, Set(UInt8.min...255).subtracting(x), "complement \(what)")
            #expect(a.isSubset(of: b) == x.isSubset(of: y), "subset \(what)")
            #expect(a.overlaps(b) == !x.isDisjoint(with: y), "overlap \(what)")
            #expect((a == b) == (x == y), "equal sets are equal \(what)")
        }
    }

    @Test("numbers in order become runs")
    func ascending() {
        #expect(Small(ascending: [1, 2, 2, 3, 7, 255]).ranges == [1...3, 7...7, 255...255])
        #expect(Small(ascending: [UInt8]()).isEmpty)
    }

    @Test("blocks of IPv6 leave out the numbers in which IPv4 lives")
    func families() throws {
        let everything = IntervalSet(prefixes: [try #require(Prefix("::/0"))])
        let address = try #require(Address("10.0.0.1"))
        #expect(everything == .ipv6 && !everything.contains(address.bits))
        let block = try #require(Prefix("0.0.0.0/0"))
        #expect(IntervalSet(prefixes: [block]) == .ipv4)
    }
}

@Suite struct TrafficTests {
    @Test(
        "a set of traffic reads well",
        arguments: [
            (TrafficSet.all, "all"), (.none, "nothing"), (TrafficSet(.tcp), "TCP"),
            (TrafficSet(.tcp, PortRange(1, .max)!), "TCP"),
            (TrafficSet(.udp, PortRange(53)).union(TrafficSet(.tcp, PortRange(80, 81)!)), "TCP 80-81; UDP 53"),
            (
                TrafficSet(
                    keys: IntervalSet(
                        Traffic(.icmp, icmpType: 8, code: 0).key...Traffic(.icmp, icmpType: 8, code: 255).key)),
                "ICMP type 8"
            ),
            (TrafficSet(IPProtocol(rawValue: 47)), "protocol 47"),
            (TrafficSet.all.subtracting(TrafficSet(.tcp)), "UDP; SCTP; ICMP; ICMPv6; UDPLite; other protocols"),
        ])
    func description(_ set: TrafficSet, _ text: String) { #expect(set.description == text) }

    @Test("an example is in its set, whatever that is, and is a port that can be used")
    func example() throws {
        #expect(TrafficSet.none.example == nil)
        for set in [TrafficSet.all, TrafficSet(.sctp), TrafficSet(.udp, PortRange(0, 5)!), TrafficSet(.icmp)] {
            let example = try #require(set.example)
            #expect(set.contains(example) && (!example.proto.hasPorts || example.port > 0))
        }
    }

    @Test("names of protocols in any case, and numbers")
    func protocols() {
        #expect(IPProtocol("tcp") == .tcp && IPProtocol("ICMPv6") == .icmpv6 && IPProtocol("47")?.rawValue == 47)
        #expect(IPProtocol("256") == nil && IPProtocol("") == nil && IPProtocol("TCP ") == nil)
    }
}
