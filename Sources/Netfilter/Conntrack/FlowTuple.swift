#if os(Linux)

    import Addresses
    import Glibc

    /// The version of IP.
    public enum IPVersion: UInt8, Hashable, Sendable, CaseIterable {
        /// IPv4.
        case ipv4 = 4
        /// IPv6.
        case ipv6 = 6

        /// The number of the address family, as netlink has it.
        public var family: UInt8 { UInt8(self == .ipv4 ? AF_INET : AF_INET6) }

        /// The version of an address family; nil for families that are not IP.
        public init?(family: UInt8) {
            switch Int32(family) {
            case AF_INET: self = .ipv4
            case AF_INET6: self = .ipv6
            default: return nil
            }
        }
    }

    /// What tells flows apart, in one direction. A packet and the entry of its flow in conntrack's table have the same.
    public struct FlowTuple: Hashable, Sendable, CustomStringConvertible {
        /// IPv4 or IPv6, which the addresses alone do not say: an IPv4-mapped address can be in an IPv6 packet.
        public var version: IPVersion
        /// Who sends.
        public var source: Address
        /// Who is sent to.
        public var destination: Address
        /// TCP, UDP and so on.
        public var proto: IPProtocol
        /// What the header of that protocol says.
        public var transport: Transport

        /// What the header above IP says.
        public enum Transport: Hashable, Sendable {
            /// Ports, for the protocols that have them.
            case ports(source: UInt16, destination: UInt16)
            /// ICMP; `identifier` is 0 for messages that have none.
            case icmp(type: UInt8, code: UInt8, identifier: UInt16)
            /// A protocol that is not looked into.
            case other
            /// The header is not in these bytes: a later fragment, or bytes that were cut.
            case unseen
        }

        /// A tuple.
        public init(
            version: IPVersion, source: Address, destination: Address, proto: IPProtocol, transport: Transport
        ) {
            self.version = version
            self.source = source
            self.destination = destination
            self.proto = proto
            self.transport = transport
        }

        /// What a policy is asked about; nil when the header that would say it is not there.
        public var traffic: Traffic? {
            switch transport {
            case .ports(_, let destination): Traffic(proto, port: destination)
            case .icmp(let type, let code, _): Traffic(proto, icmpType: type, code: code)
            case .other: Traffic(proto, port: 0)
            case .unseen: nil
            }
        }

        /// `TCP 10.0.0.1:4711 -> 10.0.0.2:80`.
        public var description: String {
            switch transport {
            case .ports(let from, let to): "\(proto) \(socket(source, from)) -> \(socket(destination, to))"
            case .icmp(let type, let code, let identifier):
                "\(proto) \(source) -> \(destination) type \(type) code \(code) id \(identifier)"
            case .other, .unseen: "\(proto) \(source) -> \(destination)"
            }
        }

        private func socket(_ address: Address, _ port: UInt16) -> String {
            address.isIPv4 ? "\(address):\(port)" : "[\(address)]:\(port)"
        }
    }

    extension ByteView {
        /// An address of four or sixteen bytes.
        @inline(__always)
        func address(_ version: IPVersion, at offset: Int = 0) -> Address? {
            switch version {
            case .ipv4: network(UInt32.self, at: offset).map(Address.init(ipv4:))
            case .ipv6: network(UInt128.self, at: offset).map(Address.init(bits:))
            }
        }
    }

#endif
