/// A block of addresses, as CIDR notation writes it; no host bit is ever set.
public struct Prefix: Hashable, Sendable, CustomStringConvertible {
    /// The first address of the block.
    public let address: Address
    /// How many leading bits are fixed: 0...32 for IPv4, 0...128 for IPv6.
    public let length: Int

    /// The block of `length` that holds `address`; nil when the length is out of range for the family.
    public init?(containing address: Address, length: Int) {
        guard length >= 0, length <= (address.isIPv4 ? 32 : 128) else { return nil }
        let base = Address(bits: address.bits & ~Self.hostMask(address, length))
        // Fewer than 96 bits of an IPv6 address that end in the IPv4 block would not be the same family.
        guard base.isIPv4 == address.isIPv4 else { return nil }
        self.address = base
        self.length = length
    }

    /// The block of exactly one address.
    public init(_ address: Address) {
        self.address = address
        self.length = address.isIPv4 ? 32 : 128
    }

    /// The block that the text says, strictly; nil for everything that `parse` calls an error.
    public init?(_ text: String) {
        guard case .success(let prefix) = Self.parse(text) else { return nil }
        self = prefix
    }

    /// What can be wrong with the text of a block.
    public enum ParseError: Error, Hashable, CustomStringConvertible {
        /// No `/length` at the end.
        case noLength
        /// What stands before the slash is no address.
        case badAddress
        /// The length is no number, or more than the family has bits.
        case badLength(max: Int)
        /// Host bits are set; the block that holds the address is this.
        case hostBitsSet(Prefix)

        /// One sentence that says what would be right.
        public var description: String {
            switch self {
            case .noLength: "must be an address block such as 10.0.0.0/8; a single address is written with /32 or /128"
            case .badAddress: "must begin with an IPv4 or IPv6 address, without leading zeros or a zone"
            case .badLength(let max): "must end in a prefix length between 0 and \(max)"
            case .hostBitsSet(let prefix): "has host bits set; did you mean \(prefix)"
            }
        }
    }

    /// Reads CIDR notation, and says what is wrong when it is not.
    public static func parse(_ text: String) -> Result<Prefix, ParseError> {
        guard let slash = text.utf8.lastIndex(of: UInt8(ascii: "/")) else { return .failure(.noLength) }
        let written = text[..<slash]
        guard let address = Address(written) else { return .failure(.badAddress) }
        // In mapped notation the length counts all 128 bits: ::ffff:10.0.0.0/104 is 10.0.0.0/8.
        let offset = address.isIPv4 && written.utf8.contains(UInt8(ascii: ":")) ? 96 : 0
        let max = address.isIPv4 ? 32 + offset : 128
        guard let length = decimal(Array(text[slash...].utf8.dropFirst())[...], max: max), length >= offset,
            let prefix = Prefix(containing: address, length: length - offset)
        else { return .failure(.badLength(max: max)) }
        return prefix.address == address ? .success(prefix) : .failure(.hostBitsSet(prefix))
    }

    /// True when the address is in the block; a block of one family holds no address of the other.
    public func contains(_ other: Address) -> Bool {
        other.isIPv4 == address.isIPv4 && other.bits & ~Self.hostMask(address, length) == address.bits
    }

    /// True when every address of the other block is in this one.
    public func contains(_ other: Prefix) -> Bool {
        other.length >= length && contains(other.address)
    }

    /// The last address of the block.
    public var lastAddress: Address { Address(bits: address.bits | Self.hostMask(address, length)) }

    /// CIDR notation with the canonical address.
    public var description: String { "\(address)/\(length)" }

    private static func hostMask(_ address: Address, _ length: Int) -> UInt128 {
        let free = (address.isIPv4 ? 32 : 128) - length
        return free == 128 ? .max : (UInt128(1) << UInt128(free)) - 1
    }
}
