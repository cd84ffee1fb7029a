import Addresses

/// Gives out addresses that nobody has.
struct AddressPool {
    /// Who has one already.
    private var used: Set<Address>
    /// Of each block, the next one to try.
    private var next: [Prefix: UInt128] = [:]

    init(used: Set<Address>) { self.used = used }

    /// Takes an address for good; false: somebody has it.
    mutating func take(_ address: Address) -> Bool { used.insert(address).inserted }

    func contains(_ address: Address) -> Bool { used.contains(address) }

    /// The lowest free address of a block; nil: there is none. The first two (the network's own, and what is commonly
    /// the gateway's) and the last (broadcast) are given to nobody, where the block is large enough.
    mutating func take(from block: Prefix) -> Address? {
        let (first, last) = (block.address.bits, block.lastAddress.bits)
        let spare: UInt128 = last - first >= 7 ? 1 : 0
        var candidate = next[block] ?? first + 2 * spare
        while candidate <= last - spare {
            defer { candidate += 1 }
            next[block] = candidate + 1
            let address = Address(bits: candidate)
            if used.insert(address).inserted { return address }
        }
        return nil
    }
}

/// Which addresses an interface of a lab can have, and those that a lab gives where the objects give none.
enum LabAddresses {
    /// The blocks of a family that pods are from: one a node, out of 10.244.0.0/16 and fd00:10:244::/64.
    static func podBlock(node index: Int, isIPv4: Bool) -> Prefix? {
        isIPv4
            ? Prefix("10.\(244 + index / 256).\(index % 256).0/24")
            : Prefix("fd00:10:244:0:\(String(index, radix: 16))::/80")
    }

    /// Where nodes are.
    static let nodes = [Prefix("172.18.0.0/16"), Prefix("fd00:172:18::/64")].compactMap { $0 }
    /// Where Services are.
    static let services = [Prefix("10.96.0.0/16"), Prefix("fd00:10:96::/112")].compactMap { $0 }
    /// Where the addresses of the world outside are to which nodes send what is not theirs.
    static let gateways = [Prefix("192.0.2.0/24"), Prefix("2001:db8::/64")].compactMap { $0 }
    /// The pods' gateway: every node has it, on the pods' side alone.
    static let podGateway = "169.254.1.1"
    /// The same of IPv6: what the kernel makes of `podGatewayMAC`.
    static let podGateway6 = "fe80::ecee:eeff:feee:eeee"
    /// The link address of the node's end of every pod's link.
    static let podGatewayMAC = "ee:ee:ee:ee:ee:ee"

    /// Blocks of which no interface can have an address that is reached through a router.
    static let unusable = [
        "0.0.0.0/8", "127.0.0.0/8", "169.254.1.1/32", "224.0.0.0/3", "::/8", "fe80::/10", "ff00::/8",
    ].compactMap { Prefix($0) }

    /// False for loopback, multicast and what else is nobody's.
    static func isUsable(_ address: Address) -> Bool { !unusable.contains { $0.contains(address) } }
}
