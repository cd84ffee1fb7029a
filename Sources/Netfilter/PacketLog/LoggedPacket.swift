#if os(Linux)

    import Addresses
    import CNetfilter

    /// A packet that a rule logged.
    public struct LoggedPacket: Hashable, Sendable {
        /// The text that the rule gave.
        public var prefix: String
        /// Where in the kernel the rule is.
        public var hook: Hook?
        /// When, in nanoseconds since 1970: by the kernel where it says so, else when it was read.
        public var time: UInt64
        /// The number of the interface that it came in by; 0 for none.
        public var inputInterface: UInt32
        /// The number of the interface that it would leave by; 0 for none.
        public var outputInterface: UInt32
        /// Its mark.
        public var mark: UInt32
        /// Addresses, protocol, ports: as they are at that hook, before or after translation.
        public var tuple: FlowTuple
        /// The flags of TCP; none for other protocols.
        public var tcpFlags: TCPFlags
        /// How long it is by its own account; 0 when it does not say.
        public var length: Int
        /// True for every part of a packet that travels in parts.
        public var isFragment: Bool
        /// The number of its flow in conntrack; nil when the kernel does not send it along.
        public var flowID: UInt32?
        /// Its flow as it began, before any translation of addresses; nil when the kernel does not send it along.
        public var original: FlowTuple?

        /// The place in the kernel where a packet is looked at.
        public enum Hook: UInt8, Hashable, Sendable {
            /// Came in; where to is not decided.
            case prerouting
            /// For this machine.
            case input
            /// For another machine.
            case forward
            /// From this machine.
            case output
            /// About to leave.
            case postrouting
            /// At the device that it came in by.
            case ingress
        }
    }

    extension LoggedPacket {
        /// Reads one message of the kernel's log.
        ///
        /// - Parameters:
        ///   - now: the time for packets that carry none.
        ///   - prefixes: where texts of rules are kept, so that each is made once.
        /// - Returns: nil when the packet in it is not IP, or its header is cut.
        init?(_ message: LogMessage, now: UInt64, prefixes: inout PrefixTexts) {
            guard let headers = message.payload.flatMap(PacketHeaders.init) else { return nil }
            self.init(
                prefix: message.prefix.map { prefixes.text(of: $0) } ?? "",
                hook: message.hook.flatMap(Hook.init), time: message.time ?? now,
                inputInterface: message.inputInterface, outputInterface: message.outputInterface, mark: message.mark,
                tuple: headers.tuple, tcpFlags: headers.tcpFlags, length: headers.length,
                isFragment: headers.isFragment, flowID: message.flow?.id, original: message.flow?.original)
        }
    }

    /// The attributes of one message of the kernel's log, in place.
    struct LogMessage {
        private(set) var prefix: ByteView?
        private(set) var hook: UInt8?
        private(set) var time: UInt64?
        private(set) var inputInterface: UInt32 = 0
        private(set) var outputInterface: UInt32 = 0
        private(set) var mark: UInt32 = 0
        private(set) var payload: ByteView?
        private(set) var sequence: UInt32?
        private(set) var flow: (id: UInt32?, original: FlowTuple?)?

        init(_ message: NetlinkMessage) {
            for attribute in message.attributes {
                let value = attribute.value
                switch attribute.type {
                case Int(NFULA_PACKET_HDR.rawValue): hook = Self.hook(value, family: message.family)
                case Int(NFULA_MARK.rawValue): mark = value.network(UInt32.self) ?? 0
                case Int(NFULA_TIMESTAMP.rawValue): time = Self.time(value)
                case Int(NFULA_IFINDEX_INDEV.rawValue): inputInterface = value.network(UInt32.self) ?? 0
                case Int(NFULA_IFINDEX_OUTDEV.rawValue): outputInterface = value.network(UInt32.self) ?? 0
                case Int(NFULA_PAYLOAD.rawValue): payload = value
                case Int(NFULA_PREFIX.rawValue): prefix = value
                case Int(NFULA_SEQ.rawValue): sequence = value.network(UInt32.self)
                case Int(NFULA_CT.rawValue): flow = Self.flow(attribute.nested, family: message.family)
                default: break
                }
            }
        }

        /// The hooks of a device have numbers of their own.
        private static func hook(_ value: ByteView, family: UInt8?) -> UInt8? {
            family == UInt8(NFPROTO_NETDEV) ? nil : value.native(UInt8.self, at: 2)
        }

        /// Seconds and microseconds; nil when they are zero, or beyond what can be.
        private static func time(_ value: ByteView) -> UInt64? {
            guard let seconds = value.network(UInt64.self), let micros = value.network(UInt64.self, at: 8),
                seconds > 0, seconds < 1 << 34, micros < 1_000_000
            else { return nil }
            return seconds * 1_000_000_000 + micros * 1000
        }

        private static func flow(
            _ attributes: NetlinkAttributes, family: UInt8?
        ) -> (id: UInt32?, original: FlowTuple?) {
            var id: UInt32?
            var original: FlowTuple?
            for attribute in attributes {
                switch attribute.type {
                case Int(CTA_ID.rawValue): id = attribute.value.network(UInt32.self)
                case Int(CTA_TUPLE_ORIG.rawValue): original = FlowTuple(attribute.nested)
                default: break
                }
            }
            return (id, original)
        }
    }

    /// The texts of rules, each made once: a flood of packets is a flood of the same few texts.
    struct PrefixTexts {
        private var known: [UInt64: String] = [:]
        /// More texts than that are not remembered together. Rules come and go.
        private static let limit = 8192

        /// The text in an attribute, without the zero at its end.
        mutating func text(of bytes: ByteView) -> String {
            let text = bytes.buffer.prefix { $0 != 0 }
            // FNV-1a: short texts, and no harm when two collide.
            let key = text.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
            if let found = known[key], found.utf8.elementsEqual(text) { return found }
            let made = String(decoding: text, as: UTF8.self)
            if known.count >= Self.limit { known.removeAll(keepingCapacity: true) }
            known[key] = made
            return made
        }
    }

#endif
