/// Names of ranges: those that mean the same everywhere, and those that users give.
public struct NamedRanges: Sendable {
    /// Only those that mean the same everywhere.
    public static let everywhere = NamedRanges([])

    /// Bits that blocks of users cover.
    private let own: IntervalMap<UInt128, String>

    /// With names of users; of blocks in blocks the narrowest counts, of equal ones the first.
    public init(_ own: [(name: String, block: Prefix)]) {
        var seen: Set<Prefix> = []
        self.own = IntervalMap(
            narrowestWins: own.filter { seen.insert($0.block).inserted }.map {
                (range: $0.block.address.bits...$0.block.lastAddress.bits, value: $0.name)
            })
    }

    /// The name of the range that an address is in.
    ///
    /// What a user calls it, where it is on the internet or in a private network; what has a meaning that nobody can
    /// change, such as the addresses of cloud metadata, keeps its name. O(log n).
    public func name(of address: Address) -> String {
        let range = NamedRange(of: address)
        guard range.isGeneral, let name = own[address.bits] else { return range.rawValue }
        return name
    }
}
