import Addresses

/// A family of addresses: each has a table of its own.
public enum Family: String, Hashable, Sendable, CaseIterable {
    /// IPv4.
    case ip
    /// IPv6.
    case ip6

    /// The family of an address.
    public init(_ address: Address) { self = address.isIPv4 ? .ip : .ip6 }

    /// True for IPv4.
    public var isIPv4: Bool { self == .ip }
    /// Bytes of an address.
    public var addressLength: Int { isIPv4 ? 4 : 16 }
    /// Its ICMP.
    public var icmp: IPProtocol { isIPv4 ? .icmp : .icmpv6 }

    /// An address as the number that keys of sets are made of.
    func key(_ bits: UInt128) -> UInt128 { isIPv4 ? bits & 0xffff_ffff : bits }
    /// The address of such a number.
    func address(_ key: UInt128) -> Address {
        isIPv4 ? Address(ipv4: UInt32(truncatingIfNeeded: key)) : Address(bits: key)
    }
}
