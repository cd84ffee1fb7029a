import Addresses

/// Addresses as the few blocks that a person can read.
struct AddressBlocks {
    /// A block, what it is, and what in it is not meant.
    struct Block: Hashable {
        var prefix: Prefix
        var except: [Prefix] = []
        var comment: String
    }

    /// Blocks that hold all of the addresses.
    private(set) var blocks: [Block] = []
    /// Half a sentence for each range of which more is in the blocks than was seen.
    private(set) var widened: [String] = []

    /// More addresses of a range than this, and the range is written instead.
    static let most = 32

    /// - Parameter ranges: names of ranges, users' among them.
    init(_ addresses: some Sequence<Address>, _ ranges: NamedRanges) {
        let byRange = Dictionary(grouping: Set(addresses), by: { ranges.name(of: $0) })
        for (name, found) in byRange.sorted(by: { $0.key < $1.key }) {
            let sorted = found.sorted()
            guard sorted.count > Self.most else {
                blocks += sorted.map { Block(prefix: Prefix($0), comment: name) }
                continue
            }
            let wide = Self.wider(sorted, name)
            blocks += wide
            widened.append(
                "\(sorted.count) addresses of \(name) were seen; all of its blocks in which they are are meant")
        }
    }

    /// The blocks of a range in which the addresses are.
    private static func wider(_ addresses: [Address], _ name: String) -> [Block] {
        let range = NamedRange(rawValue: name)
        let blocks = range?.blocks ?? []
        guard !blocks.isEmpty, addresses.allSatisfy({ address in blocks.contains { $0.contains(address) } }) else {
            return networks(addresses, name, isPublic: range == .public)
        }
        // A private network is much; parts of it are tried first.
        if range == .private, let parts = parts(addresses) {
            return parts.map { Block(prefix: $0, comment: name) }
        }
        return blocks.filter { block in addresses.contains { block.contains($0) } }
            .map { Block(prefix: $0, comment: name) }
    }

    /// Networks of 256 addresses (of IPv6 those of one site); the internet where they are too many.
    private static func networks(_ addresses: [Address], _ name: String, isPublic: Bool) -> [Block] {
        if let parts = parts(addresses) { return parts.map { Block(prefix: $0, comment: name) } }
        guard isPublic else { return addresses.map { Block(prefix: Prefix($0), comment: name) } }
        return [true, false].compactMap { isIPv4 in
            guard addresses.contains(where: { $0.isIPv4 == isIPv4 }),
                let everything = Prefix(isIPv4 ? "0.0.0.0/0" : "::/0")
            else { return nil }
            let inside: [NamedRange] = [.private, .carrierNAT, .linkLocal, .loopback, .cloudMetadata, .multicast]
            let except = inside.flatMap(\.blocks).filter { block in
                block.address.isIPv4 == isIPv4 && !addresses.contains { block.contains($0) }
            }
            let outermost = except.filter { block in !except.contains { $0 != block && $0.contains(block) } }
            return Block(prefix: everything, except: outermost.sorted { $0.address < $1.address }, comment: name)
        }
    }

    /// Networks in which the addresses are, when they are few.
    private static func parts(_ addresses: [Address]) -> [Prefix]? {
        let found = Set(addresses.compactMap { Prefix(containing: $0, length: $0.isIPv4 ? 24 : 48) })
        return found.count <= most ? found.sorted { $0.address < $1.address } : nil
    }
}
