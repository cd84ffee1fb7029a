#if os(Linux)

    import Addresses

    /// What the headers of a packet say, as far as its bytes go.
    struct PacketHeaders: Hashable {
        /// Addresses, protocol, ports.
        let tuple: FlowTuple
        /// How long the packet is by its own account, all headers of IP included; 0 when it does not say (jumbograms).
        let length: Int
        /// The flags of TCP; none for other protocols.
        let tcpFlags: TCPFlags
        /// True for every part of a packet that travels in parts, the first one too.
        let isFragment: Bool

        /// Reads a packet that begins with its IP header; nil when that is not IP or not all there.
        init?(_ packet: ByteView) {
            guard let first = packet.native(UInt8.self) else { return nil }
            switch IPVersion(rawValue: first >> 4) {
            case .ipv4: self.init(ipv4: packet, headerLength: Int(first & 0xf) * 4)
            case .ipv6: self.init(ipv6: packet)
            case nil: return nil
            }
        }

        private init?(ipv4 packet: ByteView, headerLength: Int) {
            guard headerLength >= 20, let length = packet.network(UInt16.self, at: 2),
                let fragment = packet.network(UInt16.self, at: 6), let proto = packet.native(UInt8.self, at: 9),
                let source = packet.address(.ipv4, at: 12), let destination = packet.address(.ipv4, at: 16)
            else { return nil }
            let isFirst = fragment & 0x1fff == 0
            self.init(
                .ipv4, source, destination, IPProtocol(rawValue: proto), length: Int(length),
                isFragment: fragment & 0x3fff != 0, upper: isFirst ? packet.rest(from: headerLength) : nil)
        }

        private init?(ipv6 packet: ByteView) {
            guard let payload = packet.network(UInt16.self, at: 4), let next = packet.native(UInt8.self, at: 6),
                let source = packet.address(.ipv6, at: 8), let destination = packet.address(.ipv6, at: 24)
            else { return nil }
            let chain = IPv6Chain(packet, first: next)
            self.init(
                .ipv6, source, destination, IPProtocol(rawValue: chain.proto),
                length: payload == 0 ? 0 : Int(payload) + IPv6Chain.fixedHeader, isFragment: chain.isFragment,
                upper: chain.upper)
        }

        private init(
            _ version: IPVersion, _ source: Address, _ destination: Address, _ proto: IPProtocol, length: Int,
            isFragment: Bool, upper: ByteView?
        ) {
            let transport = upper.map { Self.transport(proto, $0) } ?? .unseen
            tuple = FlowTuple(
                version: version, source: source, destination: destination, proto: proto, transport: transport)
            self.length = length
            self.isFragment = isFragment
            let flags = proto == .tcp ? upper?.native(UInt8.self, at: 13) : nil
            tcpFlags = TCPFlags(rawValue: flags ?? 0)
        }

        private static func transport(_ proto: IPProtocol, _ header: ByteView) -> FlowTuple.Transport {
            if proto.hasPorts {
                guard let source = header.network(UInt16.self), let destination = header.network(UInt16.self, at: 2)
                else { return .unseen }
                return .ports(source: source, destination: destination)
            }
            guard proto == .icmp || proto == .icmpv6 else { return .other }
            guard let type = header.native(UInt8.self), let code = header.native(UInt8.self, at: 1) else {
                return .unseen
            }
            let identifier = hasIdentifier(proto, type) ? header.network(UInt16.self, at: 4) : nil
            return .icmp(type: type, code: code, identifier: identifier ?? 0)
        }

        /// The questions and answers of ICMP, which conntrack follows by their identifier: echo, timestamp,
        /// information and address mask.
        private static func hasIdentifier(_ proto: IPProtocol, _ type: UInt8) -> Bool {
            proto == .icmp ? type == 0 || type == 8 || (13...18).contains(type) : type == 128 || type == 129
        }
    }

    /// The flags of a TCP header.
    public struct TCPFlags: OptionSet, Hashable, Sendable {
        /// The byte in the packet.
        public let rawValue: UInt8
        /// The flags in this byte.
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// No more data will come.
        public static let fin = TCPFlags(rawValue: 1)
        /// The beginning of a connection.
        public static let syn = TCPFlags(rawValue: 2)
        /// The end, at once.
        public static let rst = TCPFlags(rawValue: 4)
        /// Data that should not wait.
        public static let psh = TCPFlags(rawValue: 8)
        /// An answer.
        public static let ack = TCPFlags(rawValue: 16)
        /// Urgent data.
        public static let urg = TCPFlags(rawValue: 32)
    }

    /// The way through the extension headers of an IPv6 packet, which the kernel's filter goes too.
    private struct IPv6Chain {
        /// The protocol at the end of what could be read.
        private(set) var proto: UInt8
        /// Its header; nil when it is in another fragment, or cut.
        private(set) var upper: ByteView?
        private(set) var isFragment = false

        static let fixedHeader = 40

        /// Walks on until a header is no extension. Each step goes at least eight bytes ahead.
        init(_ packet: ByteView, first: UInt8) {
            proto = first
            var offset = Self.fixedHeader
            while let length = extensionLength(packet, at: offset) {
                guard let next = packet.native(UInt8.self, at: offset) else { return }
                if proto == Self.fragment {
                    isFragment = true
                    guard let place = packet.network(UInt16.self, at: offset + 2) else { return }
                    // The headers behind this one are in the first fragment only.
                    guard place & 0xfff8 == 0 else {
                        proto = next
                        return
                    }
                }
                proto = next
                offset += length
            }
            if !Self.isExtension(proto) { upper = packet.rest(from: offset) }
        }

        /// How long the extension header is; nil when it is none, or cut.
        private func extensionLength(_ packet: ByteView, at offset: Int) -> Int? {
            guard Self.isExtension(proto), let units = packet.native(UInt8.self, at: offset + 1) else { return nil }
            switch proto {
            case Self.fragment: return 8
            case Self.authentication: return (Int(units) + 2) * 4
            default: return (Int(units) + 1) * 8
            }
        }

        private static func isExtension(_ proto: UInt8) -> Bool {
            switch proto {
            case hopByHop, routing, fragment, authentication, destination: true
            default: false
            }
        }

        private static let hopByHop: UInt8 = 0
        private static let routing: UInt8 = 43
        private static let fragment: UInt8 = 44
        private static let authentication: UInt8 = 51
        private static let destination: UInt8 = 60
    }

#endif
