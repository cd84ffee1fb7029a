import Addresses

/// One rule: statements from left to right, until one does not match.
public struct Rule: Hashable, Sendable {
    /// In order.
    public let statements: [Statement]
    /// What it is for, for people.
    public let comment: String?

    /// Those.
    public init(_ statements: Statement..., comment: String? = nil) {
        self.init(statements, comment: comment)
    }

    /// Those.
    public init(_ statements: [Statement], comment: String? = nil) {
        self.statements = statements
        self.comment = comment
    }
}

/// A part of a rule: asks for something, or does something.
public enum Statement: Hashable, Sendable {
    /// The packet belongs to a connection that was let in, or to an error about one.
    case isKnownConnection
    /// The packet is of TCP, belongs to no known connection, and does not ask for one.
    case isStray
    /// The field is this number.
    case equals(Field, UInt16)
    /// The field is another number.
    case differs(Field, UInt16)
    /// The field is in this range.
    case within(Field, ClosedRange<UInt16>)
    /// The node talks to itself.
    case isFromLoopback
    /// The name of the interface begins so, or does not.
    case interface(Field, prefix: String, isNegated: Bool = false)
    /// The fields together are in a set, or are not.
    case isIn(set: String, [Field], isNegated: Bool = false)
    /// What the map says of the fields together; no match: on.
    case verdictMap(String, [Field])
    /// The way back to the source does not lead over the interface that the packet came in by.
    case comesFromElsewhere
    /// More than so many packets a second with these fields.
    case exceeds(set: String, [Field], Rate)
    /// More than so many packets a second.
    case exceedsRate(Rate)
    /// Counts.
    case count(String)
    /// Sends a copy of the packet's head to whoever listens to the group.
    case log(prefix: String, group: UInt16)
    /// What becomes of it.
    case verdict(Verdict)

    /// Packets a second.
    public struct Rate: Hashable, Sendable {
        /// In the long run.
        public let packets: UInt64
        /// At once.
        public let burst: UInt32

        /// So many a second, and so many at once.
        public init(_ packets: UInt64, burst: UInt32) {
            self.packets = packets
            self.burst = burst
        }
    }
}
