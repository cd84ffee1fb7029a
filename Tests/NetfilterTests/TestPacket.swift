#if os(Linux)

    import Addresses

    @testable import Netfilter

    /// A packet that a test describes, and its bytes.
    struct TestPacket {
        var version: IPVersion
        var source = Address(bits: 0x2001_0db8_0000_0000_0000_0000_0000_0001)
        var destination = Address(bits: 0x2001_0db8_0000_0000_0000_0000_0000_0002)
        /// Bytes of options, of IPv4.
        var options = 0
        /// Extension headers before the fragment header, of IPv6.
        var extensions: [Extension] = []
        /// Eighths of bytes.
        var fragment: (offset: UInt16, more: Bool)?
        var proto: UInt8
        var upper: [UInt8]

        /// An extension header of IPv6.
        enum Extension {
            /// Hop-by-hop options, routing or destination options, of so many eight bytes.
            case options(UInt8, Int)
            /// Authentication, with a check value of so many eight bytes.
            case authentication(Int)

            var number: UInt8 {
                switch self {
                case .options(let number, _): number
                case .authentication: 51
                }
            }

            func bytes(next: UInt8) -> [UInt8] {
                switch self {
                case .options(_, let units): [next, UInt8(units - 1)] + [UInt8](repeating: 0, count: units * 8 - 2)
                case .authentication(let units):
                    [next, UInt8((12 + units * 8) / 4 - 2)] + [UInt8](repeating: 0, count: 10 + units * 8)
                }
            }
        }

        init(
            version: IPVersion, options: Int = 0, extensions: [Extension] = [],
            fragment: (offset: UInt16, more: Bool)? = nil, proto: UInt8, upper: [UInt8]
        ) {
            self.version = version
            self.options = options
            self.extensions = extensions
            self.fragment = fragment
            self.proto = proto
            self.upper = upper
            if version == .ipv4 {
                source = Address(ipv4: 0x0a00_0001)
                destination = Address(ipv4: 0x0a00_0002)
            }
        }

        /// True when some of the packet travels apart.
        var isPart: Bool { fragment.map { $0.offset > 0 || $0.more } ?? false }

        var bytes: [UInt8] { version == .ipv4 ? ipv4 : ipv6 }

        private var ipv4: [UInt8] {
            let place = (fragment?.offset ?? 0) | (fragment?.more == true ? 0x2000 : 0x4000)
            var bytes: [UInt8] = [0x45 + UInt8(options / 4), 0] + network(UInt16(20 + options + upper.count)) + [0, 1]
            // "Do not fragment" says nothing of fragments.
            bytes += network(fragment == nil ? place : place & ~0x4000) + [64, proto, 0, 0]
            return bytes + source.bytes + destination.bytes + [UInt8](repeating: 1, count: options) + upper
        }

        private var ipv6: [UInt8] {
            var behind = upper
            var next = proto
            if let fragment {
                behind = [next, 0] + network(fragment.offset << 3 | (fragment.more ? 1 : 0)) + [0, 0, 0, 1] + behind
                next = 44
            }
            for header in extensions.reversed() {
                behind = header.bytes(next: next) + behind
                next = header.number
            }
            let length = UInt16(truncatingIfNeeded: behind.count)
            return [0x60, 0, 0, 0] + network(length) + [next, 64] + network(source.bits) + network(destination.bits)
                + behind
        }

        /// What a reader must find.
        var expectedTuple: FlowTuple {
            var transport = FlowTuple.Transport.other
            if (fragment?.offset ?? 0) > 0 {
                transport = .unseen
            } else if [6, 17, 132, 136].contains(proto) {
                transport = .ports(source: number(0), destination: number(2))
            } else if proto == 1 || proto == 58 {
                let asks: [UInt8] = proto == 1 ? [0, 8, 13, 14, 15, 16, 17, 18] : [128, 129]
                transport = .icmp(type: upper[0], code: upper[1], identifier: asks.contains(upper[0]) ? number(4) : 0)
            }
            return FlowTuple(
                version: version, source: source, destination: destination, proto: IPProtocol(rawValue: proto),
                transport: transport)
        }

        private func number(_ place: Int) -> UInt16 { UInt16(upper[place]) << 8 | UInt16(upper[place + 1]) }

        static func random(_ random: inout SeededNumbers) -> TestPacket {
            let version: IPVersion = random.number(0...1) == 0 ? .ipv4 : .ipv6
            let protos: [UInt8] = [1, 6, 17, 58, 132, 136, 47, 50, 59, 255]
            var packet = TestPacket(
                version: version, proto: protos[random.number(0...(protos.count - 1))],
                upper: random.bytes(random.number(20...60)))
            packet.source = version == .ipv4 ? Address(ipv4: random.word()) : Address(bits: random.wide())
            packet.destination = version == .ipv4 ? Address(ipv4: random.word()) : Address(bits: random.wide())
            if version == .ipv4 {
                packet.options = 4 * random.number(0...10)
            } else {
                packet.extensions = (0..<random.number(0...4)).map { _ in
                    random.number(0...3) == 0
                        ? .authentication(random.number(1...4))
                        : .options([0, 43, 60][random.number(0...2)], random.number(1...5))
                }
            }
            // An offset in the middle of options would be one that no sender makes; the readers do not care.
            if random.number(0...3) == 0 {
                packet.fragment = (
                    UInt16([0, random.number(1...0x1fff)][random.number(0...1)]), random.number(0...1) == 0
                )
            }
            return packet
        }
    }

    extension SeededNumbers {
        mutating func word() -> UInt32 { UInt32.random(in: 0 ... .max, using: &self) }
        mutating func wide() -> UInt128 { UInt128.random(in: 0 ... .max, using: &self) }
    }

    /// A header of TCP.
    func tcp(_ source: UInt16, _ destination: UInt16, flags: UInt8) -> [UInt8] {
        network(source) + network(destination) + [UInt8](repeating: 0, count: 8) + [0x50, flags, 0, 0, 0, 0, 0, 0]
    }

    /// A header of UDP, which the ports of SCTP have the same place in.
    func udp(_ source: UInt16, _ destination: UInt16) -> [UInt8] {
        network(source) + network(destination) + [0, 8, 0, 0]
    }

#endif
