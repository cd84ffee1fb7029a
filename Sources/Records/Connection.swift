// What a record of a connection has that a record of a request does not.

extension Record {
    /// What happened to a connection.
    public enum ConnectionEvent: String, Sendable, Hashable, CaseIterable {
        /// Its first packet was let through.
        case opened
        /// A packet that was to open it was dropped.
        case denied
        /// It ended by itself.
        case closed
        /// It was ended because the policies that came into force deny it.
        case cut
    }

    /// How a connection ended, as far as the kernel can tell.
    public enum ConnectionEnd: String, Sendable, Hashable, CaseIterable {
        /// Both sides said that they have no more to say.
        case finished
        /// One side broke it off.
        case reset
        /// Nothing passed for so long that the kernel forgot it; of protocols without an end, the usual end.
        case idle
        /// It was never answered.
        case unanswered
        /// It was taken out of the kernel's table.
        case removed
    }

    /// The side whose policies decided.
    public enum ConnectionDirection: String, Sendable, Hashable, CaseIterable {
        /// Of who opens it.
        case egress
        /// Of whom it comes to.
        case ingress
    }

    /// A connection that the kernel of a node saw.
    public struct Connection: Sendable, Hashable {
        /// What happened.
        public var event: ConnectionEvent
        /// `tcp`, `udp`, `sctp`, `icmp`, ..., or the protocol's number.
        public var transport: String
        /// Type and code of an ICMP message; nil: another protocol.
        public var icmp: ICMP?
        /// The side whose policies decided; nil: none did.
        public var direction: ConnectionDirection?
        /// Where it was sent before its destination was translated; nil: it was not.
        public var original: Endpoint?
        /// The interface that it came in by; empty: from the node itself, or not known.
        public var inputInterface = ""
        /// The interface that it left by; empty: to the node itself, or not known.
        public var outputInterface = ""
        /// How it ended; nil: it did not, or nobody knows.
        public var end: ConnectionEnd?
        /// Attempts like this one of which there is no record of their own.
        public var repeats: UInt64 = 0
        /// The guest list says otherwise than the kernel did.
        public var isDisagreement = false

        /// A connection.
        public init(event: ConnectionEvent, transport: String) {
            self.event = event
            self.transport = transport
        }
    }

    /// Type and code of an ICMP message.
    public struct ICMP: Sendable, Hashable {
        /// Type.
        public var type: UInt8
        /// Code.
        public var code: UInt8

        /// An ICMP message.
        public init(type: UInt8, code: UInt8) {
            self.type = type
            self.code = code
        }
    }

    /// Bytes each way.
    public struct Bytes: Sendable, Hashable {
        /// Of the request body; of a connection all that the source sent, with the headers of IP.
        public var `in`: Int64
        /// Of the response body; of a connection all that was answered, with the headers of IP.
        public var out: Int64

        /// Bytes each way.
        public init(in: Int64, out: Int64) {
            self.in = `in`
            self.out = out
        }
    }

    /// Packets each way.
    public struct Packets: Sendable, Hashable {
        /// That the source sent.
        public var `in`: UInt64
        /// That were answered.
        public var out: UInt64

        /// Packets each way.
        public init(in: UInt64, out: UInt64) {
            self.in = `in`
            self.out = out
        }
    }

    /// What a node did not show, in the time before it says so. A node that shows everything never says this.
    public struct Hidden: Sendable, Hashable {
        /// Denied packets that the kernel did not show, because it had shown ones like them.
        public var repeats: UInt64 = 0
        /// Packets that the kernel did not show, because there were too many.
        public var unseen: UInt64 = 0
        /// Packets that were shown and lost before they could be read.
        public var lost: UInt64 = 0
        /// How often beginnings and ends of connections were lost.
        public var overruns: UInt64 = 0
        /// Open connections that were forgotten, because there were too many.
        public var forgotten: UInt64 = 0
        /// Denied packets that were read and left no record of their own, because their source had too many.
        public var denied: UInt64 = 0
        /// Records that were dropped, because the disk was too slow.
        public var records: UInt64 = 0

        /// Nothing.
        public init() {}
    }
}
