#if os(Linux)

    /// A flow that the kernel follows.
    public struct Flow: Hashable, Sendable {
        /// Its number, which is almost unique: it tells a flow from a later one with the same addresses and ports.
        public var id: UInt32
        /// How it began, before any translation of addresses.
        public var original: FlowTuple
        /// What its answers look like, before they are translated back.
        public var reply: FlowTuple
        /// What the side that began has sent; nil when the kernel did not count when the flow began.
        public var sent: Counters?
        /// What it was answered; nil when the kernel did not count when the flow began.
        public var received: Counters?
        /// When it began, in nanoseconds since 1970; nil when the kernel did not note it.
        public var start: UInt64?
        /// When it ended, in nanoseconds since 1970; nil while it lives, and when the kernel did not note it.
        public var stop: UInt64?
        /// How far it has come.
        public var status: Status
        /// Where a TCP connection is; nil for other protocols.
        public var tcpState: TCPState?
        /// Its mark.
        public var mark: UInt32
        /// The zone of its first direction; 0 unless rules set zones.
        public var originalZone: UInt16
        /// The zone of its answers.
        public var replyZone: UInt16
        /// The seconds that it will be remembered without another packet; nil when the kernel does not say.
        public var timeout: UInt32?

        /// A flow of which no more is known.
        public init(id: UInt32, original: FlowTuple, reply: FlowTuple) {
            self.id = id
            self.original = original
            self.reply = reply
            status = []
            mark = 0
            originalZone = 0
            replyZone = 0
        }

        /// Its packets as rules of the filter see them: the destination is translated by then, the source is not yet.
        public var seenByFilter: FlowTuple {
            var tuple = original
            tuple.destination = reply.source
            if case .ports(let source, _) = original.transport, case .ports(let destination, _) = reply.transport {
                tuple.transport = .ports(source: source, destination: destination)
            }
            return tuple
        }

        /// What passed in one direction.
        public struct Counters: Hashable, Sendable {
            /// Packets.
            public var packets: UInt64
            /// Bytes, with the headers of IP.
            public var bytes: UInt64

            /// Counters.
            public init(packets: UInt64, bytes: UInt64) {
                self.packets = packets
                self.bytes = bytes
            }
        }

        /// What the kernel has noted about a flow (`IPS_`).
        public struct Status: OptionSet, Hashable, Sendable {
            /// The bits.
            public let rawValue: UInt32
            /// These bits.
            public init(rawValue: UInt32) { self.rawValue = rawValue }

            /// Another flow announced it (FTP's data, for one).
            public static let expected = Status(rawValue: 1)
            /// It was answered.
            public static let seenReply = Status(rawValue: 1 << 1)
            /// It is kept when the table is full.
            public static let assured = Status(rawValue: 1 << 2)
            /// Its first packet has left.
            public static let confirmed = Status(rawValue: 1 << 3)
            /// Its source is translated.
            public static let sourceNAT = Status(rawValue: 1 << 4)
            /// Its destination is translated.
            public static let destinationNAT = Status(rawValue: 1 << 5)
            /// It is on its way out of the table.
            public static let dying = Status(rawValue: 1 << 9)
            /// It passes beside the rules, through a flow table.
            public static let offloaded = Status(rawValue: 1 << 14)
        }

        /// Where a TCP connection is, as conntrack sees it.
        public enum TCPState: UInt8, Hashable, Sendable {
            /// Nothing yet.
            case none
            /// SYN was sent.
            case synSent
            /// SYN was answered.
            case synReceived
            /// Both agreed.
            case established
            /// One side has no more to say.
            case finWait
            /// The other side has yet to end.
            case closeWait
            /// The last answer is awaited.
            case lastAck
            /// Ended; stragglers may come.
            case timeWait
            /// Reset.
            case close
            /// Both sides sent SYN.
            case bothSynSent
        }
    }

#endif
