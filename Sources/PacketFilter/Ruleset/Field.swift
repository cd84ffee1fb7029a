import Addresses

/// Something of a packet that rules ask for.
public enum Field: Hashable, Sendable {
    /// Address that it comes from.
    case sourceAddress
    /// Address that it goes to; behind a Service the pod's, since destinations are rewritten before they are judged.
    case destinationAddress
    /// How often an IPv6 packet may still be routed: 255 says that it never was.
    case hopLimit
    /// Protocol above IP, behind all extension headers.
    case transport
    /// Port that it goes to.
    case destinationPort
    /// Type of an ICMP message.
    case icmpType
    /// Code of an ICMP message.
    case icmpCode
    /// Type and code as one number of 16 bits.
    case icmpTypeAndCode
    /// Name of the interface that it came in by.
    case inputInterface
    /// Name of the interface that it goes out by.
    case outputInterface

    /// Bytes of it in the kernel.
    public func length(_ family: Family) -> Int {
        switch self {
        case .sourceAddress, .destinationAddress: family.addressLength
        case .hopLimit, .transport, .icmpType, .icmpCode: 1
        case .destinationPort, .icmpTypeAndCode: 2
        case .inputInterface, .outputInterface: 16
        }
    }

    /// Bytes that it takes up in keys of several fields: each begins at a multiple of four.
    func paddedLength(_ family: Family) -> Int { (length(family) + 3) / 4 * 4 }
}

/// What keys of a set are.
public struct KeyType: Hashable, Sendable {
    /// In order.
    public let fields: [Kind]

    /// One part of a key.
    public enum Kind: Hashable, Sendable {
        case address, transport, port

        /// Bytes of it.
        public func length(_ family: Family) -> Int {
            switch self {
            case .address: family.addressLength
            case .transport: 1
            case .port: 2
            }
        }

        /// Bytes in keys of several parts.
        public func paddedLength(_ family: Family) -> Int { (length(family) + 3) / 4 * 4 }
    }

    init(_ fields: Kind...) { self.fields = fields }

    /// Addresses.
    public static let address = KeyType(.address)
    /// What ranges of addresses are in the kernel: each with all protocols. It has a way to look ranges up that changes
    /// whole with a transaction, for keys of several parts; its way for ranges of one number was known to miss elements
    /// while others came and went.
    public static let addressAndTransport = KeyType(.address, .transport)
    /// Twice the same address: an element's number is that address.
    public static let itself = KeyType(.address, .address)
    /// Protocol and port.
    public static let traffic = KeyType(.transport, .port)
    /// Who calls whom on what.
    public static let connection = KeyType(.address, .address, .transport, .port)
    /// Who calls whom by what protocol.
    public static let pair = KeyType(.address, .address, .transport)

    /// Bytes of a key.
    public func length(_ family: Family) -> Int {
        fields.count == 1 ? fields[0].length(family) : fields.reduce(0) { $0 + $1.paddedLength(family) }
    }
}
