/// Names of ranges: those that mean the same everywhere, and those that users give.
public struct NamedRanges: Sendable {
    /// Only those that mean the same everywhere.
    public static let everywhere = NamedRanges([])

    /// A range that has a name, without the name: what is asked for each packet makes no text.
    public enum Key: Hashable, Sendable {
        /// One that means the same everywhere.
        case everywhere(NamedRange)
        /// One of a user's.
        case own(Int32)
    }

    /// Bits that blocks of users cover, and the number of their name.
    private let own: IntervalMap<UInt128, Int32>
    private let names: [String]

    /// With names of users; of blocks in blocks the narrowest counts, of equal ones the first.
    public init(_ own: [(name: String, block: Prefix)]) {
        var seen: Set<Prefix> = []
        var numbers: [String: Int32] = [:]
        var names: [String] = []
        let ranges = own.filter { seen.insert($0.block).inserted }.map { entry in
            let number = numbers[entry.name] ?? Int32(names.count)
            if numbers.updateValue(number, forKey: entry.name) == nil { names.append(entry.name) }
            return (range: entry.block.address.bits...entry.block.lastAddress.bits, value: number)
        }
        self.own = IntervalMap(narrowestWins: ranges)
        self.names = names
    }

    /// The range that an address is in.
    ///
    /// What a user calls it, where it is on the internet or in a private network; what has a meaning that nobody can
    /// change, such as the addresses of cloud metadata, keeps its name. O(log n).
    public func key(of address: Address) -> Key {
        let range = NamedRange(of: address)
        guard range.isGeneral, let number = own[address.bits] else { return .everywhere(range) }
        return .own(number)
    }

    /// The name of a range of these.
    public func name(_ key: Key) -> String {
        switch key {
        case .everywhere(let range): range.rawValue
        case .own(let number): names[Int(number)]
        }
    }

    /// The name of the range that an address is in.
    public func name(of address: Address) -> String { name(key(of: address)) }
}
