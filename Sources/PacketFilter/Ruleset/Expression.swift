import Addresses

/// What the kernel runs: rules are lists of these, and so they are read back.
public enum Expression: Hashable, Sendable {
    /// Loads bytes of the packet into a register.
    case payload(Base, offset: UInt32, length: UInt32, register: UInt32)
    /// Loads what is known about the packet.
    case meta(Meta, register: UInt32)
    /// Loads the state of its connection.
    case conntrackState(register: UInt32)
    /// Loads whether there is a way back to the source over the interface that it came in by.
    case reversePath(register: UInt32)
    /// Masks bytes of a register.
    case mask(register: UInt32, [UInt8])
    /// Goes on when the register compares so.
    case compare(Comparison, register: UInt32, [UInt8])
    /// Goes on when the register is in the set.
    case lookup(set: String, register: UInt32, isNegated: Bool)
    /// What the map says of the register.
    case lookupVerdict(map: String, register: UInt32)
    /// Puts the register into the set; goes on when the element is above the rate.
    case updateAbove(set: String, register: UInt32, Statement.Rate)
    /// Goes on above the rate.
    case above(Statement.Rate)
    /// Counts in a named counter.
    case counter(String)
    /// Copies the packet's head to listeners.
    case log(prefix: String, group: UInt16, length: UInt32, threshold: UInt16)
    /// Decides.
    case verdict(Verdict)

    /// Where payload is counted from.
    public enum Base: UInt32, Hashable, Sendable {
        case network = 1
        case transport = 2
    }

    /// Numbers as the kernel has them.
    public enum Meta: UInt32, Hashable, Sendable {
        case inputName = 6
        case outputName = 7
        case transport = 16
    }

    /// Numbers as the kernel has them.
    public enum Comparison: UInt32, Hashable, Sendable {
        case equal = 0
        case notEqual = 1
        case atMost = 3
        case atLeast = 5
    }

    /// Registers are counted in words of four bytes; this is the first.
    static let first: UInt32 = 0
    /// Bits of connection states, in the kernel's order: established is 2, related 4.
    static let known: [UInt8] = [6, 0, 0, 0]
    /// The bit of connections that begin.
    static let new: [UInt8] = [8, 0, 0, 0]
    /// Where flags stand in the header of TCP.
    static let flagsOffset: UInt32 = 13
    /// FIN, SYN, RST and ACK.
    static let flags: [UInt8] = [0x17]
    /// Of these, a packet that asks for a connection has SYN alone.
    static let syn: [UInt8] = [0x02]
    /// Bytes of a packet that listeners get: headers of IPv6 with extensions, and those of transport.
    static let loggedBytes: UInt32 = 128
    /// Packets that are gathered before listeners are woken; the group's own timer wakes them sooner.
    static let loggedAtOnce: UInt16 = 64
}

extension Rule {
    /// What the kernel is to run.
    public func expressions(_ family: Family) -> [Expression] { statements.flatMap { $0.expressions(family) } }
}

extension Statement {
    func expressions(_ family: Family) -> [Expression] {
        switch self {
        case .isKnownConnection:
            [
                .conntrackState(register: Expression.first), .mask(register: Expression.first, Expression.known),
                .compare(.notEqual, register: Expression.first, [0, 0, 0, 0]),
            ]
        case .isStray:
            [
                .conntrackState(register: Expression.first), .mask(register: Expression.first, Expression.new),
                .compare(.notEqual, register: Expression.first, [0, 0, 0, 0]),
                .meta(.transport, register: Expression.first),
                .compare(.equal, register: Expression.first, [UInt8(IPProtocol.tcp.rawValue)]),
                .payload(.transport, offset: Expression.flagsOffset, length: 1, register: Expression.first),
                .mask(register: Expression.first, Expression.flags),
                .compare(.notEqual, register: Expression.first, Expression.syn),
            ]
        case .equals(let field, let value):
            [field.load(family, Expression.first), .compare(.equal, register: Expression.first, field.bytes(value))]
        case .differs(let field, let value):
            [field.load(family, Expression.first), .compare(.notEqual, register: Expression.first, field.bytes(value))]
        case .within(let field, let range):
            [
                field.load(family, Expression.first),
                .compare(.atLeast, register: Expression.first, field.bytes(range.lowerBound)),
                .compare(.atMost, register: Expression.first, field.bytes(range.upperBound)),
            ]
        case .isFromLoopback:
            [
                Field.inputInterface.load(family, Expression.first),
                .compare(.equal, register: Expression.first, Array("lo".utf8) + Array(repeating: 0, count: 14)),
            ]
        case .interface(let field, let prefix, let isNegated):
            [
                field.load(family, Expression.first),
                .compare(isNegated ? .notEqual : .equal, register: Expression.first, Array(prefix.utf8)),
            ]
        case .isIn(let set, let fields, let isNegated):
            Self.loads(fields, family) + [.lookup(set: set, register: Expression.first, isNegated: isNegated)]
        case .verdictMap(let map, let fields):
            Self.loads(fields, family) + [.lookupVerdict(map: map, register: Expression.first)]
        case .comesFromElsewhere:
            [
                .reversePath(register: Expression.first),
                .compare(.equal, register: Expression.first, [0, 0, 0, 0]),
            ]
        case .exceeds(let set, let fields, let rate):
            Self.loads(fields, family) + [.updateAbove(set: set, register: Expression.first, rate)]
        case .exceedsRate(let rate): [.above(rate)]
        case .count(let name): [.counter(name)]
        case .log(let prefix, let group):
            [
                .log(
                    prefix: prefix, group: group, length: Expression.loggedBytes, threshold: Expression.loggedAtOnce)
            ]
        case .verdict(let verdict): [.verdict(verdict)]
        }
    }

    /// Fields side by side.
    private static func loads(_ fields: [Field], _ family: Family) -> [Expression] {
        var loads: [Expression] = []
        var word: UInt32 = 0
        for field in fields {
            loads.append(field.load(family, Expression.first + word))
            word += UInt32(field.paddedLength(family) / 4)
        }
        return loads
    }
}

extension Field {
    func load(_ family: Family, _ register: UInt32) -> Expression {
        let length = UInt32(length(family))
        return switch self {
        case .sourceAddress:
            .payload(.network, offset: family.isIPv4 ? 12 : 8, length: length, register: register)
        case .destinationAddress:
            .payload(.network, offset: family.isIPv4 ? 16 : 24, length: length, register: register)
        case .hopLimit: .payload(.network, offset: 7, length: length, register: register)
        case .transport: .meta(.transport, register: register)
        case .destinationPort: .payload(.transport, offset: 2, length: length, register: register)
        case .icmpType, .icmpTypeAndCode: .payload(.transport, offset: 0, length: length, register: register)
        case .icmpCode: .payload(.transport, offset: 1, length: length, register: register)
        case .inputInterface: .meta(.inputName, register: register)
        case .outputInterface: .meta(.outputName, register: register)
        }
    }

    /// A value of one or two bytes as it stands in a packet.
    func bytes(_ value: UInt16) -> [UInt8] {
        let low = UInt8(truncatingIfNeeded: value)
        return length(.ip) == 1 ? [low] : [UInt8(value >> 8), low]
    }
}
